"""Where the manifests of a packument stand, and what they say of themselves.

Every manifest is decoded anyway for its own name and the address of its file. So a usual document is not decoded as a
whole before that: it is cut where manifests seem to begin, and the pieces prove the cut. If every piece is JSON, and
what is left without the pieces is a packument, then the document is that packument with those versions.
"""

import re
from contextlib import suppress
from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct

from packhouse.ecosystems.npm.members import DuplicateKey, Member, Object, decode_members, find_members

_NULL = b"null"
_versions_key = re.compile(rb'"versions"[ \t\n\r]*:[ \t\n\r]*(?=\{)').finditer
# The first version with the beginning of its manifest, if that is its name.
_first_manifest = re.compile(
    rb'"versions"[ \t\n\r]*:[ \t\n\r]*\{[ \t\n\r]*("[^"\\]*")'
    rb'(?P<begin>(?P<colon>[ \t\n\r]*:[ \t\n\r]*)\{[ \t\n\r]*"name"[ \t\n\r]*:[ \t\n\r]*"[^"\\]*")'
).search
_is_lead = re.compile(rb"\}[ \t\n\r]*,[ \t\n\r]*").fullmatch
_are_plain = re.compile(r"[^\x00-\x1f\"\\]*").fullmatch


class PlainDist(Struct, gc=False):
    """What a manifest says of its file."""

    tarball: str


class PlainManifest(Struct, gc=False):
    """A manifest as all registries write it."""

    name: str
    version: str
    dist: PlainDist


class Outline(NamedTuple):
    """A document, taken apart but not yet judged."""

    name: str
    rest: bytes
    """The document with `null` in the place of its versions."""
    versions: Object | None
    """None where there are none, not even an empty object."""
    manifests: list[PlainManifest | None]
    """One for each version; None where it is not as usual."""


class _Document(Struct):
    name: str
    versions: dict[str, Raw] | msgspec.UnsetType = msgspec.UNSET


class _Cut(NamedTuple):
    """The versions up to where the rest goes on."""

    members: list[Member]
    resume: int
    lead: bytes
    colon: bytes


_decode_document = msgspec.json.Decoder(_Document).decode
_decode_manifest = msgspec.json.Decoder(PlainManifest).decode
_decode_raw = msgspec.json.Decoder(Raw).decode


def read_outline(body: bytes) -> Outline:
    """Find the versions; raise DuplicateKey, or msgspec's errors or RecursionError if it is no packument."""
    return _read_by_cutting(body) or _read_by_decoding(body)


def _read_by_decoding(body: bytes) -> Outline:
    document, rest, versions = _read_whole(body)
    return Outline(document.name, rest, versions, _read_manifests(body, versions.members) if versions else [])


def _read_by_cutting(body: bytes) -> Outline | None:
    """Read a document as registries write it; None where it is another."""
    cut = _cut(body)
    if cut is None:
        return None
    at = cut.members[0].key_at
    skipped = cut.resume - at
    with suppress(DuplicateKey, msgspec.DecodeError):
        document, rest, last = _read_whole(body[:at] + body[cut.resume :])
        if last is None or not last.members or last.members[0].key_at != at:
            return None
        members = cut.members + [_shifted(member, skipped) for member in last.members]
        names = {member.name for member in members}
        if len(names) < len(members) or not _are_plain("".join(member.name for member in cut.members)):
            return None
        lead = cut.lead if len(last.members) == 1 else last.even and last.even[0]
        even = (cut.lead, cut.colon) if last.even and (lead, last.even[1]) == (cut.lead, cut.colon) else None
        versions = Object(members, last.at, last.end + skipped, even)
        return Outline(document.name, rest, versions, _read_manifests(body, members))
    return None


def _cut(body: bytes) -> _Cut | None:
    """Cut before every manifest that begins like the first one, with the name of the package."""
    first = _first_manifest(body)
    if first is None:
        return None
    key_at, key_end = first.span(1)
    colon, begin = first["colon"], b'"' + first["begin"]
    members: list[Member] = []
    lead = b""
    seek = first.end()
    while (at := body.find(begin, seek)) >= 0:
        seek = at + len(begin)
        quote = body.rfind(b'"', key_end, at)
        if not lead:
            lead = body[body.rfind(b"}", key_end, quote) : quote]
            if not _is_lead(lead):
                return None
        end = quote - len(lead)
        if body.startswith(lead, end):
            name = body[key_at + 1 : key_end - 1].decode()
            members.append(Member(name, key_at, key_end, key_end + len(colon), end + 1))
            key_at, key_end = quote, at + 1
    return _Cut(members, key_at, lead[1:], colon) if members else None


def _read_whole(body: bytes) -> tuple[_Document, bytes, Object | None]:
    """Decode a document once for its versions; give it, the text without them, and where they stand."""
    document = _decode_document(body)
    if isinstance(document.versions, msgspec.UnsetType):
        return document, body, None
    fault: DuplicateKey | None = None
    for match in _versions_key(body):
        try:
            found = find_members(body, document.versions, match.end())
        except DuplicateKey as error:
            fault = error
            continue
        # An object inside another one may have that key too, and even that value.
        rest = body[: found.at] + _NULL + body[found.end :]
        if bytes(decode_members(rest)["versions"]) == _NULL:
            return document, rest, found
    # A key that is written with escapes ends here too: no registry writes one.
    raise fault or DuplicateKey("versions")


def _read_manifests(body: bytes, members: list[Member]) -> list[PlainManifest | None]:
    """Decode every manifest; raise DecodeError if one is no JSON."""
    text = memoryview(body)
    manifests: list[PlainManifest | None] = []
    for _, _, _, start, end in members:
        try:
            manifests.append(_decode_manifest(text[start:end]))
        except msgspec.ValidationError:
            _decode_raw(text[start:end])
            manifests.append(None)
    return manifests


def _shifted(member: Member, by: int) -> Member:
    name, key_at, key_end, start, end = member
    return Member(name, key_at + by, key_end + by, start + by, end + by)
