"""Resolve as the npm client does: the tree that it writes to package-lock.json in an empty folder.

What cannot be told from records: archives are not opened, so that what a package bundles is known only if its facts
say so (`NpmFacts.bundle`), and a shrinkwrap inside an archive is not heeded.
"""

from collections.abc import Iterable, Mapping

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
from packhouse.resolver.universe import NotLoaded, Universe


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
) -> Graph:
    """Resolve what `npm install name@version` puts into an empty project, seen from the release.

    Where its peers contradict each other the graph is that of `--force`, and its error says which.
    """
    wanted = Requirement(name=key.name, range=version)
    manifest = Manifest(requirements=(wanted,))
    try:
        tree, error = build_tree(manifest, universe, environment, requested=frozenset((key.name,))), ""
    except Unresolvable as unresolvable:
        forced = msgspec.structs.replace(environment, force=True)
        tree, error = build_tree(manifest, universe, forced, requested=frozenset((key.name,))), unresolvable.message
    return draw_release(tree, key, version, error)


def build_tree(
    manifest: Manifest,
    universe: Universe,
    environment: Environment,
    *,
    requested: frozenset[str] = frozenset(),
) -> Resolved:
    """Build the tree of a project."""
    wants = Wants()
    catalogue = Catalogue(universe, environment, wants)
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


def needed(
    wanted: Manifest | PackageKey,
    version: str,
    universe: Universe,
    environment: Environment = DEFAULT,
) -> frozenset[PackageKey]:
    """Name the records that resolving will very likely ask for and that are not loaded; `version` is of a release.

    Asked again once these are loaded, it names the next ones, until there are none.
    """
    if isinstance(wanted, Manifest):
        requirements = wanted.requirements
    else:
        requirements = (Requirement(name=wanted.name, range=version),)
    return _needed(requirements, Catalogue(universe, environment, Wants()))


def _needed(requirements: Iterable[Requirement], catalogue: Catalogue) -> frozenset[PackageKey]:
    missing: set[PackageKey] = set()
    waiting = [(each, False) for each in catalogue.declare(requirements, dev=True) if each.kind != "peer-optional"]
    known = {(each.want, peers_only) for each, peers_only in waiting}
    for each, peers_only in waiting:
        try:
            candidate = catalogue.pick(each.want)
        except NotLoaded as not_loaded:
            missing |= not_loaded.keys
            continue
        for further in candidate.declared:
            if further.name in candidate.bundled or (peers_only and not further.is_peer):
                continue
            # Optional peers are tried out, with their peers, but not placed.
            step = (further, peers_only or further.kind == "peer-optional")
            if (further.want, step[1]) not in known:
                known.add((further.want, step[1]))
                waiting.append(step)
    return frozenset(missing)


def _refuse_overridden(root: Place) -> None:
    for edge in root.edges_out.values():
        if edge.want.text != edge.declared.want.text:
            raise Unresolvable(
                f"the override of {edge.name} contradicts the project itself, which wants {edge.declared.want.text}",
            )


def package_key(name: str) -> PackageKey:
    """Make the key of a package of this ecosystem."""
    return PackageKey(ECOSYSTEM, NormalName(name))
