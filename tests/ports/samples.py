"""Values that the port suites store."""

import hashlib

from packhouse.domain.digest import Digest
from packhouse.domain.events import Event, EventKind
from packhouse.domain.index import Fragment, Index, Summary
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.release import PackageRecord, Release, encode_release
from packhouse.domain.search import SearchScope
from packhouse.services.ports import IndexState, StoredArtifact

ORIGIN = "upstream:first"
OTHER_ORIGIN = "hosted:default"
SCOPE = SearchScope(OTHER_ORIGIN, (ORIGIN,))
"""What everybody may search."""


def key(name: str, ecosystem: str = "plain") -> PackageKey:
    """Name a package."""
    return PackageKey(ecosystem, NormalName(name))


def state(name: str, at: int = 1, origin: str = ORIGIN) -> IndexState:
    """Make the state of a document that was just fetched."""
    return IndexState(
        origin=origin,
        key=key(name),
        generation=0,
        digest="set by the index",
        checked_at=Moment(at),
        changed_at=Moment(at),
        etag=f'"{at}"',
        last_modified="Sat, 21 Nov 2026 00:00:00 GMT",
    )


def index(name: str, versions: int = 3, salt: str = "") -> Index:
    """Make a document with some releases, each field set somewhere and missing elsewhere."""
    fragments = tuple(
        Fragment(
            version=f"{number}.0.0",
            body=f"{{{name}{salt} {number} \0/file}}".encode() * (number + 1),
            published_at=Moment(1000 + number) if number % 3 else None,
            absent_at=Moment(900 + number) if number % 2 else None,
        )
        for number in range(versions)
    )
    digest = hashlib.blake2b(f"{name}{versions}{salt}".encode(), digest_size=16).hexdigest()
    return Index(f"head of {name}{salt}".encode(), fragments, digest)


def summary(name: str, description: str = "", keywords: tuple[str, ...] = ()) -> Summary:
    """Make what search shows."""
    return Summary(
        key=key(name),
        version="2.0.0",
        description=description,
        keywords=keywords,
        published_at=Moment(5),
        maintainers=("someone",),
        links={"homepage": "https://home.example"},
        licence="MIT",
    )


def event(kind: EventKind, name: str, version: str = "", **detail: str) -> Event:
    """Make an event that has no number yet."""
    return Event(kind, Moment(7), ORIGIN, key(name), version, detail)


def record(name: str, versions: int = 3) -> PackageRecord:
    """Make a record with some releases."""
    texts = tuple(f"{number}.0.0" for number in range(versions))
    return PackageRecord(
        key=key(name),
        versions=texts,
        releases=tuple(encode_release(Release(version, description=f"{name} {version}")) for version in texts),
        published_at=tuple(Moment(number) if number % 2 else None for number in range(versions)),
        deprecated=frozenset({0}),
        yanked=frozenset({1}),
        runtimes=(None,) * versions,
        tags={"latest": texts[-1]} if texts else {},
        description=f"about {name}",
    )


def artifact(filename: str, content: bytes = b"bytes", version: str = "1.0.0") -> StoredArtifact:
    """Make the entry of a stored file."""
    digests = tuple(
        Digest(name, hashlib.new(name, content).hexdigest()) for name in ("md5", "sha1", "sha256", "sha512")
    )
    return StoredArtifact(filename, version, digests[2], len(content), digests, Moment(8))
