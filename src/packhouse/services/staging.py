"""Publications that wait until somebody approves of them."""

import asyncio
import uuid
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from packhouse.domain.digest import Digest
from packhouse.domain.errors import NotFound, TooLarge
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.services.further import FurtherDocuments
from packhouse.services.ports import BlobStore, Clock

_MOST = 500
"""Publications that may wait at once, of all packages of an ecosystem."""


class Staged(Struct, frozen=True):
    """One publication that waits."""

    id: str
    """A UUID."""
    registry: str
    key: PackageKey
    version: str
    tag: str
    user: str
    """Who staged it."""
    by_token: bool
    created_at: Moment
    shasum: str
    """SHA-1 of the archive, hexadecimal."""
    blob: Digest
    """The document as it was sent."""
    size_bytes: int


_decode = msgspec.json.Decoder(list[Staged]).decode


class Staging:
    """Keeps what waits over a restart; decides nothing about who may do what."""

    def __init__(self, ecosystem: str, notes: FurtherDocuments, blobs: BlobStore, clock: Clock) -> None:
        self._note = FurtherKey(PackageKey(ecosystem, NormalName("")), "staged")
        self._notes = notes
        self._blobs = blobs
        self._clock = clock
        self._changing = asyncio.Lock()

    async def add(self, draft: Staged, document: bytes | bytearray) -> Staged:
        """Keep a document; the draft's id, time, blob and size are set here. Raise TooLarge where too many wait."""
        writer = await self._blobs.writer(durable=True)
        try:
            await writer.write(bytes(document))
            blob = await writer.commit()
            staged = msgspec.structs.replace(
                draft, id=str(uuid.uuid4()), created_at=self._clock(), blob=blob, size_bytes=len(document)
            )
            async with self._changing:
                waiting = await self._read()
                if len(waiting) >= _MOST:
                    raise TooLarge(f"{_MOST} publications wait already", "approve of some, or remove them")
                await self._write([*waiting, staged])
        finally:
            await writer.settle()
            await writer.abort()
        return staged

    async def waiting(self, registry: str) -> Sequence[Staged]:
        """List what waits, newest first."""
        return [each for each in reversed(await self._read()) if each.registry == registry]

    async def get(self, registry: str, id: str) -> Staged:  # noqa: A002 (the protocol's word)
        """Return a publication; raise NotFound."""
        for staged in await self._read():
            if staged.id == id and staged.registry == registry:
                return staged
        raise NotFound("no such publication waits", "it may have been approved of or removed")

    async def document(self, staged: Staged) -> bytearray:
        """Read the document as it was sent."""
        body = bytearray()
        async for chunk in self._blobs.stream(staged.blob, 0, staged.size_bytes):
            body += chunk
        return body

    async def remove(self, staged: Staged) -> None:
        """Let a publication wait no longer; raise NotFound if somebody else has removed it."""
        async with self._changing:
            waiting = await self._read()
            left = [each for each in waiting if each.id != staged.id]
            if len(left) == len(waiting):
                raise NotFound("no such publication waits")
            await self._write(left)
            if not any(each.blob == staged.blob for each in left):
                await self._blobs.delete(staged.blob)

    async def _read(self) -> list[Staged]:
        body = await self._notes.read_note(self._note)
        return [] if body is None else _decode(body)

    async def _write(self, waiting: list[Staged]) -> None:
        await self._notes.write_note(self._note, msgspec.json.encode(waiting))
