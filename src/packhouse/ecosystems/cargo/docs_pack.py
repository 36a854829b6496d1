"""Many pages in one file: their bytes, one after the other, and behind them where each of them is.

Text is compressed once, when it is packed, and mostly sent so.
"""

import hashlib
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from packhouse.domain.errors import StorageDamaged
from packhouse.formats.compression import compress

_MAGIC = b"PHDOCS01"
TRAILER_BYTES = len(_MAGIC) + 8
_CHUNK_BYTES = 1 << 20
_DENSE = (".woff2", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif")
# Less is not worth a header.
_SMALL_BYTES = 200


class Page(Struct, frozen=True, array_like=True):
    """Where one page is."""

    start: int
    stored_bytes: int
    gzipped: bool
    tag: str
    """Of its content, for comparing."""


class Contents(Struct, frozen=True, array_like=True):
    """What a file of pages holds."""

    first: str
    """The page to begin with."""
    pages: dict[str, Page]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Contents).decode


def pack(first: str, pages: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """Yield the file in chunks of about a megabyte."""
    contents: dict[str, Page] = {}
    waiting: list[bytes] = []
    waiting_bytes = start = 0
    for path, body in pages:
        dense = path.lower().endswith(_DENSE) or len(body) < _SMALL_BYTES
        stored = body if dense else compress(body, "gzip")
        tag = hashlib.blake2b(body, digest_size=12).hexdigest()
        contents[path] = Page(start, len(stored), not dense, tag)
        start += len(stored)
        waiting.append(stored)
        waiting_bytes += len(stored)
        if waiting_bytes >= _CHUNK_BYTES:
            yield b"".join(waiting)
            waiting.clear()
            waiting_bytes = 0
    table = _encode(Contents(first, contents))
    yield b"".join((*waiting, table, len(table).to_bytes(8, "big"), _MAGIC))


def contents_start(trailer: bytes, size_bytes: int) -> int:
    """Tell where the table begins, by the last bytes of the file; raise StorageDamaged."""
    if len(trailer) != TRAILER_BYTES or trailer[8:] != _MAGIC:
        raise StorageDamaged("a file of documentation pages does not end as one")
    start = size_bytes - TRAILER_BYTES - int.from_bytes(trailer[:8], "big")
    if start < 0:
        raise StorageDamaged("a file of documentation pages is shorter than its table")
    return start


def read_contents(table: bytes) -> Contents:
    """Read the table; raise StorageDamaged."""
    try:
        return _decode(table)
    except msgspec.MsgspecError as error:
        raise StorageDamaged("the table of a file of documentation pages cannot be read") from error
