"""What was fetched once, as old as it is."""

from packhouse.domain.errors import NotFound
from packhouse.domain.index import Index, Located
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.view import View
from packhouse.services.access import absent
from packhouse.services.ports import Clock, IndexStore
from packhouse.services.recent import Recent
from packhouse.services.snapshot import Need, Snapshot
from packhouse.services.sources.source import Download

_RECHECK_MS = 60_000


class Stored:
    """Answers for one upstream from the store alone: for work that nobody waits for, and that asks nobody."""

    def __init__(self, origin: str, indexes: IndexStore, recent: Recent, clock: Clock) -> None:
        self._origin = origin
        self._indexes = indexes
        self._recent = recent
        self._clock = clock

    async def snapshot(self, view: View, key: PackageKey, need: Need = "usual") -> Snapshot:
        """Return what is stored, if the upstream had the package when it was last asked."""
        del view, need
        state = await self._indexes.find_state(self._origin, key)
        if state is None or state.gone_at is not None:
            raise absent(key)
        until = Moment(self._clock() + _RECHECK_MS)
        return Snapshot(self._origin, key, state.generation, state.digest, state.changed_at, until)

    async def index(self, view: View, snapshot: Snapshot) -> Index:
        """Read the document."""
        del view
        index = self._recent.find(self._origin, snapshot.key, snapshot.generation)
        return await self._indexes.read_index(self._origin, snapshot.key) if index is None else index

    async def locate(self, view: View, key: PackageKey, filename: str) -> Located:
        """Have no files."""
        del view
        raise NotFound(f"{key} has no file {filename[:200]}")

    async def download(self, view: View, key: PackageKey, located: Located) -> Download:
        """Have no files."""
        del view
        raise NotFound(f"{key} has no file {located.artifact.filename}")
