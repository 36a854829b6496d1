"""Pages of batches: as many answers as fit into a reply, and a token for the rest.

A miss is an item without an answer. An upstream that cannot be asked fails the batch: whoever took it for a miss
would believe that a package does not exist.
"""

import asyncio
import hashlib
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec

from packhouse.domain.errors import Invalid, NotFound, NotTold, Refused, TooLarge, Unresolvable, UpstreamOff

Q = TypeVar("Q")
R = TypeVar("R")

MOST = 5000
"""Requests in a batch, as the API's definition says."""
PAGE_BYTES = 3 << 20
"""Of JSON, which is never shorter than the same message as protobuf: clients of gRPC take 4 MiB at most."""
_PAGE_S = 15.0
"""A page ends when it has taken so long, since some answers are asked of other registries first."""
_AT_ONCE = 64
_MOST_AT_ONCE = 256
_FAST_S = 0.1
"""After a part that took less, the next one is larger."""
_MISSES = (NotFound, Invalid, NotTold, Refused, TooLarge, Unresolvable, UpstreamOff)


class Pager:
    """Makes pages."""

    def __init__(self, page_bytes: int = PAGE_BYTES, page_s: float = _PAGE_S) -> None:
        self._page_bytes = page_bytes
        self._page_s = page_s

    async def page(
        self, requests: Sequence[Q], token: str, answer: Callable[[Q], Awaitable[R]]
    ) -> tuple[tuple[R, ...], str]:
        """Answer a page of requests; return it with the token of the next, empty at the end.

        Raise TooLarge and Invalid as `page_of`.
        """

        async def some(part: Sequence[Q]) -> Sequence[R]:
            return await asyncio.gather(*map(answer, part))

        return await self.page_of(requests, token, some)

    async def page_of(
        self, requests: Sequence[Q], token: str, answer: Callable[[Sequence[Q]], Awaitable[Sequence[R]]]
    ) -> tuple[tuple[R, ...], str]:
        """Do the same where some requests are better answered together.

        Raise TooLarge for too many requests, Invalid for a token that was not given for the same ones.
        """
        if len(requests) > MOST:
            raise TooLarge(f"a batch has {MOST} requests at most, this one has {len(requests)}")
        mark = hashlib.blake2b(_encode(requests), digest_size=12).digest() if token or requests else b""
        start = _read_token(token, mark, len(requests))
        ends = time.monotonic() + self._page_s
        size = 0
        answered: list[R] = []
        at_once = _AT_ONCE
        while (position := start + len(answered)) < len(requests):
            begun = time.monotonic()
            if answered and begun > ends:
                return tuple(answered), _token(position, mark)
            for item in await answer(requests[position : position + at_once]):
                size += len(_encode(item))
                if answered and size > self._page_bytes:
                    return tuple(answered), _token(start + len(answered), mark)
                answered.append(item)
            fast = time.monotonic() - begun < _FAST_S
            at_once = min(2 * at_once, _MOST_AT_ONCE, self._left(size, len(answered))) if fast else _AT_ONCE
        return tuple(answered), ""

    def _left(self, size: int, count: int) -> int:
        """Guess how many more answers fit into the page."""
        return max((self._page_bytes - size) * count // max(size, 1), _AT_ONCE)


async def found_or_none(asked: Awaitable[R]) -> R | None:
    """Await an answer; None for a miss."""
    try:
        return await asked
    except _MISSES:
        return None


def _token(position: int, mark: bytes) -> str:
    return urlsafe_b64encode(position.to_bytes(3, "big") + mark).decode()


def _read_token(token: str, mark: bytes, count: int) -> int:
    if not token:
        return 0
    try:
        read = urlsafe_b64decode(token.encode())
    except (NotBase64, ValueError):
        read = b""
    position = int.from_bytes(read[:3], "big")
    if read[3:] != mark or not 0 < position < count:
        raise Invalid("the pageToken is not one for these requests", "send the same requests with each page")
    return position


_encode = msgspec.json.Encoder().encode
