"""Ready answers below ASGI, over real sockets."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import uvicorn

from packhouse.domain.package import Moment
from packhouse.http.answers import Answer
from packhouse.http.asgi import Receive, Scope, Send
from packhouse.http.protocol import protocol_for
from packhouse.http.ready import Ready
from packhouse.http.sending import send_answer

pytestmark = pytest.mark.anyio

LONG = Moment(1 << 60)
BIG = os.urandom(5_000_000)
PACKUMENT = b"p" * 100_000


class Place:
    """A server with a few answers, and a count of how often the application itself was asked."""

    def __init__(self, folder: Path) -> None:
        self.ready = Ready(64 << 20)
        self.asked = 0
        self.port = 0
        self.lines: list[Line] = []
        self.connections: Collection[object] = ()
        file = folder / "big"
        file.write_bytes(BIG)
        self.answers = {
            b"/small": Answer(body=b'{"a":1}', etag='"s"', valid_until=LONG, about="small"),
            b"/packument": Answer(body=PACKUMENT, etag='"p"', valid_until=LONG),
            b"/file": Answer(
                chunks=_chunks,
                size_bytes=len(BIG),
                etag='"f"',
                valid_until=LONG,
                open_file=partial(os.open, file, os.O_RDONLY),
            ),
            b"/once": Answer(body=b"once"),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and keep what may be repeated."""
        del receive
        self.asked += 1
        if await self.ready.serve(scope, send):
            return
        answer = self.answers[scope["raw_path"]]
        self.ready.keep(scope, answer)
        await send_answer(answer, scope, send)

    async def connect(self) -> "Line":
        """Open a connection."""
        line = Line(*await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 24))
        self.lines.append(line)
        return line


async def _chunks(start: int, stop: int) -> AsyncIterator[bytes]:
    yield BIG[start:stop]


class Line:
    """A connection on which a test asks."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def ask(self, path: str, *headers: str) -> None:
        """Send a request."""
        lines = [f"GET {path} HTTP/1.1", "Host: x", *headers, "", ""]
        self.writer.write("\r\n".join(lines).encode())

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Read an answer."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        status = int(head[0].split(" ")[1])
        length = 0 if status == 304 else int(headers["content-length"])
        return status, headers, await self.reader.readexactly(length)

    async def get(self, path: str, *headers: str) -> tuple[int, dict[str, str], bytes]:
        """Ask and read."""
        self.ask(path, *headers)
        return await self.answer()

    async def is_closed(self) -> bool:
        """Tell whether the server has closed its side."""
        return await self.reader.read(1) == b""


@asynccontextmanager
async def _serving(folder: Path, keep_alive_s: int = 5) -> AsyncIterator[tuple[Place, Callable[[], None]]]:
    place = Place(folder)
    config = uvicorn.Config(
        place,
        port=0,
        http=protocol_for(place.ready),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=keep_alive_s,
    )
    server = uvicorn.Server(config)
    place.connections = server.server_state.connections
    task = asyncio.create_task(server._serve())  # serve() would take over the test's signals
    while not server.started:  # noqa: ASYNC110 (uvicorn tells in no other way)
        await asyncio.sleep(0.01)
    place.port = server.servers[0].sockets[0].getsockname()[1]

    def stop() -> None:
        server.should_exit = True

    try:
        yield place, stop
    finally:
        for line in place.lines:
            line.writer.close()
            await line.writer.wait_closed()
        stop()
        await task


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with _serving(tmp_path) as (place, _):
        yield place


async def test_a_ready_answer_is_sent_without_asking_the_application(place: Place) -> None:
    line = await place.connect()
    first = await line.get("/packument")
    for _ in range(5):
        status, headers, body = await line.get("/packument")
        assert (status, body, headers["etag"]) == (200, PACKUMENT, '"p"')
        assert headers.keys() == first[1].keys()
    assert place.asked == 1


async def test_another_request_than_the_one_before_gets_its_own_answer(place: Place) -> None:
    line = await place.connect()
    for path in ("/small", "/packument", "/small", "/small", "/packument"):
        assert (await line.get(path))[2] == place.answers[path.encode()].body


async def test_a_client_that_has_the_answer_gets_a_304_every_time(place: Place) -> None:
    line = await place.connect()
    await line.get("/small")
    for _ in range(3):
        status, headers, _ = await line.get("/small", 'If-None-Match: "s"')
        assert (status, headers["etag"]) == (304, '"s"')
    assert (await line.get("/small", 'If-None-Match: "old"'))[0] == 200
    assert place.asked == 1


async def test_a_forgotten_answer_is_asked_for_again_even_by_the_same_bytes(place: Place) -> None:
    line = await place.connect()
    for _ in range(3):
        await line.get("/small")
    place.answers[b"/small"] = Answer(body=b"new", etag='"n"', valid_until=LONG, about="small")
    place.ready.forget("small")
    assert (await line.get("/small"))[2] == b"new"
    assert (await line.get("/small"))[2] == b"new"


@pytest.mark.parametrize("path", ["/small", "/once"])
async def test_an_offer_of_another_protocol_is_passed_over_and_no_matter_for_the_log(
    place: Place, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    # What curl's library sends with every request that may be answered in HTTP/2.
    offer = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")
    line = await place.connect()
    answers = [await line.get(path, *offer) for _ in range(3)]
    assert [(status, body) for status, _, body in answers] == [(200, place.answers[path.encode()].body)] * 3
    assert (await line.get("/small"))[2] == b'{"a":1}'
    assert place.asked <= (2 if path == "/small" else 5)
    assert caplog.records == []


async def test_an_answer_that_may_not_be_repeated_is_not(place: Place) -> None:
    line = await place.connect()
    for _ in range(3):
        await line.get("/once")
    assert place.asked == 3


async def test_a_file_arrives_whole_also_at_a_slow_reader(place: Place) -> None:
    line = await place.connect()
    for _ in range(3):
        line.ask("/file")
        await asyncio.sleep(0.05)
        assert (await line.answer())[2] == BIG
    assert place.asked == 1


async def test_requests_that_come_together_are_answered_in_their_order(place: Place) -> None:
    line = await place.connect()
    for path in ("/small", "/packument"):
        await line.get(path)
    for path in ("/small", "/packument", "/once", "/small", "/once"):
        line.ask(path)
    bodies = [(await line.answer())[2] for _ in range(5)]
    assert bodies == [place.answers[path].body for path in (b"/small", b"/packument", b"/once", b"/small", b"/once")]


async def test_who_asks_behind_a_file_gets_the_file_and_then_no_more(place: Place) -> None:
    line = await place.connect()
    await line.get("/file")
    line.ask("/file")
    line.ask("/small")
    assert (await line.answer())[2] == BIG
    assert await line.is_closed()


async def test_a_connection_is_closed_where_the_client_says_so(place: Place) -> None:
    line = await place.connect()
    await line.get("/small")
    assert (await line.get("/small", "Connection: close"))[2] == b'{"a":1}'
    assert await line.is_closed()


async def test_a_stop_lets_a_file_under_way_arrive(tmp_path: Path) -> None:
    async with _serving(tmp_path) as (place, stop):
        line = await place.connect()
        await line.get("/file")
        line.ask("/file")
        await asyncio.sleep(0.05)
        stop()
        await asyncio.sleep(0.3)
        assert (await line.answer())[2] == BIG
        assert await line.is_closed()


async def test_a_file_that_vanished_is_read_by_the_application_which_knows_what_to_say(place: Place) -> None:
    line = await place.connect()
    place.answers[b"/file"] = Answer(chunks=_chunks, size_bytes=10, etag='"g"', valid_until=LONG, open_file=lambda: -1)
    for _ in range(2):
        assert (await line.get("/file"))[2] == BIG[:10]
    assert place.asked == 2


async def test_who_has_asked_by_known_bytes_is_not_hurried_any_more(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await place.connect()
    for _ in range(2):
        await first.get("/small")
        await first.get("/file")
    monkeypatch.setattr("packhouse.http.protocol._HEADERS_TIMEOUT_S", 0.2)
    idle, slow = await place.connect(), await place.connect()
    await idle.get("/small")
    slow.ask("/file")
    await asyncio.sleep(0.4)
    assert (await idle.get("/small"))[0] == 200
    assert (await slow.answer())[2] == BIG


async def test_who_never_ends_the_first_request_is_sent_away(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packhouse.http.protocol._HEADERS_TIMEOUT_S", 0.1)
    for said in (b"", b"GET /small HTTP/1.1\r\nHo"):
        line = await place.connect()
        line.writer.write(said)
        async with asyncio.timeout(2):
            assert await line.is_closed()


async def test_who_takes_nothing_of_a_file_does_not_keep_its_connection(tmp_path: Path) -> None:
    async with _serving(tmp_path, keep_alive_s=1) as (place, _):
        huge = tmp_path / "huge"
        huge.write_bytes(bytes(40_000_000))
        place.answers[b"/huge"] = Answer(
            chunks=_chunks,
            size_bytes=40_000_000,
            etag='"h"',
            valid_until=LONG,
            open_file=partial(os.open, huge, os.O_RDONLY),
        )
        line = await place.connect()
        await line.get("/small")
        place.ready.keep(
            {"method": "GET", "query_string": b"", "raw_path": b"/huge", "headers": [(b"host", b"x")]},
            place.answers[b"/huge"],
        )
        line.writer.transport.pause_reading()  # type: ignore[attr-defined]
        line.ask("/huge")
        await asyncio.sleep(0.3)
        assert len(place.connections) == 1
        for _ in range(80):
            await asyncio.sleep(0.1)
            if not place.connections:
                break
        assert not place.connections
