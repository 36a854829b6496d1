"""Requirements in the shape of the deps.dev API: its message `Requirements.Maven` as JSON."""

from typing import Any

from packhouse.domain.release import Release


def requirements_wire(release: Release) -> dict[str, Any]:
    """Write the requirements."""
    return {"dependencies": [{"name": each.name, "version": each.range} for each in release.requirements]}
