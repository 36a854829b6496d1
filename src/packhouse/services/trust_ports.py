"""What trusted publishing needs of the store and of the network."""

from collections.abc import Sequence
from typing import Protocol

from packhouse.domain.package import Moment
from packhouse.domain.trust import Issuer, IssuerKind, TrustedPublisher


class TrustStore(Protocol):
    """Whom packages trust, and which identities were used; all of it outlives a power cut."""

    async def add_trusted(self, publisher: TrustedPublisher) -> TrustedPublisher:
        """Store a new one; what is returned has the id that the store gives it."""

    async def pin_trusted(self, id: int, owner_id: str) -> str:  # noqa: A002 (the field's name)
        """Set the owner's number of one that has none yet; return the one that it has now, empty if it is gone."""

    async def drop_trusted(self, id: int) -> bool:  # noqa: A002 (the field's name)
        """Forget one; tell whether it was there."""

    async def list_trusted(self, origin: str, ecosystem: str, name: str | None) -> Sequence[TrustedPublisher]:
        """List those of a package, or of all of an ecosystem (None), oldest first."""

    async def find_trusted(self, kind: IssuerKind, owner: str, repository: str) -> Sequence[TrustedPublisher]:
        """List those of a repository, whatever the capitals of its name, oldest first; of all packages."""

    async def spend_identity(self, hash: str, expires_at: Moment, now: Moment) -> bool:  # noqa: A002
        """Remember an identity until it expires; tell whether it was not known yet."""


class KeySource(Protocol):
    """Where the public keys of issuers come from."""

    async def fetch_keys(self, issuer: Issuer) -> bytes:
        """Return the issuer's JWK Set as it is; raise UpstreamError, or ConfigError for a file that cannot be read."""
