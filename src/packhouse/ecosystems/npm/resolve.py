"""Resolve as the npm client does: the tree that it writes to package-lock.json in an empty folder.

What cannot be told from records: archives are not opened, so that what a package bundles is known only if its facts
say so (`NpmFacts.bundle`), and a shrinkwrap inside an archive is not heeded.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Unresolvable
from packhouse.domain.graph import Graph
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.npm.catalogue import ECOSYSTEM, Catalogue
from packhouse.ecosystems.npm.collation import sort_key
from packhouse.ecosystems.npm.environment import DEFAULT, Environment
from packhouse.ecosystems.npm.graphs import Resolved, draw, draw_release
from packhouse.ecosystems.npm.overrides import OverrideRules
from packhouse.ecosystems.npm.wants import Wants
from packhouse.resolver.builder import Builder
from packhouse.resolver.flags import flag_tree
from packhouse.resolver.placement import Conduct
from packhouse.resolver.tree import Candidate, Place
from packhouse.resolver.universe import Universe


class Manifest(Struct, frozen=True):
    """What a project asks for."""

    name: str = ""
    version: str = ""
    requirements: tuple[Requirement, ...] = ()
    overrides: Mapping[str, object] = {}
    """As in package.json."""


def resolve_manifest(manifest: Manifest, universe: Universe, environment: Environment = DEFAULT) -> Graph:
    """Resolve a project; raise Unresolvable where npm gives up, NotLoaded where records are missing.

    What is not to be had is an error of the node that asks for it; where npm would give up then, also of the graph.
    """
    return draw(build_tree(manifest, universe, environment))


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
) -> Resolved:
    """Build the tree of a project."""
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
    root = builder.build()
    flag_tree(root)
    return Resolved(root, catalogue, environment)


def _refuse_overridden(root: Place) -> None:
    for edge in root.edges_out.values():
        if edge.want.text != edge.declared.want.text:
            raise Unresolvable(
                f"the override of {edge.name} contradicts the project itself, which wants {edge.declared.want.text}",
            )


def package_key(name: str) -> PackageKey:
    """Make the key of a package of this ecosystem."""
    return PackageKey(ECOSYSTEM, NormalName(name))
