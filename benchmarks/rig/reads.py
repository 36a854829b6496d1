"""Many reads of one document at the same moment, each with its own time."""

import asyncio
import time
from collections.abc import Mapping, Sequence

from benchmarks.rig.servers import Server


class Reader(asyncio.Protocol):
    """One connection that is kept open; counts bytes instead of keeping them, so that it is not what is slow."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._done: asyncio.Future[float] | None = None
        self._head = b""
        self._missing = 0
        self._begun = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what requests are written to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Count, and note the time when all has come."""
        if not self._missing:
            self._head += data
            head, found, body = self._head.partition(b"\r\n\r\n")
            if not found:
                return
            self._head = b""
            assert head.startswith(b"HTTP/1.1 200"), head
            lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
            self._missing = int(lines[b"content-length"]) - len(body)
        else:
            self._missing -= len(data)
        if not self._missing and self._done is not None:
            self._done.set_result(time.perf_counter() - self._begun)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits."""
        if self._done is not None and not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server closed the connection"))

    async def read(self, request: bytes) -> float:
        """Ask, and return the seconds until the last byte."""
        assert self._transport is not None
        self._done = asyncio.get_running_loop().create_future()
        self._begun = time.perf_counter()
        self._transport.write(request)
        return await asyncio.wait_for(self._done, 60)

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()


async def connect(server: Server, connections: int) -> list[Reader]:
    """Open connections."""
    port = int(server.url.rpartition(":")[2])
    create = asyncio.get_running_loop().create_connection
    return [(await create(Reader, "127.0.0.1", port))[1] for _ in range(connections)]


async def burst(readers: Sequence[Reader], path: str, headers: Mapping[str, str]) -> list[float]:
    """Read the same thing on all connections at once."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    request = "\r\n".join([*lines, "", ""]).encode()
    return list(await asyncio.gather(*(reader.read(request) for reader in readers)))


def percentile(seconds: Sequence[float], share: float) -> float:
    """Return what this share of the values does not exceed."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
