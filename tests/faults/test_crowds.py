"""Many who want the same thing at once, and those who leave before they have it."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest

from packhouse.app import Application
from tests.asgi import call
from tests.faults.emulator import Emulator, answers, emulating, head, sends, waits
from tests.faults.server import configure, running

pytestmark = pytest.mark.anyio

CROWD = 64
SMALL = os.urandom(30_000)
LARGE = os.urandom(3_000_000)


@pytest.fixture
async def upstream() -> AsyncIterator[Emulator]:
    async with emulating() as emulator:
        emulator.publish("small", "1.0.0", SMALL)
        emulator.publish("large", "1.0.0", LARGE)
        yield emulator


@pytest.fixture
async def app(tmp_path: Path, upstream: Emulator) -> AsyncIterator[Application]:
    async with running(configure(tmp_path, upstream.url, "upstream.retries = 0")) as application:
        yield application


async def test_a_crowd_that_wants_a_cold_package_asks_the_upstream_once(upstream: Emulator, app: Application) -> None:
    upstream.faults["/small"] = waits(0.1, upstream.behave)
    kinds = ["application/json", "application/vnd.npm.install-v1+json"]
    codings = ["identity", "gzip", "br", "zstd"]
    questions = [
        call(app, "/npm/small", headers={"accept": kinds[number % 2], "accept-encoding": codings[number % 4]})
        for number in range(CROWD)
    ]
    replies = await asyncio.gather(*questions)
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 4
    assert upstream.paths == ["/small"]


async def test_a_crowd_that_wants_a_package_that_is_not_there_asks_once(upstream: Emulator, app: Application) -> None:
    upstream.faults["/nothing"] = waits(0.1, answers(404))
    replies = await asyncio.gather(*(call(app, "/npm/nothing") for _ in range(CROWD)))
    assert {reply.status for reply in replies} == {404}
    assert upstream.paths == ["/nothing"]


async def test_a_crowd_before_a_failing_upstream_asks_once_and_everyone_is_told(
    upstream: Emulator, app: Application
) -> None:
    upstream.faults["/small"] = waits(0.1, answers(500))
    replies = await asyncio.gather(*(call(app, "/npm/small") for _ in range(CROWD)))
    assert {reply.status for reply in replies} == {503}
    assert upstream.paths == ["/small"]


@pytest.mark.parametrize(("name", "content"), [("small", SMALL), ("large", LARGE)])
async def test_a_crowd_that_wants_a_cold_file_asks_the_upstream_once(
    upstream: Emulator, app: Application, name: str, content: bytes
) -> None:
    path = upstream.tarball_path(name, "1.0.0")
    upstream.faults[path] = waits(0.1, upstream.behave)
    # Nobody has asked for the packument either, as after `npm ci` with a lock file.
    replies = await asyncio.gather(*(call(app, f"/npm{path}") for _ in range(CROWD)))
    assert {reply.status for reply in replies} == {200}
    assert all(reply.body == content for reply in replies)
    assert sorted(upstream.paths) == sorted([f"/{name}", path])


async def test_a_crowd_that_wants_a_file_that_turns_out_wrong_gets_nothing_of_it(
    upstream: Emulator, app: Application
) -> None:
    path = upstream.tarball_path("small", "1.0.0")
    upstream.faults[path] = waits(0.1, answers(200, body=SMALL[::-1]))
    replies = await asyncio.gather(*(call(app, f"/npm{path}") for _ in range(CROWD)))
    assert {reply.status for reply in replies} == {502}
    assert upstream.paths.count(path) == 1


async def test_packages_do_not_wait_for_one_another(upstream: Emulator, app: Application) -> None:
    upstream.faults["/large"] = waits(0.5, upstream.behave)
    slow = asyncio.create_task(call(app, "/npm/large"))
    await asyncio.sleep(0.05)
    async with asyncio.timeout(0.4):
        assert (await call(app, "/npm/small")).status == 200
    assert (await slow).status == 200


class Leaver:
    """A client that goes away after some bytes of the body."""

    def __init__(self, app: Application, path: str, after: int) -> None:
        self._after = after
        self._received = 0
        self._gone = asyncio.Event()
        self._scope = {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "raw_path": path.encode(),
            "path": path,
            "query_string": b"",
            "headers": [(b"host", b"packhouse.example")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 1),
        }
        self.task = asyncio.create_task(app(self._scope, self._receive, self._send))

    async def left(self) -> None:
        """Wait until the client has gone."""
        await self._gone.wait()

    async def _receive(self) -> MutableMapping[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        self._received += len(message.get("body", b""))
        if self._received > self._after and not self._gone.is_set():
            self._gone.set()
            self.task.cancel()
            await asyncio.sleep(0)


async def test_a_client_that_leaves_does_not_spoil_the_download_for_the_others(
    upstream: Emulator, app: Application
) -> None:
    path = upstream.tarball_path("large", "1.0.0")
    begun = head(200, {"content-length": len(LARGE)})
    upstream.faults[path] = sends(begun + LARGE[:2_000_000], LARGE[2_000_000:], pause_s=0.3)
    leaver = Leaver(app, f"/npm{path}", 500_000)
    stayer = asyncio.create_task(call(app, f"/npm{path}"))
    await leaver.left()
    latecomer = asyncio.create_task(call(app, f"/npm{path}"))
    assert (await stayer).body == LARGE
    assert (await latecomer).body == LARGE
    assert upstream.paths.count(path) == 1
    assert leaver.task.cancelled() or leaver.task.done()


async def test_a_download_that_everyone_has_left_is_finished_for_who_comes_next(
    upstream: Emulator, app: Application
) -> None:
    path = upstream.tarball_path("large", "1.0.0")
    begun = head(200, {"content-length": len(LARGE)})
    upstream.faults[path] = sends(begun + LARGE[:2_000_000], LARGE[2_000_000:], pause_s=0.1)
    await Leaver(app, f"/npm{path}", 500_000).left()
    await asyncio.sleep(0.3)
    assert (await call(app, f"/npm{path}")).body == LARGE
    assert upstream.paths.count(path) == 1


async def test_a_client_that_leaves_while_a_package_is_fetched_does_not_end_the_fetch(
    upstream: Emulator, app: Application
) -> None:
    upstream.faults["/small"] = waits(0.2, upstream.behave)
    first = asyncio.create_task(call(app, "/npm/small"))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(call(app, "/npm/small"))
    await asyncio.sleep(0.05)
    first.cancel()
    assert json.loads((await second).body)["name"] == "small"
    assert upstream.paths == ["/small"]
