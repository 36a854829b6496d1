"""Blobs as files named by their SHA-256.

`objects/ab/cdef...` are the blobs; `incoming/<process>/` holds what is still being written, on the same file system,
so that a finished file is moved into its place at once and is never seen half.
"""

import asyncio
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from packhouse.adapters.blobs.faults import translate
from packhouse.adapters.blobs.hashes import verify_file
from packhouse.adapters.blobs.traces import Traces
from packhouse.adapters.blobs.writer import DiskBlobWriter
from packhouse.domain.digest import Digest
from packhouse.domain.errors import ConfigError, StorageDamaged, StorageError

_CHUNK_BYTES = 256 * 1024
_HEALING = "it is fetched anew when it is asked for again"
_ADDRESS = re.compile(r"[0-9a-f]{64}")


class DiskBlobs:
    """A blob store in a folder; any number of processes may share it."""

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self._objects = root / "objects"
        self._durable = durable
        try:
            self._objects.mkdir(parents=True, exist_ok=True)
            marks: list[Path] = []
            self._incoming, self._lock = _claim_folder(root / "incoming", marks)
            self._marks = marks
            self.unsettled: Sequence[Digest] = [Digest("sha256", _marked(mark)) for mark in marks]
            """Files that a process committed and did not live to settle: perhaps nothing refers to them."""
        except OSError as error:
            raise ConfigError(f"cannot keep files in {root}: {error}", "choose a folder that can be written") from error
        self._written = 0
        self._traces = Traces()

    async def find_size(self, blob: Digest) -> int | None:
        """Tell a blob's size in bytes, None if it is not there."""
        try:
            return os.stat(self._path(blob)).st_size  # noqa: PTH116 (asked at every download: Path takes 3 times as long)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise translate(error, "looking for a file") from error

    async def stream(self, blob: Digest, start: int, stop: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `stop`, read in the loop: a thread takes longer than the page cache."""
        descriptor = self._open(blob)
        try:
            if os.fstat(descriptor).st_size < stop:
                raise StorageDamaged(
                    f"the stored file {blob.value} is shorter than it was", "it is fetched anew when asked for"
                )
            position = start
            while position < stop:
                chunk = os.pread(descriptor, min(_CHUNK_BYTES, stop - position), position)
                if not chunk:
                    raise StorageDamaged(f"the stored file {blob.value} was cut off while it was read")
                yield chunk
                position += len(chunk)
        except OSError as error:
            raise translate(error, f"reading {blob.value}") from error
        finally:
            os.close(descriptor)

    def open_file(self, blob: Digest) -> int:
        """Open a blob as a file descriptor; -1 where that is not possible."""
        try:
            return self._open(blob)
        except StorageError:
            return -1  # whoever reads it instead is told why

    async def writer(self, *, durable: bool = False) -> DiskBlobWriter:
        """Begin a new blob."""
        self._written += 1
        path = f"{self._incoming}/{self._written}"
        return DiskBlobWriter(path, self._path, self._traces, durable=durable or self._durable)

    async def delete(self, blob: Digest) -> None:
        """Remove a blob; no error if it is not there."""
        try:
            os.unlink(self._path(blob))  # noqa: PTH108
        except FileNotFoundError:
            return
        except OSError as error:
            raise translate(error, f"removing {blob.value}") from error

    async def list_blobs(self) -> AsyncIterator[Digest]:
        """Walk over all blobs, shard by shard."""
        for shard in await asyncio.to_thread(lambda: sorted(self._objects.iterdir())):
            for path in await asyncio.to_thread(_files, shard):
                if _ADDRESS.fullmatch(shard.name + path.name):
                    yield Digest("sha256", shard.name + path.name)

    async def verify(self, blob: Digest) -> bool:
        """Read a blob and tell whether it still hashes to its address."""
        try:
            return await asyncio.to_thread(verify_file, Path(self._path(blob)), blob)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise translate(error, f"reading {blob.value}") from error

    async def check(self, *, deep: bool = False) -> list[str]:
        """List damage, a sentence each; `deep` reads every file and compares its digest."""
        damage = await asyncio.to_thread(lambda: list(self._strangers()))
        if deep:
            async for blob in self.list_blobs():
                if not await self.verify(blob):
                    damage.append(f"the stored file {blob.value} does not have the digest that it is named by")
        return damage

    def settle_all(self) -> None:
        """Say that whatever was unsettled is used, or deleted; until then the next process is told as well."""
        for folder in {mark.parent for mark in self._marks}:
            shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Remove the folder for incoming files."""
        if self._lock >= 0:
            shutil.rmtree(self._incoming, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1

    def _strangers(self) -> Iterator[str]:
        for shard in sorted(self._objects.iterdir()):
            if not shard.is_dir():
                yield f"{shard.name} is no folder of stored files"
                continue
            for path in _files(shard):
                if not _ADDRESS.fullmatch(shard.name + path.name):
                    yield f"{shard.name}/{path.name} is not named by a digest"

    def _open(self, blob: Digest) -> int:
        try:
            return os.open(self._path(blob), os.O_RDONLY)
        except FileNotFoundError:
            raise StorageDamaged(
                f"the stored file {blob.value} is missing", "it is fetched anew when asked for"
            ) from None
        except OSError as error:
            raise translate(error, f"opening {blob.value}") from error

    def _path(self, blob: Digest) -> str:
        """Place a blob; nothing but hexadecimal digits ever becomes part of a path."""
        if blob.algorithm != "sha256" or not _ADDRESS.fullmatch(blob.value):
            raise StorageDamaged(f"{str(blob)[:80]!r} is no address of a stored file")
        return f"{self._objects}/{blob.value[:2]}/{blob.value[2:]}"


def _files(shard: Path) -> list[Path]:
    try:
        return sorted(shard.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _claim_folder(incoming: Path, marks: list[Path]) -> tuple[Path, int]:
    """Make a folder of our own for unfinished files, and remove those of processes that have died.

    Each process holds a lock on its folder for as long as it lives; the lock on the parent keeps two processes that
    start at once from removing a folder that is made but not locked yet.
    """
    incoming.mkdir(exist_ok=True)
    parent = os.open(incoming, os.O_RDONLY)
    try:
        fcntl.flock(parent, fcntl.LOCK_EX)
        for folder in incoming.iterdir():
            _remove_if_abandoned(folder, marks)
        own = incoming / secrets.token_hex(8)
        own.mkdir()
        lock = os.open(own, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
    finally:
        os.close(parent)
    return own, lock


def _remove_if_abandoned(folder: Path, marks: list[Path]) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # its process lives
    else:
        left = list(folder.iterdir())
        marked = [path for path in left if _ADDRESS.fullmatch(_marked(path))]
        if marked:
            # They stay until somebody has looked after them: this process may die before it does.
            marks += marked
            for path in set(left) - set(marked):
                path.unlink(missing_ok=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)


def _marked(path: Path) -> str:
    """Return the digest that the name of an unsettled file begins with."""
    return path.name.partition("-")[0]
