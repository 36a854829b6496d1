"""A file on its way into the blob store on disk."""

import asyncio
import os
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from packhouse.adapters.blobs.faults import translate
from packhouse.adapters.blobs.hashes import Hashes
from packhouse.domain.digest import Digest
from packhouse.domain.errors import StorageError

_HASH_BYTES = 256 * 1024
"""Hashed in one go, in a thread: four digests of so much take 2-3 ms."""
_LOOP_BYTES = 32 * 1024
"""Less than this is hashed at once, for handing it to a thread would take as long."""


class DiskBlobWriter:
    """Writes as the bytes arrive, into the page cache; hashes beside the event loop, in larger pieces."""

    def __init__(self, path: Path, place: Callable[[Digest], str], *, durable: bool) -> None:
        self._path = path
        self._number = path.name
        self._place = place
        self._durable = durable
        self._hashes = Hashes()
        self._unhashed: list[bytes] = []
        self._unhashed_bytes = 0
        self._gone = False
        self.digests: tuple[Digest, ...] = ()
        self.size_bytes = 0
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
        except OSError as error:
            raise translate(error, "beginning a file") from error
        # Followers read until they let go of the writer, also after `commit`: the descriptor lives as long as it.
        weakref.finalize(self, os.close, self._descriptor)

    async def write(self, chunk: bytes) -> None:
        """Append bytes; raise StorageFull with nothing left behind."""
        if self._gone:
            raise StorageError("a file was written to after its end")
        try:
            _write_all(self._descriptor, chunk)
        except OSError as error:
            await self.abort()
            raise translate(error, "writing a file") from error
        self.size_bytes += len(chunk)
        self._unhashed.append(chunk)
        self._unhashed_bytes += len(chunk)
        if self._unhashed_bytes >= _HASH_BYTES:
            await self._hash()

    async def finish(self) -> None:
        """End writing and compute the digests; the blob is still invisible."""
        await self._hash()
        self.digests = self._hashes.digests()

    async def commit(self) -> Digest:
        """Make the blob durable and visible under its SHA-256; the same blob may be there already."""
        if self._gone:
            raise StorageError("a file was committed after its end")
        if not self.digests:
            await self.finish()
        address = next(digest for digest in self.digests if digest.algorithm == "sha256")
        try:
            await asyncio.to_thread(self._move, Path(self._place(address)))
        except OSError as error:
            await self.abort()
            raise translate(error, "storing a file") from error
        self._gone = True
        return address

    async def settle(self) -> None:
        """Say that something refers to the committed file now, or that nothing ever will: its traces go."""
        if self._gone and self._durable:
            self._path.unlink(missing_ok=True)

    async def abort(self) -> None:
        """Throw the bytes away; harmless after `commit`."""
        if not self._gone:
            self._gone = True
            self._path.unlink(missing_ok=True)

    def read(self, start: int, length: int) -> bytes:
        """Read back bytes already written."""
        try:
            return os.pread(self._descriptor, length, start)
        except OSError as error:
            raise translate(error, "reading a file that is arriving") from error

    async def _hash(self) -> None:
        chunks, size = self._unhashed, self._unhashed_bytes
        self._unhashed, self._unhashed_bytes = [], 0
        if size < _LOOP_BYTES:
            self._hashes.update(chunks)
        else:
            await asyncio.to_thread(self._hashes.update, chunks)

    def _move(self, target: Path) -> None:
        if self._durable:
            # Without it a power cut can leave an empty file under a name that promises its contents.
            os.fsync(self._descriptor)
        try:
            self._place_at(target)
        except FileNotFoundError:
            target.parent.mkdir(exist_ok=True)
            self._place_at(target)
        if self._durable:
            _sync_folder(target.parent)

    def _place_at(self, target: Path) -> None:
        if not self._durable:
            self._path.replace(target)
            return
        # Its first name stays until `settle`: should this process die, the next one finds what was not used yet.
        marked = self._path.with_name(f"{target.parent.name}{target.name}-{self._number}")
        if self._path != marked:
            self._path = self._path.rename(marked)
        second = self._path.with_name(f"{self._number}.new")
        with suppress(FileExistsError):
            os.link(self._path, second)
        second.replace(target)


def _sync_folder(folder: Path) -> None:
    """Let the name of a file survive a power cut, too (fsync(2), notes)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, chunk: bytes) -> None:
    """Write every byte: near the end of the space, the system takes only a part and then says why."""
    left = memoryview(chunk)
    while left:
        left = left[os.write(descriptor, left) :]
