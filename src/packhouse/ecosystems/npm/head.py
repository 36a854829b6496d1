"""All of a packument that is not of one release, as the index keeps it."""

from functools import lru_cache
from itertools import pairwise

import msgspec
from msgspec import Raw, Struct

from packhouse.domain.index import Index
from packhouse.ecosystems.npm.addresses import Addresses
from packhouse.ecosystems.npm.members import Object

_NULL = b"null"
SMALL_BYTES = 16 << 10
"""Of a head: a change reads the same one many times, and a few small ones are remembered decoded."""


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


decode_head = msgspec.msgpack.Decoder(Head).decode
"""Decode a head."""
_decode_frame = msgspec.msgpack.Decoder(Frame).decode
_pack = msgspec.msgpack.Encoder().encode
_decode_small = lru_cache(32)(decode_head)


def read_head(index: Index) -> Head:
    """Decode the head of an index that `split` made; it is to be changed by nobody."""
    return _decode_small(index.head) if len(index.head) <= SMALL_BYTES else decode_head(index.head)


def read_frame(head: Head) -> Frame:
    """Decode the text around the manifests."""
    return _decode_frame(head.frame)


def pack_head(
    frame: Frame,
    addresses: Addresses,
    tags: dict[str, str],
    versions: tuple[str, ...],
    omitted: tuple[str, ...],
    *,
    sound: bool,
) -> bytes:
    """Encode a head; the frame by itself, since files and tags are looked up without it."""
    return _pack(Head(addresses, tags, versions, omitted, sound, Raw(_pack(frame))))


def make_frame(body: bytes, found: Object) -> Frame:
    """Cut the text around the manifests out of a document."""
    before, after, members = body[: found.at], body[found.end :], found.members
    if not members:
        return Frame(before, after, opening=body[found.at + 1 : found.end - 1])
    opening, closing = body[found.at + 1 : members[0].key_at], body[members[-1].end : found.end - 1]
    if found.even:
        return Frame(before, after, opening, *found.even, closing)
    leads = {body[left.end : right.key_at] for left, right in pairwise(members)}
    colons = {body[member.key_end : member.start] for member in members}
    plain = all(body[each.key_at + 1 : each.key_end - 1] == each.name.encode() for each in members)
    if plain and len(leads) <= 1 and len(colons) == 1:
        return Frame(before, after, opening, leads.pop() if leads else b",", colons.pop(), closing)
    starts = [found.at + 1, *(member.end for member in members)]
    stops = [*(member.start for member in members), found.end - 1]
    gaps = tuple(body[start:stop] for start, stop in zip(starts, stops, strict=True))
    return Frame(before, after, gaps=gaps)
