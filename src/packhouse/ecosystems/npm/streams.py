"""Answers of any length, written while they are sent: nothing of them is kept, and a slow reader slows the writing."""

from collections.abc import AsyncIterable, AsyncIterator

from packhouse.http.answers import ENDLESS, JSON, Answer

_CHUNK_BYTES = 32 << 10


def stream(parts: AsyncIterable[bytes], content_type: str = JSON) -> Answer:
    """Answer with parts as they come; an empty one says that those before it must not wait for more."""

    def chunks(start: int, stop: int) -> AsyncIterator[bytes]:
        del start, stop  # of what has no tag and no length, no range is ever asked for
        return _gathered(parts)

    return Answer(content_type=content_type, chunks=chunks, size_bytes=ENDLESS)


async def whole(parts: AsyncIterable[bytes]) -> Answer:
    """Answer with all parts at once, where they are few."""
    return Answer(body=b"".join([part async for part in parts]))


async def listed(head: bytes, rows: AsyncIterable[bytes], tail: bytes, between: bytes = b",") -> AsyncIterator[bytes]:
    """Write rows between a head and a tail."""
    lead = head
    async for row in rows:
        yield lead + row
        lead = between
    yield (head if lead is head else b"") + tail


async def _gathered(parts: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    waiting: list[bytes] = []
    size = 0
    async for part in parts:
        waiting.append(part)
        size += len(part)
        if waiting and (size >= _CHUNK_BYTES or not part):
            if size:
                yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)
