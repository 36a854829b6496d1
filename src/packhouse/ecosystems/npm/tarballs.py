"""Where manifests have the addresses of their files, to the byte."""

import re
from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct

from packhouse.domain.package import NormalName
from packhouse.ecosystems.npm.addresses import is_web_address
from packhouse.ecosystems.npm.members import DuplicateKey, Member, Object, decode_any, read_object

_tarball_key = re.compile(rb'"tarball"[ \t\n\r]*:[ \t\n\r]*').match
_TARBALL = b'"tarball"'
# A letter of the alphabet that is written as an escape.
_hides_letters = re.compile(rb"\\u00[4567]").search


class Tarball(NamedTuple):
    """Where a manifest has the address of its file."""

    url: str
    start: int
    end: int


class Unusable(Exception):
    """One release cannot be served; the others can."""


class _Dist(Struct):
    tarball: Raw | msgspec.UnsetType = msgspec.UNSET


class _Manifest(Struct):
    name: Raw = Raw(b"null")
    version: Raw = Raw(b"null")
    dist: Raw = Raw(b"{}")


class _PlainDist(Struct):
    tarball: str


class _PlainManifest(Struct):
    """A manifest as all registries write it."""

    name: str
    version: str
    dist: _PlainDist


_decode_manifest = msgspec.json.Decoder(_Manifest).decode
_decode_plain = msgspec.json.Decoder(_PlainManifest).decode
_decode_dist = msgspec.json.Decoder(_Dist).decode


class TarballFinder:
    """Finds the addresses in the manifests of one document."""

    def __init__(self, name: NormalName, body: bytes, versions: Object) -> None:
        self._name = name
        self._body = body
        self._plain = not _hides_letters(body)
        self._keys = _find_keys(body, versions)

    def find(self, position: int, member: Member, raw: Raw) -> Tarball | None:
        """Find the address in the manifest at a position of the document; raise Unusable where it is not safe.

        None says that there is no address.
        """
        keys = self._keys[position]
        return self._find_plainly(raw, member, keys) or self._find_anyhow(raw, member, keys)

    def _find_plainly(self, raw: Raw, member: Member, keys: list[int]) -> Tarball | None:
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
        if manifest.name != self._name or manifest.version != member.name or not is_web_address(url):
            return None
        match = _tarball_key(self._body, keys[0])
        text = f'"{url}"'.encode()
        if match is None or not self._body.startswith(text, match.end()):
            return None
        return Tarball(url, match.end(), match.end() + len(text))

    def _find_anyhow(self, raw: Raw, member: Member, keys: list[int]) -> Tarball | None:
        """Find the address whatever else looks like it; None where there is none."""
        try:
            manifest = _decode_manifest(raw)
        except msgspec.ValidationError:
            raise Unusable("its manifest is no object") from None
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
            raise Unusable("the address of its file is no web address")
        return Tarball(url, at, at + len(text))

    def _check_identity(self, manifest: _Manifest, version: str) -> None:
        """Leave out what claims to be another release: clients go by the key, others by what stands inside."""
        if decode_any(manifest.name) != self._name:
            raise Unusable("its manifest has another name")
        if decode_any(manifest.version) != version:
            raise Unusable("its manifest has another version")


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
        raise Unusable(f"its manifest has the key {str(error)[:100]!r} twice") from None


def _find_exactly(manifest: bytes) -> int:
    """Find the value of `dist.tarball` member by member, whatever else looks like it."""
    try:
        dist = next(member for member in read_object(manifest).members if member.name == "dist")
        text = manifest[dist.start : dist.end]
        tarball = next(member for member in read_object(text).members if member.name == "tarball")
    except DuplicateKey as error:
        raise Unusable(f"its manifest has the key {str(error)[:100]!r} twice") from None
    return dist.start + tarball.start
