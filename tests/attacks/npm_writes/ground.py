"""The whole server with every door, people who publish to it, and people who would like to."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from packhouse.app import Application
from packhouse.services.people import People
from tests.asgi import Reply, call
from tests.ecosystems.npm.test_publishing import document
from tests.faults.emulator import Emulator, emulating
from tests.faults.server import configure, running

PASSWORD = "correct horse battery"


class Ground:
    """A server that runs over an upstream; whoever is named has an account."""

    def __init__(self, app: Application, upstream: Emulator, folder: Path) -> None:
        self.app = app
        self.upstream = upstream
        self.folder = folder
        self._tokens: dict[str, str] = {}

    @property
    def people(self) -> People:
        """The accounts."""
        return self.app.services["npm"].people

    async def user(self, name: str, /, **fields: Any) -> str:  # noqa: ANN401 (those of `Tokens.create`)
        """Make a token, and its user where there is none of that name; a plain one is made once."""
        if not fields and name in self._tokens:
            return self._tokens[name]
        accounts = self.people.accounts
        found = await accounts.find(name) or await accounts.add(name, f"{name}@team.example", PASSWORD)
        secret, _ = await self.people.tokens.create(found, **fields)
        if not fields:
            self._tokens[name] = secret
        return secret

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
        sent = dict(headers or {}) | ({"authorization": f"Bearer {token}"} if token else {})
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if raw:
            sent = {"content-type": "application/json", "content-length": str(len(raw))} | sent
        return await call(self.app, path, method, sent, raw, peer)

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
