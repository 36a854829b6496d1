"""What was resolved, as people and Graphviz read it: pure functions over an answer of the API."""

from collections import deque
from collections.abc import Iterator

from packhouse.apis.packages.messages import Resolution, ResolvedEdge, ResolvedNode

_KINDS = {"runtime": "", "dev": " (dev)", "peer": " (peer)", "build": " (build)"}
_MOST_SIMILAR = 5


def write_tree(answer: Resolution) -> Iterator[str]:
    """Write every requirement below who has it; what a release needs stands where it is nearest to the root."""
    leaving = _leaving(answer)
    homes = _ways(answer)
    stack: list[tuple[str, deque[ResolvedEdge]]] = [("", deque(leaving[0]))]
    while stack:
        indent, edges = stack[-1]
        if not edges:
            stack.pop()
            continue
        edge = edges.popleft()
        node = answer.nodes[edge.to_node]
        is_last = not edges
        below = leaving[edge.to_node]
        is_home = homes.get(edge.to_node) is edge
        more = " ..." if below and not is_home else ""
        wanted = f" [{edge.requirement}]" if edge.requirement else ""
        line = f"{indent}{'└── ' if is_last else '├── '}{title(node)}{wanted}{_kind(edge)}{more}"
        yield f"{line}{' !' if node.errors else ''}"
        if below and is_home:
            stack.append((f"{indent}{'    ' if is_last else '│   '}", deque(below)))


def write_dot(answer: Resolution) -> Iterator[str]:
    """Write a graph in Graphviz' language."""
    yield "digraph dependencies {"
    yield "  rankdir=LR; node [shape=box];"
    for position, node in enumerate(answer.nodes):
        style = ", style=dashed" if node.optional or node.dev else ""
        colour = ", color=red" if node.errors else ""
        yield f"  n{position} [label={_quoted(title(node))}{style}{colour}];"
    for edge in answer.edges:
        yield f"  n{edge.from_node} -> n{edge.to_node} [label={_quoted(edge.requirement + _kind(edge))}];"
    yield "}"


def reasons(answer: Resolution, name: str) -> Iterator[str]:
    """Tell of every chosen release of a package how it came in, who asks for it and what decided on its version."""
    homes = _ways(answer)
    for position, node in enumerate(answer.nodes):
        if name not in (node.package, f"{node.package}@{node.version}"):
            continue
        place = f" in {node.path}" if node.path else ""
        yield f"{title(node)}{place}"
        if node.why:
            yield f"  why: {node.why}"
        for edge in answer.edges:
            if edge.to_node == position:
                asker = title(answer.nodes[edge.from_node])
                yield f"  {asker} needs {edge.requirement or 'any version'}{_kind(edge)}"
        way = _way(answer, homes, position)
        if len(way) > 1:
            yield f"  by way of {' > '.join(title(answer.nodes[each]) for each in way)}"


def similar(answer: Resolution, name: str) -> list[str]:
    """Name some packages of which the name is a part, those first that end with it."""
    wanted = name.lower()
    found = dict.fromkeys(node.package for node in answer.nodes if wanted in node.package.lower())
    return sorted(found, key=lambda package: (not package.lower().endswith(wanted), package))[:_MOST_SIMILAR]


def title(node: ResolvedNode) -> str:
    """Name a node."""
    return f"{node.package} {node.version}".strip() or "the project"


def _leaving(answer: Resolution) -> list[list[ResolvedEdge]]:
    leaving: list[list[ResolvedEdge]] = [[] for _ in answer.nodes]
    for edge in answer.edges:
        leaving[edge.from_node].append(edge)
    return leaving


def _ways(answer: Resolution) -> dict[int, ResolvedEdge]:
    """Find the edge by which a breadth-first walk first meets each node."""
    leaving = _leaving(answer)
    homes: dict[int, ResolvedEdge] = {}
    queue = deque([0])
    while queue:
        for edge in leaving[queue.popleft()]:
            if edge.to_node != 0 and edge.to_node not in homes:
                homes[edge.to_node] = edge
                queue.append(edge.to_node)
    return homes


def _way(answer: Resolution, homes: dict[int, ResolvedEdge], position: int) -> list[int]:
    way = [position]
    while way[-1] in homes and len(way) <= len(answer.nodes):
        way.append(homes[way[-1]].from_node)
    return way[::-1]


def _kind(edge: ResolvedEdge) -> str:
    return (_KINDS.get(edge.kind, f" ({edge.kind})")) + (" (indirect)" if edge.indirect else "")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
