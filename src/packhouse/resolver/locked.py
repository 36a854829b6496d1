"""What a lock file has decided, told where nothing else tells it."""

from collections.abc import Collection

import msgspec

from packhouse.domain.graph import Graph, Node

_KEPT = "the lock file has it"


def tell_locked(graph: Graph, locked: Collection[tuple[str, str]]) -> Graph:
    """Say of each chosen release that is among the locked ones, given by name and version, that it was kept."""
    if not locked:
        return graph
    nodes = (_told(node) if (node.package.name, node.version) in locked else node for node in graph.nodes[1:])
    return msgspec.structs.replace(graph, nodes=(*graph.nodes[:1], *nodes))


def _told(node: Node) -> Node:
    return msgspec.structs.replace(node, why=f"{node.why}; {_KEPT}" if node.why else _KEPT)
