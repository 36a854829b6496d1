"""The whole server with every door, people who publish crates to it, and people who would like to."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.names import parse_name
from packhouse.services.assembly import Services
from packhouse.services.publishing import Change, Hosted
from tests.asgi import Reply
from tests.attacks.grounds import PeopledGround
from tests.ecosystems.cargo.publications import publication
from tests.faults.emulator import answers, emulating
from tests.faults.server import configure, running

API = "/cargo/api/v1"


class Ground(PeopledGround):
    """A server that runs over an upstream without crates; whoever is named has an account."""

    @property
    def services(self) -> Services:
        """Those of crates."""
        return self.app.services["cargo"]

    async def send(
        self,
        method: str,
        path: str,
        body: object = None,
        token: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request as cargo does, with the bare token; a body is JSON, bytes are sent as they are."""
        sent = {"user-agent": "cargo/1.95.0"} | dict(headers or {})
        return await self.send_as(token, method, path, body, sent, "127.0.0.1")

    async def read(self, path: str, token: str = "") -> Any:  # noqa: ANN401 (any JSON)
        """Read a document of the Web API, which must be there."""
        reply = await self.send("GET", f"{API}/{path}", token=token)
        assert reply.status == 200, reply.text
        return json.loads(reply.body)

    async def publish(self, name: str, version: str, token: str, text: str = "", **said: object) -> None:
        """Publish a release; it must succeed."""
        reply = await self.send("PUT", f"{API}/crates/new", publication(name, version, text, said=said), token)
        assert reply.status == 200, reply.text

    async def restrict(self, name: str, token: str) -> None:
        """Hide a crate from all but its owners, as they would."""
        key = PackageKey("cargo", parse_name(name))
        view = View(actor=await self.people.identification.identify(f"Bearer {token}", "127.0.0.1", ""))

        def edit(found: Hosted) -> Change:
            assert found.index is not None
            assert found.ownership is not None
            hidden = msgspec.structs.replace(found.ownership, restricted=True, revision=found.ownership.revision + 1)
            return Change(index=found.index, action="restrict", ownership=hidden)

        await self.services.publishing.change(view, key, edit)


@asynccontextmanager
async def a_ground(folder: Path, settings: str = "") -> AsyncIterator[Ground]:
    """Run a server of its own."""
    async with emulating() as upstream:
        upstream.faults["/cargo/config.json"] = answers(200, body=b'{"dl":"http://127.0.0.1:1/files"}')
        ours = f'{settings}\n[upstreams.crates]\nurl = "{upstream.url}/cargo"\n'
        async with running(configure(folder, upstream.url, ours)) as app:
            yield Ground(app, upstream, folder)


def details(reply: Reply) -> str:
    """Read why something was refused."""
    return " ".join(each["detail"] for each in json.loads(reply.body)["errors"])
