"""One way to write a graph down, whatever order a resolver found it in."""

from collections.abc import Sequence

import msgspec

from packhouse.domain.graph import Edge, Graph, Node


def canonical(graph: Graph) -> Graph:
    """Put the root first, the other nodes by name and version, the edges by their ends and requirement.

    Nodes of the same release stand in the order in which a breadth-first walk from the root meets them.
    """
    if not graph.nodes:
        return msgspec.structs.replace(graph, edges=())
    ranks = _ranks(graph)

    def place(old: int) -> tuple[bool, str, str, int]:
        node = graph.nodes[old]
        return old != 0, node.package.name, node.version, ranks[old]

    order = sorted(range(len(graph.nodes)), key=place)
    moved = {old: new for new, old in enumerate(order)}
    edges = (
        msgspec.structs.replace(edge, from_node=moved[edge.from_node], to_node=moved[edge.to_node])
        for edge in graph.edges
    )
    return msgspec.structs.replace(
        graph, nodes=tuple(graph.nodes[old] for old in order), edges=tuple(sorted(edges, key=_edge_order))
    )


def depths(graph: Graph) -> list[int | None]:
    """Count the steps from the root to each node; None for one that nothing leads to."""
    found: list[int | None] = [None] * len(graph.nodes)
    targets = targets_of(graph)
    layer = [0] if graph.nodes else []
    depth = 0
    while layer:
        following: list[int] = []
        for node in layer:
            if found[node] is None:
                found[node] = depth
                following.extend(edge.to_node for edge in targets[node])
        layer = following
        depth += 1
    return found


def targets_of(graph: Graph) -> list[list[Edge]]:
    """List the edges that leave each node, in the graph's order."""
    leaving: list[list[Edge]] = [[] for _ in graph.nodes]
    for edge in graph.edges:
        leaving[edge.from_node].append(edge)
    return leaving


def _edge_order(edge: Edge) -> tuple[int, int, str, str]:
    return edge.from_node, edge.to_node, edge.requirement, edge.kind


def _ranks(graph: Graph) -> list[int]:
    """Give each node its turn in a breadth-first walk; those that it never meets come last."""
    leaving = targets_of(graph)
    for edges in leaving:
        edges.sort(key=lambda edge: (*_identity(graph.nodes, edge.to_node), edge.requirement, edge.kind))
    ranks: dict[int, int] = {0: 0}
    queue = [0]
    for node in queue:
        for edge in leaving[node]:
            if edge.to_node not in ranks:
                ranks[edge.to_node] = len(ranks)
                queue.append(edge.to_node)
    for node in sorted(range(len(graph.nodes)), key=lambda node: _identity(graph.nodes, node)):
        ranks.setdefault(node, len(ranks))
    return [ranks[node] for node in range(len(graph.nodes))]


def _identity(nodes: Sequence[Node], position: int) -> tuple[str, str, str]:
    node = nodes[position]
    return node.package.name, node.version, node.path
