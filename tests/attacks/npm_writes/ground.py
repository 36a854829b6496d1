"""The whole server with every door, people who publish to it, and people who would like to."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.asgi import Reply
from tests.attacks.grounds import PeopledGround
from tests.ecosystems.npm.test_publishing import document
from tests.faults.emulator import emulating
from tests.faults.server import configure, running


class Ground(PeopledGround):
    """A server that runs over an upstream; whoever is named has an account."""

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        token: str = "",
        headers: Mapping[str, str] | None = None,
        peer: str = "127.0.0.1",
    ) -> Reply:
        """Send a request with a JSON body (bytes are sent as they are), as the owner of a token."""
        return await self.send_as(f"Bearer {token}" if token else "", method, path, body, headers or {}, peer)

    async def publish(self, name: str, version: str, token: str, **fields: Any) -> None:  # noqa: ANN401
        """Publish a version; it must succeed."""
        reply = await self.send("PUT", f"/npm/{name.replace('/', '%2f')}", document(name, version, **fields), token)
        assert reply.status == 201, reply.text

    async def packument(self, name: str, token: str = "") -> dict[str, Any]:
        """Read what everybody is shown of a package; empty where there is none."""
        reply = await self.send("GET", f"/npm/{name.replace('/', '%2f')}?write=true", token=token)
        assert reply.status in (200, 404), reply.text
        found: dict[str, Any] = json.loads(reply.body) if reply.status == 200 else {}
        return found


@asynccontextmanager
async def a_ground(folder: Path, settings: str = "") -> AsyncIterator[Ground]:
    """Run a server of its own."""
    async with emulating() as upstream:
        upstream.publish("thing", "1.0.0", b"first thing")
        async with running(configure(folder, upstream.url, settings)) as app:
            yield Ground(app, upstream, folder)
