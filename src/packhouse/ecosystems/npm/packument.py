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
from packhouse.domain.index import BASE, Fragment, Index
from packhouse.domain.package import Moment, PackageKey
from packhouse.ecosystems.npm.addresses import Addresses, collect_addresses, our_address, serve_names
from packhouse.ecosystems.npm.head import Frame, make_frame, pack_head
from packhouse.ecosystems.npm.members import DuplicateKey, Object, decode_any, decode_members, read_object
from packhouse.ecosystems.npm.moments import parse_moments
from packhouse.ecosystems.npm.outline import Outline, read_outline
from packhouse.ecosystems.npm.tarballs import Tarball, TarballFinder, Unusable

log = logging.getLogger(__name__)

_EMPTY = b"{}"
_ATTESTATIONS = b"/-/npm/v1/attestations/"
_attestations = re.compile(rb'("url"[ \t\n\r]*:[ \t\n\r]*")https?://[^"\\]*?(?=/-/npm/v1/attestations/)').sub
"""Clients take the path of such an address and put it behind our host, where our mount stands before it.

It is rewritten behind the address of the file only, which is the first of a manifest.
"""


class _Tail(Struct):
    """What the head needs of the text around the versions."""

    time: Raw = Raw(_EMPTY)
    tags: Raw = msgspec.field(default=Raw(_EMPTY), name="dist-tags")


_decode_tail = msgspec.json.Decoder(_Tail).decode


def split(key: PackageKey, body: bytes) -> Index:
    """Take an upstream document apart; raise UpstreamBad if it is not this package's."""
    try:
        if not body.isascii():
            body.decode()
        return _split(key, body)
    except DuplicateKey as error:
        raise UpstreamBad(f"the upstream's document of {key} has the key {str(error)[:100]!r} twice") from error
    except msgspec.ValidationError as error:
        raise UpstreamBad(f"the upstream's document of {key} has the wrong shape: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UpstreamBad(f"the upstream's document of {key} is no JSON: {error}") from error
    except RecursionError as error:
        raise UpstreamBad(f"the upstream's document of {key} is nested too deeply") from error


def _split(key: PackageKey, body: bytes) -> Index:
    outline = read_outline(body)
    if outline.name != key.name:
        raise UpstreamBad(f"the upstream's document of {key} is that of {outline.name[:214]!r}")
    digest = hashlib.blake2b(body, digest_size=32).hexdigest()
    versions = outline.versions
    if versions is None:
        return _split_unpublished(key, body, digest)
    if any("\0" in member.name for member in versions.members):
        raise UpstreamBad(f"a version in the upstream's document of {key} holds a NUL")
    tail = _check_tail(outline.rest)
    reader = _Reader(key, body, versions)
    fragments = reader.fragments(outline, parse_moments(tail.time))
    tags = _read_tags(tail.tags)
    kept = tuple(fragment.version for fragment in fragments)
    omitted = tuple(reader.omitted)
    sound = not omitted and tags.all_texts and set(kept).issuperset(tags.known.values())
    head = pack_head(make_frame(body, versions), reader.addresses, tags.known, kept, omitted, sound=sound)
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

    def fragments(self, outline: Outline, moments: Mapping[str, Moment]) -> tuple[Fragment, ...]:
        """Rewrite the addresses, and leave out the releases that cannot be served safely."""
        tarballs = self._find_tarballs(outline)
        urls = {version: tarball.url for version, tarball in tarballs.items() if tarball is not None}
        served = serve_names(self._key.name, urls)
        for version in urls.keys() - served.keys():
            self.omitted[version] = "its file has no name that can be served"
            del urls[version], tarballs[version]
        self.addresses = collect_addresses(urls, served)
        self._tell_omitted()
        body = memoryview(self._body)
        fragments = []
        for version, _, _, start, end in self._versions.members:
            if version in self.omitted:
                continue
            tarball = tarballs[version]
            if tarball is None:
                text = bytes(body[start:end])
            else:
                address = our_address(self._key.name, served[version])
                rest = bytes(body[tarball.end : end])
                if _ATTESTATIONS in rest:
                    rest = _attestations(rb"\1" + BASE, rest)
                text = b"".join((body[start : tarball.start], address, rest))
            fragments.append(Fragment(version, text, moments.get(version)))
        return tuple(fragments)

    def _find_tarballs(self, outline: Outline) -> dict[str, Tarball | None]:
        finder = TarballFinder(self._key.name, self._body)
        tarballs: dict[str, Tarball | None] = {}
        for member, manifest in zip(self._versions.members, outline.manifests, strict=True):
            try:
                tarballs[member.name] = finder.find(member, manifest)
            except Unusable as error:
                self.omitted[member.name] = str(error)
        return tarballs

    def _tell_omitted(self) -> None:
        if self.omitted:
            some = "; ".join(f"{version[:60]!r}: {reason}" for version, reason in list(self.omitted.items())[:5])
            log.warning("left %d releases of %s out: %s", len(self.omitted), self._key, some)
