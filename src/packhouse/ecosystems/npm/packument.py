"""The packument, taken apart into one head and the manifests of its versions.

Every byte stays upstream's but the value of each `dist.tarball`. What may not be trusted is refused: a document of
another package, keys that stand twice, addresses that cannot be rewritten for certain.
"""

import hashlib
import logging
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct

from packhouse.domain.errors import UpstreamBad
from packhouse.domain.index import Fragment, Index
from packhouse.domain.package import Moment, PackageKey
from packhouse.ecosystems.npm.addresses import (
    Addresses,
    collect_addresses,
    is_web_address,
    our_address,
    serve_names,
)
from packhouse.ecosystems.npm.members import (
    DuplicateKey,
    Member,
    Object,
    decode_any,
    decode_members,
    find_members,
    read_object,
)
from packhouse.ecosystems.npm.moments import parse_moments

log = logging.getLogger(__name__)

_EMPTY = b"{}"
_NULL = b"null"
_versions_key = re.compile(rb'"versions"[ \t\n\r]*:[ \t\n\r]*(?=\{)').finditer
_tarball_key = re.compile(rb'"tarball"[ \t\n\r]*:[ \t\n\r]*').match
_TARBALL = b'"tarball"'
# A letter of the alphabet that is written as an escape.
_hides_letters = re.compile(rb"\\u00[4567]").search


class Frame(Struct, frozen=True, array_like=True):
    """The text around the manifests."""

    before: bytes
    after: bytes
    """Before and after the value of `versions`; where there is none, `before` is all."""
    opening: bytes = b""
    lead: bytes = b","
    colon: bytes = b":"
    closing: bytes = b""
    """Around every `"version": manifest` within the braces."""
    gaps: tuple[bytes, ...] = ()
    """Where those differ between versions: all that stands around the manifests, one more than there are."""

    def text(self) -> bytes:
        """Give the document with `null` in the place of the versions."""
        return self.before + _NULL + self.after if self.after else self.before


class Head(Struct, frozen=True, array_like=True):
    """All of a packument that is not of one release."""

    addresses: Addresses
    tags: dict[str, str]
    versions: tuple[str, ...]
    """Of the fragments that there were, in upstream's order."""
    omitted: tuple[str, ...]
    """Of upstream's releases that were left out at once."""
    sound: bool
    """True where the document may be joined as it was: nothing left out, no tag without its release."""
    frame: Raw


class _Dist(Struct):
    tarball: Raw | msgspec.UnsetType = msgspec.UNSET


class _Manifest(Struct):
    name: Raw = Raw(_NULL)
    version: Raw = Raw(_NULL)
    dist: Raw = Raw(_EMPTY)


class _PlainDist(Struct):
    tarball: str


class _PlainManifest(Struct):
    """A manifest as all registries write it."""

    name: str
    version: str
    dist: _PlainDist


class _Document(Struct):
    name: str
    versions: dict[str, Raw] | msgspec.UnsetType = msgspec.UNSET


class _Tail(Struct):
    """What the head needs of the text around the versions."""

    time: Raw = Raw(_EMPTY)
    tags: Raw = msgspec.field(default=Raw(_EMPTY), name="dist-tags")


class _Tarball(NamedTuple):
    """Where a manifest has the address of its file."""

    url: str
    start: int
    end: int


_decode_document = msgspec.json.Decoder(_Document).decode
_decode_manifest = msgspec.json.Decoder(_Manifest).decode
_decode_plain = msgspec.json.Decoder(_PlainManifest).decode
_decode_dist = msgspec.json.Decoder(_Dist).decode
_decode_tail = msgspec.json.Decoder(_Tail).decode
_decode_head = msgspec.msgpack.Decoder(Head).decode
_decode_frame = msgspec.msgpack.Decoder(Frame).decode
_pack = msgspec.msgpack.Encoder().encode


def read_head(index: Index) -> Head:
    """Decode the head of an index that `split` made."""
    return _decode_head(index.head)


def read_frame(head: Head) -> Frame:
    """Decode the text around the manifests."""
    return _decode_frame(head.frame)


def split(key: PackageKey, body: bytes) -> Index:
    """Take an upstream document apart; raise UpstreamBad if it is not this package's."""
    try:
        document = _decode_document(body)
        if document.name != key.name:
            raise UpstreamBad(f"the upstream's document of {key} is that of {document.name[:214]!r}")
        if not body.isascii():
            body.decode()
        return _split(key, body, document.versions)
    except DuplicateKey as error:
        raise UpstreamBad(f"the upstream's document of {key} has the key {str(error)[:100]!r} twice") from error
    except msgspec.ValidationError as error:
        raise UpstreamBad(f"the upstream's document of {key} has the wrong shape: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UpstreamBad(f"the upstream's document of {key} is no JSON: {error}") from error
    except RecursionError as error:
        raise UpstreamBad(f"the upstream's document of {key} is nested too deeply") from error


def _split(key: PackageKey, body: bytes, versions: dict[str, Raw] | msgspec.UnsetType) -> Index:
    digest = hashlib.blake2b(body, digest_size=32).hexdigest()
    if isinstance(versions, msgspec.UnsetType):
        return _split_unpublished(key, body, digest)
    if any("\0" in version for version in versions):
        raise UpstreamBad(f"a version in the upstream's document of {key} holds a NUL")
    found = _find_versions(body, versions)
    tail = _check_tail(body[: found.at] + _NULL + body[found.end :])
    reader = _Reader(key, body, found)
    fragments = reader.fragments(versions, parse_moments(tail.time))
    tags = _read_tags(tail.tags)
    kept = tuple(fragment.version for fragment in fragments)
    head = Head(
        addresses=reader.addresses,
        tags=tags.known,
        versions=kept,
        omitted=tuple(reader.omitted),
        sound=not reader.omitted and tags.all_texts and set(kept).issuperset(tags.known.values()),
        frame=Raw(_pack(_make_frame(body, found))),
    )
    return Index(_pack(head), fragments, digest)


def _split_unpublished(key: PackageKey, body: bytes, digest: str) -> Index:
    """Keep what is left of a package whose versions were all withdrawn: its `time.unpublished` says so."""
    tail = _check_tail(body)
    time = decode_any(tail.time)
    if not isinstance(time, dict) or "unpublished" not in time:
        raise UpstreamBad(f"the upstream's document of {key} has no versions")
    tags = _read_tags(tail.tags)
    frame = Raw(_pack(Frame(body, b"")))
    # Not sound if there is any tag: it cannot have a release.
    head = Head(Addresses(), tags.known, (), (), not tags.known and tags.all_texts, frame)
    return Index(_pack(head), (), digest)


def _find_versions(body: bytes, versions: Mapping[str, Raw]) -> Object:
    """Find the place of `versions` itself: an object inside another one may have that key and even that value."""
    fault: DuplicateKey | None = None
    for match in _versions_key(body):
        try:
            found = find_members(body, versions, match.end())
        except DuplicateKey as error:
            fault = error
            continue
        rest = decode_members(body[: found.at] + _NULL + body[found.end :])
        if bytes(rest["versions"]) == _NULL:
            return found
    # A key that is written with escapes ends here too: no registry writes one.
    raise fault or DuplicateKey("versions")


def _check_tail(text: bytes) -> _Tail:
    """Refuse keys that stand twice where they count: in the document, its times and its tags."""
    read_object(text)
    tail = _decode_tail(text)
    for raw in (bytes(tail.time), bytes(tail.tags)):
        if raw.startswith(b"{"):
            _check_unique(raw)
    return tail


def _check_unique(text: bytes) -> None:
    members = decode_members(text)
    # Four quotes for each key with its text, and no escapes: nothing was swallowed, and this is quicker than to look.
    if text.count(b'"') != 4 * len(members) or b"\\" in text:
        read_object(text)


class _Tags(NamedTuple):
    known: dict[str, str]
    all_texts: bool


def _read_tags(raw: Raw) -> _Tags:
    tags = decode_any(raw)
    if not isinstance(tags, dict):
        return _Tags({}, all_texts=False)
    known = {tag: version for tag, version in tags.items() if isinstance(version, str)}
    return _Tags(known, len(known) == len(tags))


def _make_frame(body: bytes, found: Object) -> Frame:
    before, after, members = body[: found.at], body[found.end :], found.members
    if not members:
        return Frame(before, after, opening=body[found.at + 1 : found.end - 1])
    opening, closing = body[found.at + 1 : members[0].key_at], body[members[-1].end : found.end - 1]
    leads = {body[left.end : right.key_at] for left, right in pairwise(members)}
    colons = {body[member.key_end : member.start] for member in members}
    plain = all(body[each.key_at + 1 : each.key_end - 1] == each.name.encode() for each in members)
    if plain and len(leads) <= 1 and len(colons) == 1:
        return Frame(before, after, opening, leads.pop() if leads else b",", colons.pop(), closing)
    starts = [found.at + 1, *(member.end for member in members)]
    stops = [*(member.start for member in members), found.end - 1]
    gaps = tuple(body[start:stop] for start, stop in zip(starts, stops, strict=True))
    return Frame(before, after, gaps=gaps)


class _Reader:
    """Makes the fragments of one document."""

    def __init__(self, key: PackageKey, body: bytes, versions: Object) -> None:
        self.addresses = Addresses()
        self.omitted: dict[str, str] = {}
        self._key = key
        self._body = body
        self._versions = versions
        self._plain = not _hides_letters(body)

    def fragments(self, versions: Mapping[str, Raw], moments: Mapping[str, Moment]) -> tuple[Fragment, ...]:
        """Rewrite the addresses, and leave out the releases that cannot be served safely."""
        tarballs = self._find_tarballs(versions)
        urls = {version: tarball.url for version, tarball in tarballs.items() if tarball is not None}
        served = serve_names(self._key.name, urls)
        for version in urls.keys() - served.keys():
            self.omitted[version] = "its file has no name that can be served"
            del urls[version], tarballs[version]
        self.addresses = collect_addresses(urls, served)
        self._tell_omitted()
        body = self._body
        fragments = []
        for version, _, _, start, end in self._versions.members:
            if version in self.omitted:
                continue
            tarball = tarballs[version]
            if tarball is None:
                text = body[start:end]
            else:
                address = our_address(self._key.name, served[version])
                text = b"%b%b%b" % (body[start : tarball.start], address, body[tarball.end : end])
            fragments.append(Fragment(version, text, moments.get(version)))
        return tuple(fragments)

    def _find_tarballs(self, versions: Mapping[str, Raw]) -> dict[str, _Tarball | None]:
        keys = _find_keys(self._body, self._versions)
        tarballs: dict[str, _Tarball | None] = {}
        for member, raw, tarball_keys in zip(self._versions.members, versions.values(), keys, strict=True):
            try:
                tarballs[member.name] = self._find_plainly(raw, member, tarball_keys) or self._find_tarball(
                    raw, member, tarball_keys
                )
            except _Unusable as error:
                self.omitted[member.name] = str(error)
        return tarballs

    def _find_plainly(self, raw: Raw, member: Member, keys: list[int]) -> _Tarball | None:
        """Find the address where everything is as usual; None where that cannot be said at a glance.

        Only one key of the manifest is `tarball`, and none hides by escapes: then it is the key of what was decoded.
        """
        if len(keys) != 1 or not self._plain:
            return None
        try:
            manifest = _decode_plain(raw)
        except msgspec.ValidationError:
            return None
        url = manifest.dist.tarball
        if manifest.name != self._key.name or manifest.version != member.name or not is_web_address(url):
            return None
        match = _tarball_key(self._body, keys[0])
        text = f'"{url}"'.encode()
        if match is None or not self._body.startswith(text, match.end()):
            return None
        return _Tarball(url, match.end(), match.end() + len(text))

    def _find_tarball(self, raw: Raw, member: Member, keys: list[int]) -> _Tarball | None:
        """Find the address whatever else looks like it; None where there is none."""
        try:
            manifest = _decode_manifest(raw)
        except msgspec.ValidationError:
            raise _Unusable("its manifest is no object") from None
        self._check_identity(manifest, member.name)
        whole = self._body[member.start : member.end]
        dist = bytes(manifest.dist)
        try:
            literal = _decode_dist(dist).tarball
        except msgspec.ValidationError:
            literal = msgspec.UNSET
        if isinstance(literal, msgspec.UnsetType):
            if keys or not self._plain:
                _check_whole(whole)
            return None
        at = member.start + _find_exactly(whole)
        text = bytes(literal)
        url = decode_any(text)
        if not isinstance(url, str) or not is_web_address(url):
            raise _Unusable("the address of its file is no web address")
        return _Tarball(url, at, at + len(text))

    def _check_identity(self, manifest: _Manifest, version: str) -> None:
        """Leave out what claims to be another release: clients go by the key, others by what stands inside."""
        if decode_any(manifest.name) != self._key.name:
            raise _Unusable("its manifest has another name")
        if decode_any(manifest.version) != version:
            raise _Unusable("its manifest has another version")

    def _tell_omitted(self) -> None:
        if self.omitted:
            some = "; ".join(f"{version[:60]!r}: {reason}" for version, reason in list(self.omitted.items())[:5])
            log.warning("left %d releases of %s out: %s", len(self.omitted), self._key, some)


class _Unusable(Exception):
    """One release cannot be served; the others can."""


def _find_keys(body: bytes, versions: Object) -> list[list[int]]:
    """List for each manifest where the key `tarball` stands in it, at whatever depth.

    The bytes `"tarball"` before a colon are a key and nothing else: within a text the quotes would be escaped.
    """
    found: list[list[int]] = [[] for _ in versions.members]
    number = 0
    at = body.find(_TARBALL, versions.at, versions.end)
    while at >= 0:
        while versions.members[number].end <= at:
            number += 1
        if at >= versions.members[number].start and _tarball_key(body, at):
            found[number].append(at)
        at = body.find(_TARBALL, at + 1, versions.end)
    return found


def _check_whole(manifest: bytes) -> None:
    try:
        read_object(manifest)
    except DuplicateKey as error:
        raise _Unusable(f"its manifest has the key {str(error)[:100]!r} twice") from None


def _find_exactly(manifest: bytes) -> int:
    """Find the value of `dist.tarball` member by member, whatever else looks like it."""
    try:
        dist = next(member for member in read_object(manifest).members if member.name == "dist")
        text = manifest[dist.start : dist.end]
        tarball = next(member for member in read_object(text).members if member.name == "tarball")
    except DuplicateKey as error:
        raise _Unusable(f"its manifest has the key {str(error)[:100]!r} twice") from None
    return dist.start + tarball.start
