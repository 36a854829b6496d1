"""Where the nodes of a dependency graph stand in its picture: columns by their distance from the root."""

import re
from collections.abc import Sequence

from msgspec import Struct

from packhouse.domain.graph import Edge, Graph
from packhouse.resolver.canonical import depths

SHOWN = 150
"""A picture of more nodes is a grey area."""
_ROWS = 24
"""A longer column goes on beside itself."""
_BOX_HEIGHT = 36
_ROW_HEIGHT = 46
_GAP = 56
"""Between columns, where the curves run."""
_NARROW_GAP = 14
"""Between the parts of one column."""
_MARGIN = 8
_LETTER = 7.2
_LETTERS = 28
"""A longer label is cut."""
_GROUPED = re.compile(r"[:/]")


class Box(Struct, frozen=True):
    """A node at its place."""

    node: int
    x: float
    y: float
    width: float
    height: float
    name: str
    version: str
    depth: int


class Curve(Struct, frozen=True):
    """An edge as the path of an SVG."""

    path: str
    direct: bool
    optional: bool


class Layout(Struct, frozen=True):
    """A whole picture."""

    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]
    hidden: int
    """How many nodes are left out."""
    width: float
    height: float


def lay_out(graph: Graph, shown: int = SHOWN) -> Layout:
    """Place the nodes that are nearest to the root, whole columns at a time."""
    columns = _columns(graph, shown)
    rows = min(_ROWS, max((len(column) for column in columns), default=0))
    boxes: dict[int, Box] = {}
    into = _sources(graph)
    x = float(_MARGIN)
    for depth, column in enumerate(columns):
        ordered = sorted(column, key=lambda node: (_pull(node, into, boxes), node))
        for start in range(0, len(ordered), _ROWS):
            part = ordered[start : start + _ROWS]
            x = _place(graph, part, depth, x, rows, boxes) + _NARROW_GAP
        x += _GAP - _NARROW_GAP
    curves = tuple(
        _curve(boxes[edge.from_node], boxes[edge.to_node], edge)
        for edge in graph.edges
        if edge.from_node in boxes and edge.to_node in boxes and edge.from_node != edge.to_node
    )
    width = max(0.0, x - _GAP + _MARGIN)
    # Curves between nodes of the last column bulge to its right.
    if any(boxes[edge.to_node].depth <= boxes[edge.from_node].depth for edge in graph.edges if _both(edge, boxes)):
        width += _GAP / 2
    return Layout(tuple(boxes.values()), curves, len(graph.nodes) - len(boxes), width, rows * _ROW_HEIGHT + 2 * _MARGIN)


def _columns(graph: Graph, shown: int) -> list[list[int]]:
    layers: dict[int, list[int]] = {}
    for node, depth in enumerate(depths(graph)):
        if depth is not None:
            layers.setdefault(depth, []).append(node)
    columns: list[list[int]] = []
    total = 0
    for depth in sorted(layers):
        layer = layers[depth]
        if total + len(layer) > shown and depth > 1:
            break
        columns.append(layer[: shown - total])
        total += len(columns[-1])
        if total >= shown:
            break
    return columns


def _sources(graph: Graph) -> list[list[int]]:
    sources: list[list[int]] = [[] for _ in graph.nodes]
    for edge in graph.edges:
        sources[edge.to_node].append(edge.from_node)
    return sources


def _pull(node: int, into: Sequence[Sequence[int]], boxes: dict[int, Box]) -> float:
    """Average the heights of the nodes that lead here: curves cross less where a node stands beside them."""
    heights = [boxes[source].y for source in into[node] if source in boxes]
    return sum(heights) / len(heights) if heights else 0.0


def _place(graph: Graph, part: Sequence[int], depth: int, x: float, rows: int, boxes: dict[int, Box]) -> float:
    """Put nodes below one another, centred; return the right edge of the column."""
    labels = [(_cut(graph.nodes[node].package.name), _cut(graph.nodes[node].version)) for node in part]
    width = max(64.0, 20 + _LETTER * max(max(len(name), len(version)) for name, version in labels))
    top = _MARGIN + (rows - len(part)) * _ROW_HEIGHT / 2 + (_ROW_HEIGHT - _BOX_HEIGHT) / 2
    for row, (node, (name, version)) in enumerate(zip(part, labels, strict=True)):
        boxes[node] = Box(node, x, top + row * _ROW_HEIGHT, width, _BOX_HEIGHT, name, version, depth)
    return x + width


def _cut(text: str) -> str:
    """Shorten a text; of one with a group before it the end is left, which tells names of a group apart."""
    if len(text) <= _LETTERS:
        return text
    return f"…{text[1 - _LETTERS :]}" if _GROUPED.search(text) else f"{text[: _LETTERS - 1]}…"


def _both(edge: Edge, boxes: dict[int, Box]) -> bool:
    return edge.from_node in boxes and edge.to_node in boxes and edge.from_node != edge.to_node


def _curve(source: Box, target: Box, edge: Edge) -> Curve:
    """Leave to the right and arrive from the left; back to the same or an earlier column, arrive from the right."""
    x1, y1 = source.x + source.width, source.y + source.height / 2
    y2 = target.y + target.height / 2
    if target.depth > source.depth:
        x2 = target.x
        bend = max(20.0, (x2 - x1) / 2)
        path = f"M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    else:
        x2 = target.x + target.width
        bulge = max(x1, x2) + _GAP / 2
        path = f"M{x1:.1f} {y1:.1f}C{bulge:.1f} {y1:.1f} {bulge:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    return Curve(path, source.depth == 0, edge.kind in ("optional", "peer-optional"))
