"""A dependency graph as a nested list, for who cannot use its picture."""

from collections import deque
from typing import Literal

from msgspec import Struct

from packhouse.domain.graph import Edge, Graph
from packhouse.resolver.canonical import targets_of

LINES = 1500
"""More is no longer read by anyone."""


class Line(Struct, frozen=True):
    """One step of writing a nested list down."""

    step: Literal["open", "item", "end", "close"]
    """Begin a list, begin an item, end an item, end a list."""
    node: int = 0
    requirement: str = ""
    kind: str = ""
    elsewhere: bool = False
    """True where what the node needs is listed under another item."""


class Outline(Struct, frozen=True):
    """A list as a flat sequence of steps, so that no depth is too much for a template."""

    lines: tuple[Line, ...]
    hidden: int
    """How many edges are left out."""


def outline(graph: Graph, limit: int = LINES) -> Outline:
    """List every edge under the node that it leaves; what a node needs is listed where it is nearest to the root."""
    leaving = targets_of(graph)
    if not graph.nodes or not leaving[0]:
        return Outline((), 0)
    homes = _homes(leaving)
    lines = [Line("open")]
    items = hidden = 0
    stack = [deque(leaving[0])]
    while stack:
        edges = stack[-1]
        if not edges:
            stack.pop()
            lines.append(Line("close"))
            if stack:
                lines.append(Line("end"))
            continue
        edge = edges.popleft()
        if items >= limit:
            hidden += 1
            continue
        items += 1
        below = leaving[edge.to_node]
        at_home = homes.get(edge.to_node) is edge
        lines.append(Line("item", edge.to_node, edge.requirement, edge.kind, elsewhere=bool(below) and not at_home))
        if below and at_home:
            lines.append(Line("open"))
            stack.append(deque(below))
        else:
            lines.append(Line("end"))
    return Outline(tuple(lines), hidden)


def _homes(leaving: list[list[Edge]]) -> dict[int, Edge]:
    """Find the edge by which a breadth-first walk first meets each node."""
    homes: dict[int, Edge] = {}
    queue = deque([0])
    while queue:
        for edge in leaving[queue.popleft()]:
            if edge.to_node != 0 and edge.to_node not in homes:
                homes[edge.to_node] = edge
                queue.append(edge.to_node)
    return homes
