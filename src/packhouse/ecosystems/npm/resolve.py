"""Resolve as the npm client does: the tree that it writes to package-lock.json in an empty folder.

What cannot be told from records: archives are not opened, so that what a package bundles is known only if its facts
say so (`NpmFacts.bundle`), and a shrinkwrap inside an archive is not heeded.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid, Unresolvable
from packhouse.domain.graph import Graph, Node
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.npm.catalogue import ECOSYSTEM, Catalogue
from packhouse.ecosystems.npm.collation import sort_key
from packhouse.ecosystems.npm.environment import DEFAULT, Environment
from packhouse.ecosystems.npm.graphs import Resolved, draw, draw_release
from packhouse.ecosystems.npm.overrides import OverrideRules
from packhouse.ecosystems.npm.versions import version_key
from packhouse.ecosystems.npm.wants import Wants
from packhouse.resolver.builder import Builder
from packhouse.resolver.flags import Flag, flag_tree
from packhouse.resolver.locked import tell_locked
from packhouse.resolver.placement import Conduct
from packhouse.resolver.tree import Candidate, Place
from packhouse.resolver.universe import Universe

_EXTRANEOUS = int(Flag.EXTRANEOUS)
_LOST = "is in the lock file and cannot be had"


class Manifest(Struct, frozen=True):
    """What a project asks for."""

    name: str = ""
    version: str = ""
    requirements: tuple[Requirement, ...] = ()
    overrides: Mapping[str, object] = {}
    """As in package.json."""


class Kept(Struct, frozen=True):
    """What a lock file has in one place."""

    path: tuple[str, ...]
    """Names from the top folder down."""
    package: str
    version: str
    requirements: tuple[Requirement, ...] = ()
    bundled: tuple[str, ...] = ()
    is_of_registry: bool = True


def resolve_manifest(
    manifest: Manifest, universe: Universe, environment: Environment = DEFAULT, kept: Sequence[Kept] | None = None
) -> Graph:
    """Resolve a project; raise Unresolvable where npm gives up, NotLoaded where records are missing.

    What is not to be had is an error of the node that asks for it; where npm would give up then, also of the graph.
    """
    tree = build_tree(manifest, universe, environment, kept=kept)
    if not kept:
        return draw(tree)
    return tell_locked(_without_lost(draw(tree), tree, kept), {(each.package, each.version) for each in kept})


def resolve_release(
    key: PackageKey,
    version: str,
    universe: Universe,
    environment: Environment = DEFAULT,
    catalogue: Catalogue | None = None,
) -> Graph:
    """Resolve what `npm install name@version` puts into an empty project, seen from the release.

    Where its peers contradict each other the graph is that of `--force`, and its error says which. A catalogue that
    has read these records before saves reading them again.
    """
    manifest = Manifest(requirements=(Requirement(name=key.name, range=version),))
    requested = frozenset((key.name,))
    error = ""
    try:
        tree = build_tree(manifest, universe, environment, requested=requested, catalogue=catalogue)
    except Unresolvable as unresolvable:
        error = unresolvable.message
        forced = msgspec.structs.replace(environment, force=True)
        tree = build_tree(manifest, universe, forced, requested=requested, catalogue=catalogue)
    return draw_release(tree, key, version, error)


def build_tree(
    manifest: Manifest,
    universe: Universe,
    environment: Environment,
    *,
    requested: frozenset[str] = frozenset(),
    catalogue: Catalogue | None = None,
    kept: Sequence[Kept] | None = None,
) -> Resolved:
    """Build the tree of a project, on what is kept of an earlier one; None says that there was none."""
    catalogue = catalogue or Catalogue(universe, environment, Wants())
    wants = catalogue.wants
    project = Candidate(manifest.name, manifest.version, declared=catalogue.declare(manifest.requirements, dev=True))
    rules = OverrideRules(manifest.overrides, wants) if manifest.overrides else None
    conduct = Conduct(
        sort_key,
        strict_peers=environment.strict_peer_deps,
        force=environment.force,
        prefer_dedupe=environment.prefer_dedupe,
    )
    builder = Builder(project, catalogue, conduct, rules=rules, requested=requested)
    _refuse_overridden(builder.root)
    for each in kept or ():
        builder.settle(each.path, _kept_candidate(each, catalogue))
    root = builder.build()
    flag_tree(root)
    if kept is not None:
        _prune(root)
    return Resolved(root, catalogue, environment)


def _kept_candidate(kept: Kept, catalogue: Catalogue) -> Candidate:
    """Find what was locked; what the registry does not have is what the lock file says of it."""
    choice = catalogue.choice(kept.package) if kept.is_of_registry else None
    if choice is not None and kept.version in choice.record.versions:
        return catalogue.candidate(kept.package, choice.record.versions.index(kept.version))
    try:
        order = version_key(kept.version)
    except Invalid:
        order = None
    declared = catalogue.declare(kept.requirements)
    return Candidate(kept.package, kept.version, order, declared, frozenset(kept.bundled))


def _prune(root: Place) -> None:
    """Take out what nothing leads to any more."""
    places = [root]
    for place in places:
        places.extend(place.children.values())
    for place in places:
        if place.flags & _EXTRANEOUS and place.parent is not None:
            place.remove()


def _without_lost(graph: Graph, tree: Resolved, kept: Sequence[Kept]) -> Graph:
    """Say of what is locked and not to be had that it is so."""
    wanted = {(each.package, each.version) for each in kept if each.is_of_registry}
    lost = {each for each in wanted if not _is_had(tree.catalogue, *each)}
    if not lost:
        return graph
    nodes = tuple(
        msgspec.structs.replace(node, errors=(*node.errors, _LOST))
        if (node.package.name, node.version) in lost and node.path and not node.bundled
        else node
        for node in graph.nodes
    )
    return msgspec.structs.replace(graph, nodes=nodes, error=graph.error or _first_lost(nodes))


def _first_lost(nodes: Sequence[Node]) -> str:
    found = next((node for node in nodes if _LOST in node.errors), None)
    return f"{found.package.name}@{found.version} {_LOST}" if found is not None else ""


def _is_had(catalogue: Catalogue, package: str, version: str) -> bool:
    choice = catalogue.choice(package)
    return choice is not None and version in choice.record.versions


def _refuse_overridden(root: Place) -> None:
    for edge in root.edges_out.values():
        if edge.want.text != edge.declared.want.text:
            raise Unresolvable(
                f"the override of {edge.name} contradicts the project itself, which wants {edge.declared.want.text}",
            )


def package_key(name: str) -> PackageKey:
    """Make the key of a package of this ecosystem."""
    return PackageKey(ECOSYSTEM, NormalName(name))
