"""Advisories in dictionaries, for tests."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from packhouse.domain.advisory import Mention
from packhouse.domain.package import PackageKey
from packhouse.services.advisory_ports import AdvisoryCount, AdvisoryEntry, AdvisoryState, StoredAdvisory


class MemoryAdvisories:
    """Keeps them for as long as it lives."""

    def __init__(self) -> None:
        super().__init__()
        self._advisories: dict[tuple[str, str], AdvisoryEntry] = {}
        self._advisory_generation = 0

    async def find_advisories(self, name: str) -> Sequence[StoredAdvisory]:
        """Return the record with an id, or else those that have it as an alias, by id."""
        standing = self._standing()
        found = [standing[name]] if name in standing else [each for each in standing.values() if name in each.aliases]
        return [StoredAdvisory(each.state, each.body) for each in found]

    async def list_mentions(self, keys: Sequence[PackageKey]) -> Sequence[Sequence[Mention]]:
        """Tell what is said of each package, by id."""
        standing = self._standing().values()
        return [[entry.mentions[key] for entry in standing if key in entry.mentions] for key in keys]

    async def list_changed_advisories(self, after: int, limit: int) -> Sequence[AdvisoryState]:
        """List what was written after a generation, oldest first."""
        states = sorted(self._advisory_states(), key=lambda state: state.generation)
        return [state for state in states if state.generation > after][:limit]

    async def count_advisories(self) -> Sequence[AdvisoryCount]:
        """Count the records of every source, by its name."""
        return [
            AdvisoryCount(
                source,
                len(states),
                sum(state.withdrawn_at is not None for state in states),
                sum(state.malicious for state in states),
            )
            for source in sorted({state.source for state in self._advisory_states()})
            if (states := [state for state in self._advisory_states() if state.source == source])
        ]

    async def read_advisory_generation(self) -> int:
        """Read the number of the last change."""
        return self._advisory_generation

    async def write_advisories(self, entries: Sequence[AdvisoryEntry]) -> None:
        """Add records or replace those with the same id and source."""
        for entry in entries:
            self._advisory_generation += 1
            state = replace(entry.state, generation=self._advisory_generation)
            self._advisories[state.id, state.source] = replace(entry, state=state)

    async def drop_advisories(self, source: str, ids: Sequence[str]) -> int:
        """Forget records of a source; tell how many of them were there."""
        dropped = sum(self._advisories.pop((each, source), None) is not None for each in ids)
        self._advisory_generation += dropped > 0
        return dropped

    async def list_advisory_states(self, source: str) -> Sequence[AdvisoryState]:
        """List all records of a source, by id."""
        return sorted(
            (state for state in self._advisory_states() if state.source == source), key=lambda state: state.id
        )

    def _advisory_states(self) -> Iterable[AdvisoryState]:
        return [entry.state for entry in self._advisories.values()]

    def _standing(self) -> dict[str, AdvisoryEntry]:
        """Pick of records with one id the newest, and of equally new ones that of the first source."""
        by_age = sorted(
            sorted(self._advisories.values(), key=lambda entry: entry.state.source, reverse=True),
            key=lambda entry: entry.state.modified_at,
        )
        standing = {entry.state.id: entry for entry in by_age}
        return dict(sorted(standing.items()))
