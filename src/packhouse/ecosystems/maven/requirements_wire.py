"""Requirements in the shape of the deps.dev API: its message `Requirements.Maven` as JSON, defaults written out."""

from typing import Any

from packhouse.domain.release import Release
from packhouse.ecosystems.maven.facts import facts
from packhouse.ecosystems.maven.pom import Activation, Coordinates, Dependency, Profile, Repository


def requirements_wire(release: Release) -> dict[str, Any]:
    """Write what the release's own POM says, and beside each dependency what it comes to in the effective one."""
    found = facts(release)
    places = found.resolved or (-1,) * len(found.written)
    effective = [found.dependencies[place] if place >= 0 else None for place in places]
    parent = {"parent": _parent(found.parent)} if found.parent is not None else {}
    return parent | {
        "dependencies": [_resolved(each, to) for each, to in zip(found.written, effective, strict=True)],
        "dependencyManagement": [_dependency(each) for each in found.management],
        "properties": _properties(found.properties),
        "repositories": [_repository(each) for each in found.repositories],
        "profiles": [_profile(each) for each in found.profiles],
    }


def _parent(parent: Coordinates) -> dict[str, str]:
    return {"system": "MAVEN", "name": f"{parent.group}:{parent.artifact}", "version": parent.version}


def _dependency(each: Dependency) -> dict[str, Any]:
    return {
        "name": f"{each.group}:{each.artifact}",
        "version": each.version or "",
        "classifier": each.classifier or "",
        "type": each.type if each.type != "jar" else "",
        "scope": each.scope or "",
        "optional": each.optional or "",
        "exclusions": [f"{group}:{artifact}" for group, artifact in each.exclusions],
    }


def _resolved(each: Dependency, effective: Dependency | None) -> dict[str, Any]:
    wire = _dependency(each)
    if effective is not None:
        wire |= {
            "resolvedVersion": effective.version or "",
            "resolvedName": f"{effective.group}:{effective.artifact}",
        }
    return wire


def _properties(properties: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in properties.items()]


def _repository(each: Repository) -> dict[str, str]:
    return {
        "id": each.id or "",
        "url": each.url or "",
        "layout": each.layout or "",
        "releasesEnabled": each.releases or "",
        "snapshotsEnabled": each.snapshots or "",
    }


def _profile(each: Profile) -> dict[str, Any]:
    return {
        "id": each.id,
        "activation": _activation(each.activation or Activation()),
        "dependencies": [_dependency(dependency) for dependency in each.dependencies],
        "dependencyManagement": [_dependency(dependency) for dependency in each.management],
        "properties": _properties(each.properties),
        "repositories": [_repository(repository) for repository in each.repositories],
    }


def _activation(each: Activation) -> dict[str, Any]:
    system, file = dict(each.os), dict(each.file)
    return {
        "activeByDefault": "true" if each.by_default else "",
        "jdk": {"jdk": each.jdk or ""},
        "os": {name: system.get(name, "") for name in ("name", "family", "arch", "version")},
        "property": {"property": {"name": each.property or "", "value": each.value or ""}},
        "file": {name: file.get(name, "") for name in ("exists", "missing")},
    }
