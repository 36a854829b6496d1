"""Blobs in memory, for tests."""

from collections.abc import AsyncIterator

from packhouse.adapters.blobs.hashes import Hashes
from packhouse.domain.digest import Digest
from packhouse.domain.errors import StorageDamaged, StorageError

_CHUNK_BYTES = 256 * 1024


class MemoryBlobs:
    """A blob store in a dictionary; tests may change `files` to damage it."""

    def __init__(self) -> None:
        self.files: dict[Digest, bytes] = {}

    async def find_size(self, blob: Digest) -> int | None:
        """Tell a blob's size in bytes, None if it is not there."""
        content = self.files.get(blob)
        return None if content is None else len(content)

    async def stream(self, blob: Digest, start: int, stop: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `stop`; raise StorageDamaged if they are not there."""
        content = self.files.get(blob)
        if content is None or len(content) < stop:
            raise StorageDamaged(f"the stored file {blob.value} is missing or shorter than it was")
        for position in range(start, stop, _CHUNK_BYTES):
            yield content[position : min(position + _CHUNK_BYTES, stop)]

    def open_file(self, blob: Digest) -> int:
        """Open nothing: memory is no file."""
        del blob
        return -1

    async def writer(self, *, durable: bool = False) -> "MemoryBlobWriter":
        """Begin a new blob; none outlives the process."""
        del durable
        return MemoryBlobWriter(self.files)

    async def delete(self, blob: Digest) -> None:
        """Remove a blob; no error if it is not there."""
        self.files.pop(blob, None)

    async def list_blobs(self) -> AsyncIterator[Digest]:
        """Walk over all blobs."""
        for blob in sorted(self.files):
            yield blob

    async def verify(self, blob: Digest) -> bool:
        """Tell whether a blob still hashes to its address."""
        content = self.files.get(blob)
        return content is not None and blob in _digests([content])

    async def check(self, *, deep: bool = False) -> list[str]:
        """List damage, a sentence each."""
        blobs = sorted(self.files) if deep else []
        return [f"the stored file {blob.value} is damaged" for blob in blobs if not await self.verify(blob)]

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


class MemoryBlobWriter:
    """A file on its way into the dictionary."""

    def __init__(self, files: dict[Digest, bytes]) -> None:
        self._files = files
        self._content = bytearray()
        self._gone = False
        self.digests: tuple[Digest, ...] = ()
        self.size_bytes = 0

    async def write(self, chunk: bytes) -> None:
        """Append bytes."""
        if self._gone:
            raise StorageError("a file was written to after its end")
        self._content += chunk
        self.size_bytes += len(chunk)

    async def finish(self) -> None:
        """End writing and compute the digests."""
        self.digests = _digests([bytes(self._content)])

    async def commit(self) -> Digest:
        """Make the blob visible under its SHA-256."""
        if self._gone:
            raise StorageError("a file was committed after its end")
        if not self.digests:
            await self.finish()
        address = next(digest for digest in self.digests if digest.algorithm == "sha256")
        self._files[address] = bytes(self._content)
        self._gone = True
        return address

    async def settle(self) -> None:
        """Leave no traces: there are none."""

    async def abort(self) -> None:
        """Throw the bytes away; harmless after `commit`."""
        self._gone = True

    def read(self, start: int, length: int) -> bytes:
        """Read back bytes already written."""
        return bytes(self._content[start : start + length])


def _digests(chunks: list[bytes]) -> tuple[Digest, ...]:
    hashes = Hashes()
    hashes.update(chunks)
    return hashes.digests()
