"""Requirements in the shape of the deps.dev API: its message `Requirements.NuGet` as JSON, defaults written out."""

from typing import Any

from packhouse.domain.release import Release
from packhouse.ecosystems.nuget.facts import Group, facts


def requirements_wire(release: Release) -> dict[str, Any]:
    """Write the dependency groups as the manifest has them."""
    found = facts(release)
    return {
        "dependencyGroups": [_group(group) for group in found.groups],
        "targetFrameworks": list(dict.fromkeys(group.framework for group in found.groups if group.framework)),
        "developmentDependency": found.development,
        "frameworkAssemblies": [
            {"assemblyName": name, "targetFramework": framework} for name, framework in found.framework_assemblies
        ],
        "frameworkReferences": [
            {"name": name, "targetFramework": framework} for name, framework in found.framework_references
        ],
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "targetFramework": group.framework,
        "dependencies": [
            {"name": each.name, "requirement": each.range, "include": each.include, "exclude": each.exclude}
            for each in group.dependencies
        ],
    }
