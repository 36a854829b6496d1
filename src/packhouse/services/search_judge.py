"""What a search shows of a package whose newest release is refused: the newest that is not.

Decided over what is stored, as old as it is: a page of results must not ask upstreams about each of its packages.
"""

from collections.abc import Sequence

from packhouse.domain.errors import NotFound, Refused
from packhouse.domain.index import Index, Located, Summary
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.view import View
from packhouse.policy.decision import Rule
from packhouse.services.access import Access
from packhouse.services.ports import Clock, IndexStore
from packhouse.services.recent import Recent
from packhouse.services.snapshot import Need, Snapshot
from packhouse.services.sources.filtered import Filtered
from packhouse.services.sources.known import KnownRules
from packhouse.services.sources.source import Download
from packhouse.services.summaries import Summaries


class SummaryJudge:
    """Applies the rules, and the date of a view, to what was found."""

    def __init__(
        self,
        summaries: Summaries,
        access: Access,
        store: IndexStore,
        recent: Recent,
        rules: Sequence[Rule],
        clock: Clock,
        known: KnownRules | None = None,
    ) -> None:
        self._summaries = summaries
        self._store = store
        self._recent = recent
        self._rules = tuple(rules)
        self._clock = clock
        self._known = known
        self._access = access
        self._filtered: dict[str, Filtered] = {}

    async def show(self, view: View, summary: Summary, origin: str) -> Summary | None:
        """Return the summary of the releases that are left; None where none is."""
        # What is ours in another spelling is not asked of an upstream any more.
        if origin != view.origin and await self._access.spelling(view, summary.key) is not None:
            return None
        if not self._rules and view.as_of is None and not await self._is_known():
            return summary
        source = self._of(origin)
        try:
            snapshot = await source.snapshot(view, summary.key)
            dropped = snapshot.verdict.versions
            if not dropped or (summary.version and not summary.listed and summary.version not in dropped):
                return summary
            index = await source.index(view, snapshot)
        except (NotFound, Refused):
            return None
        return await self._summaries.find(origin, summary.key, index) if index.fragments else None

    async def find(self, view: View, key: PackageKey, origin: str) -> Snapshot:
        """Tell what is left of a package that a search has found; raise NotFound or Refused."""
        return await self._of(origin).snapshot(view, key)

    async def read(self, view: View, snapshot: Snapshot) -> Index:
        """Read the document of what was found, without the releases that are refused; raise NotFound or Refused."""
        return await self._of(snapshot.origin).index(view, snapshot)

    async def _is_known(self) -> bool:
        return self._known is not None and await self._known.generation() > 0

    def _of(self, origin: str) -> Filtered:
        source = self._filtered.get(origin)
        if source is None:
            stored = _Stored(self._store, self._recent, origin)
            # What is published here is not what an advisory about a public registry means.
            known = None if origin.startswith("hosted:") else self._known
            source = self._filtered[origin] = Filtered(stored, self._rules, self._clock, known=known)
        return source


class _Stored:
    """The documents of one origin as they are stored."""

    def __init__(self, store: IndexStore, recent: Recent, origin: str) -> None:
        self._store = store
        self._recent = recent
        self._origin = origin

    async def snapshot(self, view: View, key: PackageKey, need: Need = "usual") -> Snapshot:
        """Return what is stored, however old; raise NotFound where nothing is."""
        del view, need
        state = await self._store.find_state(self._origin, key)
        if state is None or state.gone_at is not None:
            raise NotFound(f"nothing of {key} is stored")
        return Snapshot(self._origin, key, state.generation, state.digest, state.changed_at, Moment(0))

    async def index(self, view: View, snapshot: Snapshot) -> Index:
        """Read the document."""
        del view
        index = self._recent.find(self._origin, snapshot.key, snapshot.generation)
        return index or await self._store.read_index(self._origin, snapshot.key)

    async def locate(self, view: View, key: PackageKey, filename: str) -> Located:
        """Find no file: nobody asks a search for one."""
        del view
        raise NotFound(f"{key} has no file {filename[:200]}")

    async def download(self, view: View, key: PackageKey, located: Located) -> Download:
        """Hand no file out."""
        del view
        raise NotFound(f"{key} has no file {located.artifact.filename}")
