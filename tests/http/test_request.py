"""Bodies as they arrive: whole, too large, broken off."""

import pytest

from packhouse.domain.errors import Invalid, PackhouseError, TooLarge
from packhouse.domain.view import View
from packhouse.http.asgi import Message
from packhouse.http.request import Request

pytestmark = pytest.mark.anyio


def sending(*pieces: bytes, ends: bool = True) -> tuple[Request, list[Message]]:
    """Make a request whose body comes in pieces, and the messages that nobody has taken yet."""
    left: list[Message] = [{"type": "http.request", "body": each, "more_body": True} for each in pieces]
    left.append({"type": "http.request", "body": b""} if ends else {"type": "http.disconnect"})

    async def receive() -> Message:
        return left.pop(0)

    scope = {"type": "http", "method": "PUT", "raw_path": b"/", "headers": []}
    return Request(scope, receive, View(), "http://packhouse.example"), left


async def taken(request: Request, limit_bytes: int) -> tuple[list[bytes], PackhouseError | None]:
    """Take a body, and what came of it."""
    got: list[bytes] = []
    try:
        async for piece in request.pieces(limit_bytes):
            got.append(piece)  # noqa: PERF401 (kept where it fails)
    except PackhouseError as error:
        return got, error
    return got, None


async def test_a_body_comes_in_its_pieces() -> None:
    request, left = sending(b"ab", b"c", b"")
    got, error = await taken(request, 3)
    assert (b"".join(got), error, left) == (b"abc", None, [])


async def test_what_is_too_large_is_read_to_its_end_and_not_handed_out() -> None:
    request, left = sending(b"abc", b"d", b"e")
    got, error = await taken(request, 3)
    assert got == [b"abc"]
    assert isinstance(error, TooLarge)
    assert left == []


async def test_what_is_far_too_large_is_not_read_to_its_end() -> None:
    request, left = sending(*[b"abcd"] * 9)
    _, error = await taken(request, 3)
    assert isinstance(error, TooLarge)
    assert len(left) == 8


async def test_a_body_that_breaks_off_is_none() -> None:
    request, _ = sending(b"ab", ends=False)
    got, error = await taken(request, 9)
    assert got == [b"ab"]
    assert isinstance(error, Invalid)
