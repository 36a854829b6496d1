"""Tar archives put together block by block, so that they can be wrong in one place."""

import zlib
from collections.abc import Iterable

from packhouse.formats.archive import Archive, Rules
from packhouse.formats.tarball import read_tarball

END = bytes(1024)
USTAR = b"ustar\x0000"
GNU = b"ustar  \0"


def header(name: bytes, size: int = 0, kind: bytes = b"0", **fields: bytes) -> bytes:
    """Make a header; fields are magic, prefix, link, size_field, mode, time and checksum."""
    block = bytearray(512)
    block[0 : len(name)] = name
    block[100:108] = fields.get("mode", b"0000644\0")
    block[124:136] = fields.get("size_field", b"%011o\0" % size)
    block[136:148] = fields.get("time", b"00000000000\0")
    block[156:157] = kind
    block[157 : 157 + len(fields.get("link", b""))] = fields.get("link", b"")
    block[257:265] = fields.get("magic", USTAR)
    block[345 : 345 + len(fields.get("prefix", b""))] = fields.get("prefix", b"")
    block[148:156] = b" " * 8
    block[148:156] = fields.get("checksum", b"%06o\0 " % sum(block))
    return bytes(block)


def padded(body: bytes) -> bytes:
    """Fill a body up to whole blocks."""
    return body + bytes(-len(body) % 512)


def entry(name: bytes, body: bytes = b"", kind: bytes = b"0", **fields: bytes) -> bytes:
    """Make a header and its body."""
    return header(name, len(body), kind, **fields) + padded(body)


def pax(kind: bytes = b"x", **records: bytes) -> bytes:
    """Make an extended header of records."""
    return entry(b"PaxHeader", b"".join(record(key.encode(), value) for key, value in records.items()), kind)


def record(key: bytes, value: bytes) -> bytes:
    """Make one record, whose length counts itself."""
    rest = len(key) + len(value) + 3
    length = rest + len(str(rest))
    if len(str(length)) > len(str(rest)):
        length += 1
    return b"%d %b=%b\n" % (length, key, value)


def gzipped(data: bytes) -> bytes:
    """Compress as gzip does."""
    stream = zlib.compressobj(6, wbits=31)
    return stream.compress(data) + stream.flush()


def read(data: bytes, rules: Rules | None = None, keep: int = 1 << 20, chunk: int = 1 << 20) -> Archive:
    """Read a tar, compressed here, in chunks of a size."""
    return read_chunks(_chunks(gzipped(data), chunk), rules, keep)


def read_chunks(chunks: Iterable[bytes], rules: Rules | None = None, keep: int = 1 << 20) -> Archive:
    """Read a compressed tar."""
    return read_tarball(chunks, rules or Rules(), lambda _: keep)


def _chunks(data: bytes, size: int) -> Iterable[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))
