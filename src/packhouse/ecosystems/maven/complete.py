"""What the effective POM says of a release, as a record."""

import re
from collections.abc import Mapping

from msgspec.structs import replace

from packhouse.domain.errors import Invalid, UpstreamBad
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import Artifact, Licence, Link, Person, Release, native
from packhouse.domain.requirement import Requirement, Scope
from packhouse.ecosystems.maven.effective import Builder
from packhouse.ecosystems.maven.facts import Facts
from packhouse.ecosystems.maven.index import artifact, pom_key
from packhouse.ecosystems.maven.interpolation import Values
from packhouse.ecosystems.maven.layout import file_name, is_folder, pom_name
from packhouse.ecosystems.maven.names import make_name, split_name
from packhouse.ecosystems.maven.pom import Coordinates, Dependency, Pom, Relocation, parse_pom
from packhouse.ecosystems.maven.versions import is_snapshot

_MAX_TEXT = 10_000
_SCOPES: dict[str, Scope] = {
    "compile": "runtime",
    "runtime": "runtime",
    "test": "test",
    "provided": "provided",
    "system": "system",
    "import": "import",
}
_EXTENSIONS = {
    "pom": "",
    "maven-plugin": "jar",
    "ejb": "jar",
    "ejb-client": "jar",
    "test-jar": "jar",
    "bundle": "jar",
    "java-source": "jar",
    "javadoc": "jar",
    "eclipse-plugin": "jar",
    "maven-archetype": "jar",
    "hk2-jar": "jar",
    "jenkins-module": "jar",
    "takari-jar": "jar",
    "orbit": "jar",
}
"""Where the extension of a packaging's file is not its own name (`hpi`, `war`, `aar`, `jar`)."""
_is_web = re.compile(r"https?://[^\s\x00-\x20\"<>\\^`{|}]+", re.IGNORECASE).fullmatch
_repository = re.compile(
    r"(?:scm:(?:git|svn|hg|bzr|cvs)[:|])?(?P<url>(?:git\+)?(?:https?|git|ssh|svn)://[^\s\"<>]+|[\w.-]+@[\w.-]+:[^\s\"<>]+)",
    re.IGNORECASE,
).fullmatch

# What a child inherits has its own path appended, which is no place at a host where a repository is owner and name.
_of_code_host = re.compile(r"https?://(?:github\.com|bitbucket\.org)/[^/?#]+/[^/?#]+", re.IGNORECASE).match


def complete(
    key: PackageKey, release: Release, documents: Mapping[FurtherKey, bytes | None]
) -> Release | frozenset[FurtherKey]:
    """Complete a release from its POM, and that from its parents and the lists that it imports."""
    own = pom_key(key, release.version)
    if own not in documents:
        return frozenset({own})
    body = documents[own]
    if body is None:
        return release  # a snapshot, whose POM has a time in its name, or one that only has files
    try:
        written = parse_pom(body)
    except UpstreamBad:
        return release
    group, name = split_name(key.name)
    place = Coordinates(group, name, release.version)

    def document(wanted: Coordinates) -> bytes | None:
        further = own if wanted == place else _further(key.ecosystem, wanted)
        return None if further is None else documents[further]

    builder = Builder(document)
    pom = builder.build(place) or written
    if builder.missing:
        found = (_further(key.ecosystem, each) for each in builder.missing)
        return frozenset(further for further in found if further is not None)
    return _completed(key, release, pom, written, tuple(sorted(builder.absent)))


def _further(ecosystem: str, wanted: Coordinates) -> FurtherKey | None:
    """Name the document of a parent; None where its coordinates lead nowhere."""
    try:
        name = make_name(wanted.group, wanted.artifact)
    except Invalid:
        return None
    return pom_key(PackageKey(ecosystem, name), wanted.version) if is_folder(wanted.version) else None


def _completed(key: PackageKey, release: Release, pom: Pom, written: Pom, absent: tuple[Coordinates, ...]) -> Release:
    dependencies = tuple(each for each in pom.dependencies if _name(each) is not None)
    facts = Facts(
        packaging=pom.packaging,
        parent=written.parent,
        dependencies=dependencies,
        written=written.dependencies,
        resolved=_positions(pom, written, dependencies),
        management=written.management,
        properties=written.properties,
        repositories=pom.repositories,
        profiles=written.profiles,
        absent=absent,
    )
    moved = pom.relocation
    return replace(
        release,
        description=_text(pom.description) or _text(pom.name),
        licences=_licences(pom),
        links=_links(pom),
        authors=_organization(pom),
        maintainers=_developers(pom),
        requirements=tuple(_requirement(each) for each in dependencies),
        artifacts=_artifacts(key, release.version, pom),
        deprecated=_relocated(key, release.version, moved) if moved is not None else release.deprecated,
        successor=_successor(key, moved) if moved is not None else release.successor,
        native=native(facts),
    )


def _positions(pom: Pom, written: Pom, dependencies: tuple[Dependency, ...]) -> tuple[int, ...]:
    """Find what is written among what it comes to, references in its name replaced."""
    read = Values(pom).read
    places = {each.key: position for position, each in enumerate(dependencies)}
    keys = (
        (read(each.group), read(each.artifact), read(each.type), each.classifier and read(each.classifier))
        for each in written.dependencies
    )
    return tuple(places.get(key, -1) for key in keys)


def _name(dependency: Dependency) -> NormalName | None:
    try:
        return make_name(dependency.group, dependency.artifact)
    except Invalid:
        return None  # a reference that nobody can resolve


def _requirement(each: Dependency) -> Requirement:
    qualifiers = [f"type={each.type}"] if each.type != "jar" else []
    if each.classifier:
        qualifiers.append(f"classifier={each.classifier}")
    return Requirement(
        name=f"{each.group}:{each.artifact}",
        range=each.version or "",
        scope=_SCOPES.get(each.scope or "compile", "runtime"),
        optional=each.optional == "true",
        marker=" ".join(qualifiers) or None,
        raw=each.scope if each.scope == "runtime" else None,
    )


def _licences(pom: Pom) -> tuple[Licence, ...]:
    """Read licences by their names, and by their addresses where the name says nothing."""
    from packhouse.formats.licences import name_to_spdx  # noqa: PLC0415 (start-up time)

    found = []
    for name, url in pom.licences:
        raw = _text(name) or _text(url)
        if raw:
            spdx = (name_to_spdx(name) if name else None) or (name_to_spdx(url) if url else None)
            found.append(Licence(raw, spdx))
    return tuple(dict.fromkeys(found))


def _links(pom: Pom) -> tuple[Link, ...]:
    scm = pom.scm
    source = [scm.url, scm.connection, scm.developer_connection] if scm else []
    found = [
        ("homepage", _web(pom.url)),
        ("repository", next((place for text in source if (place := _place(text))), None)),
        ("issues", _web(pom.issues[1]) if pom.issues else None),
    ]
    return tuple(Link(label, url) for label, url in found if url)


def _place(text: str | None) -> str | None:
    """Read the address in a source location: `scm:git:https://...` or an address alone."""
    match = _repository((text or "").strip())
    if match is None or "${" in match["url"]:
        return None
    whole = _of_code_host(match["url"])
    return whole[0].removesuffix(".git") if whole is not None else match["url"]


def _web(text: str | None) -> str | None:
    stripped = (text or "").strip()
    return stripped if len(stripped) <= 2000 and _is_web(stripped) else None


def _organization(pom: Pom) -> tuple[Person, ...]:
    name = _text(pom.organization[0]) if pom.organization else None
    return (Person(name, url=_web(pom.organization[1])),) if name and pom.organization else ()


def _developers(pom: Pom) -> tuple[Person, ...]:
    people = (Person(_text(each.name) or _text(each.id), _text(each.email), _web(each.url)) for each in pom.developers)
    return tuple(person for person in people if person.name or person.email)


def _artifacts(key: PackageKey, version: str, pom: Pom) -> tuple[Artifact, ...]:
    """Name the files that a release of this packaging surely has; none for a snapshot, whose files change."""
    if is_snapshot(version):
        return ()
    described = artifact(key.name, version, pom_name(key.name, version), kind="metadata")
    extension = _EXTENSIONS.get(pom.packaging, pom.packaging)
    if not extension or not re.fullmatch(r"[A-Za-z0-9.]+", extension):
        return (described,)
    return (artifact(key.name, version, file_name(key.name, version, extension)), described)


def _relocated(key: PackageKey, version: str, moved: Relocation) -> str:
    group, name = split_name(key.name)
    target = ":".join((moved.group or group, moved.artifact or name, moved.version or version))
    said = _text(moved.message)
    return f"moved to {target}: {said}" if said else f"moved to {target}"


def _successor(key: PackageKey, moved: Relocation) -> str | None:
    group, name = split_name(key.name)
    try:
        target = make_name(moved.group or group, moved.artifact or name)
    except Invalid:
        return None
    return target if target != key.name else None


def _text(text: str | None) -> str | None:
    """Put a text on one line, as the indentation of a POM is no part of what it says."""
    return " ".join(text.split())[:_MAX_TEXT] or None if text else None
