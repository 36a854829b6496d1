"""Where resolved graphs are kept, and who is found by them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from packhouse.domain.graph import Graph
from packhouse.domain.package import Moment, PackageKey
from packhouse.services.dependent_ways import Ways

Relation = Literal["direct", "indirect"]


class GraphTask(Struct, frozen=True):
    """A package whose graph is to be made."""

    key: PackageKey
    mark: int
    """Grows with every change that concerns the graph."""


class KeptGraph(Struct, frozen=True, omit_defaults=True):
    """What installing a package would install, as whoever may see everything here sees it."""

    version: str = ""
    """The default version that was resolved; empty where the package has none, or is gone."""
    graph: Graph | None = None
    """None where nothing fits, or there is nothing to resolve."""
    ways: Ways | None = None
    """From the root to all else in the graph."""
    error: str = ""
    """Why there is no graph."""
    asked: tuple[PackageKey, ...] = ()
    """Every package that was looked at, found or not, sorted: without a change of one of these it stays as it is."""
    marks: tuple[int, ...] = ()
    """What was seen of each of these: a number that stands for its document and for what is refused of it."""
    missed: bool = False
    """Whether something was wanted that is not stored here."""
    lasting: bool = True
    """Whether the further documents that were read, if any, can never change."""


class GraphState(Struct, frozen=True):
    """A graph, and how new it is."""

    kept: KeptGraph
    made_at: Moment
    due_at: Moment | None
    """When it is to be made anew; in the past where something that it was made of has changed since."""


class GraphPlace(Struct, frozen=True):
    """How far the event log was followed."""

    position: int
    marker: int
    """Stands for all that decides about every graph: rules, upstreams, what resolves."""


class DependentPlace(Struct, frozen=True):
    """Where a dependent stands in a list: direct ones first, of each kind those that were known first."""

    indirect: bool
    name: str
    """Of the package; empty for the place before all."""


class Dependent(Struct, frozen=True):
    """A package whose graph has a release."""

    key: PackageKey
    relation: Relation
    version: str
    """Its default version, whose graph it is."""
    ways: Ways


class DependentCount(Struct, frozen=True):
    """How many packages depend on a release."""

    direct: int = 0
    indirect: int = 0

    @property
    def total(self) -> int:
        """Count both."""
        return self.direct + self.indirect


class GraphQueue(Protocol):
    """Graphs, and which of them are to be made."""

    async def read_graph_place(self) -> GraphPlace | None:
        """Tell how far the log was followed; None before it ever was."""

    async def begin_graphs(self, keys: Collection[PackageKey], place: GraphPlace | None, at: Moment) -> None:
        """Let the graphs of these packages be made, and of no others; note the place with it."""

    async def mark_graphs(self, keys: Collection[PackageKey], place: GraphPlace | None, at: Moment) -> None:
        """Let the graphs of these packages be made, and all that looked at one of them; note the place with it."""

    async def list_due_graphs(self, now: Moment, limit: int) -> Sequence[GraphTask]:
        """List what is to be made, what was marked last first."""

    async def count_due_graphs(self, now: Moment) -> int:
        """Count what is to be made."""

    async def write_graph(self, task: GraphTask, kept: KeptGraph, made_at: Moment, due_at: Moment | None) -> None:
        """Keep a graph in place of an older one, and who is found by it.

        It is made anew at `due_at`; at once if it was marked since the task was listed.
        """


class GraphLookup(Protocol):
    """Who is found by the graphs that are kept.

    `hidden` are packages of the same ecosystem: a graph that looked at one of them counts for nothing.
    """

    async def find_graph(self, key: PackageKey) -> GraphState | None:
        """Look the graph of a package up; None where none was made yet."""

    async def count_dependents(
        self, key: PackageKey, version: str, hidden: Collection[PackageKey] = ()
    ) -> DependentCount:
        """Count the packages whose graph has a release."""

    async def count_versions(self, key: PackageKey, hidden: Collection[PackageKey] = ()) -> Mapping[str, int]:
        """Count the packages whose graph has it, for each release that has any."""

    async def list_dependents(
        self, key: PackageKey, version: str, after: DependentPlace, limit: int, hidden: Collection[PackageKey] = ()
    ) -> Sequence[Dependent]:
        """List the packages whose graph has a release, behind a place."""

    async def list_graph_names(self, ecosystem: str, after: str, limit: int) -> Sequence[PackageKey]:
        """List the packages that graphs are of or looked at, behind a name."""

    async def list_doubtful(self, ecosystem: str, hidden: Collection[PackageKey]) -> Sequence[PackageKey]:
        """List the packages whose graph looked at one of these, without these themselves."""


class GraphStore(GraphQueue, GraphLookup, Protocol):
    """Both."""


FIRST_PLACE = DependentPlace(indirect=False, name="")


class Uses(Struct, frozen=True):
    """What a graph says of one package or release."""

    key: PackageKey
    version: str
    """Empty where the package was looked at and is no part of the graph."""
    relation: int
    """0: looked at; 1: an edge leads there from the root; 2: it is deeper."""


ASKED, DIRECT, INDIRECT = 0, 1, 2


def uses_of(key: PackageKey, kept: KeptGraph) -> frozenset[Uses]:
    """Tell by which packages and releases a graph is found: each release once, by its nearest relation."""
    found = {Uses(each, "", ASKED) for each in kept.asked}
    found.add(Uses(key, "", ASKED))
    if kept.graph is None:
        return frozenset(found)
    nodes = kept.graph.nodes
    near = {edge.to_node for edge in kept.graph.edges if edge.from_node == 0 and not edge.indirect}
    root = nodes[0]
    relations: dict[tuple[PackageKey, str], int] = {}
    for number, node in enumerate(nodes):
        release = (node.package, node.version)
        if number == 0 or release == (root.package, root.version):
            continue
        relation = DIRECT if number in near else INDIRECT
        relations[release] = min(relation, relations.get(release, INDIRECT))
    found.update(Uses(package, version, relation) for (package, version), relation in relations.items())
    return frozenset(found)
