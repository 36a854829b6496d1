"""The metadata of a wheel, read from its end: wheels are zip files, whose list of members stands last.

Source: PKWARE's APPNOTE, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16 (its end).
"""

import struct
import zlib
from collections.abc import Iterator

from msgspec import Struct

from packhouse.domain.errors import UpstreamBad

TAIL_BYTES = 64 << 10
"""What is fetched at first: most wheels have their metadata and the list of members in it."""
_MOST_BYTES = 8 << 20
_LARGEST_METADATA = 4 << 20
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_STORED, _DEFLATED = 0, 8
_MARK_64 = 0xFFFFFFFF


class Need(Struct, frozen=True):
    """More of the wheel is needed, from this position on."""

    begin: int


class _Member(Struct, frozen=True):
    name: bytes
    method: int
    size: int
    offset: int


def read_tail(tail: bytes) -> bytes | Need | None:
    """Find the metadata in the end of a wheel; None where there is none that is worth fetching. Raise UpstreamBad."""
    try:
        return _read(tail)
    except (struct.error, zlib.error, IndexError) as error:
        raise UpstreamBad(f"the upstream's wheel cannot be read: {error}") from error


def _read(tail: bytes) -> bytes | Need | None:
    at = tail.rfind(b"PK\5\6")
    if at < 0:
        raise UpstreamBad("the upstream's wheel is no zip file")
    _, _, _, _, _, size, offset, _ = _END.unpack_from(tail, at)
    if _MARK_64 in {size, offset}:
        at = tail.rfind(b"PK\6\6", 0, at)
        *_, size, offset = _END_64.unpack_from(tail, at)
    # Where the tail begins in the whole file; the list of members ends where the mark of its end stands.
    start = offset + size - at
    if offset < start:
        return _need(offset, start + len(tail))
    for member in _members(tail[offset - start : at]):
        folder, _, name = member.name.rpartition(b"/")
        if name == b"METADATA" and folder.endswith(b".dist-info") and b"/" not in folder:
            if member.offset < start:
                return _need(member.offset, start + len(tail))
            return _unpack(tail, member, member.offset - start)
    return None


def _need(begin: int, end: int) -> Need | None:
    return Need(begin) if begin >= 0 and end - begin <= _MOST_BYTES else None


def _members(listed: bytes) -> Iterator[_Member]:
    at = 0
    while listed[at : at + 4] == b"PK\1\2":
        fields = _ENTRY.unpack_from(listed, at)
        method, size = fields[4], fields[8]
        name_size, extra_size, comment_size, offset = fields[10], fields[11], fields[12], fields[16]
        at += _ENTRY.size
        yield _Member(listed[at : at + name_size], method, size, offset)
        at += name_size + extra_size + comment_size


def _unpack(tail: bytes, member: _Member, at: int) -> bytes:
    fields = _LOCAL.unpack_from(tail, at)
    begin = at + _LOCAL.size + fields[9] + fields[10]
    packed = tail[begin : begin + member.size]
    if member.method == _STORED:
        return packed[:_LARGEST_METADATA]
    if member.method != _DEFLATED:
        raise UpstreamBad(f"the upstream's wheel is packed by a method, {member.method}, that is not usual")
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, _LARGEST_METADATA)
