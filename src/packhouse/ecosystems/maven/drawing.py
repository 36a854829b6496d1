"""Draw what was chosen: a node for each file in the tree, an edge for each requirement that one of them meets."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from packhouse.domain.graph import Edge, EdgeKind, Graph, Node
from packhouse.domain.package import NormalName, PackageKey
from packhouse.ecosystems.maven.collecting import Collector, Expansion, Place, Step
from packhouse.ecosystems.maven.documents import ECOSYSTEM
from packhouse.ecosystems.maven.layout import file_name
from packhouse.ecosystems.maven.wishes import Thing
from packhouse.resolver.nearest import Visit

_KINDS: dict[str, EdgeKind] = {"test": "dev", "provided": "build"}
_SHOWN = 3


class Chosen(Struct, frozen=True):
    """The tree and what it was made of."""

    collector: Collector
    tree: Visit
    managing: str
    """Whose managed versions hold for all, for sentences."""


def draw(chosen: Chosen, root: Node, *, is_release: bool) -> Graph:
    """Draw a graph; `is_release` where the root is the only requirement of an empty project, and not the project."""
    visits = [visit for visit in walk(chosen.tree) if not is_release or not _is_root(visit, root)]
    numbers: dict[Thing, int] = {}
    for number, visit in enumerate(visits, 1):
        step = _step(visit)
        for thing in (step.wish.thing, *(each.thing for each in step.moved_from)):
            numbers[thing] = number
    top = chosen.collector.root or Expansion(())
    first, note = top, ""
    if is_release and top.steps and not top.steps[-1].moved_from:
        numbers[top.steps[-1].wish.thing] = 0
        note = top.steps[-1].note
        first = _behind(chosen, top.steps[-1].behind)
        first = replace(first, faults=(*top.faults, *first.faults))
    edges = dict(_edges(0, first, numbers))
    nodes = [replace(root, errors=(*root.errors, *first.faults, *filter(None, [note])))]
    for number, visit in enumerate(visits, 1):
        step = _step(visit)
        behind = _behind(chosen, step.behind)
        edges |= _edges(number, behind, numbers)
        nodes.append(_node(visit, step, behind))
    asked: dict[int, set[str]] = {}
    for edge, step in edges.items():
        asked.setdefault(edge.to_node, set()).add(step.asked.version)
    nodes[1:] = [
        replace(node, why=_why(chosen, visit, asked.get(n, set())))
        for n, (node, visit) in enumerate(zip(nodes[1:], visits, strict=True), 1)
    ]
    return Graph(tuple(nodes), tuple(edges))


def tree_lines(tree: Visit, depth: int = 1) -> Iterator[str]:
    """Write the tree as `mvn dependency:tree` does, each line with its depth in place of the lines that show it."""
    for visit in tree.children:
        wish = _step(visit).wish
        group, artifact, _, classifier = wish.thing
        named = ":".join(filter(None, (group, artifact, wish.type, classifier, wish.version, visit.scope)))
        yield f"{depth} {named}"
        yield from tree_lines(visit, depth + 1)


def walk(tree: Visit) -> Iterator[Visit]:
    """List what is in the tree, parents first."""
    pending = list(reversed(tree.children))
    while pending:
        visit = pending.pop()
        yield visit
        pending += reversed(visit.children)


def name_thing(thing: Thing) -> str:
    """Write which file is meant."""
    group, artifact, extension, classifier = thing
    rest = [extension, classifier] if classifier else [extension] if extension != "jar" else []
    return ":".join((group, artifact, *rest))


def _step(visit: Visit) -> Step:
    step: Step = visit.payload
    return step


def _is_root(visit: Visit, root: Node) -> bool:
    wish = _step(visit).wish
    group, artifact, extension, classifier = wish.thing
    return (f"{group}:{artifact}", wish.version, extension, classifier) == (root.package.name, root.version, "jar", "")


def _behind(chosen: Chosen, place: Place | None) -> Expansion:
    return Expansion(()) if place is None else chosen.collector.expansions[place]


def _edges(number: int, expansion: Expansion, numbers: dict[Thing, int]) -> Iterator[tuple[Edge, Step]]:
    for step in expansion.steps:
        to = numbers.get(step.wish.thing)
        if to is not None and to != number:
            asked = step.asked
            kind = "optional" if asked.optional else _KINDS.get(asked.scope, "runtime")
            yield Edge(number, to, asked.version, kind), step


def _node(visit: Visit, step: Step, behind: Expansion) -> Node:
    group, artifact, extension, classifier = step.wish.thing
    version = step.wish.version
    name = NormalName(f"{group}:{artifact}")
    is_usual = extension == "jar" and not classifier
    return Node(
        PackageKey(ECOSYSTEM, name),
        version,
        path="" if is_usual else file_name(name, f"{version}-{classifier}" if classifier else version, extension),
        errors=(*behind.faults, *filter(None, [step.note])),
        optional=visit.optional,
        dev=visit.scope == "test",
        peer=visit.scope == "provided",
    )


def _why(chosen: Chosen, visit: Visit, asked: set[str]) -> str:
    """Tell why this version, where others were asked for as well."""
    step = _step(visit)
    version = step.wish.version
    reasons = []
    if step.moved_from:
        before = step.moved_from[0]
        reasons.append(f"{name_thing(before.thing)} {before.version} has moved here")
    others = sorted(asked - {version})
    if step.is_managed_version and others:
        reasons.append(f"the dependencyManagement of {chosen.managing} says {version}")
    elif step.allowed is not None:
        reasons.append(f"it is the best that {step.asked.version} and all other ranges allow")
    elif others:
        more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
        reasons.append(f"it is nearest to the root; farther away are asked for {', '.join(others[:_SHOWN])}{more}")
    return "; ".join(reasons)
