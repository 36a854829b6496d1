"""Whoever signed something."""


class AnyIdentity:
    """Asks nothing of who signed: a project may build wherever it likes, and the certificate says where it did."""

    def verify(self, cert: object) -> None:
        """Accept."""
        del cert
