"""The index document: `p2/<vendor>/<name>.json`, and the one of its branches, `p2/<vendor>/<name>~dev.json`.

The minified form writes a release as what differs from the one before it. A release that is refused would take what it
brought in with it, so that it is expanded before it is split; the expanded form is legal on the wire. A fragment is the
upstream's address of the archive, a tab, the release's `source`, a line feed, and the release with our address in it.

`source` is not served where there is an archive: composer clones it when an archive is refused.
"""

import hashlib
import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Raw

from packhouse.domain.digest import Digest
from packhouse.domain.errors import Invalid, UpstreamBad
from packhouse.domain.index import BASE, Form, Fragment, Index, IndexFormat, Located, Summary
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import Artifact, PackageRecord, build_record
from packhouse.ecosystems.composer.names import BRANCHES, package_of
from packhouse.ecosystems.composer.record import describe_release, read_links
from packhouse.ecosystems.composer.versions import stability, version_key

_UNSET = b'"__unset"'
_MINIFIED = "composer/2.0"
_is_sha1 = re.compile(r"[0-9a-fA-F]{40}").fullmatch
_is_plain = re.compile(r"[A-Za-z0-9]+").fullmatch
_MAX_VERSION = 256
_members = msgspec.json.Decoder(dict[str, Raw]).decode
_entries = msgspec.json.Decoder(list[Raw]).decode
_encode = msgspec.json.Encoder().encode


def split(key: PackageKey, body: bytes) -> Index:
    """Take a document apart; raise UpstreamBad if it is not this package's."""
    if BASE in body:
        raise UpstreamBad(f"the upstream's document of {key} holds a NUL")
    name = package_of(key.name)
    try:
        head = _members(body)
        packages = _members(head.pop("packages"))
        releases = next((raw for found, raw in packages.items() if found.lower() == name), None)
        if releases is None:
            raise UpstreamBad(f"the upstream's document of {key} is another package's")
        minified = "minified" in head and msgspec.json.decode(head.pop("minified")) == _MINIFIED
        expanded = _expand(_entries(releases)) if minified else [_members(raw) for raw in _entries(releases)]
        fragments: dict[str, Fragment] = {}
        for members in expanded:
            fragment = _fragment(key, members)
            fragments.setdefault(fragment.version, fragment)
    except (msgspec.MsgspecError, KeyError, RecursionError, ValueError) as error:
        raise UpstreamBad(f"the upstream's document of {key} cannot be read: {error}") from error
    return Index(_encode([name, head]), tuple(fragments.values()), hashlib.blake2b(body, digest_size=16).hexdigest())


def _expand(entries: list[Raw]) -> list[dict[str, Raw]]:
    """Add to every release what it has in common with the one before it."""
    expanded: list[dict[str, Raw]] = []
    current: dict[str, Raw] = {}
    for entry in entries:
        for field, value in _members(entry).items():
            if bytes(value) == _UNSET:
                current.pop(field, None)
            else:
                current[field] = value
        expanded.append(dict(current))
    return expanded


def _fragment(key: PackageKey, members: dict[str, Raw]) -> Fragment:
    version = msgspec.json.decode(members["version"], type=str)
    if not 0 < len(version) <= _MAX_VERSION or not version.isprintable():
        raise UpstreamBad(f"the upstream's document of {key} has an impossible version")
    url, source = "", b""
    dist = msgspec.json.decode(members["dist"]) if "dist" in members else None
    if isinstance(dist, dict) and isinstance(dist.get("url"), str) and dist["url"].startswith(("https://", "http://")):
        url = re.sub(r"[\t\n]", "", dist["url"])
        inner = _members(members["dist"])
        path = f"/dist/{package_of(key.name)}/{archive_name(version, dist)}"
        inner["url"] = Raw(b'"' + BASE + path.encode() + b'"')
        members = {**members, "dist": Raw(_encode(inner))}
        if "source" in members:
            source = _encode(msgspec.json.decode(members.pop("source")))
    time = msgspec.json.decode(members["time"]) if "time" in members else None
    return Fragment(version, url.encode() + b"\t" + source + b"\n" + _encode(members), _moment(time))


def archive_name(version: str, dist: dict[str, Any]) -> str:
    """Name an archive: a hash of what it is, so that a branch that moves on is another file."""
    kind = dist.get("type")
    ending = kind if isinstance(kind, str) and _is_plain(kind) else "zip"
    what = f"{version}\n{dist.get('reference') or ''}\n{dist.get('shasum') or ''}\n{dist['url']}"
    return f"{hashlib.sha256(what.encode()).hexdigest()[:32]}.{ending}"


def join(index: Index, fragments: Sequence[Fragment]) -> bytes:
    """Put the document together, expanded."""
    name, head = _read_head(index)
    releases = b",".join(entry_of(fragment) for fragment in fragments)
    parts = [b'"packages":{' + _encode(name) + b":[" + releases + b"]}"]
    parts += [_encode(field) + b":" + bytes(raw) for field, raw in head.items()]
    return b"{" + b",".join(parts) + b"}"


def entry_of(fragment: Fragment) -> bytes:
    """Return a release, BASE still in it."""
    return fragment.body.partition(b"\n")[2]


def read_release(fragment: Fragment) -> dict[str, Any]:
    """Read a release, with our address of its archive."""
    found = msgspec.json.decode(entry_of(fragment).replace(BASE, b""))
    source = fragment.body.partition(b"\n")[0].partition(b"\t")[2]
    if not isinstance(found, dict):
        return {}
    return {**found, "source": msgspec.json.decode(source)} if source else found


def _describe(key: PackageKey, index: Index) -> PackageRecord:
    """Derive the record; versions that are none come first."""
    fragments = sorted(index.fragments, key=lambda fragment: _order(fragment.version))
    releases = [
        describe_release(
            fragment, read_release(fragment), _artifact(fragment), prerelease=_is_unstable(fragment.version)
        )
        for fragment in fragments
    ]
    description = releases[-1].description if releases else None
    return build_record(key, releases, description=description, runtime="php")


def _order(version: str) -> tuple[object, ...]:
    try:
        return 1, version_key(version), version
    except Invalid:
        return 0, version


def _is_unstable(version: str) -> bool:
    try:
        return stability(version) != "stable"
    except Invalid:
        return False


def _locate(key: PackageKey, index: Index, filename: str) -> Located | None:
    needle = f"/dist/{package_of(key.name)}/{filename}".encode()
    for fragment in index.fragments:
        if needle in fragment.body:
            artifact = _artifact(fragment)
            if artifact is not None and artifact.filename == filename:
                return Located(fragment, artifact)
    return None


def _artifact(fragment: Fragment) -> Artifact | None:
    url = fragment.body.partition(b"\t")[0].decode()
    dist = read_release(fragment).get("dist")
    if not url or not isinstance(dist, dict):
        return None
    shasum = dist.get("shasum")
    digests = (Digest("sha1", shasum.lower()),) if isinstance(shasum, str) and _is_sha1(shasum) else ()
    return Artifact(str(dist.get("url", "")).rpartition("/")[2], url, digests)


def default_version(record: PackageRecord) -> str:
    """Choose what `composer require` installs: the newest stable release, else the newest of what there is."""
    positions = range(len(record.versions))
    stable = [position for position in positions if position not in record.prereleases]
    chosen = stable or list(positions)
    return record.versions[chosen[-1]] if chosen else ""


def _no_tags(index: Index) -> dict[str, str]:
    del index
    return {}


def _retag(tags: dict[str, str], versions: Collection[str]) -> dict[str, str]:
    return {tag: version for tag, version in tags.items() if version in versions}


def _summary(key: PackageKey, index: Index) -> Summary | None:
    """Say what the newest stable release says; branches are found by their package."""
    if key.name.endswith(BRANCHES):
        return None
    stable = [fragment for fragment in index.fragments if not _is_unstable(fragment.version)]
    fragment = max(stable or index.fragments, key=lambda each: _order(each.version), default=None)
    if fragment is None:
        return Summary(key)
    release = read_release(fragment)
    description, keywords, licences = (release.get(field) for field in ("description", "keywords", "license"))
    return Summary(
        key=key,
        version=fragment.version,
        description=description if isinstance(description, str) else "",
        keywords=tuple(each for each in keywords if isinstance(each, str)) if isinstance(keywords, list) else (),
        published_at=fragment.published_at,
        links={link.label: link.url for link in read_links(release)},
        licence=" OR ".join(map(str, licences)) if isinstance(licences, list) else "",
    )


def _read_head(index: Index) -> tuple[str, dict[str, Raw]]:
    return msgspec.json.decode(index.head, type=tuple[str, dict[str, Raw]])


def _moment(text: object) -> Moment | None:
    try:
        return Moment(int(datetime.fromisoformat(text).timestamp() * 1000)) if isinstance(text, str) else None
    except (ValueError, OverflowError):
        return None


INDEX = IndexFormat(
    forms={"package": Form("package", "application/json", join)},
    split=split,
    describe=_describe,
    locate=_locate,
    tags=_no_tags,
    retag=_retag,
    summary=_summary,
)
