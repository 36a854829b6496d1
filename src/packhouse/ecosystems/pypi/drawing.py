"""The graph of what was chosen."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from packhouse.domain.graph import Edge, Graph, Node
from packhouse.ecosystems.pypi.catalogue import Catalogue, package_key
from packhouse.ecosystems.pypi.wanted import Wanted


class Chosen(Struct, frozen=True):
    """One release that was chosen, and the extras of it that somebody asks for."""

    position: int
    extras: frozenset[str] = frozenset()


class Project(Struct, frozen=True):
    """What stands at the root: a project of the user's, or a release."""

    node: Node
    wanted: tuple[Wanted, ...] = ()
    """What it asks for where it is no release."""
    name: str = ""
    """The release's name, where it is one."""


def draw(project: Project, chosen: Mapping[str, Chosen], catalogue: Catalogue) -> Graph:
    """Draw the releases that a way leads to from the root."""
    numbers = {project.name: 0}
    nodes = [project.node]
    edges: dict[Edge, None] = {}
    queue = [project.name]
    for name in queue:
        wanted = _wanted(name, chosen, catalogue) if name else project.wanted
        start = numbers[name]
        nodes[start] = _with_errors(nodes[start], wanted, name, chosen, catalogue)
        for each in wanted:
            if each.url or each.name not in chosen:
                continue
            if each.name not in numbers:
                numbers[each.name] = len(nodes)
                nodes.append(_node(each.name, chosen, catalogue))
                queue.append(each.name)
            if each.name != name:
                edges[Edge(start, numbers[each.name], each.range)] = None
    return Graph(tuple(nodes), tuple(edges))


def _node(name: str, chosen: Mapping[str, Chosen], catalogue: Catalogue) -> Node:
    shelf = catalogue.shelf(name)
    return Node(package_key(name), shelf.version(chosen[name].position) if shelf is not None else "")


def _wanted(name: str, chosen: Mapping[str, Chosen], catalogue: Catalogue) -> Sequence[Wanted]:
    """List what a release asks for, with each of its extras."""
    shelf = catalogue.shelf(name)
    if shelf is None:
        return ()
    position = chosen[name].position
    found: dict[Wanted, None] = dict.fromkeys(catalogue.wanted(shelf, position))
    queue = sorted(chosen[name].extras)
    for extra in queue:
        for each in catalogue.wanted(shelf, position, frozenset({extra})):
            found[each] = None
            # An extra may ask for others of the same release.
            queue.extend(more for more in sorted(each.extras) if each.name == name and more not in queue)
    return tuple(found)


def _with_errors(
    node: Node, wanted: Iterable[Wanted], name: str, chosen: Mapping[str, Chosen], catalogue: Catalogue
) -> Node:
    errors = [f"{each.name} is taken from {each.url}, which no index has" for each in wanted if each.url]
    shelf = catalogue.shelf(name) if name else None
    if shelf is not None and catalogue.metadata(shelf, chosen[name].position).unknown:
        errors.append("what it asks for shows only in its file")
    return Node(node.package, node.version, errors=(*node.errors, *errors)) if errors else node
