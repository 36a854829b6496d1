"""The record of a package: its pubspecs, and the registry's scoring for what they do not say."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard
from urllib.parse import urlsplit

import msgspec
from msgspec import Raw, Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Fragment
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Artifact, Licence, Link, PackageRecord, Person, Release, build_record, native
from packhouse.domain.requirement import Requirement, Scope
from packhouse.ecosystems.pub.versions import is_prerelease, version_key

_LINKS = {
    "homepage": "homepage",
    "repository": "repository",
    "issue_tracker": "issues",
    "documentation": "documentation",
}
"""Fields of a pubspec and our labels."""
_RUNTIME = "dart"
_MAX_REQUIREMENTS = 1000


class Native(Struct, omit_defaults=True):
    """What only this ecosystem has."""

    executables: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()


def describe_release(fragment: Fragment, entry: bytes, artifact: Artifact, head: Mapping[str, Raw]) -> Release:
    """Derive the record of one release of its entry and of what the head says of the whole package."""
    document = msgspec.json.decode(entry)
    pubspec = document.get("pubspec")
    pubspec = pubspec if isinstance(pubspec, dict) else {}
    discontinued, successor = _discontinued(head)
    return Release(
        version=fragment.version,
        published_at=fragment.published_at,
        requirements=tuple(_requirements(pubspec)),
        description=_text(pubspec.get("description")),
        links=tuple(read_links(pubspec)),
        authors=tuple(_people(pubspec)),
        keywords=tuple(each for each in _list(pubspec.get("topics")) if isinstance(each, str)),
        artifacts=(artifact,),
        prerelease=_is_prerelease(fragment.version),
        yanked="" if document.get("retracted") is True else None,
        deprecated=discontinued,
        successor=successor,
        runtimes=dict(_runtimes(pubspec)),
        native=native(
            Native(
                executables=tuple(map(str, pubspec["executables"])) if _is_map(pubspec.get("executables")) else (),
                platforms=tuple(map(str, pubspec["platforms"])) if _is_map(pubspec.get("platforms")) else (),
            )
        ),
    )


def release_order(key: PackageKey, releases: list[Release]) -> PackageRecord:
    """Make the record; versions that are none come first."""
    ordered = sorted(releases, key=lambda release: _sort_key(release.version))
    description = ordered[-1].description if ordered else None
    return build_record(key, ordered, description=description, runtime=_RUNTIME)


def complete(
    key: PackageKey, release: Release, documents: Mapping[FurtherKey, bytes | None]
) -> Release | frozenset[FurtherKey]:
    """Add licence and publisher, which the registry finds out itself; what it cannot be asked stays open."""
    wanted = {path: FurtherKey(key, path) for path in ("score", "publisher")}
    missing = frozenset(further for further in wanted.values() if further not in documents)
    if missing:
        return missing
    score = _document(documents[wanted["score"]])
    publisher = _document(documents[wanted["publisher"]]).get("publisherId")
    licences = tuple(_licences(score.get("tags")))
    people = (Person(name=publisher),) if isinstance(publisher, str) and publisher else ()
    return msgspec.structs.replace(
        release, licences=licences or release.licences, maintainers=people or release.maintainers
    )


def read_links(pubspec: Mapping[str, Any]) -> Iterator[Link]:
    """Read the addresses of a pubspec that a browser can open."""
    for field, label in _LINKS.items():
        if (url := _web_address(pubspec.get(field))) is not None:
            yield Link(label, url)
    for each in _list(pubspec.get("funding")):
        if (url := _web_address(each)) is not None:
            yield Link("funding", url)


def _requirements(pubspec: Mapping[str, Any]) -> Iterator[Requirement]:
    scopes: dict[str, Scope] = {"dependencies": "runtime", "dev_dependencies": "dev"}
    for field, scope in scopes.items():
        needed = pubspec.get(field)
        if _is_map(needed):
            for name, wanted in list(needed.items())[:_MAX_REQUIREMENTS]:
                yield read_requirement(str(name), wanted, scope)


def read_requirement(name: str, wanted: object, scope: Scope) -> Requirement:
    """Read one of: nothing, a constraint, or a map that names a source."""
    if wanted is None or isinstance(wanted, str):
        return Requirement(name, wanted or "any", scope)
    if not isinstance(wanted, dict):
        return Requirement(name, "any", scope, kind="unknown", raw=str(wanted)[:200])
    raw = msgspec.json.encode(wanted).decode()
    version = wanted.get("version")
    constraint = version if isinstance(version, str) and version else "any"
    if "git" in wanted:
        return Requirement(name, constraint, scope, kind="git", raw=raw)
    if "path" in wanted:
        return Requirement(name, constraint, scope, kind="file", raw=raw)
    if "sdk" in wanted:
        return Requirement(name, constraint, "system", kind="unknown", marker=f"sdk: {wanted['sdk']}", raw=raw)
    return Requirement(name, constraint, scope, raw=raw)


def _runtimes(pubspec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    environment = pubspec.get("environment")
    for name, wanted in environment.items() if _is_map(environment) else ():
        if isinstance(wanted, str):
            yield _RUNTIME if name == "sdk" else str(name), wanted


def _people(pubspec: Mapping[str, Any]) -> Iterator[Person]:
    """Read `author` and `authors`, which pubspecs had before publishers."""
    for each in (pubspec.get("author"), *_list(pubspec.get("authors"))):
        if isinstance(each, str) and each.strip():
            name, _, rest = each.partition("<")
            yield Person(name=name.strip() or None, email=rest.rstrip("> ").strip() or None)


def _discontinued(head: Mapping[str, Raw]) -> tuple[str | None, str | None]:
    if "isDiscontinued" not in head or msgspec.json.decode(head["isDiscontinued"]) is not True:
        return None, None
    successor = msgspec.json.decode(head["replacedBy"]) if "replacedBy" in head else None
    if isinstance(successor, str) and successor:
        return f"discontinued, replaced by {successor}", successor
    return "discontinued", None


def _licences(tags: object) -> Iterator[Licence]:
    """Read tags like `license:bsd-3-clause`; those that only class licences are none."""
    from packhouse.formats.licences import to_spdx  # noqa: PLC0415 (start-up time)

    for tag in _list(tags):
        kind, _, name = tag.partition(":") if isinstance(tag, str) else ("", "", "")
        if kind == "license" and (spdx := to_spdx(name)) is not None:
            yield Licence(raw=spdx, spdx=spdx)


def _document(body: bytes | None) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body) if body else {}
    except (msgspec.MsgspecError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_prerelease(version: str) -> bool:
    try:
        return is_prerelease(version_key(version))
    except Invalid:
        return False


def _sort_key(version: str) -> tuple[Any, ...]:
    try:
        return (1, version_key(version), version)
    except Invalid:
        return (0, version)


def _web_address(value: object) -> str | None:
    if not isinstance(value, str) or not value.isprintable():
        return None
    try:
        parts = urlsplit(value.strip())
    except ValueError:
        return None
    return value.strip() if parts.scheme in {"http", "https"} and parts.hostname else None


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_map(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)
