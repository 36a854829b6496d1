"""Many publish at once: of different versions none is lost, of the same version one wins."""

import asyncio
import base64
import hashlib
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.clients.npm_writes.registry import Registry
from tests.ecosystems.npm.test_publishing import archive, document
from tests.faults.wire import HOST, Received, exchange, read_answer

pytestmark = [pytest.mark.client, pytest.mark.anyio]

CROWD = 64


def _different(name: str, version: str, number: int) -> dict[str, Any]:
    """Make a document whose archive is nobody else's."""
    made = document(name, version)
    manifest = {key: value for key, value in made["versions"][version].items() if key not in {"dist", "_id"}}
    packed = archive(manifest, {"number.txt": str(number).encode()})
    made["versions"][version]["dist"] |= {
        "integrity": "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode(),
        "shasum": hashlib.sha1(packed).hexdigest(),  # noqa: S324 (the protocol's)
    }
    (attachment,) = made["_attachments"].values()
    attachment |= {"data": base64.b64encode(packed).decode(), "length": len(packed)}
    return made


async def _put(registry: Registry, name: str, sent: dict[str, Any], user: str = "ada") -> Received:
    body = json.dumps(sent).encode()
    address = urlsplit(registry.url)
    lines = (
        f"PUT {address.path}{name.replace('/', '%2f')} HTTP/1.1",
        f"Host: {HOST}",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"Authorization: Bearer {registry.tokens[user]}",
    )
    assert address.port is not None
    return read_answer(await exchange(address.port, "\r\n".join([*lines, "", ""]).encode() + body, 60.0))


async def test_different_versions_are_all_there(registry: Registry, name: str) -> None:
    versions = [f"1.{number}.0" for number in range(CROWD)]
    sent = [_different(name, version, number) for number, version in enumerate(versions)]
    replies = await asyncio.gather(*(_put(registry, name, each) for each in sent))
    assert [reply.status for reply in replies] == [201] * CROWD, [
        reply.body for reply in replies if reply.status != 201
    ]
    found = registry.packument(name)
    assert sorted(found["versions"]) == sorted(versions)
    assert set(found["time"]) == {*versions, "created", "modified"}
    assert found["dist-tags"]["latest"] in versions
    for each, version in zip(sent, versions, strict=True):
        integrity = each["versions"][version]["dist"]["integrity"]
        assert found["versions"][version]["dist"]["integrity"] == integrity
        registry.tarball(name, version)


@pytest.mark.parametrize("alike", [True, False])
async def test_of_the_same_version_one_wins(registry: Registry, name: str, alike: bool) -> None:  # noqa: FBT001
    sent = [_different(name, "1.0.0", 0 if alike else number) for number in range(CROWD)]
    replies = await asyncio.gather(*(_put(registry, name, each) for each in sent))
    statuses = sorted(reply.status for reply in replies)
    assert statuses == [201] + [409] * (CROWD - 1)
    (winner,) = [place for place, reply in enumerate(replies) if reply.status == 201]
    found = registry.packument(name)
    assert list(found["versions"]) == ["1.0.0"]
    assert found["versions"]["1.0.0"]["dist"]["integrity"] == sent[winner]["versions"]["1.0.0"]["dist"]["integrity"]
    registry.tarball(name, "1.0.0")


async def test_losers_leave_no_files(registry: Registry, scoped: str) -> None:
    sent = [_different(scoped, "1.0.0", number) for number in range(CROWD)]
    before = _files(registry)
    await asyncio.gather(*(_put(registry, scoped, each) for each in sent))
    assert len(_files(registry) - before) == 1
    unfinished = [path for path in (registry.data / "blobs/incoming").rglob("*") if path.is_file()]
    assert unfinished == []


async def test_two_owners_publish_while_a_third_command_moves_a_tag(registry: Registry, scoped: str) -> None:
    registry.publish(scoped, "0.1.0")
    answer = await asyncio.to_thread(
        registry.send, "PUT", f"-/package/{scoped.replace('/', '%2f')}/dist-tags/stable", "ada", "0.1.0"
    )
    assert answer.status < 300
    versions = [f"1.{number}.0" for number in range(16)]
    tagging = [
        asyncio.to_thread(
            registry.send, "PUT", f"-/package/{scoped.replace('/', '%2f')}/dist-tags/tag-{number}", "ada", "0.1.0"
        )
        for number in range(8)
    ]
    publishing = asyncio.gather(*(_put(registry, scoped, _different(scoped, version, 0)) for version in versions))
    assert {answer.status // 100 for answer in await asyncio.gather(*tagging)} == {2}
    assert {reply.status for reply in await publishing} == {201}
    found = registry.packument(scoped)
    assert sorted(found["versions"]) == sorted(["0.1.0", *versions])
    assert {f"tag-{number}" for number in range(8)} | {"stable", "latest"} == set(found["dist-tags"])


def _files(registry: Registry) -> set[str]:
    return {str(path) for path in (registry.data / "blobs/objects").rglob("*") if path.is_file()}
