"""The form in which large values are kept: MessagePack and raw bytes in one zstd frame with a checksum.

zstd works without the interpreter's lock, so that large values are packed and unpacked beside the event loop.
"""

import asyncio
import struct
import threading
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise, repeat
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from packhouse.domain.errors import StorageDamaged
from packhouse.domain.index import Fragment, Index
from packhouse.domain.package import Moment
from packhouse.domain.release import PackageRecord

if TYPE_CHECKING:
    import zstandard

T = TypeVar("T")

_LEVEL = 3
_THREAD_BYTES = 256 << 10
"""Unpacked size from which on the work is done in a thread."""
_LARGEST_BYTES = 1 << 30
_LENGTH = struct.Struct("<I")


class _Columns(Struct, frozen=True, array_like=True):
    """What an index document has beside its bytes, one entry for each fragment."""

    digest: str
    head_bytes: int
    versions: Sequence[str]
    lengths: Sequence[int]
    published_at: Sequence[Moment | None]
    absent_at: Sequence[Moment | None]
    parts: Sequence[str] = ()


async def pack_index(index: Index) -> bytes:
    """Turn a document into bytes for a table."""
    size = len(index.head) + sum(len(fragment.body) for fragment in index.fragments)
    return await _beside(size, _pack_index, index)


async def unpack_index(packed: bytes, digest: str) -> Index:
    """Read a document back; raise StorageDamaged if it is not the one with this digest."""
    return await _beside(_size(packed), decode_index, packed, digest)


async def pack_record(record: PackageRecord) -> bytes:
    """Turn a record into bytes for a table."""
    size = sum(memoryview(release).nbytes for release in record.releases)
    return await _beside(size, _pack_record, record)


async def unpack_record(packed: bytes) -> PackageRecord:
    """Read a record back; raise StorageDamaged."""
    return await _beside(_size(packed), decode_record, packed)


async def pack_bytes(body: bytes) -> bytes:
    """Turn a further document into bytes for a table."""
    return await _beside(len(body), _compress, body)


async def unpack_bytes(packed: bytes) -> bytes:
    """Read a further document back; raise StorageDamaged."""
    return await _beside(_size(packed), _decompress, packed)


def decode_bytes(packed: bytes) -> bytes:
    """Read bytes in this thread; raise StorageDamaged."""
    return _decompress(packed)


def decode_index(packed: bytes, digest: str) -> Index:
    """Read a document in this thread; raise StorageDamaged if it is not the one with this digest."""
    whole = _decompress(packed)
    try:
        (length,) = _LENGTH.unpack_from(whole)
        start = _LENGTH.size + length
        columns = _decode_columns(memoryview(whole)[_LENGTH.size : start])
        bounds = list(accumulate(columns.lengths, initial=start + columns.head_bytes))
        bodies = [whole[low:high] for low, high in pairwise(bounds)]
        parts = columns.parts or repeat("")
        fragments = tuple(map(Fragment, columns.versions, bodies, columns.published_at, columns.absent_at, parts))
    except (struct.error, msgspec.MsgspecError) as error:
        raise StorageDamaged(f"an index document cannot be decoded: {error}") from error
    if columns.digest != digest or bounds[-1] != len(whole) or len(fragments) != len(columns.lengths):
        raise StorageDamaged(f"the index document stored for digest {digest} is another or incomplete")
    return Index(whole[start : start + columns.head_bytes], fragments, digest)


def decode_record(packed: bytes) -> PackageRecord:
    """Read a record in this thread; raise StorageDamaged."""
    try:
        return _decode_record(_decompress(packed))
    except msgspec.MsgspecError as error:
        raise StorageDamaged(f"a record cannot be decoded: {error}") from error


def _pack_index(index: Index) -> bytes:
    fragments = index.fragments
    columns = _encode(
        _Columns(
            index.digest,
            len(index.head),
            [fragment.version for fragment in fragments],
            [len(fragment.body) for fragment in fragments],
            [fragment.published_at for fragment in fragments],
            [fragment.absent_at for fragment in fragments],
            [fragment.part for fragment in fragments] if any(fragment.part for fragment in fragments) else [],
        )
    )
    bodies = [fragment.body for fragment in fragments]
    return _compress(b"".join((_LENGTH.pack(len(columns)), columns, index.head, *bodies)))


def _pack_record(record: PackageRecord) -> bytes:
    return _compress(_encode(record))


async def _beside(size: int, work: Callable[..., T], *arguments: object) -> T:
    if size > _THREAD_BYTES:
        return await asyncio.to_thread(work, *arguments)
    return work(*arguments)


class _Codecs(threading.local):
    """What each thread has of its own: a codec cannot be shared, and making one takes longer than a small value."""

    compressor: "zstandard.ZstdCompressor | None" = None
    decompressor: "zstandard.ZstdDecompressor | None" = None


_codecs = _Codecs()


def _compress(whole: bytes) -> bytes:
    import zstandard  # noqa: PLC0415 (start-up time)

    codec = _codecs.compressor
    if codec is None:
        codec = _codecs.compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
    return codec.compress(whole)


def _decompress(packed: bytes) -> bytes:
    import zstandard  # noqa: PLC0415

    codec = _codecs.decompressor
    if codec is None:
        codec = _codecs.decompressor = zstandard.ZstdDecompressor()
    try:
        # Room is made for what the header says before anything is checked.
        if zstandard.frame_content_size(packed) > _LARGEST_BYTES:
            raise StorageDamaged("stored bytes claim a size that nothing of ours has")
        return codec.decompress(packed)
    except zstandard.ZstdError as error:
        raise StorageDamaged(f"stored bytes cannot be decompressed: {error}") from error


def _size(packed: bytes) -> int:
    """Read the unpacked size from the frame's header; damage shows when it is unpacked."""
    import zstandard  # noqa: PLC0415

    try:
        return zstandard.frame_content_size(packed)
    except zstandard.ZstdError:
        return 0


_encode = msgspec.msgpack.Encoder().encode
_decode_columns = msgspec.msgpack.Decoder(_Columns).decode
_decode_record = msgspec.msgpack.Decoder(PackageRecord).decode
