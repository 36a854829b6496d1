"""What a POM takes from its parent and from its own profiles (maven-model-builder, inheritance and profile merging)."""

from collections.abc import Iterable
from typing import TypeVar

from msgspec.structs import replace

from packhouse.ecosystems.maven.pom import Activation, Dependency, Pom, Profile, Scm

T = TypeVar("T")


def with_profiles(pom: Pom) -> Pom:
    """Merge in the profiles that count wherever the release is used.

    Those by default, and those that the absence of a property turns on. What depends on a machine (its JDK, its
    system, its files) is nothing that a release says of itself.
    """
    active = [profile for profile in pom.profiles if _is_active(profile.activation)]
    if not active:
        active = [profile for profile in pom.profiles if profile.activation and profile.activation.by_default]
    for profile in active:
        pom = merge_profile(pom, profile)
    return pom


def inherit(child: Pom, parent: Pom) -> Pom:
    """Complete a POM from its parent, whose own parents are merged in already."""
    path = _path(child, parent) if parent.url or parent.scm else ""
    return replace(
        child,
        group=_own(child.group, parent.group),
        version=_own(child.version, parent.version),
        description=_own(child.description, parent.description),
        url=_own(child.url, _appended(parent.url, path, parent.appends)),
        appends=_own(child.appends, parent.appends),
        inception=_own(child.inception, parent.inception),
        organization=_own(child.organization, parent.organization),
        licences=child.licences or parent.licences,
        developers=child.developers or parent.developers,
        scm=_inherit_scm(child.scm, parent.scm, path),
        issues=_own(child.issues, parent.issues),
        properties=parent.properties | child.properties,
        dependencies=_first_of_each((*_last_of_each(child.dependencies), *parent.dependencies)),
        management=_inherit_management(child.management, parent.management),
        repositories=child.repositories or parent.repositories,
    )


def _inherit_management(child: tuple[Dependency, ...], parent: tuple[Dependency, ...]) -> tuple[Dependency, ...]:
    """Let the child's entries go first; only where there are others to merge the later of two with one key counts."""
    return _first_of_each((*_last_of_each(child), *parent)) if parent else child


def _first_of_each(dependencies: Iterable[Dependency]) -> tuple[Dependency, ...]:
    found: dict[tuple[str, str, str, str | None], Dependency] = {}
    for dependency in dependencies:
        found.setdefault(dependency.key, dependency)
    return tuple(found.values())


def _is_active(activation: Activation | None) -> bool:
    if activation is None or activation.jdk is not None or activation.os or activation.file:
        return False
    name, value = activation.property or "", activation.value or ""
    # `!name` without a value is true where nobody has set it; `!value` where it has another, or none.
    return (name.startswith("!") and not value) or (bool(name) and value.startswith("!"))


def merge_profile(pom: Pom, profile: Profile) -> Pom:
    """Merge in a profile, which overrides what is there."""
    return replace(
        pom,
        properties=pom.properties | profile.properties,
        dependencies=_last_of_each((*pom.dependencies, *profile.dependencies)),
        management=_last_of_each((*pom.management, *profile.management)),
        repositories=(*pom.repositories, *profile.repositories),
    )


def _last_of_each(dependencies: Iterable[Dependency]) -> tuple[Dependency, ...]:
    return tuple({dependency.key: dependency for dependency in dependencies}.values())


def _inherit_scm(child: Scm | None, parent: Scm | None, path: str) -> Scm | None:
    if parent is None:
        return child
    own = child or Scm()
    url, connection, developer = parent.appends
    return Scm(
        url=_own(own.url, _appended(parent.url, path, url)),
        connection=_own(own.connection, _appended(parent.connection, path, connection)),
        developer_connection=_own(own.developer_connection, _appended(parent.developer_connection, path, developer)),
        tag=_own(own.tag, parent.tag),
        appends=(_own(own.appends[0], url), _own(own.appends[1], connection), _own(own.appends[2], developer)),
    )


def _own(mine: T | None, theirs: T | None) -> T | None:
    return theirs if mine is None else mine


def _path(child: Pom, parent: Pom) -> str:
    """Guess what is appended to the addresses of a parent."""
    directory = child.properties.get("project.directory", child.artifact or "")
    return "/".join(part for part in (_adjustment(parent, directory), directory) if part)


def _adjustment(parent: Pom, directory: str) -> str:
    """Guess where a child stands below its parent: where the parent's modules say (MNG-5000)."""
    for module in parent.modules:
        plain = module.replace("\\", "/")
        if plain.lower().endswith(".xml"):
            plain = plain[: plain.rfind("/") + 1]
        folder, _, name = plain.rstrip("/").rpartition("/")
        if name == directory and folder:
            return folder
    return ""


def _appended(url: str | None, path: str, appends: bool | None) -> str | None:  # noqa: FBT001 (as it is written)
    """Append a child's path to an address; it ends with a slash if it did before."""
    if not url or not path or appends is False:
        return url
    ended = url.endswith("/")
    return f"{url.rstrip('/') if ended else url}/{path}{'/' if ended else ''}"
