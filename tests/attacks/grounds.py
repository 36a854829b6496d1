"""A whole server, and people who have accounts on it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packhouse.app import Application
from packhouse.services.people import People
from tests.asgi import Reply, call
from tests.faults.emulator import Emulator

PASSWORD = "correct horse battery"


class PeopledGround:
    """A server that runs over an upstream; whoever is named has an account."""

    def __init__(self, app: Application, upstream: Emulator, folder: Path) -> None:
        self.app = app
        self.upstream = upstream
        self.folder = folder
        self._tokens: dict[str, str] = {}

    @property
    def people(self) -> People:
        """The accounts."""
        return next(iter(self.app.services.values())).people

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

    async def send_as(
        self, authorization: str, method: str, path: str, body: object, headers: Mapping[str, str], peer: str
    ) -> Reply:
        """Send a request with credentials, if there are any; a body is JSON, bytes are sent as they are."""
        sent = dict(headers) | ({"authorization": authorization} if authorization else {})
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if raw:
            sent = {"content-type": "application/json", "content-length": str(len(raw))} | sent
        return await call(self.app, path, method, sent, raw, peer)
