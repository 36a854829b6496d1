"""Requirements in the shape of the deps.dev API: its message `Requirements.RubyGems` as JSON, defaults written out."""

from typing import Any

from packhouse.domain.release import Release
from packhouse.domain.requirement import Scope
from packhouse.ecosystems.gem.facts import facts


def requirements_wire(release: Release) -> dict[str, Any]:
    """Write what the release needs on one platform: ruby, where it has a file for that."""
    platform = facts(release).platform

    def listed(scope: Scope) -> list[dict[str, str]]:
        return [
            {"name": each.name, "requirement": each.range}
            for each in release.requirements
            if each.scope == scope and (each.marker is None or platform in each.marker.split(", "))
        ]

    return {
        "runtimeDependencies": listed("runtime"),
        "devDependencies": listed("dev"),
        "platform": platform,
        "requiredRubyVersion": release.runtimes.get("ruby", ""),
        "requiredRubygemsVersion": release.runtimes.get("rubygems", ""),
    }
