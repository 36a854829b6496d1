"""Where manifests have the addresses of their files, to the byte."""

import re
from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct

from packhouse.domain.package import NormalName
from packhouse.ecosystems.npm.addresses import is_web_address
from packhouse.ecosystems.npm.members import DuplicateKey, Member, decode_any, read_object
from packhouse.ecosystems.npm.outline import PlainManifest

# The bytes `"tarball"` before a colon are a key and nothing else: within a text the quotes would be escaped.
_TARBALL_KEY = re.compile(rb'"tarball"[ \t\n\r]*:[ \t\n\r]*')
_tarball_key, _has_key = _TARBALL_KEY.match, _TARBALL_KEY.search
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


_decode_manifest = msgspec.json.Decoder(_Manifest).decode
_decode_dist = msgspec.json.Decoder(_Dist).decode


class TarballFinder:
    """Finds the addresses in the manifests of one document."""

    def __init__(self, name: NormalName, body: bytes) -> None:
        self._name = name
        self._body = body
        self._plain = b"\\" not in body or not _hides_letters(body)

    def find(self, member: Member, manifest: PlainManifest | None) -> Tarball | None:
        """Find the address in a manifest, given what can be read of it at a glance; raise Unusable if it is not safe.

        None says that there is no address.
        """
        found = None if manifest is None else self._find_plainly(member, manifest)
        return found or self._find_anyhow(member)

    def _find_plainly(self, member: Member, manifest: PlainManifest) -> Tarball | None:
        """Find the address where everything is as usual; None where that cannot be said at a glance.

        Only one key of the manifest is `tarball`, and none hides by escapes: then it is the key of what was decoded.
        """
        version, _, _, start, end = member
        body, url = self._body, manifest.dist.tarball
        at = body.find(_TARBALL, start, end)
        if not self._plain or body.find(_TARBALL, at + 1, end) >= 0:
            return None
        if manifest.version != version or manifest.name != self._name or not is_web_address(url):
            return None
        match = _tarball_key(body, at)
        text = b'"%b"' % url.encode()
        if match is None or not body.startswith(text, match.end()):
            return None
        return Tarball(url, match.end(), match.end() + len(text))

    def _find_anyhow(self, member: Member) -> Tarball | None:
        """Find the address whatever else looks like it; None where there is none."""
        whole = self._body[member.start : member.end]
        try:
            manifest = _decode_manifest(whole)
        except msgspec.ValidationError:
            raise Unusable("its manifest is no object") from None
        self._check_identity(manifest, member.name)
        dist = bytes(manifest.dist)
        try:
            literal = _decode_dist(dist).tarball
        except msgspec.ValidationError:
            literal = msgspec.UNSET
        if isinstance(literal, msgspec.UnsetType):
            if not self._plain or _has_key(whole):
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
