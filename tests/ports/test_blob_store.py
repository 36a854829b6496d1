"""What every blob store promises."""

import hashlib
import random

import pytest

from packhouse.domain.digest import Digest
from packhouse.domain.errors import StorageDamaged, StorageError
from tests.ports.conftest import Blobs

pytestmark = pytest.mark.anyio


async def put(blobs: Blobs, content: bytes, chunk_bytes: int = 65536) -> Digest:
    """Store some bytes in chunks."""
    writer = await blobs.writer()
    for start in range(0, len(content), chunk_bytes):
        await writer.write(content[start : start + chunk_bytes])
    await writer.finish()
    return await writer.commit()


async def get(blobs: Blobs, blob: Digest, start: int, stop: int) -> bytes:
    """Read a range."""
    return b"".join([chunk async for chunk in blobs.stream(blob, start, stop)])


@pytest.mark.parametrize("size", [0, 1, 40_000, 300_000, 1_500_000])
@pytest.mark.parametrize("chunk_bytes", [16_384, 262_144, 2_000_000])
async def test_a_blob_is_read_as_it_was_written(blobs: Blobs, size: int, chunk_bytes: int) -> None:
    content = random.Random(size).randbytes(size)
    writer = await blobs.writer()
    for start in range(0, size, chunk_bytes):
        await writer.write(content[start : start + chunk_bytes])
    await writer.finish()
    assert writer.size_bytes == size
    assert writer.digests == tuple(
        Digest(name, hashlib.new(name, content).hexdigest()) for name in ("md5", "sha1", "sha256", "sha512")
    )
    blob = await writer.commit()
    assert blob == Digest("sha256", hashlib.sha256(content).hexdigest())
    assert await blobs.find_size(blob) == size
    assert await get(blobs, blob, 0, size) == content
    assert await blobs.verify(blob)


async def test_any_range_can_be_read(blobs: Blobs) -> None:
    content = random.Random(2).randbytes(700_000)
    blob = await put(blobs, content)
    for start, stop in [(0, 0), (0, 1), (5, 262_149), (262_144, 524_288), (699_999, 700_000), (100, 700_000)]:
        assert await get(blobs, blob, start, stop) == content[start:stop]


async def test_chunks_are_of_a_size_that_a_server_can_hand_on(blobs: Blobs) -> None:
    blob = await put(blobs, bytes(1_000_000))
    assert {len(chunk) async for chunk in blobs.stream(blob, 0, 1_000_000)} <= {262_144, 1_000_000 % 262_144}


async def test_nothing_is_visible_before_the_commit(blobs: Blobs) -> None:
    blob = Digest("sha256", hashlib.sha256(b"content").hexdigest())
    writer = await blobs.writer()
    await writer.write(b"content")
    assert await blobs.find_size(blob) is None
    await writer.finish()
    assert await blobs.find_size(blob) is None
    assert [found async for found in blobs.list_blobs()] == []
    await writer.commit()
    assert await blobs.find_size(blob) == 7


async def test_a_second_reader_can_follow_and_read_on_after_the_commit(blobs: Blobs) -> None:
    writer = await blobs.writer()
    await writer.write(b"first ")
    assert writer.read(0, 6) == b"first "
    await writer.write(b"second")
    assert writer.read(4, 5) == b"t sec"
    await writer.commit()
    assert writer.read(6, 6) == b"second"


async def test_an_aborted_blob_leaves_nothing(blobs: Blobs) -> None:
    writer = await blobs.writer()
    await writer.write(b"content")
    await writer.abort()
    await writer.abort()
    assert [found async for found in blobs.list_blobs()] == []
    with pytest.raises(StorageError):
        await writer.write(b"more")
    with pytest.raises(StorageError):
        await writer.commit()


async def test_an_abort_after_the_commit_is_harmless(blobs: Blobs) -> None:
    writer = await blobs.writer()
    await writer.write(b"content")
    blob = await writer.commit()
    await writer.abort()
    assert await get(blobs, blob, 0, 7) == b"content"


async def test_the_same_blob_can_be_stored_twice_even_at_once(blobs: Blobs) -> None:
    one, two = await blobs.writer(), await blobs.writer()
    for writer in (one, two):
        await writer.write(b"content")
    assert await one.commit() == await two.commit()
    assert len([found async for found in blobs.list_blobs()]) == 1
    assert await get(blobs, await put(blobs, b"content"), 0, 7) == b"content"


async def test_bytes_that_are_not_there_are_damage(blobs: Blobs) -> None:
    blob = await put(blobs, b"content")
    with pytest.raises(StorageDamaged):
        await get(blobs, blob, 0, 8)
    with pytest.raises(StorageDamaged):
        await get(blobs, Digest("sha256", "0" * 64), 0, 1)


async def test_a_deleted_blob_is_gone_and_deleting_again_is_no_error(blobs: Blobs) -> None:
    blob, kept = await put(blobs, b"content"), await put(blobs, b"kept")
    await blobs.delete(blob)
    await blobs.delete(blob)
    assert await blobs.find_size(blob) is None
    assert not await blobs.verify(blob)
    assert [found async for found in blobs.list_blobs()] == [kept]


async def test_all_blobs_are_listed_and_sound(blobs: Blobs) -> None:
    stored = {await put(blobs, str(number).encode()) for number in range(40)}
    assert {found async for found in blobs.list_blobs()} == stored
    assert await blobs.check(deep=True) == []
