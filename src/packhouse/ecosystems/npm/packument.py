"""The packument, taken apart into one head and the manifests of its versions.

Every byte stays upstream's but the value of each `dist.tarball`. What may not be trusted is refused: a document of
another package, keys that stand twice, addresses that cannot be rewritten for certain.
"""

import hashlib
import logging
import re
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct

from packhouse.domain.errors import UpstreamBad
from packhouse.domain.index import Fragment, Index
from packhouse.domain.package import Moment, PackageKey
from packhouse.ecosystems.npm.addresses import Addresses, collect_addresses, our_address, serve_names
from packhouse.ecosystems.npm.head import Frame, make_frame, pack_head
from packhouse.ecosystems.npm.members import (
    DuplicateKey,
    Object,
    decode_any,
    decode_members,
    find_members,
    read_object,
)
from packhouse.ecosystems.npm.moments import parse_moments
from packhouse.ecosystems.npm.tarballs import Tarball, TarballFinder, Unusable

log = logging.getLogger(__name__)

_EMPTY = b"{}"
_NULL = b"null"
_versions_key = re.compile(rb'"versions"[ \t\n\r]*:[ \t\n\r]*(?=\{)').finditer


class _Document(Struct):
    name: str
    versions: dict[str, Raw] | msgspec.UnsetType = msgspec.UNSET


class _Tail(Struct):
    """What the head needs of the text around the versions."""

    time: Raw = Raw(_EMPTY)
    tags: Raw = msgspec.field(default=Raw(_EMPTY), name="dist-tags")


_decode_document = msgspec.json.Decoder(_Document).decode
_decode_tail = msgspec.json.Decoder(_Tail).decode


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
    omitted = tuple(reader.omitted)
    sound = not omitted and tags.all_texts and set(kept).issuperset(tags.known.values())
    head = pack_head(make_frame(body, found), reader.addresses, tags.known, kept, omitted, sound=sound)
    return Index(head, fragments, digest)


def _split_unpublished(key: PackageKey, body: bytes, digest: str) -> Index:
    """Keep what is left of a package whose versions were all withdrawn: its `time.unpublished` says so."""
    tail = _check_tail(body)
    time = decode_any(tail.time)
    if not isinstance(time, dict) or "unpublished" not in time:
        raise UpstreamBad(f"the upstream's document of {key} has no versions")
    tags = _read_tags(tail.tags)
    # Not sound if there is any tag: it cannot have a release.
    sound = not tags.known and tags.all_texts
    return Index(pack_head(Frame(body, b""), Addresses(), tags.known, (), (), sound=sound), (), digest)


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


class _Reader:
    """Makes the fragments of one document."""

    def __init__(self, key: PackageKey, body: bytes, versions: Object) -> None:
        self.addresses = Addresses()
        self.omitted: dict[str, str] = {}
        self._key = key
        self._body = body
        self._versions = versions

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

    def _find_tarballs(self, versions: Mapping[str, Raw]) -> dict[str, Tarball | None]:
        finder = TarballFinder(self._key.name, self._body, self._versions)
        tarballs: dict[str, Tarball | None] = {}
        for position, (member, raw) in enumerate(zip(self._versions.members, versions.values(), strict=True)):
            try:
                tarballs[member.name] = finder.find(position, member, raw)
            except Unusable as error:
                self.omitted[member.name] = str(error)
        return tarballs

    def _tell_omitted(self) -> None:
        if self.omitted:
            some = "; ".join(f"{version[:60]!r}: {reason}" for version, reason in list(self.omitted.items())[:5])
            log.warning("left %d releases of %s out: %s", len(self.omitted), self._key, some)
