"""A server on the loopback interface that takes messages and answers as it is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from msgspec import Struct

HANG = 0
"""Instead of a status: take the message and never answer."""


class Taken(Struct, frozen=True):
    """One message that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """What arrived, and what is answered: one status after the other, the last one for ever."""

    def __init__(self, statuses: Sequence[int] = (200,), location: str = "") -> None:
        self.taken: list[Taken] = []
        self.statuses = list(statuses)
        self.connections = 0
        self.port = 0
        self._location = location

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator["Receiver"]:
        """Listen on a free port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            body = await reader.readexactly(int(headers["content-length"]))
            self.taken.append(Taken(first.split(" ")[1], headers, body))
            status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
            if status == HANG:
                await reader.read()
                return
            location = f"Location: {self._location}\r\n" if self._location else ""
            answer = "\r\n" if status == 204 else "Content-Length: 2\r\n\r\nok"  # RFC 9110 section 15.3.5
            writer.write(f"HTTP/1.1 {status} Whatever\r\n{location}{answer}".encode())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
