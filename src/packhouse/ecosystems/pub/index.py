"""The index document: `/api/packages/<name>`, an object with one entry a release under `versions`.

Source: repository specification v2 of dart-lang/pub.
"""

import hashlib
import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Raw, Struct

from packhouse.domain.digest import Digest
from packhouse.domain.errors import Invalid, UpstreamBad
from packhouse.domain.index import BASE, Form, Fragment, Index, IndexFormat, Located, Summary
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import Artifact, PackageRecord
from packhouse.ecosystems.pub.record import describe_release, read_links, release_order
from packhouse.ecosystems.pub.versions import is_prerelease, version_key

CONTENT_TYPE = "application/vnd.pub.v2+json"
_is_sha256 = re.compile(r"[0-9a-fA-F]{64}").fullmatch
_MAX_VERSION = 256


class _Read(Struct):
    """What we need to know of a release to keep it."""

    version: str
    archive_url: str
    archive_sha256: str | None = None
    published: str | None = None
    retracted: bool | None = None


_members = msgspec.json.Decoder(dict[str, Raw]).decode
_entries = msgspec.json.Decoder(list[Raw]).decode
_read = msgspec.json.Decoder(_Read).decode
_encode = msgspec.json.Encoder().encode


def archive_name(name: str, version: str) -> str:
    """Name the archive of a release as we serve it."""
    return f"{name}-{version}.tar.gz"


def split(key: PackageKey, body: bytes) -> Index:
    """Take the document apart; raise UpstreamBad if it is not this package's.

    A fragment is the upstream's address of the archive, a line feed, and the entry with our own address in it.
    """
    if BASE in body:
        raise UpstreamBad(f"the upstream's document of {key} holds a NUL")
    try:
        head = _members(body)
        if str(msgspec.json.decode(head.get("name", Raw(b'""')))).lower() != key.name:
            raise UpstreamBad(f"the upstream's document of {key} is another package's")
        fragments = tuple(_fragment(key, bytes(entry)) for entry in _entries(head.pop("versions")))
    except (msgspec.MsgspecError, KeyError, RecursionError, ValueError) as error:
        raise UpstreamBad(f"the upstream's document of {key} cannot be read: {error}") from error
    versions = [fragment.version for fragment in fragments]
    if len(set(versions)) != len(versions):
        raise UpstreamBad(f"the upstream's document of {key} names a version twice")
    # The latest release is written anew of those that are left; only which one it was is kept.
    latest = head.pop("latest", None)
    named = msgspec.json.decode(latest) if latest is not None else None
    text = named.get("version") if isinstance(named, dict) else None
    kept = _encode([text if isinstance(text, str) else "", head])
    return Index(kept, fragments, hashlib.blake2b(body, digest_size=16).hexdigest())


def _fragment(key: PackageKey, entry: bytes) -> Fragment:
    found = _read(entry)
    if not 0 < len(found.version) <= _MAX_VERSION or "/" in found.version or not found.version.isprintable():
        raise UpstreamBad(f"the upstream's document of {key} has an impossible version")
    if "\n" in found.archive_url:
        raise UpstreamBad(f"the upstream's document of {key} has an impossible archive_url")
    members = _members(entry)
    path = f"/api/archives/{quote(archive_name(key.name, found.version), safe='')}"
    members["archive_url"] = Raw(b'"' + BASE + path.encode() + b'"')
    written = _encode(members)
    return Fragment(found.version, found.archive_url.encode() + b"\n" + written, _moment(found.published))


def join(index: Index, fragments: Sequence[Fragment]) -> bytes:
    """Put the document together; `latest` is the upstream's where it is left, else chosen by pub's own rule."""
    latest, head = _read_head(index)
    entries = {fragment.version: entry(fragment) for fragment in fragments}
    members = b",".join(_encode(name) + b":" + bytes(raw) for name, raw in head.items())
    chosen = latest if latest in entries else choose_latest(fragments)
    parts = [members] if members else []
    if chosen:
        parts.append(b'"latest":' + entries[chosen])
    parts.append(b'"versions":[' + b",".join(entries.values()) + b"]")
    return b"{" + b",".join(parts) + b"}"


def entry(fragment: Fragment) -> bytes:
    """Return the entry of a release, BASE still in it."""
    return fragment.body.partition(b"\n")[2]


def choose_latest(fragments: Sequence[Fragment]) -> str:
    """Choose the newest release that is neither retracted nor a pre-release; else the newest of what there is."""
    best: tuple[tuple[bool, bool, Any], str] | None = None
    for fragment in fragments:
        try:
            key = version_key(fragment.version)
        except Invalid:
            continue
        rank = (not is_retracted(fragment), not is_prerelease(key), key)
        if best is None or rank > best[0]:
            best = (rank, fragment.version)
    return best[1] if best else ""


def is_retracted(fragment: Fragment) -> bool:
    """Tell whether a release is retracted; most entries do not have the word in them."""
    return b'"retracted"' in fragment.body and bool(_read(entry(fragment).replace(BASE, b"")).retracted)


def _describe(key: PackageKey, index: Index) -> PackageRecord:
    _, head = _read_head(index)
    record = release_order(
        key,
        [
            describe_release(each, entry(each).replace(BASE, b""), _artifact(key, each), head)
            for each in index.fragments
        ],
    )
    latest = _tags(index).get("latest")
    return msgspec.structs.replace(record, tags={"latest": latest} if latest in record.versions else {})


def _locate(key: PackageKey, index: Index, filename: str) -> Located | None:
    for fragment in index.fragments:
        if filename == archive_name(key.name, fragment.version):
            return Located(fragment, _artifact(key, fragment))
    return None


def _artifact(key: PackageKey, fragment: Fragment) -> Artifact:
    address, _, body = fragment.body.partition(b"\n")
    sha256 = _read(body.replace(BASE, b"")).archive_sha256 or ""
    digests = (Digest("sha256", sha256.lower()),) if _is_sha256(sha256) else ()
    return Artifact(archive_name(key.name, fragment.version), address.decode(), digests)


def _tags(index: Index) -> dict[str, str]:
    latest = _read_head(index)[0]
    if latest not in {fragment.version for fragment in index.fragments}:
        latest = choose_latest(index.fragments)
    return {"latest": latest} if latest else {}


def _retag(tags: dict[str, str], versions: Collection[str]) -> dict[str, str]:
    """Keep a tag whose release is left; another is chosen of what is left, newest release first."""
    moved: dict[str, str] = {}
    for tag, version in tags.items():
        if version in versions:
            moved[tag] = version
        elif chosen := choose_latest([Fragment(each, b"\n") for each in versions]):
            moved[tag] = chosen
    return moved


def _summary(key: PackageKey, index: Index) -> Summary:
    latest = _tags(index).get("latest", "")
    fragment = next((each for each in index.fragments if each.version == latest), None)
    if fragment is None:
        return Summary(key)
    pubspec = msgspec.json.decode(entry(fragment).replace(BASE, b"")).get("pubspec")
    pubspec = pubspec if isinstance(pubspec, dict) else {}
    description = pubspec.get("description")
    topics = pubspec.get("topics")
    return Summary(
        key=key,
        version=latest,
        description=description.strip() if isinstance(description, str) else "",
        keywords=tuple(each for each in topics if isinstance(each, str)) if isinstance(topics, list) else (),
        published_at=fragment.published_at,
        links={link.label: link.url for link in read_links(pubspec)},
    )


def _read_head(index: Index) -> tuple[str, dict[str, Raw]]:
    return msgspec.json.decode(index.head, type=tuple[str, dict[str, Raw]])


def _moment(text: str | None) -> Moment | None:
    try:
        return Moment(int(datetime.fromisoformat(text or "").timestamp() * 1000))
    except (ValueError, OverflowError):
        return None


INDEX = IndexFormat(
    forms={"package": Form("package", CONTENT_TYPE, join)},
    split=split,
    describe=_describe,
    locate=_locate,
    tags=_tags,
    retag=_retag,
    summary=_summary,
)
