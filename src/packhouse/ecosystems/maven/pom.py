"""A POM as it is written: the fields that a record needs (POM reference, maven.apache.org/pom.html)."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from packhouse.domain.errors import UpstreamBad
from packhouse.ecosystems.maven.elements import Element, parse_elements

T = TypeVar("T")

_MAX_MANY = 20_000
"""Entries of one list that are read."""


class Coordinates(Struct, frozen=True, order=True, cache_hash=True):
    """Which POM is meant: a parent or a list of managed versions."""

    group: str
    artifact: str
    version: str


class Dependency(Struct, frozen=True, cache_hash=True):
    """One entry of `dependencies` or `dependencyManagement`; None for what is not written."""

    group: str
    artifact: str
    version: str | None = None
    type: str = "jar"
    classifier: str | None = None
    scope: str | None = None
    optional: str | None = None
    exclusions: tuple[tuple[str, str], ...] = ()
    system_path: str | None = None

    @property
    def key(self) -> tuple[str, str, str, str | None]:
        """What it is managed by."""
        return (self.group, self.artifact, self.type, self.classifier)


class Activation(Struct, frozen=True):
    """When a profile counts."""

    by_default: bool = False
    property: str | None = None
    """The property whose value turns it on, with a `!` before it where its absence does."""
    value: str | None = None
    jdk: str | None = None
    os: tuple[tuple[str, str], ...] = ()
    file: tuple[tuple[str, str], ...] = ()


class Repository(Struct, frozen=True):
    """Another repository that the release was built with."""

    id: str | None
    url: str | None
    layout: str | None = None
    releases: str | None = None
    snapshots: str | None = None


class Profile(Struct, frozen=True):
    """What a POM says under a condition."""

    id: str
    activation: Activation | None
    properties: dict[str, str]
    dependencies: tuple[Dependency, ...]
    management: tuple[Dependency, ...]
    repositories: tuple[Repository, ...]


class Scm(Struct, frozen=True):
    """Where the source is."""

    url: str | None = None
    connection: str | None = None
    developer_connection: str | None = None
    tag: str | None = None
    appends: tuple[bool | None, bool | None, bool | None] = (None, None, None)
    """Whether a child's artifact is appended to url, connection, developer connection; None for what a parent says."""


class Developer(Struct, frozen=True):
    """A person of the project."""

    id: str | None
    name: str | None
    email: str | None
    url: str | None


class Relocation(Struct, frozen=True):
    """Where a package has moved; None for the parts that stay."""

    group: str | None
    artifact: str | None
    version: str | None
    message: str | None


Named = tuple[str | None, str | None]
"""A name and an address."""


class Pom(Struct, frozen=True):
    """One file, or several that were merged."""

    parent: Coordinates | None = None
    group: str | None = None
    artifact: str | None = None
    version: str | None = None
    packaging: str = "jar"
    name: str | None = None
    description: str | None = None
    url: str | None = None
    appends: bool | None = None
    """Whether a child's artifact is appended to the url; None for what a parent says."""
    inception: str | None = None
    organization: Named | None = None
    licences: tuple[Named, ...] = ()
    developers: tuple[Developer, ...] = ()
    scm: Scm | None = None
    issues: Named | None = None
    relocation: Relocation | None = None
    properties: dict[str, str] = {}
    dependencies: tuple[Dependency, ...] = ()
    management: tuple[Dependency, ...] = ()
    modules: tuple[str, ...] = ()
    profiles: tuple[Profile, ...] = ()
    repositories: tuple[Repository, ...] = ()


@lru_cache(maxsize=128)
def parse_pom(body: bytes) -> Pom:
    """Read a POM; raise UpstreamBad if it is none."""
    root = _project(body)
    return replace(
        _core(root),
        description=root.read("description"),
        organization=_named(root.find("organization")),
        licences=_many(root, "licenses", "license", lambda each: (each.read("name"), each.read("url"))),
        developers=_many(root, "developers", "developer", _developer),
        scm=_scm(root.find("scm")),
        issues=_issues(root.find("issueManagement")),
        repositories=_many(root, "repositories", "repository", _repository),
    )


def parse_core(body: bytes) -> Pom:
    """Read of a POM what decides which others follow; raise UpstreamBad if it is none."""
    return _core(_project(body))


def _project(body: bytes) -> Element:
    root = parse_elements(body)
    if root.name != "project":
        raise UpstreamBad("the upstream's POM has no <project>")
    return root


def _core(root: Element) -> Pom:
    return Pom(
        parent=_parent(root.find("parent")),
        group=root.read("groupId"),
        artifact=root.read("artifactId"),
        version=root.read("version"),
        packaging=root.read("packaging") or "jar",
        name=root.read("name"),
        url=root.read("url"),
        appends=_appends(root, "child.project.url.inherit.append.path"),
        inception=root.read("inceptionYear"),
        relocation=_relocation(root.find("distributionManagement")),
        properties=_properties(root),
        dependencies=_last_of_each(_many(root, "dependencies", "dependency", _dependency)),
        management=_many(root.find("dependencyManagement"), "dependencies", "dependency", _dependency),
        modules=_many(root, "modules", "module", lambda each: each.text.strip()),
        profiles=_many(root, "profiles", "profile", _profile),
    )


def _many(parent: Element | None, outer: str, inner: str, read: Callable[[Element], T]) -> tuple[T, ...]:
    return tuple(map(read, _inner(parent, outer, inner)[:_MAX_MANY]))


def _inner(parent: Element | None, outer: str, inner: str) -> list[Element]:
    container = parent.find(outer) if parent is not None else None
    return [] if container is None else container.all(inner)


def _last_of_each(dependencies: tuple[Dependency, ...]) -> tuple[Dependency, ...]:
    """Of two with one key the later counts, where the first stands, as Maven 2 had it (DefaultModelNormalizer)."""
    return tuple({dependency.key: dependency for dependency in dependencies}.values())


def _parent(element: Element | None) -> Coordinates | None:
    if element is None:
        return None
    parts = [element.read(name) or "" for name in ("groupId", "artifactId", "version")]
    return Coordinates(*parts) if all(parts) else None


def _dependency(element: Element) -> Dependency:
    texts = element.texts()
    read = texts.get
    excluded = _inner(element, "exclusions", "exclusion") if "exclusions" in texts else ()
    return Dependency(
        group=read("groupId", ""),
        artifact=read("artifactId", ""),
        version=read("version") or None,
        type=read("type") or "jar",
        classifier=read("classifier") or None,
        scope=read("scope") or None,
        optional=read("optional") or None,
        exclusions=tuple((each.read("groupId") or "", each.read("artifactId") or "") for each in excluded),
        system_path=read("systemPath") or None,
    )


def _profile(element: Element) -> Profile:
    return Profile(
        id=element.read("id") or "default",
        activation=_activation(element.find("activation")),
        properties=_properties(element),
        dependencies=_many(element, "dependencies", "dependency", _dependency),
        management=_many(element.find("dependencyManagement"), "dependencies", "dependency", _dependency),
        repositories=_many(element, "repositories", "repository", _repository),
    )


def _activation(element: Element | None) -> Activation | None:
    if element is None:
        return None
    condition = element.find("property")
    return Activation(
        by_default=element.read("activeByDefault") == "true",
        property=condition.read("name") if condition is not None else None,
        value=condition.read("value") if condition is not None else None,
        jdk=element.read("jdk"),
        os=_pairs(element.find("os")),
        file=_pairs(element.find("file")),
    )


def _pairs(element: Element | None) -> tuple[tuple[str, str], ...]:
    return tuple((child.name, child.text.strip()) for child in element or ())


def _properties(element: Element) -> dict[str, str]:
    # Maven keeps blanks within a value and takes them off its ends.
    return dict(_pairs(element.find("properties"))[:_MAX_MANY])


def _repository(element: Element) -> Repository:
    enabled = [(policy.read("enabled") if policy else None) for policy in map(element.find, ("releases", "snapshots"))]
    return Repository(element.read("id"), element.read("url"), element.read("layout"), *enabled)


def _developer(element: Element) -> Developer:
    return Developer(element.read("id"), element.read("name"), element.read("email"), element.read("url"))


def _named(element: Element | None) -> Named | None:
    return None if element is None else (element.read("name"), element.read("url"))


def _issues(element: Element | None) -> Named | None:
    return None if element is None else (element.read("system"), element.read("url"))


def _scm(element: Element | None) -> Scm | None:
    if element is None:
        return None
    appends = [
        _appends(element, f"child.scm.{field}.inherit.append.path")
        for field in ("url", "connection", "developerConnection")
    ]
    return Scm(
        url=element.read("url"),
        connection=element.read("connection"),
        developer_connection=element.read("developerConnection"),
        tag=element.read("tag"),
        appends=(appends[0], appends[1], appends[2]),
    )


def _relocation(distribution: Element | None) -> Relocation | None:
    element = distribution.find("relocation") if distribution is not None else None
    if element is None:
        return None
    return Relocation(*(element.read(name) or None for name in ("groupId", "artifactId", "version", "message")))


def _appends(element: Element, attribute: str) -> bool | None:
    text = element.attributes.get(attribute)
    return None if text is None else text.strip().lower() == "true"
