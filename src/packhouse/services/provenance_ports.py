"""What checking attestations needs of others."""

from typing import Protocol

from packhouse.domain.package import PackageKey
from packhouse.domain.provenance import StoredAttestations


class TrustRoot(Protocol):
    """Who is trusted to say who signed something."""

    def __call__(self, text: bytes) -> bytes:
        """Check who signed a bundle and return the statement that was signed; raise Invalid or ConfigError.

        Takes milliseconds, and half a second the first time: call it in a thread.
        """

    def basis(self) -> str:
        """Name whom it trusts: another text means that answers may differ; raise ConfigError. Call it in a thread."""


class AttestationStore(Protocol):
    """What came of checking statements, so that it is done once."""

    async def find_attested(self, origin: str, key: PackageKey, version: str) -> StoredAttestations | None:
        """Look up what came of those of a release; None where nobody has checked."""

    async def write_attested(self, origin: str, key: PackageKey, version: str, stored: StoredAttestations) -> None:
        """Keep what came of those of a release, in place of what was kept before."""
