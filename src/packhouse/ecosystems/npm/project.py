"""A project as its files say it: package.json, and what package-lock.json has already chosen."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid, Unresolvable
from packhouse.domain.graph import Graph
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.npm.environment import DEFAULT, Environment
from packhouse.ecosystems.npm.manifest import read_requirements
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.planning import Plan
from packhouse.ecosystems.npm.resolve import Kept, Manifest, package_key, resolve_manifest
from packhouse.ecosystems.npm.strict_json import read_strict

MANIFEST = "package.json"
LOCKS = ("npm-shrinkwrap.json", "package-lock.json")
"""The first that is there counts, as for the client."""
_FOLDER = "node_modules/"
_MAX_KEPT = 50_000
_WORKSPACES = "its workspaces are not looked at"


class Project(Struct, frozen=True):
    """What the files of a project say."""

    manifest: Manifest
    kept: tuple[Kept, ...] | None = None
    """What the lock file has chosen, each after the one that it lies in; None where there is none."""
    notes: tuple[str, ...] = ()
    """What was not looked at."""


def read_project(files: Mapping[str, bytes]) -> Project:
    """Read a project; raise Invalid for a file that is not what its name says."""
    if MANIFEST not in files:
        raise Invalid(f"there is no {MANIFEST}", "a lock file alone does not say what the project asks for")
    written = _object(files[MANIFEST], MANIFEST)
    overrides = written.get("overrides", {})
    if not isinstance(overrides, dict):
        raise Invalid(f"the overrides of {MANIFEST} are no object")
    manifest = Manifest(
        name=_text(written.get("name")),
        version=_text(written.get("version")),
        requirements=read_requirements(written),
        overrides=overrides,
    )
    lock = next((name for name in LOCKS if name in files), None)
    kept = _read_lock(_object(files[lock], lock), lock) if lock is not None else None
    return Project(manifest, kept, (_WORKSPACES,) if written.get("workspaces") else ())


class ProjectRun(Plan):
    """The resolution of a project."""

    def __init__(self, project: Project, environment: Environment = DEFAULT) -> None:
        # What is locked is kept, so that following the best choices would load more than is needed.
        super().__init__(() if project.kept else project.manifest.requirements, environment)
        self._project = project
        self._environment = environment

    def needed(self) -> frozenset[PackageKey]:
        """Begin with what the lock file has."""
        names = {each.package for each in self._project.kept or () if each.is_of_registry}
        return self.lacking(map(package_key, names)) or super().needed()

    def resolve(self) -> Graph:
        """Build the tree; raise NotLoaded where it takes a turn that nobody foresaw."""
        project = self._project
        try:
            graph = resolve_manifest(project.manifest, self, self._environment, project.kept)
        except Unresolvable as unresolvable:
            forced = msgspec.structs.replace(self._environment, force=True)
            graph = resolve_manifest(project.manifest, self, forced, project.kept)
            graph = msgspec.structs.replace(graph, error=unresolvable.message)
        if not project.notes:
            return graph
        root = msgspec.structs.replace(graph.nodes[0], errors=(*graph.nodes[0].errors, *project.notes))
        return msgspec.structs.replace(graph, nodes=(root, *graph.nodes[1:]))


def begin(files: Mapping[str, bytes], environment: Environment) -> ProjectRun:
    """Begin to resolve a project; raise Invalid."""
    return ProjectRun(read_project(files), environment)


def _read_lock(lock: dict[str, Any], name: str) -> tuple[Kept, ...]:
    packages = lock.get("packages")
    if not isinstance(packages, dict):
        hint = "npm install --package-lock-only of npm 7 or newer writes it anew"
        raise Invalid(f"{name} is of lockfileVersion {lock.get('lockfileVersion', 1)}, which has no packages", hint)
    if len(packages) > _MAX_KEPT:
        raise Invalid(f"{name} has more than {_MAX_KEPT} packages")
    found = [
        _kept(path, entry)
        for path, entry in packages.items()
        # One without a version stands for what could not be found, one with a link for a folder.
        if path.startswith(_FOLDER) and isinstance(entry, dict) and entry.get("version") and not entry.get("link")
    ]
    return tuple(sorted(found, key=lambda each: len(each.path)))


def _kept(path: str, entry: dict[str, Any]) -> Kept:
    names = tuple(path.removeprefix(_FOLDER).split(f"/{_FOLDER}"))
    package = entry.get("name") or names[-1]
    if not isinstance(package, str):
        raise Invalid(f"the lock file has no name for {path}")
    for each in (*names, package):
        parse_name(each)
    bundled = entry.get("bundleDependencies")
    return Kept(
        path=names,
        package=package,
        version=_text(entry.get("version")),
        requirements=read_requirements(entry),
        bundled=tuple(each for each in bundled if isinstance(each, str)) if isinstance(bundled, list) else (),
        is_of_registry=not entry.get("inBundle") and not _is_elsewhere(entry.get("resolved")),
    )


def _is_elsewhere(resolved: object) -> bool:
    return isinstance(resolved, str) and resolved.startswith(("git+", "git:", "file:"))


def _object(body: bytes, name: str) -> dict[str, Any]:
    found = read_strict(body.removeprefix(b"\xef\xbb\xbf"), name)
    if not isinstance(found, dict):
        raise Invalid(f"{name} is no object")
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
