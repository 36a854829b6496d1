"""The port of gRPC: it is open from the start, and the server behind it begins with the first connection.

The library of gRPC takes 20 MB and a fifth of a second, and most servers never see a client of it. Bytes are handed on
in both directions as they are, those of TLS too.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Protocol, cast

log = logging.getLogger(__name__)

_HELD_BYTES = 256 << 10
_BACKLOG = 512


class Inner(Protocol):
    """The server behind the port."""

    port: int

    async def stop(self, grace_s: float) -> None:
        """Let calls that are under way finish."""


Start = Callable[[Mapping[int, str]], Awaitable[Inner]]
"""Starts the server behind the port, which is told who is behind each connection."""


class GrpcPort:
    """Accepts connections, and starts what answers them when the first one comes."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._peers: dict[int, str] = {}
        self._inner: Inner | None = None
        self._starting = asyncio.Lock()
        self._server: asyncio.Server | None = None
        self._outer: set[_Half] = set()

    async def open(self, host: str, port: int) -> int:
        """Listen; return the port. Raise OSError where that is not possible."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, host, port, backlog=_BACKLOG)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self, grace_s: float = 5.0) -> None:
        """Accept no more, and let calls that are under way finish."""
        if self._server is not None:
            self._server.close()
        if self._inner is not None:
            await self._inner.stop(grace_s)
        for each in [*self._outer]:
            each.close()

    @property
    def started(self) -> bool:
        """Whether there has been a connection yet."""
        return self._inner is not None

    def _accept(self) -> asyncio.Protocol:
        return _Client(self._connect, self._outer)

    async def _connect(self, client: "_Client") -> None:
        """Connect a client with the server behind."""
        try:
            inner = await self._running()
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: _Behind(client, self._peers), "127.0.0.1", inner.port)
        except Exception:
            log.exception("gRPC is not answered")
            client.close()

    async def _running(self) -> Inner:
        async with self._starting:
            if self._inner is None:
                self._inner = await self._start(self._peers)
            return self._inner


class _Half(asyncio.Protocol):
    """One of the two connections; what it receives, the other one sends."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.other: _Half | None = None
        self.gone = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to send."""
        # Not every event loop derives its transports from asyncio's.
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(_HELD_BYTES)

    def data_received(self, data: bytes) -> None:
        """Hand bytes on."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        """Hand on that no more will come; the other direction stays open."""
        if self.other is not None and self.other.transport is not None and self.other.transport.can_write_eof():
            self.other.transport.write_eof()
        return self.other is not None

    def pause_writing(self) -> None:
        """Read no faster than can be sent."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """Read on."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the other one go too."""
        del exc
        self.gone = True
        if self.other is not None:
            self.other.close()

    def close(self) -> None:
        """Send what waits, and end."""
        if self.transport is not None:
            self.transport.close()


class _Client(_Half):
    """A connection of a client: it waits until there is somebody behind."""

    def __init__(self, connect: "Callable[[_Client], Awaitable[None]]", all_of_them: set[_Half]) -> None:
        super().__init__()
        self._connect = connect
        self._all = all_of_them
        self._connecting: asyncio.Future[None] | None = None
        self._early = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._all.add(self)
        self._connecting = asyncio.ensure_future(self._connect(self))

    def data_received(self, data: bytes) -> None:
        """Hand bytes on, or keep the first ones: a client of HTTP/2 speaks first, and the rest waits in its socket."""
        if self.other is not None:
            super().data_received(data)
        elif self.transport is not None:
            self._early += data
            self.transport.pause_reading()

    def joined(self, other: _Half) -> None:
        """Hand on what has come so far, and read on."""
        self.other = other
        if self.transport is not None:
            super().data_received(bytes(self._early))
            self._early.clear()
            self.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._all.discard(self)
        super().connection_lost(exc)


class _Behind(_Half):
    """The connection to the server behind, which asks by its port who the client is."""

    def __init__(self, client: _Client, peers: MutableMapping[int, str]) -> None:
        super().__init__()
        self.other = self._client = client
        self._peers = peers
        self._port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        client = self._client
        if client.gone or client.transport is None:
            self.close()
            return
        self._port = transport.get_extra_info("sockname")[1]
        # Before the first byte is handed on: nobody is asked about who is not known yet.
        self._peers[self._port] = client.transport.get_extra_info("peername")[0]
        client.joined(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._peers.pop(self._port, None)
        super().connection_lost(exc)
