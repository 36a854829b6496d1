"""A version's manifest as it is stored, taken apart to its members and put together again.

NUL stands in it for our own address and may not stand in JSON, so that something that nobody can guess stands for it
while members are decoded.
"""

from collections.abc import Mapping
from secrets import token_hex

import msgspec
from msgspec import Raw

from packhouse.domain.index import BASE

_TOKEN = token_hex(16).encode()

_decode = msgspec.json.Decoder(dict[str, Raw]).decode
_encode = msgspec.json.Encoder().encode


def read_manifest(manifest: bytes) -> dict[str, Raw]:
    """Decode a manifest down to its members."""
    return _decode(manifest.replace(BASE, _TOKEN))


def read_members(raw: Raw) -> dict[str, Raw]:
    """Decode a member of a manifest down to its own members."""
    return _decode(raw)


def write_members(members: Mapping[str, Raw]) -> Raw:
    """Encode the members of a member."""
    return Raw(_encode(members))


def raw(value: object) -> Raw:
    """Encode a value for a manifest; a NUL in it stays an escape, and stands for nothing."""
    return Raw(_encode(value))


def raw_with_base(value: object) -> Raw:
    """Encode a value of ours, in which BASE stands for our address; nothing that anybody sent may be in it."""
    return Raw(_encode(value).replace(b"\\u0000", _TOKEN))


def write_manifest(members: Mapping[str, Raw]) -> bytes:
    """Encode a manifest."""
    return _encode(members).replace(_TOKEN, BASE)
