"""A file on its way into the blob store on disk.

Paths are text here: for a small package, `pathlib` takes longer than the disk.
"""
# ruff: noqa: PTH104, PTH105, PTH108, PTH120

import asyncio
import os
import weakref
from collections.abc import Callable
from pathlib import Path

from packhouse.adapters.blobs.faults import translate
from packhouse.adapters.blobs.hashes import Hashes
from packhouse.adapters.blobs.traces import Traces
from packhouse.domain.digest import Digest
from packhouse.domain.errors import StorageError

_HASH_BYTES = 256 * 1024
"""Hashed in one go, in a thread: four digests of so much take 2-3 ms."""
_LOOP_BYTES = 32 * 1024
"""Less than this is hashed at once, for handing it to a thread would take as long."""
_HELD_BYTES = 64 * 1024
"""A file that stays shorter is made at the commit, in one go and beside the event loop: most packages are so small."""


class DiskBlobWriter:
    """Writes as the bytes arrive, into the page cache; hashes beside the event loop, in larger pieces."""

    def __init__(self, path: str, place: Callable[[Digest], str], traces: Traces, *, durable: bool) -> None:
        self._path = path
        self._place = place
        self._traces = traces
        self._durable = durable
        self._hashes = Hashes()
        self._unhashed: list[bytes] = []
        self._unhashed_bytes = 0
        self._descriptor = -1
        self._held = bytearray()
        """All that was written, while there is no file yet; a short one is read from here to the end."""
        self._gone = False
        self.digests: tuple[Digest, ...] = ()
        self.size_bytes = 0

    async def write(self, chunk: bytes) -> None:
        """Append bytes; raise StorageFull with nothing left behind."""
        if self._gone:
            raise StorageError("a file was written to after its end")
        try:
            self._append(chunk)
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
            with self._traces.placing():
                await asyncio.to_thread(self._store, address)
        except OSError as error:
            await self.abort()
            raise translate(error, "storing a file") from error
        self._gone = True
        return address

    async def settle(self) -> None:
        """Say that something refers to the committed file now, or that nothing ever will: its traces go."""
        if self._gone and self._durable:
            self._traces.remove(self._path)

    async def abort(self) -> None:
        """Throw the bytes away; harmless after `commit`."""
        if not self._gone:
            self._gone = True
            _unlink(self._path)

    def read(self, start: int, length: int) -> bytes:
        """Read back bytes already written."""
        if self._descriptor < 0:
            return bytes(self._held[start : start + length])
        try:
            return os.pread(self._descriptor, length, start)
        except OSError as error:
            raise translate(error, "reading a file that is arriving") from error

    def _append(self, chunk: bytes) -> None:
        if self._descriptor < 0:
            if len(self._held) + len(chunk) <= _HELD_BYTES:
                self._held += chunk
                return
            self._descriptor = _make(self._path)
            # Followers read until they let go of the writer, also after `commit`: the descriptor lives as long as it.
            weakref.finalize(self, os.close, self._descriptor)
            _write_all(self._descriptor, self._held)
            self._held = bytearray()
        _write_all(self._descriptor, chunk)

    async def _hash(self) -> None:
        chunks, size = self._unhashed, self._unhashed_bytes
        self._unhashed, self._unhashed_bytes = [], 0
        if size < _LOOP_BYTES:
            self._hashes.update(chunks)
        else:
            await asyncio.to_thread(self._hashes.update, chunks)

    def _store(self, address: Digest) -> None:
        """Put the file into its place; runs in a thread."""
        self._traces.sweep()
        target = self._place(address)
        if self._durable:
            self._mark(address.value)
        if self._descriptor >= 0:
            self._put(self._descriptor, target)
            return
        descriptor = _make(self._path)
        try:
            _write_all(descriptor, self._held)
            self._put(descriptor, target)
        finally:
            os.close(descriptor)

    def _mark(self, value: str) -> None:
        """Name the file so that the next process finds it, should this one die before something refers to it."""
        folder, _, number = self._path.rpartition("/")
        if number.startswith(value):
            return
        marked = f"{folder}/{value}-{number}"
        if self._descriptor >= 0:
            os.rename(self._path, marked)
        self._path = marked

    def _put(self, descriptor: int, target: str) -> None:
        try:
            self._put_into_folder(descriptor, target)
        except FileNotFoundError:
            folder = os.path.dirname(target)
            Path(folder).mkdir(exist_ok=True)
            if self._durable:
                _sync_folder(os.path.dirname(folder))
            self._put_into_folder(descriptor, target)

    def _put_into_folder(self, descriptor: int, target: str) -> None:
        if not self._durable:
            os.replace(self._path, target)
            return
        # The file's own name stays until `settle`. Nothing refers to a name that is new, so that one journal's entry
        # can take name and contents together to the disk; where a name is taken already, contents must be there first.
        try:
            os.link(self._path, target)
        except FileExistsError:
            os.fsync(descriptor)
            second = f"{self._path}.new"
            _unlink(second)
            os.link(self._path, second)
            os.replace(second, target)
            # Of two names of one file, `rename` removes neither (rename(2)).
            _unlink(second)
        else:
            os.fsync(descriptor)
        _sync_folder(os.path.dirname(target))


def _make(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def _sync_folder(folder: str) -> None:
    """Let the name of a file survive a power cut, too (fsync(2), notes)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, chunk: bytes | bytearray) -> None:
    """Write every byte: near the end of the space, the system takes only a part and then says why."""
    left = memoryview(chunk)
    while left:
        left = left[os.write(descriptor, left) :]
