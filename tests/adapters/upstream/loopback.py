"""A server on the loopback interface that answers exactly the bytes it is told to, however wrong they are."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from packhouse.adapters.upstream.client import UpstreamClient
from packhouse.adapters.upstream.settings import UpstreamSettings
from packhouse.domain.upstream import UpstreamRegistry, UpstreamRequest

Send = Callable[[asyncio.StreamWriter], Awaitable[None]]
Reaction = bytes | Send
"""The bytes of an answer, or what to do with the connection."""

QUICK = UpstreamSettings(
    connect_timeout_s=1.0,
    timeout_s=0.3,
    backoff_s=0.01,
    max_wait_s=0.5,
    breaker_pause_s=0.2,
    max_index_bytes=1_000_000,
    max_artifact_bytes=2_000_000,
)


def answer(body: bytes = b"", status: int = 200, **headers: str) -> bytes:
    """Write a proper answer; underscores in names of headers stand for hyphens."""
    fields = {"Content-Length": str(len(body))} | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + body


class Loopback:
    """What was asked, and what is answered by path; the last reaction of a list is repeated."""

    def __init__(self, reactions: Mapping[str, Reaction | Sequence[Reaction]]) -> None:
        self.reactions = dict(reactions)
        self.paths: list[str] = []
        self.heads: list[str] = []
        self.connections = 0
        self.port = 0
        self.scheme = "http"
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Its base address."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator["Loopback"]:
        """Listen on a free port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        self.scheme = "https" if tls else "http"
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                path = head.split(" ", 2)[1]
                length = re.search(r"(?i)\r\ncontent-length: *(\d+)\r\n", head)
                await reader.readexactly(int(length[1]) if length else 0)
                self.heads.append(head)
                self.paths.append(path)
                await self._react(path, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _react(self, path: str, writer: asyncio.StreamWriter) -> None:
        reaction = self.reactions.get(path, answer(b"nothing here", 404))
        if isinstance(reaction, Sequence) and not isinstance(reaction, bytes):
            reaction = reaction[min(self.paths.count(path), len(reaction)) - 1]
        if isinstance(reaction, bytes):
            writer.write(reaction)
            await writer.drain()
        else:
            await reaction(writer)


def cut_off(raw: bytes) -> Send:
    """Send some bytes and close the connection."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        raise ConnectionResetError

    return send


def silent_after(raw: bytes) -> Send:
    """Send some bytes and then nothing more."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        await asyncio.sleep(60)

    return send


def trickle(raw: bytes, piece: bytes, pause_s: float) -> Send:
    """Send some bytes and then the same piece again and again."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return send


@asynccontextmanager
async def client_of(
    server: Loopback,
    settings: UpstreamSettings = QUICK,
    extra_hosts: tuple[str, ...] = (),
    environ: Mapping[str, str] | None = None,
) -> AsyncIterator[UpstreamClient]:
    """Make a client with one upstream named `first`, which is the server."""
    registry = UpstreamRegistry("first", "plain", server.url, extra_hosts=extra_hosts)
    client = UpstreamClient([registry], settings, lambda _: True, environ=environ or {})
    try:
        yield client
    finally:
        await client.close()


def get(
    server: Loopback, path: str, accept: str = "*/*", etag: str | None = None, last_modified: str | None = None
) -> UpstreamRequest:
    """Ask for a path of the server."""
    return UpstreamRequest(server.url + path, accept, etag, last_modified)


async def read(client: UpstreamClient, request: UpstreamRequest) -> bytes:
    """Read a whole streamed body."""
    async with client.stream("first", request) as stream:
        return b"".join([chunk async for chunk in stream.chunks()])
