"""An answer that wants to know when it was sent is told so, however it was sent."""

import asyncio
import os
from collections.abc import AsyncIterator
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
from tests.asgi import call

pytestmark = pytest.mark.anyio

CONTENT = b"content" * 1000


class _Server:
    """Serves one file, whose answer is ready after the first time."""

    def __init__(self, folder: Path) -> None:
        self.ready = Ready(1 << 20)
        self.sent = 0
        self.asked = 0
        self._file = folder / "file"
        self._file.write_bytes(CONTENT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        if await self.ready.serve(scope, send):
            return
        self.asked += 1
        answer = Answer(
            chunks=self._chunks,
            size_bytes=len(CONTENT),
            open_file=partial(os.open, self._file, os.O_RDONLY),
            etag='"e"',
            valid_until=Moment(1 << 60),
            sent=self._count,
        )
        self.ready.keep(scope, answer)
        await send_answer(answer, scope, send)

    def _count(self) -> None:
        self.sent += 1

    async def _chunks(self, start: int, stop: int) -> AsyncIterator[bytes]:
        yield CONTENT[start:stop]


async def test_under_any_server_files_count_and_nothing_else(tmp_path: Path) -> None:
    server = _Server(tmp_path)
    for _ in range(3):
        assert (await call(server, "/file")).body == CONTENT
    assert (server.sent, server.asked) == (3, 1)
    for method, headers in (("HEAD", {}), ("GET", {"if-none-match": '"e"'}), ("GET", {"range": "bytes=0-3"})):
        await call(server, "/file", method, headers)
    assert server.sent == 3


async def test_a_file_that_leaves_below_the_application_counts(tmp_path: Path) -> None:
    server = _Server(tmp_path)
    config = uvicorn.Config(
        server, port=0, http=protocol_for(server.ready), ws="none", lifespan="off", log_config=None, access_log=False
    )
    running = uvicorn.Server(config)
    task = asyncio.create_task(running._serve())
    while not running.started:  # noqa: ASYNC110 (uvicorn tells in no other way)
        await asyncio.sleep(0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", running.servers[0].sockets[0].getsockname()[1])
    for condition in ("", "", "", 'If-None-Match: "e"\r\n', ""):
        writer.write(f"GET /file HTTP/1.1\r\nHost: x\r\n{condition}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not condition:
            assert head.startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(len(CONTENT)) == CONTENT
    writer.close()
    await writer.wait_closed()
    running.should_exit = True
    await task
    assert (server.sent, server.asked) == (4, 1)
