"""The manifest within a package, which the package base address serves by itself."""

from collections.abc import Iterator

from msgspec import Struct

from packhouse.domain.errors import UpstreamBad
from packhouse.ecosystems.nuget.elements import Element, parse_elements
from packhouse.ecosystems.nuget.facts import Dependency, Group


class Nuspec(Struct, frozen=True):
    """What a manifest says and a registration does not, or not as well."""

    id: str
    version: str
    title: str = ""
    description: str = ""
    summary: str = ""
    authors: str = ""
    owners: str = ""
    tags: str = ""
    project_url: str = ""
    licence_type: str = ""
    """expression or file; empty for none."""
    licence: str = ""
    licence_url: str = ""
    repository_url: str = ""
    commit: str = ""
    readme: str = ""
    release_notes: str = ""
    development: bool = False
    types: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    framework_assemblies: tuple[tuple[str, str], ...] = ()
    framework_references: tuple[tuple[str, str], ...] = ()


def parse_nuspec(body: bytes) -> Nuspec:
    """Read a manifest; raise UpstreamBad if it is none."""
    root = parse_elements(body)
    metadata = root.find("metadata") if root.name == "package" else None
    if metadata is None:
        raise UpstreamBad("the package's manifest has no metadata")
    licence, repository = metadata.find("license"), metadata.find("repository")
    return Nuspec(
        id=metadata.read("id"),
        version=metadata.read("version"),
        title=metadata.read("title"),
        description=metadata.read("description"),
        summary=metadata.read("summary"),
        authors=metadata.read("authors"),
        owners=metadata.read("owners"),
        tags=metadata.read("tags"),
        project_url=metadata.read("projectUrl"),
        licence_type=licence.attributes.get("type", "") if licence is not None else "",
        licence=licence.text.strip() if licence is not None else "",
        licence_url=metadata.read("licenseUrl"),
        repository_url=repository.attributes.get("url", "").strip() if repository is not None else "",
        commit=repository.attributes.get("commit", "").strip() if repository is not None else "",
        readme=metadata.read("readme"),
        release_notes=metadata.read("releaseNotes"),
        development=metadata.read("developmentDependency").lower() == "true",
        types=tuple(name for each in _within(metadata, "packageTypes", "packageType") if (name := _name(each))),
        groups=tuple(_groups(metadata.find("dependencies"))),
        framework_assemblies=tuple(_assemblies(metadata)),
        framework_references=tuple(_references(metadata)),
    )


def _groups(dependencies: Element | None) -> Iterator[Group]:
    if dependencies is None:
        return
    if plain := dependencies.list("dependency"):
        yield Group("", tuple(_dependency(each) for each in plain))
    for group in dependencies.list("group"):
        yield Group(group.attributes.get("targetFramework", ""), tuple(map(_dependency, group.list("dependency"))))


def _dependency(each: Element) -> Dependency:
    found = each.attributes
    return Dependency(
        found.get("id", "").strip(),
        found.get("version", "").strip(),
        found.get("include", ""),
        found.get("exclude", ""),
    )


def _assemblies(metadata: Element) -> Iterator[tuple[str, str]]:
    for each in _within(metadata, "frameworkAssemblies", "frameworkAssembly"):
        yield each.attributes.get("assemblyName", ""), each.attributes.get("targetFramework", "")


def _references(metadata: Element) -> Iterator[tuple[str, str]]:
    for group in _within(metadata, "frameworkReferences", "group"):
        for each in group.list("frameworkReference"):
            yield _name(each), group.attributes.get("targetFramework", "")


def _within(metadata: Element, outer: str, inner: str) -> list[Element]:
    found = metadata.find(outer)
    return found.list(inner) if found is not None else []


def _name(each: Element) -> str:
    return each.attributes.get("name", "").strip()
