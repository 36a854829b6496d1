"""The whole server with its disk, to which people publish crates; no upstream is asked for a name."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from packhouse.app import Application
from tests.asgi import Reply, call
from tests.clients.cargo.crates import index_path
from tests.ecosystems.cargo.publications import publication
from tests.faults.emulator import emulating
from tests.faults.server import configure, running

PASSWORD = "correct horse battery"
SETTINGS = 'access.reserved = ["cargo/*"]\npublish.max_archive = "1MB"'


class Grove:
    """A server, and whoever is named."""

    def __init__(self, app: Application, folder: Path) -> None:
        self.app = app
        self.folder = folder
        self._tokens: dict[str, str] = {}

    async def token(self, name: str) -> str:
        """Make a token, and its user where there is none of that name."""
        if name not in self._tokens:
            people = self.app.services["cargo"].people
            user = await people.accounts.find(name)
            user = user or await people.accounts.add(name, f"{name}@team.example", PASSWORD)
            self._tokens[name], _ = await people.tokens.create(user)
        return self._tokens[name]

    async def put(self, body: bytes, user: str = "ada") -> Reply:
        """Send a body to where releases are published."""
        headers = {"authorization": await self.token(user), "content-length": str(len(body))}
        return await call(self.app, "/cargo/api/v1/crates/new", "PUT", headers, body)

    async def publish(self, name: str, version: str, user: str = "ada", text: str = "") -> Reply:
        """Publish a release."""
        return await self.put(publication(name, version, text), user)

    async def lines(self, name: str) -> list[dict[str, Any]]:
        """Read an index file; empty where there is none."""
        reply = await call(self.app, f"/cargo/index/{index_path(name)}")
        assert reply.status in (200, 404)
        return [json.loads(line) for line in reply.body.split(b"\n") if line] if reply.status == 200 else []

    def files(self) -> set[str]:
        """List every file of the folder, but for the database's own."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)) for path in found if "packhouse.sqlite3" not in path.name}


@asynccontextmanager
async def a_grove(folder: Path) -> AsyncIterator[Grove]:
    """Run a server of its own."""
    async with emulating() as upstream, running(configure(folder, upstream.url, SETTINGS)) as app:
        yield Grove(app, folder)
