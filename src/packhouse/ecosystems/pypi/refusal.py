"""Why nothing fits, told as far as the search has found out, with the way to each of those in conflict."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from packhouse.domain.errors import Unresolvable
from packhouse.domain.graph import Edge, Graph, Node
from packhouse.ecosystems.pypi.as_pip import Impossible
from packhouse.ecosystems.pypi.catalogue import Catalogue, package_key
from packhouse.ecosystems.pypi.criteria import Information
from packhouse.ecosystems.pypi.drawing import Project
from packhouse.ecosystems.pypi.needs import Candidate, Need, descending
from packhouse.ecosystems.pypi.shelves import Shelf
from packhouse.ecosystems.pypi.targets import Target

_MOST = 12
"""How many sentences are told at most."""
_MOST_VERSIONS = 3


class Blamed(Struct, frozen=True):
    """A release, and what of it cannot be met; with an empty name it is the root."""

    name: str
    version: str
    sentence: str


class Refused(Unresolvable):
    """Nothing fits; the message says why."""

    def __init__(self, message: str, blamed: Sequence[Blamed]) -> None:
        super().__init__(message)
        self.blamed = tuple(dict.fromkeys(blamed))


def refuse(end: Impossible, whose: str, catalogue: Catalogue) -> Refused:
    """Tell of what pip has found to be impossible."""
    blamed = [Blamed(*_release_of(parent), f"{need} cannot be met") for need, parent in end.causes]
    return Refused(explain(end.causes, whose, catalogue), blamed)


def _release_of(parent: Candidate | None) -> tuple[str, str]:
    return ("", "") if parent is None or parent.shelf is None else (parent.shelf.name, parent.version)


def draw_refusal(project: Project, refused: Refused) -> Graph:
    """Draw the root and the releases that ask for what cannot be met together."""
    root = project.node
    errors: dict[tuple[str, str], list[str]] = {}
    for each in refused.blamed:
        where = ("", "") if each.name == project.name else (each.name, each.version)
        errors.setdefault(where, []).append(each.sentence)
    own = errors.pop(("", ""), [refused.message])
    nodes = [Node(package_key(name), version, errors=tuple(told)) for (name, version), told in errors.items()]
    edges = tuple(Edge(0, number, "") for number in range(1, len(nodes) + 1))
    return Graph((Node(root.package, root.version, errors=tuple(own)), *nodes), edges, refused.message)


def explain(causes: Sequence[Information], whose: str, catalogue: Catalogue) -> str:
    """Say in sentences what stands against what."""
    sentences = list(_sentences(causes, whose))
    more = f"; and {len(sentences) - _MOST} more of the kind" if len(sentences) > _MOST else ""
    listed = f"{'; '.join(sentences[:_MOST])}{more}"
    reasons = list(dict.fromkeys(filter(None, (_nothing(need, catalogue) for need, _ in causes))))
    if reasons:
        return f"{listed}, but {'; '.join(reasons)}"
    if len(sentences) == 1:
        return f"{listed}, and no release of it goes with what else is needed"
    return f"{listed}: no release meets all of these"


def _sentences(causes: Sequence[Information], whose: str) -> Iterator[str]:
    """Say who needs what; releases of one project that need the same are told together."""
    asking: dict[tuple[str, str], dict[str, None]] = {}
    for need, parent in causes:
        name, version = _release_of(parent)
        asking.setdefault((name or whose, str(need)), {})[version] = None
    for (name, needed), versions in asking.items():
        told = [each for each in versions if each]
        if len(told) > _MOST_VERSIONS:
            yield f"{name} {told[-1]} to {told[0]} ({len(told)} releases) need {needed}"
        else:
            yield f"{name} {' or '.join(told)}".strip() + f" needs {needed}"


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
