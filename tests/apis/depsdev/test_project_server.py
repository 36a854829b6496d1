"""Projects as a part of the whole server: forges by configuration, over both transports, over a restart."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from packhouse.app import Application
from packhouse.config import Config
from tests.adapters.upstream.loopback import Loopback, answer
from tests.apis.depsdev.reflected import client
from tests.asgi import call
from tests.clients.registry import Registry, serving_registry
from tests.faults.server import configure, running

pytestmark = pytest.mark.anyio

PROJECT = "git.example/orchard/crate"
PATH = f"/v3/projects/{PROJECT.replace('/', '%2F')}"
TOLD = {"full_name": "orchard/crate", "stargazers_count": 80, "license": {"spdx_id": "MIT"}}


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serving_registry(Registry()) as served:
        served.publish("crate", "1.0.0", repository=f"https://{PROJECT}.git")
        served.publish("lid", "1.0.0", bugs=f"https://{PROJECT}/issues")
        yield served


@pytest.fixture
async def forge() -> AsyncIterator[Loopback]:
    async with Loopback({"/repos/orchard/crate": answer(json.dumps(TOLD).encode())}).running() as server:
        yield server


def _config(folder: Path, registry: Registry, forge: Loopback, more: str = "") -> Config:
    table = f'[forges.ours]\nkind = "github"\nurl = "{forge.url}"\nhost = "git.example"\nsecret_variable = "TOKEN"\n'
    return configure(folder, registry.url, f"{more}\n[grpc]\nport = 0\n{table}")


async def _get(server: Application, path: str) -> Any:  # noqa: ANN401 (any JSON)
    reply = await call(server, path)
    assert reply.status == 200, reply.text
    return json.loads(reply.text)


async def test_a_project_is_fetched_once_and_told_over_both_transports(
    registry: Registry, forge: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "sesame")
    async with running(_config(tmp_path, registry, forge)) as server:
        told = await _get(server, PATH)
        assert (told["starsCount"], told["license"]) == (80, "MIT")
        assert "Authorization: Bearer sesame" in forge.heads[0]
        assert server.grpc_port
        async with client(server.grpc_port) as alpha:
            asked = {"projectKey": {"id": PROJECT}}
            assert await alpha.ask_json("GetProject", asked) == told
            with pytest.raises(grpc.aio.AioRpcError) as missed:
                await alpha.ask("GetProject", {"projectKey": {"id": "git.example/orchard/none"}})
            assert missed.value.code() is grpc.StatusCode.NOT_FOUND
    assert forge.paths == ["/repos/orchard/crate", "/repos/orchard/none"]
    async with running(_config(tmp_path, registry, forge, "offline = true")) as server:
        assert await _get(server, PATH) == told
    assert len(forge.paths) == 2


async def test_releases_come_from_a_project_once_their_index_was_read(
    registry: Registry, forge: Loopback, tmp_path: Path
) -> None:
    async with running(_config(tmp_path, registry, forge)) as server:
        assert (await call(server, f"{PATH}:packageversions")).status == 404
        version = await _get(server, "/v3/systems/npm/packages/crate/versions/1.0.0")
        related = {"relationProvenance": "UNVERIFIED_METADATA", "relationType": "SOURCE_REPO"}
        assert version["relatedProjects"] == [{"projectKey": {"id": PROJECT}, **related}]
        await _get(server, "/v3/systems/npm/packages/lid")
        found = (await _get(server, f"{PATH}:packageversions"))["versions"]
        assert [(each["versionKey"]["name"], each["relationType"]) for each in found] == [
            ("crate", "SOURCE_REPO"),
            ("lid", "ISSUE_TRACKER"),
        ]
        assert not forge.paths, "a package is no reason to ask its forge"


async def test_a_forge_whose_secret_is_missing_is_not_asked(
    registry: Registry, forge: Loopback, tmp_path: Path
) -> None:
    async with running(_config(tmp_path, registry, forge)) as server:
        assert (await call(server, PATH)).status == 503
    assert not forge.paths
