"""Calls an ASGI application with exactly the raw path that is written down."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


class Reply(Struct):
    """What the application sent."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


async def call(
    app: App,
    target: str | bytes,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    peer: str = "127.0.0.1",
) -> Reply:
    """Send one request; the target may be any bytes, as on a socket."""
    raw = target.encode() if isinstance(target, str) else target
    path, _, query = raw.partition(b"?")
    sent = {"host": "packhouse.example", "user-agent": "a test"} | {
        name.lower(): value for name, value in (headers or {}).items()
    }
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        "server": ("127.0.0.1", 7225),
        "client": (peer, 50_000),
    }
    incoming = [{"type": "http.request", "body": body, "more_body": False}]
    messages: list[MutableMapping[str, Any]] = []
    answered = asyncio.Event()

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.sleep(0)
        if incoming:
            return incoming.pop(0)
        await answered.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        await asyncio.sleep(0)
        messages.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            answered.set()

    await app(scope, receive, send)
    start = messages[0]
    received = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
    return Reply(start["status"], received, b"".join(message.get("body", b"") for message in messages[1:]))
