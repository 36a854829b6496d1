"""A project's pubspec.yaml, its overrides and its lock file.

Source: pub's documentation of the pubspec, of `pubspec_overrides.yaml` and of pubspec.lock.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from packhouse.domain.errors import Invalid
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.pub.environment import DART, read_environment
from packhouse.ecosystems.pub.listing import HOSTED, source_of
from packhouse.ecosystems.pub.record import read_requirement
from packhouse.ecosystems.pub.resolve import ProjectRun
from packhouse.ecosystems.pub.solving import Project
from packhouse.ecosystems.pub.versions import version_key

PUBSPEC = "pubspec.yaml"
OVERRIDES = "pubspec_overrides.yaml"
LOCK = "pubspec.lock"
_MAX_BYTES = 4 << 20


def begin(files: Mapping[str, bytes], told: Mapping[str, str]) -> ProjectRun:
    """Begin to resolve a project; raise Invalid for files that are none."""
    environment = read_environment(told)
    if PUBSPEC not in files:
        raise Invalid(f"there is no {PUBSPEC}")
    return ProjectRun(read_project(files), environment)


def read_project(files: Mapping[str, bytes]) -> Project:
    """Read all of a project's files; raise Invalid."""
    pubspec = _read_yaml(files[PUBSPEC], PUBSPEC)
    overriding = _read_yaml(files[OVERRIDES], OVERRIDES) if OVERRIDES in files else {}
    listed = [*_requirements(pubspec, "dependencies"), *_requirements(pubspec, "dev_dependencies")]
    overrides = overriding if "dependency_overrides" in overriding else pubspec
    version = pubspec.get("version") or "0.0.0"
    version_key(str(version))
    workspace = "workspace" in pubspec or pubspec.get("resolution") == "workspace"
    return Project(
        name=str(pubspec.get("name") or ""),
        version=str(version),
        requirements=tuple(listed),
        overrides=tuple(_requirements(overrides, "dependency_overrides")),
        runtimes=dict(_runtimes(pubspec)),
        locked=_locked(_read_yaml(files[LOCK], LOCK)) if LOCK in files else {},
        notes=("other packages of its workspace are not read",) if workspace else (),
    )


def _read_yaml(body: bytes, name: str) -> dict[str, Any]:
    """Read a file with all values as text."""
    import yaml  # noqa: PLC0415 (start-up time)

    if len(body) > _MAX_BYTES:
        raise Invalid(f"{name} is too large")
    try:
        found = yaml.load(body.decode("utf-8", "replace"), getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506 (text alone)
    except (yaml.YAMLError, RecursionError) as error:
        raise Invalid(f"{name} cannot be read", str(error).splitlines()[0]) from None
    if not isinstance(found, dict):
        raise Invalid(f"{name} is no table")
    return found


def _requirements(document: Mapping[str, Any], field: str) -> Iterator[Requirement]:
    needed = document.get(field) or {}
    if not isinstance(needed, dict):
        raise Invalid(f"{field} is no table")
    for name, wanted in needed.items():
        yield read_requirement(str(name), wanted or None, "dev" if field == "dev_dependencies" else "runtime")


def _runtimes(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    environment = document.get("environment")
    for name, wanted in environment.items() if isinstance(environment, dict) else ():
        if isinstance(wanted, str):
            yield DART if name == "sdk" else str(name), wanted


def _locked(document: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Give source and version by name; what comes from elsewhere is named by what makes it another package."""
    packages = document.get("packages")
    found: dict[str, tuple[str, str]] = {}
    for name, entry in packages.items() if isinstance(packages, dict) else ():
        if isinstance(entry, dict) and isinstance(entry.get("version"), str):
            found[str(name)] = (_locked_source(entry), entry["version"])
    return found


def _locked_source(entry: Mapping[str, Any]) -> str:
    kind, description = entry.get("source"), entry.get("description")
    if kind == HOSTED:
        return HOSTED
    if isinstance(description, dict):
        told = description.get("path") if kind == "path" else {"url": description.get("url")}
    else:
        told = description
    raw = msgspec.json.encode({str(kind): told}).decode()
    return source_of(Requirement("", "any", kind="unknown", raw=raw))
