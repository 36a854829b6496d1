"""What was found out about releases by reading their files, or was imported, as the store keeps it."""

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct

from packhouse.domain.package import Moment, PackageKey

FactKind = Literal["capabilities", "licences"]


class ReleaseFact(Struct, frozen=True):
    """One thing that is known of a release."""

    key: PackageKey
    version: str
    kind: FactKind
    body: bytes
    """As whoever found it out writes it."""
    source: str = ""
    """What it was found in: the digest of a file, or the name of what was imported."""
    written_at: Moment = Moment(0)


class FactStore(Protocol):
    """Facts of releases, one of each kind."""

    async def find_fact(self, key: PackageKey, version: str, kind: FactKind) -> ReleaseFact | None:
        """Look a fact up."""

    async def write_facts(self, facts: Sequence[ReleaseFact]) -> None:
        """Add facts or replace those of the same release and kind, all of them or none."""
