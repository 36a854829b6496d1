"""Compressed files of advisories as bounded pieces: what claims to be endless ends."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 16 << 30
"""Of a file, unpacked. All of OSV is a tenth of that."""
MAX_RECORD_BYTES = 32 << 20
_PIECE_BYTES = 1 << 20
_XZ_MEMORY_BYTES = 256 << 20
"""To unpack what `xz -9` has made takes 65 MB."""


class BadFile(ValueError):
    """A file that cannot be unpacked, or that is over a limit."""


def read_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file, unpacked if its name says so; raise BadFile or OSError."""
    rest = bytearray()
    for piece in read_pieces(path):
        rest += piece
        *lines, last = bytes(rest).split(b"\n") if b"\n" in piece else [bytes(rest)]
        if len(last) > MAX_RECORD_BYTES:
            raise BadFile(f"a line is longer than {MAX_RECORD_BYTES >> 20} MiB")
        yield from lines
        rest = bytearray(last)
    if rest:
        yield bytes(rest)


def read_whole(path: Path) -> bytes:
    """Read a file that is one record; raise BadFile or OSError."""
    whole = bytearray()
    for piece in read_pieces(path):
        whole += piece
        if len(whole) > MAX_RECORD_BYTES:
            raise BadFile(f"a record is larger than {MAX_RECORD_BYTES >> 20} MiB")
    return bytes(whole)


def read_pieces(path: Path) -> Iterator[bytes]:
    """Yield what a file holds, unpacked if its name says so; raise BadFile or OSError."""
    made = 0
    with path.open("rb") as file:
        for piece in _unpacked(file, path.suffix):
            made += len(piece)
            if made > MAX_BYTES:
                raise BadFile(f"it holds more than {MAX_BYTES >> 30} GiB")
            yield piece


def _unpacked(file: BinaryIO, suffix: str) -> Iterator[bytes]:
    if suffix == ".xz":
        yield from _unxz(file)
    elif suffix == ".gz":
        yield from _ungzip(file)
    else:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _unxz(file: BinaryIO) -> Iterator[bytes]:
    import lzma  # noqa: PLC0415 (start-up time)

    data = file.read(_PIECE_BYTES)
    try:
        while data:  # streams may follow each other
            stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES)
            while not stream.eof:
                if stream.needs_input and not data and not (data := file.read(_PIECE_BYTES)):
                    raise BadFile("it ends too early")
                yield stream.decompress(data, _PIECE_BYTES)
                data = b""
            data = (stream.unused_data or file.read(_PIECE_BYTES)).lstrip(b"\0") or file.read(_PIECE_BYTES)
    except lzma.LZMAError as error:
        raise BadFile(f"it is no sound xz file: {error}") from error


def _ungzip(file: BinaryIO) -> Iterator[bytes]:
    data = file.read(_PIECE_BYTES)
    try:
        while data:
            stream = zlib.decompressobj(wbits=31)
            while not stream.eof:
                if not data and not (data := file.read(_PIECE_BYTES)):
                    raise BadFile("it ends too early")
                yield stream.decompress(data, _PIECE_BYTES)
                data = stream.unconsumed_tail
            data = (stream.unused_data or file.read(_PIECE_BYTES)).lstrip(b"\0") or file.read(_PIECE_BYTES)
    except zlib.error as error:
        raise BadFile(f"it is no sound gzip file: {error}") from error
