"""The shortest ways from the root of a graph to all of its nodes, small enough to be read for many graphs at once."""

from collections import deque
from collections.abc import Mapping, Sequence

from msgspec import Struct

from packhouse.domain.graph import Edge, Graph
from packhouse.domain.package import NormalName, PackageKey


class Ways(Struct, frozen=True, array_like=True):
    """One entry for each node, the root first, in the order of their distance from it."""

    names: tuple[NormalName, ...]
    versions: tuple[str, ...]
    before: tuple[int, ...]
    """The position of the entry from which it is reached; 0 for the root itself."""
    requirements: tuple[str, ...]
    """What the one before asks for."""


class Step(Struct, frozen=True):
    """A release on the way from a dependent to what it depends on."""

    package: PackageKey
    version: str
    requirement: str
    """What the release before it asks for; empty for the first."""


NOWHERE = Ways((), (), (), ())


def ways_of(graph: Graph) -> Ways:
    """Walk a graph breadth first, over edges that are dependencies of their own as far as those lead."""
    came: dict[int, tuple[int, str]] = {0: (0, "")}
    for edges in ([each for each in graph.edges if not each.indirect], graph.edges):
        _walk(_by_start(edges), came)
    position = {node: at for at, node in enumerate(came)}
    nodes = [graph.nodes[node] for node in came]
    return Ways(
        names=tuple(node.package.name for node in nodes),
        versions=tuple(node.version for node in nodes),
        before=tuple(position[before] for before, _ in came.values()),
        requirements=tuple(requirement for _, requirement in came.values()),
    )


def way_to(ways: Ways, key: PackageKey, version: str) -> tuple[Step, ...]:
    """Return the way to a release, both ends included; empty where it is no part of the graph."""
    for at, (name, found) in enumerate(zip(ways.names, ways.versions, strict=True)):
        if at and name == key.name and found == version:
            return _way_back(ways, key.ecosystem, at)
    return ()


def _by_start(edges: Sequence[Edge]) -> dict[int, list[Edge]]:
    found: dict[int, list[Edge]] = {}
    for edge in edges:
        found.setdefault(edge.from_node, []).append(edge)
    return found


def _walk(edges: Mapping[int, Sequence[Edge]], came: dict[int, tuple[int, str]]) -> None:
    queue = deque(came)
    while queue:
        here = queue.popleft()
        for edge in edges.get(here, ()):
            if edge.to_node not in came:
                came[edge.to_node] = (here, edge.requirement)
                queue.append(edge.to_node)


def _way_back(ways: Ways, ecosystem: str, at: int) -> tuple[Step, ...]:
    steps: list[Step] = []
    while True:
        steps.append(Step(PackageKey(ecosystem, ways.names[at]), ways.versions[at], ways.requirements[at]))
        if at == 0:
            return tuple(reversed(steps))
        at = ways.before[at]
