"""Raw bytes on a socket against the server process: shapes that make two parsers disagree, and clients that dawdle."""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faults.emulator import Emulator, emulating
from tests.faults.server import serving, write_settings
from tests.faults.wire import exchange, get, read_answer

pytestmark = pytest.mark.anyio

SMUGGLED = b"GET /npm/-/ping HTTP/1.1\r\nHost: smuggled.example\r\n\r\n"


class Place:
    """A server process with its upstream."""

    def __init__(self, port: int, upstream: Emulator, log: Path) -> None:
        self.port = port
        self.upstream = upstream
        self.log = log

    async def say(self, said: bytes, patience_s: float = 0.4) -> list[int]:
        """Return the statuses that come back on one connection."""
        heard = await exchange(self.port, said, patience_s)
        assert heard.count(b"Traceback") == 0
        return [int(status) for status in re.findall(rb"HTTP/1\.\d (\d{3})", heard)]

    async def is_well(self) -> bool:
        """Tell whether others are served at once."""
        began = time.perf_counter()
        reply = await get(self.port, "/npm/thing")
        return reply.status == 200 and time.perf_counter() - began < 1


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """Start the server process."""
    folder = tmp_path_factory.mktemp("place")
    async with emulating() as upstream:
        upstream.publish("thing", "1.0.0", os.urandom(5_000))
        with serving(write_settings(folder, upstream.url)) as (process, port):
            yield Place(port, upstream, folder / "packhouse.log")
            assert process.poll() is None
    assert "Traceback" not in (folder / "packhouse.log").read_text()


def request(*headers: bytes, method: bytes = b"GET", target: bytes = b"/npm/thing") -> bytes:
    """Write a request with these header lines behind its Host."""
    return b"\r\n".join([method + b" " + target + b" HTTP/1.1", b"Host: x", *headers, b"", b""])


CHUNKED = b"Transfer-Encoding: chunked"
SIX = b"Content-Length: %d" % (5 + len(SMUGGLED))

AMBIGUOUS = {
    "length and chunks": request(SIX, CHUNKED) + b"0\r\n\r\n" + SMUGGLED,
    "chunks and length": request(CHUNKED, SIX) + b"0\r\n\r\n" + SMUGGLED,
    "two lengths": request(b"Content-Length: 0", SIX) + b"12345" + SMUGGLED,
    "two equal lengths": request(SIX, SIX) + b"12345" + SMUGGLED,
    "a list of lengths": request(b"Content-Length: 5, 60") + b"12345" + SMUGGLED,
    "a signed length": request(b"Content-Length: +5") + b"12345" + SMUGGLED,
    "a negative length": request(b"Content-Length: -1") + SMUGGLED,
    "a hexadecimal length": request(b"Content-Length: 0x5") + b"12345" + SMUGGLED,
    "an endless length": request(b"Content-Length: 99999999999999999999999") + SMUGGLED,
    "no length": request(b"Content-Length: ") + SMUGGLED,
    "another coding": request(b"Transfer-Encoding: xchunked") + b"0\r\n\r\n" + SMUGGLED,
    "chunks, then another coding": request(b"Transfer-Encoding: chunked, identity") + b"0\r\n\r\n" + SMUGGLED,
    "chunked twice": request(CHUNKED, CHUNKED, SIX) + b"0\r\n\r\n" + SMUGGLED,
    "a space before the colon": request(b"Transfer-Encoding : chunked", SIX) + b"0\r\n\r\n" + SMUGGLED,
    "a folded header": request(b"Transfer-Encoding:\r\n chunked", SIX) + b"0\r\n\r\n" + SMUGGLED,
    "a vertical tab": request(b"Transfer-Encoding:\x0bchunked", SIX) + b"0\r\n\r\n" + SMUGGLED,
    "a NUL": request(b"X: a\0b") + SMUGGLED,
    "a bare CR": request(b"X: a\rTransfer-Encoding: chunked", SIX) + b"0\r\n\r\n" + SMUGGLED,
    "a chunk of a wrong size": request(CHUNKED) + b"5\r\n123456\r\n0\r\n\r\n" + SMUGGLED,
    "a chunk of a negative size": request(CHUNKED) + b"-1\r\n0\r\n\r\n" + SMUGGLED,
    "a chunk beyond all sizes": request(CHUNKED) + b"fffffffffffffffff\r\n0\r\n\r\n" + SMUGGLED,
    "no host name": b"GET /npm/thing HTTP/1.1\r\nHost: a b\r\n\r\n",
    "a header without a name": request(b": x") + SMUGGLED,
    "a header without a colon": request(b"nothing") + SMUGGLED,
    "a space before the first header": b"GET /npm/thing HTTP/1.1\r\n Host: x\r\n\r\n" + SMUGGLED,
    "a bare LF after the first line": b"GET /npm/thing HTTP/1.1\nHost: x\r\n\r\n",
    "HTTP 2 out of the blue": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP 9": b"GET /npm/thing HTTP/9.9\r\nHost: x\r\n\r\n",
    "HTTP 0.9": b"GET /npm/thing\r\n\r\n",
    "no target": b"GET  HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target without a slash": b"GET npm/thing HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target with a space": b"GET /npm/thing x HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target that is no ASCII": b"GET /npm/th\xffng HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target with a NUL": b"GET /npm/th\0ng HTTP/1.1\r\nHost: x\r\n\r\n",
    "a star": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method that nobody knows": request(method=b"BREW"),
    "a small method": request(method=b"get"),
    "a connection through us": b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n" + SMUGGLED,
    "an upgrade": request(b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Key: eA==") + SMUGGLED,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64,
    "noise": bytes(range(256)) * 8,
}


@pytest.mark.parametrize("shape", AMBIGUOUS)
async def test_a_request_that_could_be_read_in_two_ways_is_never_read_as_two(place: Place, shape: str) -> None:
    statuses = await place.say(AMBIGUOUS[shape])
    assert len(statuses) <= 1, statuses
    assert all(status < 500 for status in statuses), statuses
    assert await place.is_well()


async def test_a_chunked_body_ends_where_it_says_and_the_next_request_is_the_next(place: Place) -> None:
    whole = request(CHUNKED) + b"5;x=y\r\n12345\r\n0\r\n\r\n" + SMUGGLED
    assert await place.say(whole) == [200, 200]
    assert await place.say(request(b"Content-Length: 5") + b"12345" + SMUGGLED) == [200, 200]


async def test_requests_that_come_together_are_answered_in_their_order(place: Place) -> None:
    targets = [b"/npm/thing", b"/npm/.hidden", b"/npm/thing", b"/npm/-/ping", b"/npm/a%2fb%2fc", b"/npm/thing"]
    assert await place.say(b"".join(request(target=target) for target in targets)) == [200, 400, 200, 200, 400, 200]
    # Also where some are answered without waiting and others not.
    assert await place.say(request(target=b"/npm/unknown") + request() + request()) == [404, 200, 200]


HUGE = {
    "target": request(target=b"/npm/" + b"a" * 100_000),
    "target beyond all": request(target=b"/npm/" + b"a" * 3_000_000),
    "header": request(b"X: " + b"x" * 200_000),
    "header beyond all": request(b"X: " + b"x" * 3_000_000),
    "header name": request(b"x" * 200_000 + b": x"),
    "many headers": request(*[b"X-%d: y" % number for number in range(5_000)]),
    "many small headers": request(*[b"a:" for _ in range(200)]),
    "query": request(target=b"/npm/-/v1/search?text=" + b"a" * 200_000),
    "trailers": request(CHUNKED) + b"0\r\n" + b"".join(b"x%d: y\r\n" % number for number in range(50_000)) + b"\r\n",
    "chunk extension": request(CHUNKED) + b"1;" + b"x" * 3_000_000 + b"\r\na\r\n0\r\n\r\n",
    "a body for a GET": request(b"Content-Length: 3000000") + b"x" * 3_000_000,
}


@pytest.mark.parametrize("what", HUGE)
async def test_a_huge_request_gets_at_most_one_answer_and_holds_up_nobody(place: Place, what: str) -> None:
    statuses = await place.say(HUGE[what])
    assert len(statuses) <= 1, statuses
    assert all(status in {200, 400, 404, 413, 414, 431} for status in statuses)
    if what in {"target beyond all", "header", "header beyond all", "many headers", "header name", "target"}:
        assert statuses in ([400], [])
    assert await place.is_well()


async def test_clients_that_never_finish_their_request_stop_nobody(place: Place) -> None:
    dawdlers = [await asyncio.open_connection("127.0.0.1", place.port) for _ in range(200)]
    for number, (_, writer) in enumerate(dawdlers):
        writer.write([b"G", b"GET /npm/thing HTTP/1.1\r\nHo", b"", request(b"Content-Length: 9999")][number % 4])
    for _ in range(3):
        assert await place.is_well()
        for _, writer in dawdlers:
            writer.write(b"x")
    for _, writer in dawdlers:
        writer.close()


async def test_clients_that_leave_before_their_answers_leave_no_trace(place: Place) -> None:
    slow, quick = request(target=b"/npm/thing?write=true"), request(target=b"/npm/.nothing")
    for number in range(128):
        reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
        writer.write([slow, quick * 6, slow + quick * 3, slow * 4][number // 4 % 4])
        await asyncio.sleep(0.001 * (number % 4))
        if number % 2:
            writer.transport.abort()
        else:  # half of the connection only
            writer.write_eof()
            await reader.read()
            writer.close()
    assert await place.is_well()
    await asyncio.sleep(0.1)
    assert "Traceback" not in place.log.read_text()


pieces = st.sampled_from(
    [
        b"GET ",
        b"HEAD ",
        b"POST ",
        b"/npm/thing",
        b"/npm/",
        b"http://x/npm/thing",
        b" HTTP/1.1",
        b" HTTP/1.0",
        b"\r\n",
        b"\n",
        b"\r",
        b"Host: x",
        b"Host:",
        b"Content-Length: 5",
        b"Transfer-Encoding: chunked",
        b"Connection: close",
        b": ",
        b" ",
        b"\0",
        b"0\r\n\r\n",
        b"5\r\n",
        b"\xff",
        b"\r\n\r\n",
        b"Expect: 100-continue",
        b"Range: bytes=0-",
        b"Upgrade: h2c",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(pieces, pieces, st.binary(max_size=8)), max_size=30).map(b"".join))
async def test_any_bytes_on_a_socket_are_survived(place: Place, said: bytes) -> None:
    statuses = await place.say(said, 0.02)
    assert all(status < 500 for status in statuses)


ASKED = {
    "packument": (request(), 200),
    "short packument": (request(b"Accept: application/vnd.npm.install-v1+json", b"Accept-Encoding: gzip"), 200),
    "confirmed": (request(b"If-None-Match: *"), 304),
    "head": (request(method=b"HEAD"), 200),
    "ping": (request(target=b"/npm/-/ping"), 200),
    "query": (request(target=b"/npm/thing?write=true"), 200),
    "nothing": (request(target=b"/npm/.nothing"), 400),
    "body": (request(b"Content-Length: 5") + b"12345", 200),
    "chunks": (request(CHUNKED) + b"5\r\n12345\r\n0\r\n\r\n", 200),
    "put": (request(b"Content-Length: 2", method=b"PUT") + b"{}", 401),
    "range": (request(b"Range: bytes=0-9", target=b"/npm/thing/-/thing-1.0.0.tgz"), 206),
    "file": (request(target=b"/npm/thing/-/thing-1.0.0.tgz"), 200),
}


async def read_statuses(reader: asyncio.StreamReader, names: list[str]) -> list[int]:
    """Read one answer after the other, each by its own length, until the server closes."""
    statuses: list[int] = []
    for name in names:
        first = await reader.read(1)
        if not first:
            break
        lines = (first + await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
        statuses.append(int(lines[0].split(b" ")[1]))
        lengths = [int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")]
        await reader.readexactly(0 if name in {"head", "confirmed"} else lengths[0])
    return statuses


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), max_size=4), st.lists(st.sampled_from(sorted(ASKED)), min_size=1, max_size=6))
async def test_however_requests_are_cut_and_joined_each_gets_its_own_answer(
    place: Place, fractions: list[float], names: list[str]
) -> None:
    said = b"".join(ASKED[name][0] for name in names)
    cuts = sorted(int(fraction * len(said)) for fraction in fractions)
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    try:
        for start, stop in pairwise([0, *cuts, len(said)]):
            writer.write(said[start:stop])
            await asyncio.sleep(0.002)
        writer.write(request(b"Connection: close"))
        statuses = await read_statuses(reader, [*names, "packument"])
        assert await reader.read() == b""
        expected = [*(ASKED[name][1] for name in names), 200]
        # Behind a file that is on its way the server may hang up, but never answer out of turn.
        sure = names.index("file") + 1 if "file" in names else len(expected)
        assert statuses == expected[: max(sure, len(statuses))]
    finally:
        writer.close()


async def test_the_server_says_nothing_of_what_it_is_made_of(place: Place) -> None:
    for said in (request(), request(target=b"/nowhere"), b"nonsense\r\n\r\n"):
        heard = (await exchange(place.port, said, 0.3)).lower()
        assert heard.startswith(b"http/1.1 ")
        assert b"\r\nserver:" not in heard
        assert b"uvicorn" not in heard
        assert b"python" not in heard
        assert read_answer(heard).headers["content-length"].isdigit()
