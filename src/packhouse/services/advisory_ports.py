"""What advisories need of the store."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from packhouse.domain.advisory import Mention
from packhouse.domain.package import Moment, PackageKey


class AdvisoryState(Struct, frozen=True):
    """What is known of a stored record without its body."""

    id: str
    source: str
    modified_at: Moment
    digest: str
    """SHA-256 of the body, hexadecimal."""
    withdrawn_at: Moment | None = None
    malicious: bool = False
    generation: int = 0
    """Grows with every record that is written, across sources; the store gives it."""


class AdvisoryEntry(Struct, frozen=True):
    """A record as it is written."""

    state: AdvisoryState
    body: bytes
    aliases: tuple[str, ...]
    mentions: Mapping[PackageKey, Mention]
    """By the key under which the package is looked up; none of a record that was taken back."""


class StoredAdvisory(Struct, frozen=True):
    """A record as it is read."""

    state: AdvisoryState
    body: bytes


class AdvisoryCount(Struct, frozen=True):
    """How many records a source has."""

    source: str
    records: int
    withdrawn: int
    malicious: int


class AdvisoryStore(Protocol):
    """Advisories as they are read. Of records with one id in several sources the one that was modified last stands."""

    async def find_advisories(self, name: str) -> Sequence[StoredAdvisory]:
        """Return the record with an id, or else those that have it as an alias, by id; raise StorageDamaged."""

    async def list_mentions(self, keys: Sequence[PackageKey]) -> Sequence[Sequence[Mention]]:
        """Tell what is said of each package, by id; raise StorageDamaged."""

    async def list_changed_advisories(self, after: int, limit: int) -> Sequence[AdvisoryState]:
        """List what was written after a generation, oldest first."""

    async def count_advisories(self) -> Sequence[AdvisoryCount]:
        """Count the records of every source, by its name."""

    async def read_advisory_generation(self) -> int:
        """Read the number of the last change; fast enough to be asked before every answer. 0 where there is none."""


class AdvisoryIntake(Protocol):
    """Advisories as they are imported."""

    async def write_advisories(self, entries: Sequence[AdvisoryEntry]) -> None:
        """Add records or replace those with the same id and source; all of them or none."""

    async def drop_advisories(self, source: str, ids: Sequence[str]) -> int:
        """Forget records of a source; tell how many of them were there."""

    async def list_advisory_states(self, source: str) -> Sequence[AdvisoryState]:
        """List all records of a source, by id."""


class FeedRecord(Struct, frozen=True):
    """A record as it was found, in JSON; it may be in a form of its own database."""

    where: str
    """The file, and the line or the entry in it."""
    body: bytes


class FeedFault(Struct, frozen=True):
    """Something of a feed that cannot be read, or is not as it should be."""

    where: str
    reason: str


Feed = Iterable[FeedRecord | FeedFault]
