"""A file on its way from an upstream into the blob store, followed by everyone who wants it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from packhouse.domain.digest import Digest
from packhouse.domain.errors import PackhouseError, UpstreamBad, UpstreamDown
from packhouse.domain.index import Located
from packhouse.domain.release import Artifact
from packhouse.services.ports import BlobStore, BlobWriter, UpstreamStream

OpenStream = Callable[[Located], AbstractAsyncContextManager[UpstreamStream]]
"""Opens the body of a located file; errors are raised on entering."""

FindDigest = Callable[[Artifact], Awaitable[Digest | None]]
"""Finds what a file must hash to, None if nobody says."""

_CHUNK_BYTES = 256 * 1024
_ATTEMPTS = 2


class Transfer:
    """One download; its digest is checked before the last byte is handed out and before anything is stored.

    A client that receives a large file while it arrives never gets its end if the file turns out to be wrong:
    the connection breaks instead, which every client takes as a failed download.
    """

    def __init__(self, located: Located, blobs: BlobStore, find_digest: FindDigest, *, trusting: bool) -> None:
        """Take how the digest is found; where nobody knows one, the file is taken as it is if `trusting`."""
        self._located = located
        self._blobs = blobs
        self._find_digest = find_digest
        self._trusting = trusting
        self._writer: BlobWriter | None = None
        self._moved = asyncio.Condition()
        self._followed = False
        self._error: PackhouseError | None = None
        self._verified = False
        self.announced_bytes: int | None = None
        """What the upstream says the size will be; None until it has answered, or where it does not say."""
        self.written_bytes = 0

    @property
    def ended(self) -> bool:
        """Tell whether it has succeeded or failed; whoever comes now begins another."""
        return self._verified or self._error is not None

    async def run(self, open_stream: OpenStream, record: Callable[[Digest, BlobWriter], Awaitable[None]]) -> None:
        """Fetch, check, commit and record; only then does anyone get the end of the file."""
        try:
            writer = await self._fetch(open_stream)
            self._check(writer, await self._find_digest(self._located.artifact))
            await record(await writer.commit(), writer)
        except PackhouseError as error:
            await self._fail(error)
            raise
        except BaseException:
            await self._fail(UpstreamDown(f"the download of {self._located.artifact.filename} was interrupted"))
            raise
        self._verified = True
        await self._tell()

    async def wait_size(self, limit_bytes: int) -> int | None:
        """Wait until the file is known to be larger than the limit, and return its size; None once it is complete.

        So small files are checked as a whole before the answer begins, and an error can still be told properly.
        """
        async with self._moved:
            await self._moved.wait_for(
                lambda: self._error or self._verified or (self.announced_bytes or 0) > limit_bytes
            )
        if self._error:
            raise self._error
        if self._verified:
            return None
        self._followed = True
        return self.announced_bytes

    async def follow(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """Yield the bytes as they arrive; the last ones only when the whole has been verified."""
        position = start
        while position < stop:
            ready = await self._ready(position)
            writer = self._writer
            if writer is None:
                raise UpstreamDown(f"the download of {self._located.artifact.filename} was interrupted")
            length = min(_CHUNK_BYTES, stop - position, ready - position)
            yield writer.read(position, length)
            position += length

    async def _ready(self, position: int) -> int:
        """Wait for bytes behind a position; return up to where they may be handed out."""

        def available() -> int:
            if self._verified:
                return self.written_bytes
            # One chunk is held back until the digest is known to be right.
            return self.written_bytes - _CHUNK_BYTES

        async with self._moved:
            await self._moved.wait_for(lambda: self._error or self._verified or available() > position)
        if self._error:
            raise self._error
        return available()

    async def _fetch(self, open_stream: OpenStream) -> BlobWriter:
        for attempt in range(1, _ATTEMPTS + 1):
            writer = await self._blobs.writer()
            try:
                await self._receive(open_stream, writer)
                await writer.finish()
            except UpstreamDown as error:
                await writer.abort()
                # Someone may have part of the file already: it cannot be begun again. Nor where we are to wait.
                if attempt == _ATTEMPTS or self._followed or error.retry_after_s is not None:
                    raise
            except BaseException:
                await writer.abort()
                raise
            else:
                return writer
        raise AssertionError  # pragma: no cover (the loop returns or raises)

    async def _receive(self, open_stream: OpenStream, writer: BlobWriter) -> None:
        async with open_stream(self._located) as stream:
            self._writer = writer
            self.written_bytes = 0
            self.announced_bytes = stream.size_bytes
            await self._tell()
            async for chunk in stream.chunks():
                await writer.write(chunk)
                self.written_bytes += len(chunk)
                if self._followed:
                    await self._tell()

    def _check(self, writer: BlobWriter, expected: Digest | None) -> None:
        filename = self._located.artifact.filename
        if expected is None:
            if self._trusting:
                return
            message = f"the upstream gives no digest for {filename}, so that it cannot be checked"
            raise UpstreamBad(message, "nothing was stored; ask the upstream's operator for an integrity value")
        actual = next((digest for digest in writer.digests if digest.algorithm == expected.algorithm), None)
        if actual != expected:
            message = f"the upstream sent a wrong {filename}: its {expected.algorithm} is not the one in its index"
            raise UpstreamBad(message, "nothing was stored; try again later, and suspect the upstream or the network")

    async def _fail(self, error: PackhouseError) -> None:
        self._error = error
        if self._writer is not None:
            await self._writer.abort()
        await self._tell()

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()
