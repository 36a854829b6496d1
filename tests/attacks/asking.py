"""Asks the application anything, also what no client would say, and checks what no answer may do."""

import asyncio
import time
from collections.abc import MutableMapping, Sequence
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from packhouse.http.asgi import App

Headers = Sequence[tuple[bytes, bytes]]

HOST = (b"host", b"packhouse.example")
PATIENCE_S = 1.0


class Said(Struct, frozen=True):
    """What the application sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    took_s: float

    def header(self, name: bytes) -> bytes:
        """Return the one header of a name; empty if there is none."""
        found = [value for key, value in self.headers if key == name]
        assert len(found) <= 1
        return found[0] if found else b""


async def ask(
    app: App, target: bytes, method: str = "GET", headers: Headers = (HOST,), peer: str = "127.0.0.1"
) -> Said:
    """Send one request whose target and headers may be any bytes."""
    path, _, query = target.partition(b"?")
    scope: MutableMapping[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": list(headers),
        "server": ("127.0.0.1", 7225),
        "client": (peer, 50_000),
    }
    messages: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        await asyncio.sleep(0)
        messages.append(message)

    began = time.perf_counter()
    await app(scope, receive, send)
    took_s = time.perf_counter() - began
    start = messages[0]
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return Said(start["status"], start["headers"], body, took_s)


async def ask_decently(app: App, target: bytes, method: str = "GET", headers: Headers = (HOST,)) -> Said:
    """Ask, and check that the answer is one that may be given to anybody."""
    said = await ask(app, target, method, headers)
    if said.took_s > PATIENCE_S:  # a busy machine is not slow twice
        said = await ask(app, target, method, headers)
    assert said.took_s < PATIENCE_S
    check_decent(said, method)
    return said


def check_decent(said: Said, method: str = "GET") -> None:
    """Check what holds for every answer: no fault of ours, no split headers, nothing about our insides."""
    assert said.status < 500, said.body[:500]
    for name, value in said.headers:
        assert name == name.lower()
        assert not set(name + value) & set(b"\r\n\0"), (name, value)
    assert said.header(b"access-control-allow-origin") == b""
    assert said.header(b"set-cookie") == b""
    if said.status == 304 or method == "HEAD":
        assert said.body == b""
    else:
        # What is written while it is sent says no length; the server sends that in chunks.
        assert said.header(b"content-length") in (b"", b"%d" % len(said.body))
        assert said.header(b"x-content-type-options") == b"nosniff"
    if said.status >= 400:
        assert len(said.body) < 4096
        for secret in (b"Traceback", b'.py"', b"site-packages", b"/data/", b"0x7f"):
            assert secret not in said.body
