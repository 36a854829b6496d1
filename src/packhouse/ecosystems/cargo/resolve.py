"""Resolve as cargo does: what it writes to Cargo.lock, and the part of it that is built on one platform."""

from collections.abc import Callable

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Unresolvable
from packhouse.domain.graph import Edge, EdgeKind, Graph, Node
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Release, native
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.cargo.activation import Activation, Used
from packhouse.ecosystems.cargo.catalogue import DEFAULT_ENVIRONMENT, Catalogue, CrateDemand, Environment, package_key
from packhouse.ecosystems.cargo.cycles import find_cycle
from packhouse.ecosystems.cargo.facts import CargoFacts
from packhouse.ecosystems.cargo.feature_values import DEFAULT
from packhouse.ecosystems.cargo.shelves import Crate
from packhouse.resolver.backtracking import MAX_STEPS, Chosen, DeadEnd, Search
from packhouse.resolver.derivation import explain

_PROJECT = "the project"


class Manifest(Struct, frozen=True):
    """What a project asks for, in cargo's order: by table, then by name."""

    requirements: tuple[Requirement, ...] = ()
    facts: CargoFacts = CargoFacts()
    name: str = ""


class Conduct(Struct, frozen=True):
    """How far a search goes."""

    max_steps: int = MAX_STEPS
    is_cancelled: Callable[[], bool] | None = None


USUAL = Conduct()


class Found(Struct, frozen=True):
    """What was chosen for a project."""

    root: Crate
    chosen: Chosen
    catalogue: Catalogue

    def releases(self) -> list[tuple[str, str]]:
        """List name and version of all that a lock file has, less the project itself."""
        return sorted((each.name, each.version) for each in self.chosen.features if each is not self.root)


def lock(manifest: Manifest, catalogue: Catalogue, conduct: Conduct = USUAL) -> Found:
    """Choose for a project with all its features, its development and every platform.

    Raise Unresolvable where cargo gives up, TooHard after too many steps, NotLoaded where records are missing.
    """
    root = _project(manifest)
    catalogue.projects.add(root)
    return _search(root, frozenset(root.features), catalogue, conduct)


def resolve_release(
    key: PackageKey,
    version: str,
    catalogue: Catalogue,
    environment: Environment = DEFAULT_ENVIRONMENT,
    conduct: Conduct = USUAL,
) -> Graph:
    """Draw what is built where a release is the only dependency of an empty project, seen from the release."""
    manifest = Manifest((Requirement(key.name, f"={version}"),))
    root = _project(manifest)
    (demand,) = catalogue.demands(root)
    catalogue.pin(demand)
    try:
        found = _search(root, frozenset(), catalogue, conduct)
    except _Given as given:
        return draw_failure(key, version, given.end, given.message)
    release = catalogue.options(demand)[0]
    return draw(found, release, environment)


def draw(found: Found, root: Crate, environment: Environment) -> Graph:
    """Draw what is built on a platform from one of the chosen releases on, with its default features."""
    activation = Activation(found.chosen, found.catalogue, environment)
    wanted = (DEFAULT,) if DEFAULT in root.features else ()
    return _graph(root, activation.run(root, wanted))


class _Given(Unresolvable):
    """The search has ended without an answer."""

    def __init__(self, message: str, end: DeadEnd) -> None:
        super().__init__(message)
        self.end = end


def _project(manifest: Manifest) -> Crate:
    release = Release(version="", requirements=manifest.requirements, native=native(manifest.facts))
    return Crate(manifest.name or _PROJECT, "", object(), None, lambda: release)


def _search(root: Crate, wanted: frozenset[str], catalogue: Catalogue, conduct: Conduct) -> Found:
    search = Search(catalogue, is_cancelled=conduct.is_cancelled, max_steps=conduct.max_steps)
    try:
        chosen = search.run(root, wanted)
    except DeadEnd as end:
        raise _Given(explain(end, search.nogoods), end) from None
    cycle = find_cycle(chosen, root)
    if cycle:
        raise Unresolvable(f"{' needs '.join(map(str, cycle))}, so that it would need itself to be built")
    return Found(root, chosen, catalogue)


def draw_failure(key: PackageKey, version: str, end: DeadEnd, message: str) -> Graph:
    """Draw the way from a release to the one whose requirement cannot be met."""
    owners = {link.target: link for link in reversed(end.links)}
    chain: list[Crate] = []
    at = end.owner
    while isinstance(at, Crate) and at.version and at not in chain:
        chain.append(at)
        if at not in owners:
            break
        at = owners[at].owner
    chain.reverse()
    if not chain:
        return Graph((Node(key, version, errors=(message,)),), (), message)
    nodes = [Node(package_key(each.name), each.version) for each in chain]
    nodes[-1] = msgspec.structs.replace(nodes[-1], errors=(f"{end.owner} needs {end.asked.demand}",))
    edges = tuple(Edge(position, position + 1, owners[each].demand.text) for position, each in enumerate(chain[1:]))
    return Graph(tuple(nodes), edges, message)


def _graph(root: Crate, built: list[Used]) -> Graph:
    numbers = {root: 0}
    edges: dict[tuple[int, int, str, EdgeKind], None] = {}
    for used in built:
        start = numbers.setdefault(used.owner.crate, len(numbers))
        end = numbers.setdefault(used.target.crate, len(numbers))
        edges[start, end, used.demand.text, _kind(used.demand)] = None
    nodes = tuple(Node(package_key(each.name), each.version) for each in numbers)
    return Graph(nodes, tuple(Edge(*each) for each in edges))


def _kind(demand: CrateDemand) -> EdgeKind:
    if demand.requirement.scope in ("build", "dev"):
        return demand.requirement.scope
    return "optional" if demand.requirement.optional else "runtime"
