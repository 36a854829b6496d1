"""The record of a package, and what search shows of it."""

import logging
from typing import NamedTuple

from msgspec import Raw

from packhouse.domain.errors import Invalid
from packhouse.domain.index import Fragment, Index, Summary
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord, Release, encode_release
from packhouse.ecosystems.npm.documents import head_members
from packhouse.ecosystems.npm.head import read_head
from packhouse.ecosystems.npm.licences import read_licences
from packhouse.ecosystems.npm.links import browsable, repository_address, web_address
from packhouse.ecosystems.npm.manifest import ManifestReader, read_keywords, read_text
from packhouse.ecosystems.npm.members import decode_any
from packhouse.ecosystems.npm.people import read_people
from packhouse.ecosystems.npm.tags import LATEST, retag
from packhouse.ecosystems.npm.versions import version_key
from packhouse.formats import semver
from packhouse.formats.semver import Key

log = logging.getLogger(__name__)


class _Entry(NamedTuple):
    key: Key
    position: int
    """In upstream's order, which decides between versions that are equal but for their build metadata."""
    fragment: Fragment


def describe(key: PackageKey, index: Index) -> PackageRecord:
    """Derive the record; versions that even npm's loose grammar cannot read are left out."""
    reader = ManifestReader(key, read_head(index).addresses)
    releases: list[Release] = []
    for entry in sorted(_entries(index)):
        try:
            release = reader.release(entry.fragment, prerelease=semver.is_prerelease(entry.key))
        except RecursionError:
            # Nested nearly too deeply when it was split, and we stand deeper in the stack now.
            log.warning("could not describe %s %s: it is nested too deeply", key, entry.fragment.version)
            continue
        releases.append(release)
    versions = tuple(release.version for release in releases)
    return PackageRecord(
        key=key,
        versions=versions,
        releases=tuple(encode_release(release) for release in releases),
        published_at=tuple(release.published_at for release in releases),
        deprecated=frozenset(at for at, release in enumerate(releases) if release.deprecated is not None),
        runtimes=tuple(release.runtimes.get("node") for release in releases),
        tags=retag(read_head(index).tags, versions),
        description=read_text(decode_any(head_members(index).get("description", _NULL))),
    )


def summarize(key: PackageKey, index: Index) -> Summary:
    """Read what search shows from the fields of the document itself, which repeat those of the latest release."""
    fields = {name: decode_any(raw) for name, raw in head_members(index).items() if name in _SHOWN}
    fragments = {fragment.version: fragment for fragment in index.fragments}
    version = retag(read_head(index).tags, fragments.keys()).get(LATEST, "")
    latest = fragments.get(version)
    people = read_people(fields.get("maintainers"))
    licences = read_licences(fields.get("license"), fields.get("licenses"))
    return Summary(
        key=key,
        version=version,
        description=read_text(fields.get("description")) or "",
        keywords=read_keywords(fields.get("keywords")),
        published_at=latest.published_at if latest else None,
        maintainers=tuple(name for person in people if (name := person.name or person.email)),
        links=_links(fields),
        licence=" OR ".join(licence.spdx or licence.raw for licence in licences),
    )


_SHOWN = frozenset({"description", "keywords", "maintainers", "license", "licenses", "homepage", "repository", "bugs"})
_NULL = Raw(b"null")


def _entries(index: Index) -> list[_Entry]:
    entries = []
    for position, fragment in enumerate(index.fragments):
        try:
            entries.append(_Entry(version_key(fragment.version), position, fragment))
        except Invalid:
            continue
    return entries


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
