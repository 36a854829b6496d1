"""Why nothing fits, told as far as the search has found out, with the way to each of those in conflict."""

from collections.abc import Sequence

from packhouse.domain.graph import Edge, Graph, Node
from packhouse.ecosystems.pypi.as_pip import Impossible, Information
from packhouse.ecosystems.pypi.catalogue import Catalogue, package_key
from packhouse.ecosystems.pypi.drawing import Project
from packhouse.ecosystems.pypi.needs import Candidate, Need, descending
from packhouse.ecosystems.pypi.shelves import Shelf
from packhouse.ecosystems.pypi.targets import Target


def draw_refusal(project: Project, end: Impossible, catalogue: Catalogue) -> Graph:
    """Draw the root and the releases that ask for what cannot be met together."""
    root = project.node
    whose = f"{root.package.name} {root.version}".strip() or "the project"
    message = explain(end.causes, whose, catalogue)
    nodes: list[Node] = []
    edges: list[Edge] = []
    own: list[str] = []
    for need, parent in end.causes:
        sentence = f"{need} cannot be met"
        if parent is None or parent.shelf is None or parent.shelf.name == project.name:
            own.append(sentence)
        else:
            nodes.append(Node(package_key(parent.shelf.name), parent.version, errors=(sentence,)))
            edges.append(Edge(0, len(nodes), ""))
    head = Node(root.package, root.version, errors=tuple(own) or (message,))
    return Graph((head, *nodes), tuple(edges), message)


def explain(causes: Sequence[Information], whose: str, catalogue: Catalogue) -> str:
    """Say in sentences what stands against what."""
    sentences = list(dict.fromkeys(_sentence(need, parent, whose) for need, parent in causes))
    listed = "; ".join(sentences)
    reasons = list(dict.fromkeys(filter(None, (_nothing(need, catalogue) for need, _ in causes))))
    if reasons:
        return f"{listed}, but {'; '.join(reasons)}"
    if len(sentences) == 1:
        return f"{listed}, and no release of it goes with what else is needed"
    return f"{listed}: no release meets all of these"


def _sentence(need: Need, parent: Candidate | None, whose: str) -> str:
    return f"{whose if parent is None else parent} needs {need}"


def _nothing(need: Need, catalogue: Catalogue) -> str:
    """Say of a need that not even it alone can be met; empty where it can."""
    if not need.name:
        return "" if need.is_met_by(Candidate(None, 0, frozenset())) else f"the Python is {catalogue.target.version}"
    shelf = catalogue.shelf(need.name)
    if shelf is None:
        return f"there is no project {need.name}"
    if need.candidate is not None:
        return ""
    return _not_there(shelf, need.mask(shelf), catalogue.target)


def _not_there(shelf: Shelf, mask: int, target: Target) -> str:
    positions = list(descending(mask))
    if not positions:
        return f"{shelf.name} has no such release"
    if any(shelf.pick(place) is not None for place in positions):
        return ""
    newest = positions[0]
    if python := shelf.needs_other_python(newest):
        return f"{shelf.name} {shelf.version(newest)} needs Python {python}, and it is {target.version}"
    return f"{shelf.name} has no such release with a file for {target.platform}"
