"""The record: what is known of a package and of each of its releases, the same for all ecosystems."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from packhouse.domain.digest import Digest
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.requirement import Requirement


class Link(Struct, frozen=True):
    """A web address that a release names."""

    label: str
    """homepage, repository, issues, documentation, funding, download, origin (from where the registry itself has the
    code), or the ecosystem's own word."""
    url: str


class Person(Struct, frozen=True, omit_defaults=True):
    """An author or maintainer as the registry names them."""

    name: str | None = None
    email: str | None = None
    url: str | None = None


class Licence(Struct, frozen=True, omit_defaults=True):
    """A licence as written and, where it can be told, as SPDX."""

    raw: str
    spdx: str | None = None
    """An SPDX expression; None where the text names no known licence."""


class Artifact(Struct, frozen=True, omit_defaults=True):
    """One file of a release."""

    filename: str
    """The name under which we serve it."""
    url: str
    """Where the upstream has it: absolute, or beginning with a slash for a path behind its base URL; empty for a
    hosted file."""
    digests: tuple[Digest, ...] = ()
    size_bytes: int | None = None
    kind: str = "archive"
    """archive, source, wheel, metadata, signature, or the ecosystem's own word."""
    published_at: Moment | None = None
    """Where files of one release have dates of their own."""
    checksum_url: str = ""
    """Where the upstream has a text that begins with the file's digest; empty where there is or needs to be none."""
    attestations: str = ""
    """The path of the further document that holds signed statements about it; empty where there are none."""


class Release(Struct, frozen=True, omit_defaults=True):
    """One published version's facts."""

    version: str
    published_at: Moment | None = None
    """When the upstream says that it was published."""
    requirements: tuple[Requirement, ...] = ()
    description: str | None = None
    licences: tuple[Licence, ...] = ()
    links: tuple[Link, ...] = ()
    authors: tuple[Person, ...] = ()
    maintainers: tuple[Person, ...] = ()
    keywords: tuple[str, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    prerelease: bool = False
    yanked: str | None = None
    """Why it should not be chosen anew (may be empty text); None where it is not yanked."""
    deprecated: str | None = None
    """The warning to whoever chooses it; None where there is none."""
    successor: str | None = None
    """The package that should be used instead, as the registry names it."""
    runtimes: dict[str, str] = {}
    """What it must run on, e.g. {"node": ">=18"}: range by runtime name."""
    native: msgspec.Raw = msgspec.Raw(b"\xc0")
    """Facts that only its ecosystem has, as MessagePack that only the ecosystem reads."""


class PackageRecord(Struct, frozen=True, omit_defaults=True):
    """A package with all its releases, ready to be resolved against.

    The columns are parallel to `versions`, so that a resolver reads them without decoding any release;
    `releases` holds each `Release` as MessagePack and is decoded one at a time by `release()`.
    """

    key: PackageKey
    versions: tuple[str, ...]
    """Ascending in the ecosystem's order."""
    releases: tuple[msgspec.Raw, ...]
    published_at: tuple[Moment | None, ...] = ()
    deprecated: frozenset[int] = frozenset()
    """Positions in `versions`."""
    yanked: frozenset[int] = frozenset()
    """Positions in `versions`."""
    runtimes: tuple[str | None, ...] = ()
    """What each needs of the ecosystem's main runtime (npm: node), None for anything."""
    tags: dict[str, str] = {}
    """A version by tag name (npm: dist-tags)."""
    description: str | None = None
    prereleases: frozenset[int] = frozenset()
    """Positions in `versions`."""
    status: str = ""
    """What the registry says of the state of the whole project, in its own word (PyPI: archived, deprecated, ...)."""
    status_reason: str = ""

    def release(self, position: int) -> Release:
        """Decode the release at a position of `versions`."""
        return _decode_release(self.releases[position])

    def find(self, version: str) -> Release | None:
        """Look a version up by its exact text."""
        try:
            return self.release(self.versions.index(version))
        except ValueError:
            return None


def without_files(record: PackageRecord, dropped: Collection[str]) -> PackageRecord:
    """Leave out files by their names, where a release has several; a release without files stays."""
    gone = frozenset(dropped)

    def left(raw: msgspec.Raw) -> msgspec.Raw:
        release = _decode_release(raw)
        artifacts = tuple(artifact for artifact in release.artifacts if artifact.filename not in gone)
        if len(artifacts) == len(release.artifacts):
            return raw
        return encode_release(msgspec.structs.replace(release, artifacts=artifacts))

    if gone.issubset(record.versions):  # whole releases only
        return record
    return msgspec.structs.replace(record, releases=tuple(left(raw) for raw in record.releases))


def without_versions(record: PackageRecord, dropped: Collection[str]) -> PackageRecord:
    """Leave releases out; the tags stay as they are, for the ecosystem to move."""
    gone = frozenset(dropped)
    kept = [position for position, version in enumerate(record.versions) if version not in gone]
    moved = {old: new for new, old in enumerate(kept)}
    return msgspec.structs.replace(
        record,
        versions=tuple(record.versions[position] for position in kept),
        releases=tuple(record.releases[position] for position in kept),
        published_at=tuple(record.published_at[position] for position in kept) if record.published_at else (),
        runtimes=tuple(record.runtimes[position] for position in kept) if record.runtimes else (),
        deprecated=frozenset(moved[position] for position in record.deprecated if position in moved),
        yanked=frozenset(moved[position] for position in record.yanked if position in moved),
        prereleases=frozenset(moved[position] for position in record.prereleases if position in moved),
    )


def build_record(
    key: PackageKey,
    releases: Sequence[Release],
    *,
    tags: dict[str, str] | None = None,
    description: str | None = None,
    runtime: str = "",
) -> PackageRecord:
    """Make a record of releases that stand in the ecosystem's order, ascending.

    `runtime` names the main runtime (npm: node), whose range becomes a column.
    """

    def where(is_so: Callable[[Release], bool]) -> frozenset[int]:
        return frozenset(position for position, release in enumerate(releases) if is_so(release))

    return PackageRecord(
        key=key,
        versions=tuple(release.version for release in releases),
        releases=tuple(encode_release(release) for release in releases),
        published_at=tuple(release.published_at for release in releases),
        deprecated=where(lambda release: release.deprecated is not None),
        yanked=where(lambda release: release.yanked is not None),
        runtimes=tuple(release.runtimes.get(runtime) for release in releases) if runtime else (),
        tags=tags or {},
        description=description,
        prereleases=where(lambda release: release.prerelease),
    )


_decode_release = msgspec.msgpack.Decoder(Release).decode
_encode = msgspec.msgpack.Encoder().encode


def encode_release(release: Release) -> msgspec.Raw:
    """Turn a release into the form that `PackageRecord.releases` holds."""
    return msgspec.Raw(_encode(release))


def native(value: Any) -> msgspec.Raw:  # noqa: ANN401 (each ecosystem has its own Struct)
    """Encode an ecosystem's own facts for `Release.native`."""
    return msgspec.Raw(_encode(value))
