"""The tree of places as the graph that the domain knows."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from packhouse.domain.graph import Edge as GraphEdge
from packhouse.domain.graph import Graph, Node
from packhouse.domain.package import NormalName, PackageKey
from packhouse.ecosystems.npm.catalogue import ECOSYSTEM, Catalogue
from packhouse.ecosystems.npm.collation import sort_key
from packhouse.ecosystems.npm.environment import Environment
from packhouse.ecosystems.npm.platform import runs_on
from packhouse.resolver.explain import explain_conflict, explain_edge
from packhouse.resolver.flags import Flag
from packhouse.resolver.tree import Edge, Place

_DEV, _OPTIONAL, _DEV_OPTIONAL, _PEER = int(Flag.DEV), int(Flag.OPTIONAL), int(Flag.DEV_OPTIONAL), int(Flag.PEER)


class Resolved(Struct, frozen=True):
    """A tree that was built, and where its releases come from."""

    root: Place
    catalogue: Catalogue
    environment: Environment


def location(place: Place) -> str:
    """Write where a place is, as the lock file does; empty for the project."""
    names = place.path()
    return "node_modules/" + "/node_modules/".join(names) if names else ""


def places(root: Place) -> list[tuple[str, Place]]:
    """List all places with their locations, in the order of the lock file, the project first."""
    found = [root]
    for place in found:
        found.extend(place.children.values())
    located = [(location(place), place) for place in found]
    located.sort(key=lambda each: sort_key(each[0]))
    return located


def draw(tree: Resolved) -> Graph:
    """Draw the graph of a project; what npm would fail for is its error."""
    located = places(tree.root)
    unfit = (error for _, place in located for error in _platform_errors(tree, place))
    return _draw(tree, located, lost(tree.root) or next(unfit, ""))


def draw_release(tree: Resolved, key: PackageKey, version: str, error: str) -> Graph:
    """Draw the graph of the one release that the project asks for."""
    top = tree.root.children.get(key.name.lower())
    if top is None or top.candidate.failure:
        why = top.candidate.failure if top is not None else f"{key.name}@{version} cannot be placed"
        return Graph(nodes=(Node(key, version, errors=(why,)),), edges=(), error=error or why)
    located = [("", top)]
    located += [each for each in places(tree.root) if each[1] is not top and each[1] is not tree.root]
    return _draw(tree, located, error)


def lost(root: Place) -> str:
    """Name the first requirement that must be met and for which there is no release; empty if there is none."""
    for _, place in places(root):
        for edge in place.edges_out.values():
            to = edge.to
            if to is not None and to.candidate.failure and not to.flags & _OPTIONAL:
                return f"{explain_edge(edge)}, but {to.candidate.failure}"
    return ""


def _draw(tree: Resolved, located: Sequence[tuple[str, Place]], error: str) -> Graph:
    kept = [
        (path, place)
        for path, place in located
        if place.link_to is None and not place.candidate.failure and not _is_left_out(place, tree.environment.omit)
    ]
    numbers = {place: number for number, (_, place) in enumerate(kept)}
    nodes = tuple(_node(tree, path, place) for path, place in kept)
    edges = tuple(
        GraphEdge(number, numbers[to], edge.declared.want.text, edge.declared.kind)
        for place, number in numbers.items()
        for edge in place.edges_out.values()
        if (to := _end(edge)) in numbers
    )
    return Graph(nodes=nodes, edges=edges, error=error)


def _end(edge: Edge) -> Place | None:
    to = edge.to
    if to is None or not edge.valid:
        return None
    return to.link_to or to


def _node(tree: Resolved, path: str, place: Place) -> Node:
    flags = place.flags
    candidate = place.candidate
    is_either = bool(flags & _DEV_OPTIONAL)
    index = place.root.index
    return Node(
        package=PackageKey(ECOSYSTEM, NormalName(candidate.package)),
        version=candidate.version,
        path=path,
        errors=tuple(_errors(tree, place)),
        bundled=index is not None and index.bundles and place.bundler() is not None,
        optional=is_either or bool(flags & _OPTIONAL),
        dev=is_either or bool(flags & _DEV),
        peer=bool(flags & _PEER),
    )


def _errors(tree: Resolved, place: Place) -> Iterable[str]:
    for edge in place.edges_out.values():
        to = edge.to
        if to is not None and to.candidate.failure:
            if not edge.is_optional:
                yield f"{explain_edge(edge)}, but {to.candidate.failure}"
        elif not edge.valid:
            yield explain_conflict(edge, to)
    yield from _platform_errors(tree, place)


def _platform_errors(tree: Resolved, place: Place) -> Iterable[str]:
    known = tree.catalogue.known(place.candidate)
    if known is None or place.flags & _OPTIONAL or place.link_to is not None:
        return
    environment = tree.environment
    found = known[1]
    if not runs_on(found, environment.os, environment.cpu, environment.libc):
        wanted = ", ".join((*found.os, *found.cpu, *found.libc))
        yield f"{place.candidate.package}@{place.candidate.version} runs on {wanted} only"


def _is_left_out(place: Place, omit: tuple[str, ...]) -> bool:
    if not omit or place.is_project:
        return False
    flags = place.flags
    return (
        ("peer" in omit and bool(flags & _PEER))
        or ("dev" in omit and bool(flags & _DEV))
        or ("optional" in omit and bool(flags & _OPTIONAL))
        or ("dev" in omit and "optional" in omit and bool(flags & _DEV_OPTIONAL))
    )
