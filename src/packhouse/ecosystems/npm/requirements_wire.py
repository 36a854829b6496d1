"""Requirements in the shape of the deps.dev API: its message `Requirements.NPM` as JSON, defaults written out."""

from collections.abc import Iterable
from typing import Any

from packhouse.domain.release import Release
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.npm.facts import facts


def requirements_wire(release: Release) -> dict[str, Any]:
    """Write the requirements as the manifest has them: names as installed, ranges as written."""
    native = facts(release)
    return {
        "dependencies": _dependencies(release.requirements, native.bundled),
        "bundled": [
            {
                "path": bundled.path,
                "name": bundled.name,
                "version": bundled.version,
                "dependencies": _dependencies(bundled.requirements, ()),
            }
            for bundled in native.bundle or ()
        ],
        "os": list(native.os),
        "cpu": list(native.cpu),
    }


def _dependencies(requirements: Iterable[Requirement], bundled: Iterable[str]) -> dict[str, Any]:
    fields: dict[str, list[Any]] = {
        "dependencies": [],
        "devDependencies": [],
        "optionalDependencies": [],
        "peerDependencies": [],
        "bundleDependencies": list(bundled),
        "peerDependencyMetadata": [],
    }
    # By name, as the recorded answers have them, whatever order the manifest has.
    for each in sorted(requirements, key=lambda each: each.alias or each.name):
        name = each.alias or each.name
        fields[_field(each)].append({"name": name, "requirement": each.range if each.raw is None else each.raw})
        if each.scope == "peer" and each.optional:
            fields["peerDependencyMetadata"].append({"name": name, "optional": True})
    return fields


def _field(requirement: Requirement) -> str:
    if requirement.scope == "dev":
        return "devDependencies"
    if requirement.scope == "peer":
        return "peerDependencies"
    return "optionalDependencies" if requirement.optional else "dependencies"
