"""What checking attestations needs of others."""

from typing import Protocol


class TrustRoot(Protocol):
    """Who is trusted to say who signed something."""

    def __call__(self, text: bytes) -> bytes:
        """Check who signed a bundle and return the statement that was signed; raise Invalid or ConfigError.

        Takes milliseconds, and half a second the first time: call it in a thread.
        """

    def check_file(self, text: bytes, sha256: str) -> None:
        """Check who signed a bundle, and that it is the signature of a file; raise Invalid or ConfigError.

        Call it in a thread.
        """

    def basis(self) -> str:
        """Name whom it trusts: another text means that answers may differ; raise ConfigError. Call it in a thread."""
