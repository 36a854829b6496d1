"""All of a registration that is not of one release, as the index keeps it."""

import msgspec
from msgspec import Struct

from packhouse.domain.index import Index
from packhouse.ecosystems.nuget.places import Places

Members = list[tuple[str, bytes]]
"""The members of a JSON object in their order, each value in its own bytes."""


class Page(Struct, frozen=True, array_like=True):
    """One page: what it says of itself, and whose releases stand in it."""

    members: Members
    """All but `items`, whose place has an empty value."""
    versions: tuple[str, ...]


class Head(Struct, frozen=True, array_like=True):
    """What is left when the releases are taken out."""

    places: Places
    written_id: str
    """The id in the capitals of the newest release."""
    members: Members
    """Of the registration index: all but `items`, whose place has an empty value."""
    pages: tuple[Page, ...]
    files: dict[str, str]
    """The upstream's address of a file by version, where it is not the usual one."""
    semver2: frozenset[str]
    """The versions that clients before 4.3 cannot read."""


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Head).decode


def pack_head(head: Head) -> bytes:
    """Encode a head."""
    return _pack(head)


def read_head(index: Index) -> Head:
    """Decode the head of an index that `split` made."""
    return _unpack(index.head)
