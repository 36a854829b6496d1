"""What search shows of a package."""

from collections.abc import Iterable

import msgspec
from msgspec import Raw, Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.index import BASE, Fragment, Index, Summary
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Person
from packhouse.ecosystems.npm.documents import head_members
from packhouse.ecosystems.npm.head import read_head
from packhouse.ecosystems.npm.licences import read_licences
from packhouse.ecosystems.npm.links import browsable, repository_address, web_address
from packhouse.ecosystems.npm.manifest import read_keywords, read_text
from packhouse.ecosystems.npm.members import decode_any
from packhouse.ecosystems.npm.people import read_people
from packhouse.ecosystems.npm.requirements import requirement
from packhouse.ecosystems.npm.tags import LATEST, retag
from packhouse.ecosystems.npm.versions import version_key
from packhouse.formats import semver

_SHOWN = frozenset(
    {"author", "description", "keywords", "maintainers", "license", "licenses", "homepage", "repository", "bugs"}
)
_MOST_REQUIRED = 500
_IN_REGISTRY = frozenset({"range", "tag"})
_NULL = Raw(b"null")


class _Latest(Struct):
    deprecated: Raw = _NULL
    dependencies: Raw = _NULL
    optional: Raw = msgspec.field(default=_NULL, name="optionalDependencies")
    peer: Raw = msgspec.field(default=_NULL, name="peerDependencies")
    user: Raw = msgspec.field(default=_NULL, name="_npmUser")


_decode_latest = msgspec.json.Decoder(_Latest).decode


def summarize(key: PackageKey, index: Index) -> Summary:
    """Read what search shows from the fields of the document itself, which repeat those of the latest release."""
    fields = {name: decode_any(raw) for name, raw in head_members(index).items() if name in _SHOWN}
    fragments = {fragment.version: fragment for fragment in index.fragments}
    version = retag(read_head(index).tags, fragments.keys()).get(LATEST, "")
    latest = fragments.get(version)
    manifest = _read_latest(latest)
    maintainers = read_people(fields.get("maintainers"))
    author, publisher = read_people(fields.get("author"))[:1], read_people(decode_any(manifest.user))[:1]
    licences = read_licences(fields.get("license"), fields.get("licenses"))
    return Summary(
        key=key,
        version=version,
        description=read_text(fields.get("description")) or "",
        keywords=read_keywords(fields.get("keywords")),
        published_at=latest.published_at if latest else None,
        maintainers=tuple(map(_named, maintainers)),
        links=_links(fields),
        licence=" OR ".join(licence.spdx or licence.raw for licence in licences),
        author="".join(map(_named, author)),
        publisher="".join(map(_named, publisher)),
        emails=_emails((*maintainers, *author, *publisher)),
        flags=_flags(version, manifest),
        requires=_requires(manifest),
    )


def _read_latest(latest: Fragment | None) -> _Latest:
    if latest is None:
        return _Latest()
    try:
        return _decode_latest(latest.body.replace(BASE, b""))
    except (msgspec.DecodeError, RecursionError):
        return _Latest()


def _flags(version: str, manifest: _Latest) -> tuple[str, ...]:
    try:
        key = version_key(version)
    except Invalid:
        unstable = False
    else:
        unstable = key[0] == 0 or semver.is_prerelease(key)
    told = {"unstable": unstable, "deprecated": bool(decode_any(manifest.deprecated))}
    return tuple(flag for flag, holds in told.items() if holds)


def _requires(manifest: _Latest) -> tuple[str, ...]:
    """List what has to come from a registry with it, by the names that it has there; what only tests it is left out."""
    names: dict[str, None] = {}
    for member in (manifest.dependencies, manifest.optional, manifest.peer):
        asked = decode_any(member)
        for name, spec in asked.items() if isinstance(asked, dict) else ():
            if len(names) == _MOST_REQUIRED:
                break
            if isinstance(spec, str) and (found := requirement(name, spec, "runtime")).kind in _IN_REGISTRY:
                names[found.name] = None
    return tuple(names)


def _named(person: Person) -> str:
    return person.name or person.email or ""


def _emails(people: Iterable[Person]) -> dict[str, str]:
    return {_named(person): person.email for person in people if person.email}


def _links(fields: dict[str, object]) -> dict[str, str]:
    """Name the links as npm's own search does."""
    repository = repository_address(fields.get("repository"))
    bugs = fields.get("bugs")
    found = {
        "homepage": web_address(fields.get("homepage")),
        "repository": browsable(repository) if repository else None,
        "bugs": web_address(bugs.get("url") if isinstance(bugs, dict) else bugs),
    }
    return {label: url for label, url in found.items() if url}
