"""Requirements in a shape like that of the deps.dev API, which has none for this ecosystem; in pubspec.yaml's words."""

from typing import Any

import msgspec

from packhouse.domain.release import Release
from packhouse.domain.requirement import Requirement


def requirements_wire(release: Release) -> dict[str, Any]:
    """Write what a release needs in the order of its pubspec, and the SDKs that it runs on."""
    return {
        "dependencies": [_write(each) for each in release.requirements if each.scope != "dev"],
        "devDependencies": [_write(each) for each in release.requirements if each.scope == "dev"],
        "environment": [{"name": name, "requirement": wanted} for name, wanted in release.runtimes.items()],
    }


def _write(requirement: Requirement) -> dict[str, Any]:
    """Write one; `source` is what the pubspec says of where it comes from, and empty for the usual repository."""
    source = msgspec.json.decode(requirement.raw) if requirement.raw and requirement.raw.startswith("{") else {}
    return {"name": requirement.name, "requirement": requirement.range, "source": source}
