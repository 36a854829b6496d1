"""Draw a solution as a graph: an edge where a chosen release requires a name that another answers to."""

from collections.abc import Iterator, Sequence

from packhouse.domain.graph import Edge, EdgeKind, Graph, Node
from packhouse.ecosystems.composer.candidates import Candidate, Link
from packhouse.ecosystems.composer.pool import document_key
from packhouse.ecosystems.composer.solution import Solution


def draw(solution: Solution) -> Graph:
    """Draw the project, then what was chosen."""
    project = solution.project
    root = project.root
    drawing = _Drawing(solution.chosen)
    releases = solution.releases()
    numbers = {candidate: number for number, candidate in enumerate(releases, 1)}
    nodes = [Node(document_key(root.name), root.pretty)]
    nodes += [drawing.node(each, is_dev=each.name not in solution.for_use) for each in releases]
    edges: list[Edge] = []
    for name, link in project.requires.items():
        kind: EdgeKind = "runtime" if name in project.plain else "dev"
        edges += (Edge(0, numbers[end], link.text, kind) for end in drawing.ends(link))
    edges += _edges(drawing, numbers)
    return Graph(tuple(nodes), tuple(dict.fromkeys(edges)))


def draw_release(solution: Solution, name: str, normal: str) -> Graph:
    """Draw what installing one release installs, seen from that release."""
    drawing = _Drawing(solution.chosen)
    root = next((each for each in solution.releases() if each.name == name and each.version == normal), None)
    if root is None:
        raise ValueError(name)
    releases = [root, *(each for each in solution.releases() if each is not root)]
    numbers = {candidate: number for number, candidate in enumerate(releases)}
    nodes = tuple(drawing.node(each) for each in releases)
    return Graph(nodes, tuple(dict.fromkeys(_edges(drawing, numbers))))


def _edges(drawing: "_Drawing", numbers: dict[Candidate, int]) -> Iterator[Edge]:
    for candidate, number in numbers.items():
        for link in candidate.links.requires:
            for end in drawing.ends(link):
                if end is not candidate:
                    yield Edge(number, numbers[end], link.text)


class _Drawing:
    def __init__(self, chosen: Sequence[Candidate]) -> None:
        self._by_name: dict[str, list[Candidate]] = {}
        self._aliases: dict[Candidate, list[Candidate]] = {}
        for candidate in chosen:
            for name in candidate.names:
                self._by_name.setdefault(name, []).append(candidate)
            if candidate.alias_of is not None:
                self._aliases.setdefault(candidate.alias_of, []).append(candidate)

    def ends(self, link: Link) -> list[Candidate]:
        """List what meets a requirement: the package of that name alone where it was chosen."""
        meeting = [each for each in self._by_name.get(link.target, ()) if each.meets(link.target, link.constraint)]
        named = [each for each in meeting if each.name == link.target]
        return list(dict.fromkeys(each.base for each in named or meeting))

    def node(self, candidate: Candidate, *, is_dev: bool = False) -> Node:
        """Make the node of a release."""
        aliases = sorted(self._aliases.get(candidate, ()), key=lambda each: each.pretty)
        said = [f"{each.pretty}{' as the project says' if each.is_root_alias else ''}" for each in aliases]
        why = f"it also counts as {' and '.join(said)}" if said else ""
        return Node(document_key(candidate.name), candidate.pretty, dev=is_dev, why=why)
