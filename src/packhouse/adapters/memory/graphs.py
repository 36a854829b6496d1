"""Kept graphs in dictionaries, for tests."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.services.dependent_ports import (
    ASKED,
    DIRECT,
    Dependent,
    DependentCount,
    DependentPlace,
    GraphPlace,
    GraphState,
    GraphTask,
    KeptGraph,
    Relation,
    uses_of,
)
from packhouse.services.dependent_ways import NOWHERE


class MemoryGraphs:
    """Keeps them for as long as it lives; finds by looking through all."""

    def __init__(self) -> None:
        super().__init__()
        self._graph_place: GraphPlace | None = None
        self._graphs: dict[PackageKey, tuple[KeptGraph, Moment]] = {}
        self._graph_marks: Counter[PackageKey] = Counter()
        self._graphs_due: dict[PackageKey, Moment | None] = {}
        self._graph_numbers: dict[PackageKey, int] = {}

    async def read_graph_place(self) -> GraphPlace | None:
        """Tell how far the log was followed; None before it ever was."""
        return self._graph_place

    async def begin_graphs(self, keys: Collection[PackageKey], place: GraphPlace | None, at: Moment) -> None:
        """Let the graphs of these packages be made, and of no others."""
        self._mark_each(keys, at)
        self._graph_place = place or self._graph_place

    async def mark_graphs(self, keys: Collection[PackageKey], place: GraphPlace | None, at: Moment) -> None:
        """Let graphs be made, and all that looked at one of these packages."""
        looked = {user for user, (kept, _) in self._graphs.items() if not set(keys).isdisjoint(kept.asked)}
        self._mark_each(looked.union(keys), at)
        self._graph_place = place or self._graph_place

    async def list_due_graphs(self, now: Moment, limit: int) -> Sequence[GraphTask]:
        """List what is to be made, what was marked last first."""
        due = [(-at, key) for key, at in self._graphs_due.items() if at is not None and at <= now]
        return [GraphTask(key, self._graph_marks[key]) for _, key in sorted(due)][:limit]

    async def count_due_graphs(self, now: Moment) -> int:
        """Count what is to be made."""
        return sum(at is not None and at <= now for at in self._graphs_due.values())

    async def write_graph(self, task: GraphTask, kept: KeptGraph, made_at: Moment, due_at: Moment | None) -> None:
        """Keep a graph."""
        for key in (task.key, *kept.asked):
            self._graph_numbers.setdefault(key, len(self._graph_numbers) + 1)
        self._graphs[task.key] = (kept, made_at)
        if self._graph_marks[task.key] == task.mark:
            self._graphs_due[task.key] = due_at

    async def find_graph(self, key: PackageKey) -> GraphState | None:
        """Look the graph of a package up."""
        found = self._graphs.get(key)
        return None if found is None else GraphState(*found, due_at=self._graphs_due.get(key))

    async def count_dependents(
        self, key: PackageKey, version: str, hidden: Collection[PackageKey] = ()
    ) -> DependentCount:
        """Count the packages whose graph has a release."""
        counts = Counter(each.relation for each in self._dependents(key, version, hidden))
        return DependentCount(counts["direct"], counts["indirect"])

    async def count_versions(self, key: PackageKey, hidden: Collection[PackageKey] = ()) -> Mapping[str, int]:
        """Count the packages whose graph has it, for each release that has any."""
        clean = [(user, kept) for user, (kept, _) in self._graphs.items() if _is_clean(user, kept, hidden)]
        uses = [each for user, kept in clean for each in uses_of(user, kept)]
        return Counter(each.version for each in uses if each.key == key and each.relation != ASKED)

    async def list_dependents(
        self, key: PackageKey, version: str, after: DependentPlace, limit: int, hidden: Collection[PackageKey] = ()
    ) -> Sequence[Dependent]:
        """List the packages whose graph has a release, behind a place."""

        def place(relation: str, name: str) -> tuple[bool, int]:
            return relation == "indirect", self._graph_numbers.get(PackageKey(key.ecosystem, NormalName(name)), 0)

        begin = place("indirect" if after.indirect else "direct", after.name)
        placed = [(place(each.relation, each.key.name), each) for each in self._dependents(key, version, hidden)]
        return [each for where, each in sorted(placed, key=lambda pair: pair[0]) if where > begin][:limit]

    async def list_graph_names(self, ecosystem: str, after: str, limit: int) -> Sequence[PackageKey]:
        """List the packages that graphs are of or looked at, behind a name."""
        known = {each for key, (kept, _) in self._graphs.items() for each in (key, *kept.asked)} | set(self._graphs_due)
        return sorted(key for key in known if key.ecosystem == ecosystem and key.name > after)[:limit]

    async def list_doubtful(self, ecosystem: str, hidden: Collection[PackageKey]) -> Sequence[PackageKey]:
        """List the packages whose graph looked at one of these, without these themselves."""
        mine = frozenset(each for each in hidden if each.ecosystem == ecosystem)
        found = (key for key, (kept, _) in self._graphs.items() if not mine.isdisjoint(kept.asked))
        return sorted(key for key in found if key not in mine)

    def _mark_each(self, keys: Collection[PackageKey], at: Moment) -> None:
        for key in keys:
            self._graph_marks[key] += 1
            self._graphs_due[key] = at

    def _dependents(self, key: PackageKey, version: str, hidden: Collection[PackageKey]) -> Iterator[Dependent]:
        for user, (kept, _) in self._graphs.items():
            if not _is_clean(user, kept, hidden):
                continue
            for each in uses_of(user, kept):
                if (each.key, each.version) == (key, version) and each.relation != ASKED:
                    relation: Relation = "direct" if each.relation == DIRECT else "indirect"
                    yield Dependent(user, relation, kept.version, kept.ways or NOWHERE)


def _is_clean(user: PackageKey, kept: KeptGraph, hidden: Collection[PackageKey]) -> bool:
    return user not in hidden and frozenset(hidden).isdisjoint(kept.asked)
