"""Every port that a database implements, in dictionaries, for tests."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec

from packhouse.adapters.memory.accounts import MemoryAccounts
from packhouse.adapters.memory.advisories import MemoryAdvisories
from packhouse.adapters.memory.facts import MemoryFacts
from packhouse.adapters.memory.graphs import MemoryGraphs
from packhouse.adapters.memory.hooks import MemoryHooks
from packhouse.adapters.memory.hosted import MemoryHosted, Place
from packhouse.adapters.memory.invitations import MemoryInvitations
from packhouse.adapters.memory.names import MemoryNames
from packhouse.adapters.memory.projects import MemoryProjects
from packhouse.adapters.memory.search import MemorySearch
from packhouse.adapters.memory.signing import MemorySigningKeys
from packhouse.adapters.memory.trust import MemoryTrust
from packhouse.domain.digest import Digest
from packhouse.domain.errors import NotFound
from packhouse.domain.events import Event
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Index, Summary
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.services.hashes import DigestPlace
from packhouse.services.ports import RECENT_DAYS, IndexState, Listed, Rendered, StoredArtifact, StoredFurther


class MemoryStore(
    MemoryAccounts,
    MemoryHosted,
    MemorySigningKeys,
    MemoryHooks,
    MemoryInvitations,
    MemoryTrust,
    MemoryAdvisories,
    MemoryNames,
    MemoryFacts,
    MemoryGraphs,
    MemoryProjects,
    MemorySearch,
):
    """Keeps all that a server stores for as long as it lives."""

    def __init__(self) -> None:
        super().__init__()
        self._sequence = 0
        self._row = 0
        self._states: dict[Place, IndexState] = {}
        self._indexes: dict[Place, Index] = {}
        self._summaries: dict[Place, Summary] = {}
        self._records: dict[Place, tuple[int, PackageRecord]] = {}
        self._artifacts: dict[tuple[Place, str], tuple[int, StoredArtifact]] = {}
        self._rendered: dict[Place, dict[str, tuple[int, Rendered]]] = {}
        self._further: dict[tuple[str, FurtherKey], StoredFurther] = {}
        self._events: list[Event] = []
        self._switches: dict[str, bool] = {}
        self._downloads: dict[Place, dict[tuple[str, str], int]] = {}
        self._not_recent = ""

    async def find_state(self, origin: str, key: PackageKey) -> IndexState | None:
        """Look up what is known of a document."""
        return self._states.get((origin, key))

    async def read_index(self, origin: str, key: PackageKey) -> Index:
        """Read a whole document; raise NotFound if there is none."""
        try:
            return self._indexes[origin, key]
        except KeyError:
            raise NotFound(f"no index document of {key} is stored for {origin}") from None

    async def write_index(
        self, state: IndexState, index: Index, events: Sequence[Event], summary: Summary | None
    ) -> IndexState:
        """Store a new or changed document, its events and search entry."""
        self._summaries.pop((state.origin, state.key), None)
        if summary is not None:
            self._summaries[state.origin, state.key] = summary
        return self._put_index(state, index, events)

    async def write_state(self, state: IndexState, events: Sequence[Event] = ()) -> None:
        """Change all but the bytes; nothing happens if the document has changed meanwhile."""
        place = (state.origin, state.key)
        known = self._states.get(place)
        if known is not None and known.generation == state.generation:
            self._append(events)
            if events:
                self._sequence += 1
            generation = self._sequence if events else known.generation
            self._states[place] = msgspec.structs.replace(state, digest=known.digest, generation=generation)

    async def list_changed(self, ecosystem: str, after: int, limit: int) -> Sequence[Listed]:
        """List packages whose generation is above `after`, in the order of their generations."""
        found = [each for each in self._listed(ecosystem) if each.state.generation > after]
        return sorted(found, key=lambda each: each.state.generation)[:limit]

    async def list_newest(self, ecosystem: str, before: int, limit: int) -> Sequence[Listed]:
        """List packages whose generation is below `before`, newest first."""
        found = [each for each in self._listed(ecosystem) if each.state.generation < before]
        return sorted(found, key=lambda each: -each.state.generation)[:limit]

    async def list_named(self, ecosystem: str, first: str, limit: int) -> Sequence[Listed]:
        """List packages whose name is `first` or above it, by name and then by origin."""
        found = [each for each in self._listed(ecosystem) if each.state.key.name >= first]
        return sorted(found, key=lambda each: (each.state.key.name, each.state.origin))[:limit]

    async def list_named_back(self, ecosystem: str, before: str, limit: int) -> Sequence[Listed]:
        """List packages whose name is below `before`, the last name first and then by origin."""
        found = [each for each in self._listed(ecosystem) if each.state.key.name < before]
        found.sort(key=lambda each: each.state.origin)
        return sorted(found, key=lambda each: each.state.key.name, reverse=True)[:limit]

    def _listed(self, ecosystem: str) -> list[Listed]:
        states = [state for state in self._states.values() if state.key.ecosystem == ecosystem]
        return [Listed(state, self._summaries.get((state.origin, state.key))) for state in states]

    async def list_states(self, after: int, limit: int) -> Sequence[IndexState]:
        """List documents whose generation is above `after`, in the order of their generations."""
        later = (state for state in self._states.values() if state.generation > after)
        return sorted(later, key=lambda state: state.generation)[:limit]

    async def find_further(self, origin: str, further: FurtherKey) -> StoredFurther | None:
        """Look a document up."""
        return self._further.get((origin, further))

    async def write_further(self, origin: str, further: FurtherKey, stored: StoredFurther) -> None:
        """Store a new or changed document."""
        self._further[origin, further] = stored

    async def write_further_state(self, origin: str, further: FurtherKey, stored: StoredFurther) -> None:
        """Change all but the bytes of a document that is stored."""
        known = self._further.get((origin, further))
        if known is not None:
            self._further[origin, further] = msgspec.structs.replace(stored, body=known.body)

    async def drop_further(self, origin: str, further: FurtherKey) -> None:
        """Forget a document; no error if it is not there."""
        self._further.pop((origin, further), None)

    async def find_record(self, origin: str, key: PackageKey) -> tuple[int, PackageRecord] | None:
        """Look up a record and the generation that it was derived from."""
        return self._records.get((origin, key))

    async def find_records(
        self, origin: str, keys: Sequence[PackageKey]
    ) -> dict[PackageKey, tuple[int, PackageRecord]]:
        """Look up many records at once; those that are not there are left out."""
        return {key: self._records[origin, key] for key in keys if (origin, key) in self._records}

    async def write_record(self, origin: str, generation: int, record: PackageRecord) -> None:
        """Store a record unless one of a later generation is there."""
        known = self._records.get((origin, record.key))
        if known is None or known[0] <= generation:
            self._records[origin, record.key] = (generation, record)

    async def find_artifact(self, origin: str, key: PackageKey, filename: str) -> StoredArtifact | None:
        """Look a stored file up."""
        found = self._artifacts.get(((origin, key), filename))
        return None if found is None else found[1]

    async def write_artifact(self, origin: str, key: PackageKey, artifact: StoredArtifact) -> None:
        """Record a stored file, together with its event."""
        self._put_artifact((origin, key), artifact)

    async def find_digest(self, digest: Digest, limit: int) -> Sequence[DigestPlace]:
        """List releases that may have a file with a digest."""
        found = {
            DigestPlace(origin, key, stored.version)
            for ((origin, key), _), (_, stored) in self._artifacts.items()
            if digest in stored.digests
        }
        for (origin, key), (_, record) in self._records.items():
            for release in map(record.release, range(len(record.versions))):
                if any(digest in artifact.digests for artifact in release.artifacts):
                    found.add(DigestPlace(origin, key, release.version))
        return sorted(found)[:limit]

    async def uses_blob(self, blob: Digest) -> bool:
        """Tell whether any file is this blob."""
        return any(artifact.blob == blob for _, artifact in self._artifacts.values())

    async def list_artifacts(self, after: int, limit: int) -> Sequence[tuple[int, StoredArtifact]]:
        """Page through all stored files by an increasing row number."""
        later = (found for found in self._artifacts.values() if found[0] > after)
        return sorted(later, key=lambda found: found[0])[:limit]

    async def find_rendered(self, origin: str, key: PackageKey, variant: str) -> Rendered | None:
        """Look an answer up."""
        found = self._rendered.get((origin, key), {}).get(variant)
        return None if found is None else found[1]

    async def write_rendered(
        self, origin: str, key: PackageKey, generation: int, variant: str, rendered: Rendered
    ) -> None:
        """Keep an answer and drop those of older generations of the same package."""
        kept = self._rendered.get((origin, key), {}) | {variant: (generation, rendered)}
        self._rendered[origin, key] = {name: value for name, value in kept.items() if value[0] >= generation}

    async def list_events(self, after: int, limit: int) -> Sequence[Event]:
        """List events with a sequence above `after`, oldest first."""
        return [event for event in self._events if event.sequence > after][:limit]

    async def last_sequence(self) -> int:
        """Return a number that no entry of the log is above."""
        return self._sequence

    async def read_switches(self) -> dict[str, bool]:
        """Return the switches that were set, by upstream name."""
        return dict(self._switches)

    async def write_switch(self, name: str, *, enabled: bool) -> None:
        """Set a switch."""
        self._switches[name] = enabled

    async def add_downloads(self, day: str, counts: Mapping[tuple[str, PackageKey, str], int]) -> None:
        """Add to the counts of a day."""
        for (registry, key, version), count in counts.items():
            known = self._downloads.setdefault((registry, key), {})
            known[day, version] = known.get((day, version), 0) + count

    async def list_downloads(self, registry: str, key: PackageKey) -> dict[str, int]:
        """Return the count of each day that has one, oldest first."""
        days: Counter[str] = Counter()
        for (day, _), count in sorted(self._downloads.get((registry, key), {}).items()):
            days[day] += count
        return dict(days)

    async def list_version_downloads(self, registry: str, key: PackageKey, since: str) -> list[tuple[str, str, int]]:
        """Return versions with their counts of each day from one on."""
        known = sorted(self._downloads.get((registry, key), {}).items())
        return [(version, day, count) for (day, version), count in known if day >= since]

    async def sum_downloads(self, registry: str, key: PackageKey) -> dict[str, int]:
        """Return the count of each version."""
        versions: Counter[str] = Counter()
        for (_, version), count in self._downloads.get((registry, key), {}).items():
            versions[version] += count
        return dict(versions)

    async def age_downloads(self, day: str) -> None:
        """Let the recent downloads of all packages be those of the 90 days up to a day."""
        self._not_recent = (date.fromisoformat(day) - timedelta(days=RECENT_DAYS)).isoformat()

    async def check(self, *, deep: bool = False) -> list[str]:
        """List nothing: memory does not rot."""
        del deep
        return []

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def _put_index(self, state: IndexState, index: Index, events: Sequence[Event]) -> IndexState:
        self._append(events)
        self._sequence += 1
        state = msgspec.structs.replace(state, generation=self._sequence, digest=index.digest)
        place = (state.origin, state.key)
        self._states[place], self._indexes[place] = state, index
        return state

    def _put_artifact(self, place: Place, artifact: StoredArtifact) -> None:
        known = self._artifacts.get((place, artifact.filename))
        self._row += known is None
        number = self._row if known is None else known[0]
        self._artifacts[place, artifact.filename] = (number, artifact)
        detail = {"filename": artifact.filename, "sha256": artifact.blob.value}
        self._append([Event("artifact_stored", artifact.stored_at, *place, artifact.version, detail)])

    def _append(self, events: Sequence[Event]) -> None:
        for event in events:
            self._sequence += 1
            self._events.append(msgspec.structs.replace(event, sequence=self._sequence))
