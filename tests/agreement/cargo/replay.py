"""Our own answers to what was asked of cargo."""

from packhouse.domain.errors import Unresolvable
from packhouse.domain.requirement import Requirement, Scope
from packhouse.ecosystems.cargo.activation import Activation
from packhouse.ecosystems.cargo.catalogue import Catalogue, Environment
from packhouse.ecosystems.cargo.facts import CargoFacts
from packhouse.ecosystems.cargo.lines import Dependency
from packhouse.ecosystems.cargo.resolve import Manifest, lock
from packhouse.resolver.universe import Universe
from tests.agreement.cargo.client import Answer, Project

_SCOPES: dict[str, Scope] = {"dev": "dev", "build": "build"}
_TABLES = ("", "dev", "build")


def answer(project: Project, universe: Universe, target: str) -> Answer:
    """Resolve a project as cargo would."""
    environment = Environment(
        target, rust=project.rust if project.resolver == "3" else None, unified=project.resolver == "1"
    )
    try:
        found = lock(manifest(project), Catalogue(universe, environment))
    except Unresolvable as error:
        return Answer(error=error.message)
    built = Activation(found.chosen, found.catalogue, environment).run(found.root, found.root.features)
    return Answer(
        [f"{name} {version}" for name, version in found.releases()],
        sorted({f"{used.target.crate.name} {used.target.crate.version}" for used in built}),
    )


def manifest(project: Project) -> Manifest:
    """Put what a project asks for into the order in which cargo reads it: by table, platform, kind and name."""
    ordered = sorted(project.dependencies, key=_order)
    plain = tuple(position for position, each in enumerate(ordered) if each.default_features is False)
    return Manifest(tuple(map(_requirement, ordered)), CargoFacts(features=project.features, plain=plain))


def _order(each: Dependency) -> tuple[str, int, str]:
    return each.target or "", _TABLES.index(each.kind or ""), each.name


def _requirement(each: Dependency) -> Requirement:
    return Requirement(
        name=each.package or each.name,
        range=each.req,
        scope=_SCOPES.get(each.kind or "", "runtime"),
        optional=bool(each.optional),
        alias=each.name if each.package else None,
        marker=each.target,
        extras=tuple(each.features or ()),
    )
