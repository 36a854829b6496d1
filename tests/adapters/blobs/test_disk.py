"""What is particular to blobs on a disk."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from packhouse.adapters.blobs.disk import DiskBlobs
from packhouse.domain.digest import Digest
from packhouse.domain.errors import ConfigError, StorageDamaged

pytestmark = pytest.mark.anyio

LIMITED = """
import asyncio, resource, sys
from pathlib import Path
from packhouse.adapters.blobs.disk import DiskBlobs
from packhouse.domain.errors import StorageFull

async def main():
    blobs = DiskBlobs(Path(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
    writer = await blobs.writer()
    try:
        for _ in range(10):
            await writer.write(bytes(65536))
    except StorageFull as error:
        print("full", len(list(blobs._incoming.iterdir())), writer.size_bytes)
    small = await blobs.writer()
    await small.write(b"fits")
    blob = await small.commit()
    print([chunk async for chunk in blobs.stream(blob, 0, 4)])

asyncio.run(main())
"""

WAITING = """
import asyncio, sys, time
from pathlib import Path
from packhouse.adapters.blobs.disk import DiskBlobs

async def main():
    blobs = DiskBlobs(Path(sys.argv[1]))
    writer = await blobs.writer()
    await writer.write(bytes(100_000))
    print("ready", flush=True)
    time.sleep(60)

asyncio.run(main())
"""


def files(folder: Path) -> list[Path]:
    """List all files below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


async def put(blobs: DiskBlobs, content: bytes) -> Digest:
    """Store some bytes."""
    writer = await blobs.writer()
    await writer.write(content)
    return await writer.commit()


@pytest.mark.parametrize("durable", [True, False])
async def test_a_committed_blob_is_one_file_named_by_its_digest(tmp_path: Path, durable: bool) -> None:  # noqa: FBT001
    blobs = DiskBlobs(tmp_path, durable=durable)
    writer = await blobs.writer()
    await writer.write(b"content")
    blob = await writer.commit()
    await writer.settle()
    assert files(tmp_path) == [tmp_path / "objects" / blob.value[:2] / blob.value[2:]]
    blobs.close()


async def test_what_a_process_committed_and_did_not_settle_is_known_to_the_next_one(tmp_path: Path) -> None:
    dying = DiskBlobs(tmp_path)
    blob = await put(dying, b"content")
    (folder,) = (tmp_path / "incoming").iterdir()
    # As a process that is killed leaves it: its folder stands, and nobody holds the lock.
    kept = tmp_path / "kept"
    folder.rename(kept)
    dying.close()
    kept.rename(folder)
    next_one = DiskBlobs(tmp_path)
    assert next_one.unsettled == [blob]
    assert await next_one.find_size(blob) == 7
    # It may die as well before it has looked after the file.
    next_one.close()
    third = DiskBlobs(tmp_path)
    assert third.unsettled == [blob]
    third.settle_all()
    third.close()
    assert DiskBlobs(tmp_path).unsettled == []
    assert files(tmp_path / "incoming") == []


async def test_files_that_are_stored_side_by_side_leave_no_traces_once_all_are_settled(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path)

    async def store(content: bytes) -> None:
        writer = await blobs.writer(durable=True)
        await writer.write(content)
        await writer.commit()
        await writer.settle()

    contents = [bytes([number % 20]) * (number * 9000) for number in range(40)]
    await asyncio.gather(*(store(content) for content in contents))
    assert len(files(tmp_path)) == len(set(contents))
    assert await blobs.check(deep=True) == []
    blobs.close()


async def test_what_was_written_can_be_read_back_before_and_after_the_commit(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path)
    for size in (10, 65_536, 65_537, 200_000):
        writer = await blobs.writer()
        content = os.urandom(size)
        await writer.write(content[:7])
        await writer.write(content[7:])
        assert writer.read(5, size) == content[5:]
        await writer.commit()
        assert writer.read(5, size) == content[5:]
        assert writer.read(size, 10) == b""
    blobs.close()


async def test_an_aborted_blob_leaves_no_file(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path)
    writer = await blobs.writer()
    await writer.write(bytes(100_000))
    assert len(files(tmp_path)) == 1
    await writer.abort()
    assert files(tmp_path) == []
    blobs.close()


def test_no_room_is_told_as_such_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", LIMITED, str(tmp_path)], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["full 0 458752", "[b'fits']"]


def test_a_restart_removes_what_a_killed_process_left_and_nothing_of_a_living_one(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WAITING, str(tmp_path)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as killed,
        subprocess.Popen(command, stdout=subprocess.PIPE) as living,
    ):
        for process in (killed, living):
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert len(files(tmp_path)) == 2
        blobs = DiskBlobs(tmp_path)
        assert len(files(tmp_path)) == 1
        living.kill()
    DiskBlobs(tmp_path).close()
    assert files(tmp_path) == []
    blobs.close()


async def test_a_blob_that_was_cut_off_is_damage_and_heals_when_stored_again(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path)
    blob = await put(blobs, b"content")
    os.truncate(files(tmp_path)[0], 3)
    with pytest.raises(StorageDamaged):
        _ = [chunk async for chunk in blobs.stream(blob, 0, 7)]
    assert await blobs.find_size(blob) == 3
    assert not await blobs.verify(blob)
    (sentence,) = await blobs.check(deep=True)
    assert blob.value in sentence
    await put(blobs, b"content")
    assert [chunk async for chunk in blobs.stream(blob, 0, 7)] == [b"content"]
    assert await blobs.check(deep=True) == []
    blobs.close()


async def test_files_that_are_no_blobs_are_reported_and_not_listed(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path)
    blob = await put(blobs, b"content")
    (tmp_path / "objects" / "note.txt").touch()
    (tmp_path / "objects" / blob.value[:2] / "backup").touch()
    assert await blobs.check() == [
        f"{blob.value[:2]}/backup is not named by a digest",
        "note.txt is no folder of stored files",
    ]
    assert [found async for found in blobs.list_blobs()] == [blob]
    blobs.close()


@pytest.mark.parametrize(
    "address",
    [
        Digest("sha256", "../../../etc/passwd"),
        Digest("sha256", "AB" * 32),
        Digest("sha256", "ab" * 31),
        Digest("sha256", "ab" * 32 + "\n"),
        Digest("sha256", "ab/" + "c" * 61),
        Digest("sha256", ""),
        Digest("md5", "ab" * 16),
        Digest("sha512", "ab" * 32),
    ],
)
async def test_nothing_but_a_digest_ever_names_a_file(tmp_path: Path, address: Digest) -> None:
    blobs = DiskBlobs(tmp_path)
    with pytest.raises(StorageDamaged):
        await blobs.find_size(address)
    with pytest.raises(StorageDamaged):
        await blobs.delete(address)
    with pytest.raises(StorageDamaged):
        _ = [chunk async for chunk in blobs.stream(address, 0, 1)]
    with pytest.raises(StorageDamaged):
        await blobs.verify(address)
    blobs.close()


async def test_descriptors_are_given_back(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path)
    blob = await put(blobs, bytes(600_000))
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for number in range(50):
        await put(blobs, str(number).encode())
        async for _ in blobs.stream(blob, 0, 600_000):
            break
        writer = await blobs.writer()
        await writer.abort()
        del writer
    left_open = blobs.stream(blob, 0, 600_000)
    await anext(left_open)
    await left_open.aclose()  # type: ignore[attr-defined]
    assert len(os.listdir("/proc/self/fd")) <= before + 2  # noqa: PTH208
    blobs.close()


def test_a_folder_that_cannot_be_made_is_a_mistake_in_the_settings(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot keep files"):
        DiskBlobs(tmp_path / "file")
