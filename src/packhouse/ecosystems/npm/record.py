"""The record of a package."""

import logging
from typing import NamedTuple

from msgspec import Raw

from packhouse.domain.errors import Invalid
from packhouse.domain.index import Fragment, Index
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord, Release, encode_release
from packhouse.ecosystems.npm.documents import head_members
from packhouse.ecosystems.npm.head import read_head
from packhouse.ecosystems.npm.manifest import ManifestReader, read_text
from packhouse.ecosystems.npm.members import decode_any
from packhouse.ecosystems.npm.tags import retag
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


_NULL = Raw(b"null")


def _entries(index: Index) -> list[_Entry]:
    entries = []
    for position, fragment in enumerate(index.fragments):
        try:
            entries.append(_Entry(version_key(fragment.version), position, fragment))
        except Invalid:
            continue
    return entries
