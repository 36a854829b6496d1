"""One header of a tar archive: POSIX ustar with pax, and GNU's extensions.

Where programs are known to read the same bytes as different entries, the header is refused.
"""

import re
from typing import NamedTuple
from zlib import adler32

from packhouse.formats.archive import BadArchive, shown

BLOCK = 512

_POSIX = b"ustar\x0000"
_GNU = b"ustar  \0"
_OLD = bytes(8)
_NO_PREFIX = bytes(155)
_CHECKSUM_AT = slice(148, 156)
_CHECKSUM_AS_BLANKS = 8 * 0x20
_BASE_256 = 0x80
_LARGEST = 2**62
_FURTHER_NUMBERS = {
    "owner": slice(108, 116),
    "group": slice(116, 124),
    "time": slice(136, 148),
    "major number": slice(329, 337),
    "minor number": slice(337, 345),
}
_is_octal = re.compile(rb"[ \0]*[0-7]*[ \0]*").fullmatch


class Header(NamedTuple):
    """The fields that say what an entry is."""

    name: bytes
    type: bytes
    size: int
    mode: int
    link: bytes


def parse_header(block: bytes) -> Header:
    """Read a block of 512 bytes; raise BadArchive."""
    name = _text(block[:100])
    checksum = _number(block[_CHECKSUM_AT], name, "checksum")
    if _sum(block[:256]) + _sum(block[256:]) - sum(block[_CHECKSUM_AT]) + _CHECKSUM_AS_BLANKS != checksum:
        raise BadArchive(f"the header of {shown(name)} has a wrong checksum")
    for what, field in _FURTHER_NUMBERS.items():
        # Of no use to us, but programs stop at a header with one that they cannot read.
        if not _is_octal(block[field]):
            _number(block[field], name, what, missing=0)
    prefix = _prefix(block, name)
    return Header(
        b"%b/%b" % (prefix, name) if prefix else name,
        block[156:157],
        _number(block[124:136], name, "size"),
        _number(block[100:108], name, "mode", missing=0) & 0o7777,
        _text(block[157:257]),
    )


def parse_pax(body: bytes, name: str) -> dict[str, bytes]:
    r"""Read the records `<length> <key>=<value>\n` of an extended header (POSIX pax, "pax Extended Header")."""
    records: dict[str, bytes] = {}
    at = 0
    while at < len(body):
        # No honest record is longer than five digits can say.
        blank = body.find(b" ", at, at + 6)
        digits = body[at:blank] if blank > 0 else b""
        if not digits.isdigit() or digits.startswith(b"0"):
            raise _bad_pax(name)
        end = at + int(digits)
        key, equals, value = body[blank + 1 : end - 1].partition(b"=")
        if end > len(body) or end <= blank + 1 or body[end - 1] != ord("\n") or not (key and equals and key.isascii()):
            raise _bad_pax(name)
        if records.setdefault(key.decode(), value) != value:
            raise BadArchive(f"the extended header {shown(name)} says {shown(key)} twice")
        at = end
    return records


def _bad_pax(name: str) -> BadArchive:
    return BadArchive(f"the extended header {shown(name)} cannot be read")


def _sum(half: bytes) -> int:
    """Add up at most 256 bytes: the lower half of Adler-32 is their sum and 1, modulo 65521, and is quick to have."""
    return (adler32(half) & 0xFFFF) - 1


def _prefix(block: bytes, name: bytes) -> bytes:
    magic = block[257:265]
    prefix = block[345:500]
    if magic == _POSIX:
        return _text(prefix)
    if magic not in {_GNU, _OLD}:
        raise BadArchive(f"the header of {shown(name)} is of an unknown kind of tar")
    # Some programs read a prefix here whatever the kind, so that they would see another name.
    if prefix != _NO_PREFIX:
        raise BadArchive(f"the header of {shown(name)} has bytes where its kind of tar has none")
    return b""


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _number(field: bytes, name: bytes, what: str, missing: int | None = None) -> int:
    """Read octal digits with blanks and NULs around them, or GNU's binary form."""
    if field[0] & _BASE_256:
        number = int.from_bytes(field[1:])
        if field[0] != _BASE_256 or number >= _LARGEST:
            raise BadArchive(f"the {what} of {shown(name)} is out of bounds")
        return number
    digits = field.strip(b" \0")
    if not digits and missing is not None:
        return missing
    # `int` would take signs and underscores as well.
    if not digits.isdigit() or b"8" in digits or b"9" in digits:
        raise BadArchive(f"the {what} of {shown(name)} is no number")
    return int(digits, 8)
