"""Requirements in the shape of the deps.dev API: its message `Requirements.Cargo` as JSON, defaults written out."""

from typing import Any

from packhouse.domain.release import Release
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.cargo.facts import facts

_KINDS = {"dev": "dev", "build": "build"}


def requirements_wire(release: Release) -> dict[str, Any]:
    """Write the requirements in the index's order, and what each feature switches on."""
    native = facts(release)
    plain = frozenset(native.plain)
    return {
        "dependencies": [
            _dependency(each, defaults=position not in plain) for position, each in enumerate(release.requirements)
        ],
        "features": [{"name": name, "implies": implied} for name, implied in sorted(native.features.items())],
    }


def _dependency(requirement: Requirement, *, defaults: bool) -> dict[str, Any]:
    return {
        "name": requirement.name,
        "requirement": requirement.range,
        "kind": _KINDS.get(requirement.scope, "normal"),
        "optional": requirement.optional,
        "packageAlias": requirement.alias or "",
        "usesDefaultFeatures": defaults,
        "features": list(requirement.extras),
        "target": requirement.marker or "",
    }
