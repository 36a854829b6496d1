"""A project as its files say it: Cargo.toml, and what Cargo.lock has already chosen."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid, TooLarge, Unresolvable
from packhouse.domain.graph import Graph, Node
from packhouse.domain.package import PackageKey
from packhouse.domain.requirement import Requirement, Scope
from packhouse.ecosystems.cargo.catalogue import Environment, package_key, read_environment
from packhouse.ecosystems.cargo.crate_manifest import CrateDependency, convert_manifest, decode_table
from packhouse.ecosystems.cargo.facts import CargoFacts
from packhouse.ecosystems.cargo.planning import Plan
from packhouse.ecosystems.cargo.resolve import Conduct, Manifest, draw, lock
from packhouse.ecosystems.cargo.shelves import Crate
from packhouse.ecosystems.cargo.workspace import inherit, take_out
from packhouse.resolver.locked import tell_locked

MANIFEST, LOCK = "Cargo.toml", "Cargo.lock"
_MAX_BYTES = 8 << 20
_TABLES = ("normal", "dev", "build")
_SCOPES: dict[str, Scope] = {"dev": "dev", "build": "build"}
_RESOLVERS = {"2021": "2", "2024": "3"}
"""By edition; older ones have the first."""
_WORKSPACE = "what a workspace has in common is not there: resolve one of its crates, with the versions written in it"


class ProjectRun(Plan):
    """The resolution of a project."""

    def __init__(self, project: "Project", kept: frozenset[tuple[str, str]], environment: Environment) -> None:
        """Take what a lock file has as name and version."""
        super().__init__(environment, kept)
        self._manifest = project.manifest
        self._notes = project.notes
        self._kept = kept
        self._environment = environment
        self._is_begun = False
        self._is_cancelled = False

    def needed(self) -> frozenset[PackageKey]:
        """Begin with what is locked and what the project itself asks for."""
        if not self._is_begun:
            names = {name.lower() for name, _ in self._kept} | {each.name for each in self._manifest.requirements}
            missing = self.lacking(map(package_key, names))
            if missing:
                return missing
            self._is_begun = True
            for requirement in self._manifest.requirements:
                self._follow(requirement)
        return super().needed()

    def cancel(self) -> None:
        """Let a search that is under way end soon, with TooHard; from any thread."""
        self._is_cancelled = True

    def resolve(self) -> Graph:
        """Resolve; raise NotLoaded where it takes a turn that nobody foresaw."""
        conduct = Conduct(is_cancelled=lambda: self._is_cancelled)
        name = self._manifest.name
        try:
            found = lock(self._manifest, self.catalogue, conduct)
        except Unresolvable as error:
            if self._is_cancelled:
                raise
            return Graph((Node(package_key(name), "", errors=(*self._notes, error.message)),), (), error.message)
        graph = draw(found, found.root, self._environment)
        top = msgspec.structs.replace(graph.nodes[0], package=package_key(name), errors=self._notes)
        locked = {(package_key(kept).name, version) for kept, version in self._kept}
        return tell_locked(msgspec.structs.replace(graph, nodes=(top, *graph.nodes[1:])), locked)

    def _follow(self, requirement: Requirement) -> None:
        shelf = self.catalogue.shelf(requirement.name)
        best: Crate | None = next(iter(shelf.options(requirement.range)), None) if shelf is not None else None
        if best is not None:
            self.follow(best, frozenset({"default"}) if "default" in best.features else frozenset())


class Project(Struct, frozen=True):
    """What the manifest says."""

    manifest: Manifest
    notes: tuple[str, ...]
    """What was not looked at."""
    resolver: str
    rust: str


def read_project(files: Mapping[str, bytes]) -> Project:
    """Read the manifest of a project; raise Invalid or TooLarge."""
    if MANIFEST not in files:
        raise Invalid(f"there is no {MANIFEST}", "a lock file alone does not say what the project asks for")
    if len(files[MANIFEST]) > _MAX_BYTES:
        raise TooLarge(f"{MANIFEST} is longer than {_MAX_BYTES} bytes")
    table = decode_table(files[MANIFEST])
    if "package" not in table and "project" not in table and "workspace" in table:
        raise Invalid(f"{MANIFEST} is of a workspace and has no package of its own", _WORKSPACE)
    inherit(table)
    notes = take_out(table)
    crate = convert_manifest(table, ())
    ordered = sorted(crate.dependencies, key=_order)
    plain = tuple(position for position, each in enumerate(ordered) if not each.default_features)
    features = {name: list(values) for name, values in crate.features.items()}
    facts = CargoFacts(features=features, plain=plain)
    written = (table.get("package") or table.get("project") or {}).get("resolver")
    return Project(
        Manifest(tuple(map(_requirement, ordered)), facts, crate.name),
        notes,
        written if isinstance(written, str) else _RESOLVERS.get(crate.edition, "1"),
        crate.rust_version or "",
    )


def begin(files: Mapping[str, bytes], told: Mapping[str, str]) -> ProjectRun:
    """Begin to resolve a project: its edition says which resolver it has, unless that is told; raise Invalid."""
    project = read_project(files)
    resolver = told.get("resolver", project.resolver)
    rust = {"rust": project.rust} if resolver == "3" else {}
    kept = read_lock(files[LOCK]) if LOCK in files else frozenset()
    return ProjectRun(project, kept, read_environment({**rust, **told, "resolver": resolver}))


def _order(each: CrateDependency) -> tuple[str, int, str]:
    return each.target or "", _TABLES.index(each.kind), each.alias


def _requirement(each: CrateDependency) -> Requirement:
    return Requirement(
        name=each.package,
        range=each.requirement,
        scope=_SCOPES.get(each.kind, "runtime"),
        optional=each.optional,
        alias=each.alias if each.alias != each.package else None,
        marker=each.target,
        extras=tuple(each.features),
    )


def read_lock(body: bytes) -> frozenset[tuple[str, str]]:
    """List the releases of registries that a lock file has."""
    if len(body) > _MAX_BYTES:
        raise TooLarge(f"{LOCK} is longer than {_MAX_BYTES} bytes")
    import tomllib  # noqa: PLC0415 (start-up time)

    try:
        packages = tomllib.loads(body.decode()).get("package", [])
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{LOCK} is no TOML: {error}") from error
    if not isinstance(packages, list):
        raise Invalid(f"{LOCK} has no list of packages")
    return frozenset(
        (str(each.get("name")), str(each.get("version")))
        for each in packages
        if isinstance(each, dict) and str(each.get("source", "")).startswith(("registry+", "sparse+"))
    )
