"""The server is killed while versions are published: what was acknowledged is whole, the rest is whole or nothing.

Between the commit and the last byte of the answer there is a moment in which a version is published and its publisher
does not know. No server can avoid it; so what was not acknowledged may be there, but then all of it, and findable.
"""

import asyncio
import base64
import hashlib
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from tests.clients.npm_writes.registry import settle
from tests.ecosystems.npm.test_publishing import archive, document
from tests.faults.emulator import emulating
from tests.faults.killing import kill_meanwhile, stored
from tests.faults.server import serving, write_settings
from tests.faults.test_kill import find_damage
from tests.faults.wire import HOST, Received, exchange, get, read_answer

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(1200)]

KILLS = 100
AT_ONCE = 10
LARGE_BYTES = 700_000


class Sent(Struct, frozen=True):
    """A version that somebody tries to publish."""

    name: str
    version: str
    body: bytes
    sha512: str

    @property
    def path(self) -> str:
        """Where its package is."""
        return f"/npm/{self.name.replace('/', '%2f')}"


def make(name: str, version: str, size: int) -> Sent:
    """Make a publication with a file of some random bytes in it."""
    sent = document(name, version)
    manifest = sent["versions"][version]
    packed = archive({"name": name, "version": version, "description": "a pear"}, {"data.bin": os.urandom(size)})
    digest = hashlib.sha512(packed)
    manifest["dist"] |= {
        "integrity": "sha512-" + base64.b64encode(digest.digest()).decode(),
        "shasum": hashlib.sha1(packed).hexdigest(),  # noqa: S324 (the protocol's)
    }
    (attachment,) = sent["_attachments"].values()
    attachment |= {"data": base64.b64encode(packed).decode(), "length": len(packed)}
    return Sent(name, version, json.dumps(sent).encode(), digest.hexdigest())


def some(number: int) -> list[Sent]:
    """Make what is published in one life of the server: new packages, and versions of one that everybody wants."""
    made = [make(f"@farm/pear-{number}-{place}", "1.0.0", 2_000) for place in range(AT_ONCE // 2)]
    made += [make("orchard", f"{number}.{place}.0", 2_000) for place in range(AT_ONCE // 2)]
    made.append(make(f"large-{number}", "1.0.0", LARGE_BYTES))
    random.shuffle(made)
    return made


async def put(port: int, sent: Sent, token: str) -> Received:
    """Publish over a connection of its own."""
    lines = (
        f"PUT {sent.path} HTTP/1.1",
        f"Host: {HOST}",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(sent.body)}",
        f"Authorization: Bearer {token}",
    )
    head = "\r\n".join([*lines, "", ""]).encode()
    return read_answer(await exchange(port, head + sent.body, 30.0))


async def publish_and_kill(port: int, process: Any, made: list[Sent], token: str) -> set[int]:  # noqa: ANN401
    """Publish all at once, kill the server meanwhile; return the places of what was acknowledged."""
    replies = await kill_meanwhile(process, [put(port, sent, token) for sent in made])
    assert all(reply.status == 201 for reply in replies.values()), replies
    return set(replies)


async def is_whole(port: int, sent: Sent) -> bool:
    """Tell whether a version is there with its file; fail if there is half of it."""
    answer = await get(port, sent.path)
    address = f"{sent.path}/-/{sent.name.rpartition('/')[2]}-{sent.version}.tgz"
    file = await get(port, address)
    if answer.status == 404 or sent.version not in json.loads(answer.body)["versions"]:
        assert file.status == 404, (address, file.status)
        return False
    found = json.loads(answer.body)["versions"][sent.version]
    assert (file.status, hashlib.sha512(file.body).hexdigest()) == (200, sent.sha512), (address, file.status)
    assert found["dist"]["integrity"] == "sha512-" + base64.b64encode(bytes.fromhex(sent.sha512)).decode()
    return True


async def test_a_kill_leaves_whole_versions_or_nothing(tmp_path: Path) -> None:
    async with emulating() as upstream:
        await publish_under_fire(write_settings(tmp_path, upstream.url))


async def publish_under_fire(settings: Path) -> None:
    """Kill the server again and again, and look each time at what it has kept."""
    data = settings.parent / "data"
    token = (await settle(settings))["ada"]
    there: list[Sent] = []
    absent: list[Sent] = []
    made: list[Sent] = []
    acknowledged: set[int] = set()
    interrupted = unnoticed = 0
    for number in range(KILLS + 1):
        with serving(settings) as (process, port):
            for place, sent in enumerate(made):
                whole = await is_whole(port, sent)
                assert whole or place not in acknowledged, f"{sent.name}@{sent.version} was acknowledged and is gone"
                unnoticed += whole and place not in acknowledged
                (there if whole else absent).append(sent)
            for sent in random.sample(there, min(5, len(there))):
                assert await is_whole(port, sent)
            # Every file of a version, and none beside: what the dead server had begun is cleared away.
            rows, files, unfinished = await asyncio.to_thread(stored, data)
            assert len(rows) == len(there)
            assert files == rows
            assert unfinished == []
            if number == KILLS:
                break
            made = some(number)
            acknowledged = await publish_and_kill(port, process, made, token)
            interrupted += 0 < len(acknowledged) < len(made)
    assert await find_damage(data, deep=True) == []
    # Else nothing was tested: many kills must have come in the middle.
    assert interrupted > KILLS // 4, (interrupted, unnoticed)
    await versions_can_be_published_now(settings, token, random.sample(absent, min(10, len(absent))))


async def versions_can_be_published_now(settings: Path, token: str, absent: list[Sent]) -> None:
    """Publish what was lost: nothing of it may be in the way."""
    with serving(settings) as (_, port):
        for sent in absent:
            reply = await put(port, sent, token)
            assert reply.status == 201, reply.body
            assert await is_whole(port, sent)
