"""Trusted publishers and used identities in dictionaries, for tests."""

from collections.abc import Sequence

from msgspec.structs import replace

from packhouse.domain.package import Moment
from packhouse.domain.trust import IssuerKind, TrustedPublisher


class MemoryTrust:
    """Keeps them for as long as it lives."""

    def __init__(self) -> None:
        super().__init__()
        self._trusted: dict[int, TrustedPublisher] = {}
        self._trusted_id = 0
        self._spent: dict[str, Moment] = {}

    async def add_trusted(self, publisher: TrustedPublisher) -> TrustedPublisher:
        """Store a new one; what is returned has its id."""
        self._trusted_id += 1
        added = self._trusted[self._trusted_id] = replace(publisher, id=self._trusted_id)
        return added

    async def pin_trusted(self, id: int, owner_id: str) -> str:  # noqa: A002 (the field's name)
        """Set the owner's number of one that has none yet; return the one that it has now."""
        known = self._trusted.get(id)
        if known is None:
            return ""
        if not known.owner_id:
            known = self._trusted[id] = replace(known, owner_id=owner_id)
        return known.owner_id

    async def drop_trusted(self, id: int) -> bool:  # noqa: A002 (the field's name)
        """Forget one; tell whether it was there."""
        return self._trusted.pop(id, None) is not None

    async def list_trusted(self, origin: str, ecosystem: str, name: str | None) -> Sequence[TrustedPublisher]:
        """List those of a package, or of all of an ecosystem (None), oldest first."""
        return [
            each
            for each in self._trusted.values()
            if each.origin == origin and each.package.ecosystem == ecosystem and name in (None, each.package.name)
        ]

    async def find_trusted(self, kind: IssuerKind, owner: str, repository: str) -> Sequence[TrustedPublisher]:
        """List those of a repository, whatever the capitals of its name, oldest first."""
        wanted = (kind, owner.lower(), repository.lower())
        return [
            each
            for each in self._trusted.values()
            if (each.kind, each.owner.lower(), each.repository.lower()) == wanted
        ]

    async def spend_identity(self, hash: str, expires_at: Moment, now: Moment) -> bool:  # noqa: A002 (the field's name)
        """Remember an identity until it expires; tell whether it was not known yet."""
        self._spent = {known: until for known, until in self._spent.items() if until > now}
        if hash in self._spent:
            return False
        self._spent[hash] = expires_at
        return True
