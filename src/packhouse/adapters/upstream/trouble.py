"""A failed attempt, and whether another one may help."""

from packhouse.domain.errors import UpstreamDown

UNREACHABLE_HINT = "Packhouse tries again when it is next asked; look at the network and the upstream's status page"


class Trouble(UpstreamDown):
    """An UpstreamDown that knows what to make of it."""

    def __init__(
        self,
        message: str,
        hint: str = UNREACHABLE_HINT,
        retry_after_s: float | None = None,
        *,
        again: bool = True,
        blame: bool = True,
    ) -> None:
        super().__init__(message, hint, retry_after_s)
        self.again = again
        """Another attempt may succeed."""
        self.blame = blame
        """It counts against the host's health: no connection, no answer in time, or a 5xx."""

    def plain(self) -> UpstreamDown:
        """Return what callers of the port get to see."""
        return UpstreamDown(self.message, self.hint, self.retry_after_s)
