"""What stands for `${...}` in a POM (maven-model-builder, AbstractStringBasedModelInterpolator).

Fields of the project come first, then properties, then fields without a prefix. What belongs to the environment of a
build (`env.HOME`, `java.version`, `basedir`) stays as it is written.
"""

import re
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import TypeVar

from msgspec.structs import replace

from packhouse.ecosystems.maven.pom import Dependency, Developer, Named, Pom, Relocation, Repository, Scm

T = TypeVar("T")

_MAX_LENGTH = 20_000
"""Characters that a text may grow to; one that would grow further stays as it is written."""
_MAX_DEPTH = 100
_MAX_STEPS = 50_000
"""References of one POM that are followed: with circles among them they could be followed for ever."""
_references = re.compile(r"\$\{([^}]*)\}").sub
_PREFIXES = ("project.", "pom.")


_find_references = re.compile(r"\$\{([^}]*)\}").findall


def interpolate(pom: Pom) -> Pom:
    """Replace every reference that can be known."""
    values = Values(pom)
    read = values.read
    return replace(
        pom,
        group=_each(read, pom.group),
        artifact=_each(read, pom.artifact),
        version=_each(read, pom.version),
        packaging=read(pom.packaging),
        name=_each(read, pom.name),
        description=_each(read, pom.description),
        url=normal_url(_each(read, pom.url)),
        organization=_pair(read, pom.organization),
        licences=tuple((_each(read, name), _each(read, url)) for name, url in pom.licences),
        developers=tuple(_developer(read, each) for each in pom.developers),
        scm=_scm(read, pom.scm),
        issues=_pair(read, pom.issues),
        relocation=interpolate_relocation(read, pom.relocation),
        dependencies=tuple(interpolate_dependency(read, each) for each in pom.dependencies),
        management=tuple(interpolate_dependency(read, each) for each in pom.management),
        repositories=tuple(_repository(read, each) for each in pom.repositories),
    )


class Values:
    """Finds what references stand for, each once; `system` are the properties of the machine that builds."""

    def __init__(self, pom: Pom, system: Mapping[str, str] | None = None) -> None:
        self._properties = pom.properties
        self._system = system or {}
        self._pom = pom
        self._known: dict[str, str | None] = {}
        self._open: set[str] = set()
        self._circles = 0
        self._steps = 0

    def read(self, text: str) -> str:
        """Replace the references in a text; one that leads back to itself stays as it is."""
        return _replaced(text, self.find)

    @cached_property
    def _fields(self) -> dict[str, str]:
        return _fields(self._pom)

    def find(self, name: str) -> str | None:
        """Find what a name stands for; None where that is not known."""
        if name in self._known:
            return self._known[name]
        raw = self._raw(name)
        self._steps += 1
        if raw is None or len(self._open) > _MAX_DEPTH or self._steps > _MAX_STEPS:
            return None
        if name in self._open:
            self._circles += 1
            return None
        circles = self._circles
        self._open.add(name)
        value = self.read(raw)
        self._open.discard(name)
        if circles == self._circles or not self._open:
            self._known[name] = value  # a circle cuts what is within it short, from wherever it was entered
        return value

    def _raw(self, name: str) -> str | None:
        for prefix in _PREFIXES:
            if name.startswith(prefix) and (field := self._fields.get(name[len(prefix) :])) is not None:
                return field
        for source in (self._properties, self._system, self._fields):
            if (found := source.get(name)) is not None:
                return found
        return None


def _replaced(text: str, find: Callable[[str], str | None]) -> str:
    if "${" not in text:
        return text

    def replacement(match: "re.Match[str]") -> str:
        value = find(match[1])
        return match[0] if value is None else value

    grown = _references(replacement, text)
    return grown if len(grown) <= _MAX_LENGTH else text


def normal_url(url: str | None) -> str | None:
    """Take `folder/../` out of an address (DefaultUrlNormalizer)."""
    while url and (at := url.find("/../")) > 0:
        start = url.rfind("/", 0, at)
        if start < 0:
            break
        url = url[:start] + url[at + 3 :]
    return url


def _fields(pom: Pom) -> dict[str, str]:
    """List the fields that a reference may name."""
    parent, scm = pom.parent, pom.scm or Scm()
    organization, issues = pom.organization or (None, None), pom.issues or (None, None)
    found = {
        "groupId": pom.group,
        "artifactId": pom.artifact,
        "version": pom.version,
        "packaging": pom.packaging,
        "id": f"{pom.group}:{pom.artifact}:{pom.packaging}:{pom.version}",
        "name": pom.name if pom.name is not None else pom.artifact,
        "description": pom.description,
        "url": pom.url,
        "inceptionYear": pom.inception,
        "modelVersion": "4.0.0",
        "organization.name": organization[0],
        "organization.url": organization[1],
        "issueManagement.system": issues[0],
        "issueManagement.url": issues[1],
        "scm.url": scm.url,
        "scm.connection": scm.connection,
        "scm.developerConnection": scm.developer_connection,
        "scm.tag": scm.tag,
        "parent.groupId": parent.group if parent else None,
        "parent.artifactId": parent.artifact if parent else None,
        "parent.version": parent.version if parent else None,
    }
    return {name: value for name, value in found.items() if value is not None}


Read = Callable[[str], str]


def _each(read: Read, text: str | None) -> str | None:
    return None if text is None else read(text)


def _pair(read: Read, pair: Named | None) -> Named | None:
    return None if pair is None else (_each(read, pair[0]), _each(read, pair[1]))


def interpolate_dependency(read: Read, each: Dependency) -> Dependency:
    """Replace the references in one entry."""
    return Dependency(
        group=read(each.group),
        artifact=read(each.artifact),
        version=_each(read, each.version),
        type=read(each.type),
        classifier=_each(read, each.classifier),
        scope=_each(read, each.scope),
        optional=_each(read, each.optional),
        exclusions=tuple((read(group), read(artifact)) for group, artifact in each.exclusions),
        system_path=_each(read, each.system_path),
    )


@lru_cache(maxsize=1 << 15)
def references(each: Dependency) -> tuple[str, ...]:
    """List the names that one entry refers to, in the order in which they are looked up."""
    texts = (each.group, each.artifact, each.version, each.type, each.classifier, each.scope, each.optional)
    excluded = (part for pair in each.exclusions for part in pair)
    found = (_find_references(text) for text in (*texts, *excluded, each.system_path) if text and "${" in text)
    return tuple(dict.fromkeys(name for names in found for name in names))


def put_in(values: Values, each: Dependency) -> Dependency:
    """Replace the references in one entry, once for all POMs where they stand for the same."""
    names = references(each)
    return _put_in(each, tuple(map(values.find, names))) if names else each


@lru_cache(maxsize=1 << 14)
def _put_in(each: Dependency, values: tuple[str | None, ...]) -> Dependency:
    find = dict(zip(references(each), values, strict=True)).get
    return interpolate_dependency(lambda text: _replaced(text, find), each)


def _developer(read: Read, each: Developer) -> Developer:
    return Developer(_each(read, each.id), _each(read, each.name), _each(read, each.email), _each(read, each.url))


def _scm(read: Read, scm: Scm | None) -> Scm | None:
    if scm is None:
        return None
    return Scm(
        url=normal_url(_each(read, scm.url)),
        connection=normal_url(_each(read, scm.connection)),
        developer_connection=normal_url(_each(read, scm.developer_connection)),
        tag=_each(read, scm.tag),
        appends=scm.appends,
    )


def interpolate_relocation(read: Read, each: Relocation | None) -> Relocation | None:
    """Replace the references in where a package has moved."""
    if each is None:
        return None
    return Relocation(*(_each(read, text) for text in (each.group, each.artifact, each.version, each.message)))


def _repository(read: Read, each: Repository) -> Repository:
    return replace(each, id=_each(read, each.id), url=_each(read, each.url))
