"""An npm upstream on the loopback interface that misbehaves on command; every byte that it sends is written here."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
from msgspec import Struct

LONG_AGO = "2020-01-01T00:00:00.000Z"
REASONS = {200: "OK", 304: "Not Modified", 404: "Not Found"}


class Call(Struct, frozen=True):
    """One request that the upstream was sent."""

    path: str
    headers: dict[str, str]


Conduct = Callable[[Call, asyncio.StreamWriter], Awaitable[None]]
"""What the upstream does with a request instead of answering it well."""


class Emulator:
    """A well-behaved registry of a few packages, but for the paths that `faults` names (`*` for all)."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.faults: dict[str, Conduct] = {}
        self.port = 0
        self._server: asyncio.Server | None = None
        self._called = asyncio.Condition()
        self._connections: set[asyncio.Task[None]] = set()
        self._packages: dict[str, dict[str, tuple[bytes, str]]] = {}

    @property
    def url(self) -> str:
        """Our base address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [call.path for call in self.calls]

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections and break those that there are."""
        if self._server is not None:
            self._server.close()
            for task in self._connections:
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)
            self._server = None

    async def asked(self, path: str) -> None:
        """Wait until somebody has asked for this."""
        async with self._called:
            await self._called.wait_for(lambda: path in self.paths)

    def publish(self, name: str, version: str, content: bytes, published_at: str = LONG_AGO) -> None:
        """Add a release."""
        self._packages.setdefault(name, {})[version] = (content, published_at)

    def remove(self, name: str) -> None:
        """Forget a package."""
        del self._packages[name]

    def packument(self, name: str, **changes: Any) -> bytes:  # noqa: ANN401 (JSON)
        """Write the index document of a package."""
        releases = self._packages[name]
        document: dict[str, Any] = {
            "name": name,
            "dist-tags": {"latest": list(releases)[-1]},
            "versions": {version: self._manifest(name, version, content) for version, (content, _) in releases.items()},
            "time": {version: at for version, (_, at) in releases.items()},
        }
        return msgspec.json.encode(document | changes)

    def tarball_path(self, name: str, version: str) -> str:
        """Give the path of a file."""
        return f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"

    def _manifest(self, name: str, version: str, content: bytes) -> dict[str, Any]:
        integrity = base64.b64encode(hashlib.sha512(content).digest()).decode()
        dist = {"tarball": self.url + self.tarball_path(name, version), "integrity": f"sha512-{integrity}"}
        return {"name": name, "version": version, "description": f"A package called {name}", "dist": dist}

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(reader, writer)
        finally:
            self._connections.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        call = Call(first.split(" ")[1], headers)
        self.calls.append(call)
        async with self._called:
            self._called.notify_all()
        fault = self.faults.get(call.path) or self.faults.get("*")
        await (fault or self.behave)(call, writer)
        await writer.drain()

    async def behave(self, call: Call, writer: asyncio.StreamWriter) -> None:
        """Answer as a registry should."""
        name = call.path[1:].replace("%2f", "/")
        if name in self._packages:
            body = self.packument(name)
            etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
            if call.headers.get("if-none-match") == etag:
                writer.write(head(304, {"etag": etag}))
            else:
                writer.write(head(200, {"etag": etag, "content-length": len(body)}) + body)
            return
        for package, releases in self._packages.items():
            for version, (content, _) in releases.items():
                if call.path == self.tarball_path(package, version):
                    writer.write(head(200, {"content-type": "application/gzip", "content-length": len(content)}))
                    writer.write(content)
                    return
        writer.write(head(404, {"content-length": 2}) + b"{}")


@asynccontextmanager
async def emulating() -> AsyncIterator[Emulator]:
    """Run an upstream."""
    emulator = Emulator()
    await emulator.start()
    try:
        yield emulator
    finally:
        await emulator.stop()


def head(status: int, headers: Mapping[str, object] | None = None) -> bytes:
    """Write status line and headers of an answer that is the last of its connection."""
    given: dict[str, object] = {"content-type": "application/json", "connection": "close", **(headers or {})}
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Strange')}", *(f"{name}: {given[name]}" for name in given)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def answers(status: int, headers: Mapping[str, object] | None = None, body: bytes = b"") -> Conduct:
    """Give this answer, complete and with its length."""

    async def conduct(_call: Call, writer: asyncio.StreamWriter) -> None:
        writer.write(head(status, {"content-length": len(body), **(headers or {})}) + body)

    return conduct


def sends(*pieces: bytes, pause_s: float = 0.0) -> Conduct:
    """Send exactly these bytes, with a pause before each piece but the first, and close."""

    async def conduct(_call: Call, writer: asyncio.StreamWriter) -> None:
        for number, piece in enumerate(pieces):
            if number:
                await asyncio.sleep(pause_s)
            writer.write(piece)
            await writer.drain()

    return conduct


def waits(seconds: float, then: Conduct) -> Conduct:
    """Do nothing for a while first."""

    async def conduct(call: Call, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await then(call, writer)

    return conduct
