"""Bodies that are made to hurt: each is refused soon, at every door that takes one, and nothing of it stays."""

import asyncio
import base64
import gzip
import hashlib
import io
import json
import tarfile
import time
import zlib
from collections.abc import AsyncIterator, Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.attacks.npm_writes.ground import Ground, a_ground
from tests.ecosystems.npm.test_publishing import document

pytestmark = pytest.mark.anyio

PATIENCE_S = 3.0
"""For 16 MB that are read by a machine which others use as well."""

DOORS = {
    "publish": ("PUT", "/npm/pear"),
    "change": ("PUT", "/npm/pear/-rev/1-0"),
    "stage": ("POST", "/npm/-/stage/package/pear"),
    "tag": ("PUT", "/npm/-/package/pear/dist-tags/beta"),
    "tags": ("POST", "/npm/-/package/pear/dist-tags"),
    "owner": ("PUT", "/npm/-/package/pear/owners"),
    "access": ("POST", "/npm/-/package/pear/access"),
    "star": ("PUT", "/npm/-/user/v1/star"),
    "profile": ("POST", "/npm/-/npm/v1/user"),
    "token": ("POST", "/npm/-/npm/v1/tokens"),
    "hook": ("POST", "/npm/-/npm/v1/hooks/hook"),
    "member": ("PUT", "/npm/-/org/farm/user"),
    "team": ("PUT", "/npm/-/org/farm/team"),
    "grant": ("PUT", "/npm/-/team/farm/developers/package"),
    "sign in": ("PUT", "/npm/-/user/org.couchdb.user:ada"),
    "audit": ("POST", "/npm/-/npm/v1/security/advisories/bulk"),
    "quick audit": ("POST", "/npm/-/npm/v1/security/audits/quick"),
}


@cache
def squeezed(size_bytes: int) -> bytes:
    """Make a gzip stream of very many blanks."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(b" " * (1 << 20)) for _ in range(size_bytes >> 20)), packer.flush()])


BODIES: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b" ",
    "deep arrays": lambda: b"[" * 200_000 + b"]" * 200_000,
    "deep objects": lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep versions": lambda: b'{"name":"pear","_id":"pear","versions":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001,
    "a long array": lambda: b"[" + b"0," * 2_000_000 + b"0]",
    "a wide object": lambda: json.dumps({f"k{n}": n for n in range(64_000)}).encode(),
    "a wide object of versions": lambda: json.dumps(
        {"name": "pear", "_id": "pear", "versions": {f"1.0.{n}": {} for n in range(64_000)}}
    ).encode(),
    "a key twice": lambda: (
        b'{"name":"pear","name":"other","_id":"pear","user":"a","user":"b","access":"public","access":"x"}'
    ),
    "no number": lambda: b'{"name":"pear","x":NaN,"versions":{"1.0.0":{"x":Infinity}}}',
    "a number beyond all": lambda: b'{"name":"pear","x":1e400,"y":' + b"9" * 100_000 + b"}",
    "half a letter": lambda: b'{"name":"pear","user":"\\ud800","x":"\\udfff"}',
    "no text": lambda: b"\xff\xfe{\x00}\x00",
    "another type": lambda: b'[{"name":"pear"}]',
    "a text": lambda: b'"' + b"x" * 1_000_000 + b'"',
    "colliding keys": lambda: json.dumps({"\0" * n: 1 for n in range(1, 1500)}).encode(),
    "a long name": lambda: json.dumps({"name": "a" * 1_000_000, "user": "a" * 1_000_000}).encode(),
    "prototypes": lambda: b'{"__proto__":{"admin":true},"constructor":{"prototype":{}},"_id":"pear"}',
}


@pytest.fixture(scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """Run a server with a package."""
    async with a_ground(tmp_path_factory.mktemp("bombs")) as ground:
        ada = await ground.user("ada")
        await ground.people.organisations.create("farm", "ada", [])
        await ground.publish("pear", "1.0.0", ada)
        yield ground


async def state(ground: Ground) -> tuple[object, ...]:
    """Take what a refused body must leave as it was."""
    files = [str(path) for path in (ground.folder / "data" / "blobs").rglob("*") if path.is_file()]
    ada = await ground.user("ada")
    tokens = len(await ground.people.tokens.list("ada"))
    return await ground.packument("pear", ada), sorted(files), tokens, await ground.people.accounts.get("ada")


@pytest.mark.parametrize("what", BODIES)
async def test_no_body_holds_the_server_up_or_gets_half_done(ground: Ground, what: str) -> None:
    body, ada = BODIES[what](), await ground.user("ada")
    before = await state(ground)
    for door, (method, path) in DOORS.items():
        for headers in ({}, {"content-encoding": "gzip"}):
            sent = gzip.compress(body, 1) if headers else body
            began = time.perf_counter()
            reply = await ground.send(method, path, sent, ada, headers, peer=f"192.0.2.{list(DOORS).index(door)}")
            assert time.perf_counter() - began < PATIENCE_S, door
            assert reply.status in (200, 201, 400, 401, 403, 404, 409, 413, 422, 429), (door, reply.status)
            assert len(reply.body) < 8192
            assert b"Traceback" not in reply.body
    assert await state(ground) == before


@pytest.mark.parametrize("door", DOORS)
async def test_a_body_that_unpacks_without_end_is_refused_before_it_is_unpacked(ground: Ground, door: str) -> None:
    method, path = DOORS[door]
    bomb = squeezed(512 << 20)
    assert len(bomb) < 600_000
    twice = gzip.compress(bomb, 9)
    codings = {
        "gzip": bomb,
        "x-gzip": bomb,
        "gzip, gzip": twice,
        "deflate": bomb,
        "br": bomb,
        "zstd": bomb,
        "GZIP": bomb,
    }
    for coding, body in codings.items():
        began = time.perf_counter()
        headers = {"content-encoding": coding}
        reply = await ground.send(method, path, body, await ground.user("ada"), headers, peer="192.0.2.77")
        assert time.perf_counter() - began < PATIENCE_S, coding
        assert reply.status in (400, 401, 413, 415, 429), (coding, reply.status)
    cut = await ground.send(
        method, path, gzip.compress(b"{}")[:-4], await ground.user("ada"), {"content-encoding": "gzip"}
    )
    assert cut.status in (400, 401, 429)
    tail = await ground.send(
        method, path, gzip.compress(b"{}") + b"x", await ground.user("ada"), {"content-encoding": "gzip"}
    )
    assert tail.status in (400, 401, 429)


@pytest.mark.parametrize("door", ["publish", "stage", "tag", "owner", "token", "hook"])
async def test_nothing_of_a_body_is_read_for_who_may_not_send_one(ground: Ground, door: str) -> None:
    method, path = DOORS[door]
    reading = await ground.user("ada", read_only=True)
    for token in ("", reading):
        for body in (BODIES["deep arrays"](), b"{"):
            began = time.perf_counter()
            reply = await ground.send(method, path, body, token)
            assert reply.status in (401, 403)
            assert time.perf_counter() - began < PATIENCE_S / 10
            assert "JSON" not in reply.text
            assert "nested" not in reply.text


def packed(fill: Callable[[tarfile.TarFile], None], manifest: bytes = b'{"name":"pear","version":"2.0.0"}') -> bytes:
    """Make an archive."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz", compresslevel=9) as tar:
        add(tar, "package/package.json", manifest)
        fill(tar)
    return whole.getvalue()


def add(tar: tarfile.TarFile, name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, target: str = "") -> None:
    """Add an entry of any kind."""
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = len(content), kind, target
    tar.addfile(info, io.BytesIO(content))


def multi_member() -> bytes:
    """Let one gzip reader see an end where another reads on."""
    return packed(lambda _: None) + gzip.compress(b"\0" * 512)


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "a bomb": lambda: packed(lambda tar: add(tar, "package/zero", bytes(400 << 20))),
    "a way out": lambda: packed(lambda tar: add(tar, "package/../../../evil", b"x")),
    "an absolute path": lambda: packed(lambda tar: add(tar, "/etc/evil", b"x")),
    "a symbolic link": lambda: packed(lambda tar: add(tar, "package/x", kind=tarfile.SYMTYPE, target="/etc/passwd")),
    "a hard link": lambda: packed(lambda tar: add(tar, "package/x", kind=tarfile.LNKTYPE, target="../../x")),
    "a device": lambda: packed(lambda tar: add(tar, "package/x", kind=tarfile.CHRTYPE)),
    "a pipe": lambda: packed(lambda tar: add(tar, "package/x", kind=tarfile.FIFOTYPE)),
    "two manifests": lambda: packed(
        lambda tar: add(tar, "package/package.json", b'{"name":"pear","version":"2.0.0","scripts":{"install":"evil"}}')
    ),
    "a manifest that is none": lambda: packed(lambda _: None, b"["),
    "a deep manifest": lambda: packed(lambda _: None, b"[" * 100_000),
    "no gzip": lambda: b"PK\x03\x04" + bytes(600),
    "half a gzip": lambda: packed(lambda tar: add(tar, "package/x", bytes(range(256)) * 100))[:-200],
    "something behind": lambda: packed(lambda _: None) + b"evil" * 200,
    "two gzips": multi_member,
    "an empty gzip": lambda: gzip.compress(b""),
}


@pytest.mark.parametrize("what", ARCHIVES)
async def test_no_archive_is_taken_that_could_be_read_in_two_ways_or_fill_a_disk(tmp_path: Path, what: str) -> None:
    archive = ARCHIVES[what]()
    sent: dict[str, Any] = document("pear", "2.0.0")
    digest = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    shasum = hashlib.sha1(archive).hexdigest()  # noqa: S324 (the protocol's)
    dist = {"integrity": f"sha512-{digest}", "shasum": shasum}
    sent["versions"]["2.0.0"] = {"name": "pear", "version": "2.0.0", "dist": dist}
    sent["_attachments"]["pear-2.0.0.tgz"] |= {"data": base64.b64encode(archive).decode(), "length": len(archive)}
    async with a_ground(tmp_path) as ground:
        ada = await ground.user("ada")
        began = time.perf_counter()
        reply = await ground.send("PUT", "/npm/pear", sent, ada)
        assert time.perf_counter() - began < 2 * PATIENCE_S
        assert reply.status in (400, 413, 422), reply.text
        assert await ground.packument("pear", ada) == {}
        assert not [path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()]
        # The very same with an archive that is well is taken.
        await ground.publish("pear", "2.0.0", ada)


@pytest.mark.parametrize(
    "text",
    [
        "maintainer:" * 5_000,
        "keywords:" + "a," * 20_000,
        "a" * 50_000,
        "not:" * 10_000,
        '"' * 10_001,
        "(" * 10_000 + ")" * 10_000,
        "%" * 10_000,
        "a* " * 5_000,
        "scope:@" + "a-" * 10_000,
        "author:" + " " * 10_000 + "x",
        "\x00\ufffe" * 1_000,
    ],
    ids=range(11),
)
async def test_no_question_takes_time_that_grows_without_measure(ground: Ground, text: str) -> None:
    for path in (
        "/npm/-/v1/search?text={}",
        "/npm/pear/{}",
        "/npm/-/package/pear/dist-tags/{}",
        "/npm/{}",
        "/ui/search?q={}",
    ):
        began = time.perf_counter()
        reply = await ground.send("GET", path.format(quote(text, safe="")))
        assert reply.status in (200, 400, 404, 414)
        assert time.perf_counter() - began < 1
    token = await ground.user("ada")
    for body in (
        {"name": "x", "password": "wrong", "cidr_whitelist": [text]},
        {"name": "x", "password": "wrong", "packages": [text]},
        {"name": "x", "password": "wrong", "scopes": [text]},
    ):
        began = time.perf_counter()
        reply = await ground.send("POST", "/npm/-/npm/v1/tokens", body, token, peer="192.0.2.99")
        assert reply.status in (400, 401, 413, 429)
        assert time.perf_counter() - began < 1
    for profile in ({"email": text}, {"email": text + "@" + text}, {"homepage": text}):
        began = time.perf_counter()
        reply = await ground.send("POST", "/npm/-/npm/v1/user", profile, token)
        assert reply.status in (200, 400, 413)
        assert time.perf_counter() - began < 1
    sent = document("pear", "9.0.0", dependencies={"thing": text})
    began = time.perf_counter()
    reply = await ground.send("PUT", "/npm/pear", sent, await ground.user("ada", read_only=True))
    assert reply.status == 403
    assert time.perf_counter() - began < 1


async def test_nobody_else_waits_while_an_archive_of_very_many_files_is_read(tmp_path: Path) -> None:
    def fill(tar: tarfile.TarFile) -> None:
        for number in range(60_000):
            add(tar, f"package/{number}")

    archive = packed(fill)
    sent: dict[str, Any] = document("pear", "2.0.0")
    digest = base64.b64encode(hashlib.sha512(archive).digest()).decode()
    sent["versions"]["2.0.0"] = {"name": "pear", "version": "2.0.0", "dist": {"integrity": f"sha512-{digest}"}}
    sent["_attachments"]["pear-2.0.0.tgz"] |= {"data": base64.b64encode(archive).decode(), "length": len(archive)}
    async with a_ground(tmp_path) as ground:
        publishing = asyncio.create_task(ground.send("PUT", "/npm/pear", sent, await ground.user("ada")))
        waits = []
        while not publishing.done():
            began = time.perf_counter()
            await asyncio.sleep(0.002)
            assert (await ground.send("GET", "/npm/-/ping")).status == 200
            waits.append(time.perf_counter() - began)
        assert (await publishing).status == 201
        assert max(waits) < 0.4
        assert len(waits) > 20
