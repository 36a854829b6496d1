"""The server is killed while crates are published: what was acknowledged is whole, the rest is whole or nothing.

What was not acknowledged may be there, as with any registry; but then its line, its file and its document are, and the
server knows whose it is.
"""

import asyncio
import hashlib
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from tests.clients.cargo.crates import index_path
from tests.clients.cargo_writes.registry import write_settings
from tests.clients.npm_writes.registry import settle
from tests.ecosystems.cargo.publications import archive, framed
from tests.faults.emulator import emulating
from tests.faults.killing import kill_meanwhile, stored
from tests.faults.server import serving
from tests.faults.test_kill import find_damage
from tests.faults.wire import HOST, Received, exchange, get, read_answer

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(1200)]

KILLS = int(os.environ.get("PACKHOUSE_KILLS", "12"))
"""How often; a hundred times where there is time for that."""
AT_ONCE = 10
LARGE_BYTES = 700_000
AGENT = {"User-Agent": "cargo/1.95.0"}
"""The Web API answers nobody who does not say what asks."""


class Sent(Struct, frozen=True):
    """A release that somebody tries to publish."""

    name: str
    version: str
    body: bytes
    sha256: str


def make(name: str, version: str, size: int) -> Sent:
    """Make a publication with a file of some random bytes in it."""
    crate = archive(name, version, files={"data.bin": os.urandom(size)})
    return Sent(name, version, framed({"name": name, "vers": version}, crate), hashlib.sha256(crate).hexdigest())


def some(number: int) -> list[Sent]:
    """Make what is published in one life of the server: new crates, releases of one that all want, two spellings."""
    made = [make(f"pear{number}x{place}", "1.0.0", 2_000) for place in range(AT_ONCE // 2)]
    made += [make("orchard", f"{number}.{place}.0", 2_000) for place in range(AT_ONCE // 2)]
    made += [make(f"stone-{number}", "1.0.0", 500), make(f"stone_{number}", "1.0.0", 500)]
    made.append(make(f"large{number}", "1.0.0", LARGE_BYTES))
    random.shuffle(made)
    return made


async def put(port: int, sent: Sent, token: str) -> Received:
    """Publish over a connection of its own, with the bare token, as cargo does."""
    lines = (
        "PUT /cargo/api/v1/crates/new HTTP/1.1",
        f"Host: {HOST}",
        "Connection: close",
        f"User-Agent: {AGENT['User-Agent']}",
        f"Content-Length: {len(sent.body)}",
        f"Authorization: {token}",
    )
    head = "\r\n".join([*lines, "", ""]).encode()
    return read_answer(await exchange(port, head + sent.body, 30.0))


async def publish_and_kill(port: int, process: Any, made: list[Sent], token: str) -> set[int]:  # noqa: ANN401
    """Publish all at once, kill the server meanwhile; return the places of what was acknowledged."""
    replies = await kill_meanwhile(process, [put(port, sent, token) for sent in made])
    for place, reply in replies.items():
        # Of two spellings one is refused.
        assert reply.status == 200 or (reply.status == 400 and made[place].name.startswith("stone")), reply.body
    return {place for place, reply in replies.items() if reply.status == 200}


async def is_whole(port: int, sent: Sent) -> bool:
    """Tell whether a release is there with its file and document; fail if there is half of it."""
    index = await get(port, f"/cargo/index/{index_path(sent.name)}")
    address = f"/cargo/api/v1/crates/{sent.name}/{sent.version}"
    file = await get(port, f"{address}/download")
    document = await get(port, address, AGENT)
    lines = {} if index.status == 404 else {each["vers"]: each for each in map(json.loads, index.body.splitlines())}
    if sent.version not in lines:
        assert file.status == 404, (address, file.status)
        return False
    assert (file.status, hashlib.sha256(file.body).hexdigest()) == (200, sent.sha256), (address, file.status)
    assert lines[sent.version]["cksum"] == sent.sha256
    assert json.loads(document.body)["version"]["checksum"] == sent.sha256
    return True


async def test_a_kill_leaves_whole_crates_or_nothing(tmp_path: Path) -> None:
    async with emulating() as upstream:
        settings = write_settings(tmp_path, upstream.url)
        # The names are kept for this server, so that no upstream is asked.
        text = settings.read_text().replace('data = "data"', 'data = "data"\naccess.reserved = ["cargo/*"]')
        settings.write_text(text)
        await publish_under_fire(settings)


async def publish_under_fire(settings: Path) -> None:
    """Kill the server again and again, and look each time at what it has kept."""
    data = settings.parent / "data"
    token = (await settle(settings))["ada"]
    there: list[Sent] = []
    made: list[Sent] = []
    acknowledged: set[int] = set()
    interrupted = 0
    for number in range(KILLS + 1):
        with serving(settings) as (process, port):
            spelt: dict[str, set[str]] = {}
            for place, sent in enumerate(made):
                whole = await is_whole(port, sent)
                assert whole or place not in acknowledged, f"{sent.name} {sent.version} was acknowledged and is gone"
                if whole:
                    there.append(sent)
                    spelt.setdefault(sent.name.replace("-", "_"), set()).add(sent.name)
            assert all(len(names) == 1 for names in spelt.values())
            # Every file of a release, and none beside: what the dead server had begun is cleared away.
            rows, files, unfinished = await asyncio.to_thread(stored, data)
            assert len(rows) == len(there)
            assert files == rows
            assert unfinished == []
            if number == KILLS:
                break
            made = some(number)
            acknowledged = await publish_and_kill(port, process, made, token)
            interrupted += 0 < len(acknowledged) < len(made) - 1
    assert await find_damage(data, deep=True) == []
    # Else nothing was tested: many kills must have come in the middle.
    assert interrupted > KILLS // 4, interrupted
