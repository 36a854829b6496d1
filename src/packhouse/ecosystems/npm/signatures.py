"""Signatures of releases, as `dist.signatures` carries them and `audit signatures` checks them.

A signature is of the text `name@version:integrity`, so that it binds a name and a version to the bytes of one file.
npm wants every signature of a release to be good, pnpm one; a key counts for what was published before it ended.
"""

import base64
import re
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import Raw, Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.package import Moment
from packhouse.services.signing import PublicKey, SigningKeys

KEYS_PATH = "-/npm/v1/keys"
_KIND = "ecdsa-sha2-nistp256"
_is_integrity = re.compile(r"sha512-[A-Za-z0-9+/]{86}==").fullmatch


class ReleaseSignature(Struct, frozen=True):
    """One entry of `dist.signatures`."""

    keyid: str
    sig: str
    """Base64."""


class KeyEntry(Struct, frozen=True):
    """One entry of the document of keys."""

    expires: str | None
    keyid: str
    keytype: str
    scheme: str
    key: str
    """Base64 of the SubjectPublicKeyInfo."""


class KeysDocument(Struct, frozen=True):
    """What is served at `/-/npm/v1/keys`."""

    keys: tuple[KeyEntry, ...]


class _Keys(Struct):
    keys: list[Raw]


_decode_keys = msgspec.json.Decoder(_Keys).decode
_decode_entry = msgspec.json.Decoder(KeyEntry).decode


async def sign_release(
    keys: SigningKeys, name: str, version: str, integrity: str, published_at: Moment
) -> list[ReleaseSignature]:
    """Sign a release with the key in use; raise Invalid if there is no one SHA-512 to sign."""
    signature = await keys.sign(signed_text(name, version, integrity), published_at)
    return [ReleaseSignature(signature.keyid, base64.b64encode(signature.value).decode("ascii"))]


def signed_text(name: str, version: str, integrity: str) -> bytes:
    """Write the text that is signed; nothing in it can be taken for a part of its neighbour."""
    if not _is_integrity(integrity):
        # A list of hashes, or options behind one, would let a signature be read in two ways.
        raise Invalid("only a release with one SHA-512 as its integrity can be signed")
    try:
        return f"{name}@{version}:{integrity}".encode("ascii")
    except UnicodeEncodeError:
        raise Invalid("the name or version of a release that is signed must be ASCII") from None


def keys_document(keys: Sequence[PublicKey]) -> KeysDocument:
    """List the keys as clients read them, those that ended as well."""
    return KeysDocument(tuple(_entry(key) for key in keys))


def read_keys(body: bytes) -> KeysDocument:
    """Read another registry's document of keys; what is no key of the one kind that counts is left out."""
    try:
        entries = _decode_keys(body).keys
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return KeysDocument(())
    return KeysDocument(tuple(entry for raw in entries if (entry := _read_entry(raw)) is not None))


def join_keys(own: KeysDocument, theirs: KeysDocument) -> KeysDocument:
    """List the keys of both; where an id stands twice, ours counts."""
    known = {entry.keyid for entry in own.keys}
    return KeysDocument((*own.keys, *(entry for entry in theirs.keys if entry.keyid not in known)))


def _read_entry(raw: Raw) -> KeyEntry | None:
    try:
        entry = _decode_entry(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return entry if entry.keytype == entry.scheme == _KIND else None


def _entry(key: PublicKey) -> KeyEntry:
    expires = None if key.expires_at is None else _iso(key.expires_at)
    return KeyEntry(expires, key.keyid, _KIND, _KIND, base64.b64encode(key.der).decode("ascii"))


def _iso(moment: Moment) -> str:
    text = datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
