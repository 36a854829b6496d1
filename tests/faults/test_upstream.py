"""An upstream that does everything wrong: nothing wrong is kept, and once it is well again, so is everything."""

import asyncio
import gzip
import json
import os
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from msgspec import Struct

from packhouse.app import Application
from packhouse.domain.errors import UpstreamError
from tests.asgi import Reply, call
from tests.faults.emulator import Call, Conduct, Emulator, answers, emulating, head, sends, waits
from tests.faults.server import configure, running

pytestmark = pytest.mark.anyio

SIZE = 3_000
LARGE_SIZE = 3_000_000
IMPATIENT = """
upstream.timeout = "300ms"
upstream.connect_timeout = "300ms"
upstream.retries = 0
upstream.max_index = "1MB"
upstream.max_artifact = "4MB"
cache.index_fresh = "0"
cache.index_stale = "0"
"""
"""Every question goes upstream."""


class Scene(Struct):
    """An upstream and the server before it; each test has a package of its own."""

    upstream: Emulator
    app: Application
    folder: Path
    name: str = "thing"
    content: bytes = b""

    async def index(self) -> Reply:
        """Ask for the packument in a way that no ready answer serves."""
        return await call(self.app, f"/npm/{self.name}?x")

    async def file(self, version: str = "1.0.0") -> Reply:
        """Ask for a file."""
        return await call(self.app, f"/npm/{self.name}/-/{self.name}-{version}.tgz")

    async def settled(self) -> Reply:
        """Ask until the server asks its upstream again: after failures it leaves a host alone for a moment."""
        for _ in range(100):
            reply = await self.index()
            if reply.status == 200:
                break
            await asyncio.sleep(0.01)
        return reply

    def fault(self, conduct: Conduct) -> None:
        """Let the upstream answer so when the packument is asked for."""
        self.upstream.faults[f"/{self.name}"] = conduct

    def fault_file(self, conduct: Conduct) -> None:
        """Let the upstream answer so when the file of 1.0.0 is asked for."""
        self.upstream.faults[self.upstream.tarball_path(self.name, "1.0.0")] = conduct

    def stored_files(self) -> list[str]:
        """List what lies in the blob store, unfinished files as well."""
        return sorted(str(path) for path in (self.folder / "data" / "blobs").rglob("*") if path.is_file())


@pytest.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """Run a server without patience over a well-behaved upstream."""
    folder = tmp_path_factory.mktemp("stage")
    async with emulating() as upstream, running(configure(folder, upstream.url, IMPATIENT)) as app:
        yield Scene(upstream, app, folder)


@pytest.fixture
async def scene(stage: Scene) -> AsyncIterator[Scene]:
    """Publish a package and forget all faults, then and afterwards."""
    stage.name = f"thing-{secrets.token_hex(6)}"
    stage.content = os.urandom(SIZE)
    stage.upstream.publish(stage.name, "1.0.0", stage.content)
    yield stage
    stage.upstream.faults.clear()
    assert (await stage.settled()).status in {200, 404}


def sentence(reply: Reply) -> str:
    """Return what npm prints."""
    said = json.loads(reply.body)["error"]
    assert isinstance(said, str)
    assert len(said) > 20
    return said


def tells(body: bytes) -> Conduct:
    """Answer with this document, in which NAME stands for what was asked for."""

    async def conduct(asked: Call, writer: asyncio.StreamWriter) -> None:
        await answers(200, body=body.replace(b"NAME", asked.path[1:].encode()))(asked, writer)

    return conduct


async def circles(asked: Call, writer: asyncio.StreamWriter) -> None:
    """Send the caller back to where it came from."""
    await answers(302, {"location": asked.path})(asked, writer)


def other_package() -> Conduct:
    """Answer with a document that is whole, and of another package."""
    other = Emulator()
    other.publish("other", "1.0.0", b"other")
    return answers(200, body=other.packument("other"))


WHOLE_HEAD = head(200, {"content-length": 50_000})

GARBAGE: dict[str, tuple[Conduct, int]] = {
    "silence": (waits(0.4, answers(200)), 503),
    "silence in the middle": (sends(WHOLE_HEAD, b'{"name":"thing",', b"late", pause_s=0.4), 503),
    "nothing": (sends(b""), 503),
    "half a head": (sends(b"HTTP/1.1 200 OK\r\ncontent-"), 503),
    "no HTTP": (sends(b"220 mail.example ESMTP\r\n"), 502),
    "a head of 1 MB": (sends(b"HTTP/1.1 200 OK\r\nx: " + b"x" * 1_000_000 + b"\r\n\r\n{}"), 502),
    "half a body": (sends(WHOLE_HEAD + b'{"name":"thing"'), 503),
    "half a chunked body": (sends(head(200, {"transfer-encoding": "chunked"}) + b'10\r\n{"name":"thing"'), 503),
    "no JSON": (tells(b'{"name":"NAME"'), 502),
    "no length and half of it": (sends(head(200) + b'{"name":"thing","versions":{"1.0.0":{'), 502),
    "not UTF-8": (tells(b'{"name":"NAME","versions":{"\xff":{}}}'), 502),
    "nothing in it": (answers(200), 502),
    "a list": (answers(200, body=b"[]"), 502),
    "null": (answers(200, body=b"null"), 502),
    "an error in disguise": (answers(200, body=b'{"error":"not today"}'), 502),
    "deep nesting": (tells(b'{"name":"NAME","versions":' + b"[" * 400_000), 502),
    "a page": (answers(200, {"content-type": "text/html"}, b"<title>Log in</title>"), 502),
    "a page called JSON": (answers(200, body=b"<!doctype html><title>Log in</title>"), 502),
    "another package": (other_package(), 502),
    "the same key twice": (tells(b'{"name":"NAME","name":"NAME","versions":{}}'), 502),
    "too long": (tells(b'{"name":"NAME","versions":{},"x":"' + b"x" * 1_100_000 + b'"}'), 502),
    "too long by its own account": (sends(head(200, {"content-length": 10**12}) + b"{}"), 502),
    "a bomb": (answers(200, {"content-encoding": "gzip"}, gzip.compress(b" " * 50_000_000)), 502),
    "a bomb in a bomb": (answers(200, {"content-encoding": "gzip, gzip"}, gzip.compress(b" " * 100)), 502),
    "damaged gzip": (answers(200, {"content-encoding": "gzip"}, gzip.compress(b"{}" * 99)[:30]), 502),
    "304 without having been asked": (answers(304), 502),
    "204": (answers(204), 502),
    "206": (answers(206, {"content-range": "bytes 0-1/9"}, b"{}"), 502),
    "418": (answers(418, body=b"{}"), 502),
    "401": (answers(401, body=b'{"error":"who are you"}'), 502),
    "403": (answers(403, body=b'{"error":"no"}'), 502),
    "429": (answers(429, {"retry-after": "1"}), 503),
    "500": (answers(500), 503),
    "502": (answers(502), 503),
    "503": (answers(503, {"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}), 503),
    "redirect to metadata": (answers(302, {"location": "http://169.254.169.254/latest/meta-data"}), 502),
    "redirect to another host": (answers(301, {"location": "http://evil.example/thing"}), 502),
    "redirect to another port": (answers(307, {"location": "http://127.0.0.1:1/thing"}), 502),
    "redirect to a file": (answers(302, {"location": "file:///etc/passwd"}), 502),
    "redirect with a password": (answers(302, {"location": "http://a:b@127.0.0.1/thing"}), 502),
    "redirect to itself": (circles, 502),
    "redirect to nowhere": (answers(302), 502),
}

ASKS_TO_WAIT = {"429", "503"}
DENIES = {"401", "403"}


@pytest.mark.parametrize("fault", GARBAGE)
async def test_an_index_that_is_wrong_is_told_and_not_kept(scene: Scene, fault: str) -> None:
    conduct, status = GARBAGE[fault]
    asked_before = len(scene.upstream.calls)
    scene.fault(conduct)
    reply = await scene.index()
    assert reply.status == status, reply.text
    assert sentence(reply)
    assert reply.headers["content-type"] == "application/json"
    assert len(scene.upstream.calls) - asked_before <= 6
    if fault in ASKS_TO_WAIT:
        assert int(reply.headers["retry-after"]) > 0
        await asyncio.sleep(0.2)
    scene.upstream.faults.clear()
    well = await scene.settled()
    assert well.status == 200
    assert json.loads(well.body)["versions"].keys() == {"1.0.0"}


@pytest.mark.parametrize("fault", [name for name in GARBAGE if "304" not in name])
async def test_the_index_of_before_is_served_while_the_upstream_is_unwell(scene: Scene, fault: str) -> None:
    before = await scene.index()
    scene.fault(GARBAGE[fault][0])
    during = await scene.index()
    if fault in DENIES:  # what an upstream refuses to show us is not shown on
        assert during.status == 502
        return
    assert (during.status, during.body) == (200, before.body)
    if fault in ASKS_TO_WAIT:
        await asyncio.sleep(0.2)
    scene.upstream.faults.clear()
    scene.upstream.publish(scene.name, "1.1.0", scene.content)
    assert b"1.1.0" not in before.body
    for _ in range(100):
        if b"1.1.0" in (await scene.index()).body:
            return
        await asyncio.sleep(0.01)
    pytest.fail("the new release never came")


async def test_a_document_that_is_confirmed_with_no_validator_of_ours_is_no_confirmation(scene: Scene) -> None:
    body = scene.upstream.packument(scene.name)
    scene.fault(answers(200, body=body))
    assert (await scene.index()).status == 200
    scene.fault(answers(304))
    assert (await scene.index()).status == 200
    assert "if-none-match" not in scene.upstream.calls[-1].headers


async def test_an_upstream_that_is_down_is_asked_again_when_it_is_back(scene: Scene) -> None:
    before = await scene.index()
    await scene.upstream.stop()
    assert (await scene.index()).body == before.body
    unknown = await call(scene.app, "/npm/unknown-thing")
    assert unknown.status == 503
    assert sentence(unknown)
    file = await scene.file()
    assert file.status == 503
    assert sentence(file)
    await scene.upstream.start()
    assert (await scene.settled()).status == 200
    await asyncio.sleep(0.06)
    assert (await scene.file()).body == scene.content


async def test_a_package_that_is_gone_upstream_is_gone_here_but_its_files_stay(scene: Scene) -> None:
    assert (await scene.index()).status == 200
    assert (await scene.file()).body == scene.content
    scene.upstream.remove(scene.name)
    gone = await scene.index()
    assert gone.status == 404
    assert sentence(gone)
    assert (await scene.file()).body == scene.content
    scene.upstream.publish(scene.name, "2.0.0", scene.content)
    assert json.loads((await scene.index()).body)["versions"].keys() == {"2.0.0"}


async def test_a_package_that_is_gone_does_not_come_back_because_the_upstream_then_fails(scene: Scene) -> None:
    assert (await scene.index()).status == 200
    scene.upstream.remove(scene.name)
    assert (await scene.index()).status == 404
    scene.fault(answers(500))
    assert (await scene.index()).status in {404, 503}


FILE = {"content-type": "application/octet-stream"}
LONG = head(200, {"content-length": 10**12})

WRONG_FILES: dict[str, tuple[Callable[[bytes], Conduct], int]] = {
    "other bytes": (lambda file: answers(200, FILE, file[::-1]), 502),
    "one byte more": (lambda file: answers(200, FILE, file + b"x"), 502),
    "one byte less": (lambda file: answers(200, FILE, file[:-1]), 502),
    "nothing": (lambda _: answers(200, FILE), 502),
    "less than announced": (lambda file: sends(head(200, {"content-length": SIZE}) + file[:-100]), 503),
    "less, without a length": (lambda file: sends(head(200) + file[:-100]), 502),
    "less, in chunks": (
        lambda file: sends(head(200, {"transfer-encoding": "chunked"}) + b"10\r\n" + file[:16] + b"\r\n"),
        503,
    ),
    "more than announced": (lambda file: sends(head(200, {"content-length": SIZE - 1}) + file), 502),
    "a page": (lambda _: answers(200, {"content-type": "text/html"}, b"<title>Log in</title>"), 502),
    "silence": (lambda file: sends(head(200, {"content-length": SIZE}) + file[:100], b"late", pause_s=0.4), 503),
    "404": (lambda _: answers(404), 404),
    "403": (lambda _: answers(403), 502),
    "500": (lambda _: answers(500), 503),
    "206": (lambda file: answers(206, {"content-range": "bytes 0-99/3000"}, file[:100]), 502),
    "304": (lambda _: answers(304), 502),
    "a bomb": (lambda _: answers(200, {"content-encoding": "gzip"}, gzip.compress(b" " * 20_000_000)), 502),
    "too long by its own account": (lambda file: sends(LONG + file), 502),
    "redirect to metadata": (lambda _: answers(302, {"location": "http://169.254.169.254/latest/meta-data"}), 502),
    "redirect to a file": (lambda _: answers(302, {"location": "file:///etc/passwd"}), 502),
}


@pytest.mark.parametrize("fault", WRONG_FILES)
async def test_a_file_that_is_wrong_is_told_and_not_kept(scene: Scene, fault: str) -> None:
    conduct, status = WRONG_FILES[fault]
    assert (await scene.index()).status == 200
    before = scene.stored_files()
    scene.fault_file(conduct(scene.content))
    reply = await scene.file()
    assert reply.status == status, reply.text
    assert sentence(reply)
    assert scene.stored_files() == before
    scene.upstream.faults.clear()
    await asyncio.sleep(0.06)
    assert (await scene.file()).body == scene.content
    assert len(scene.stored_files()) == len(before) + 1


async def test_a_file_that_the_upstream_compresses_on_the_way_is_the_file_itself(scene: Scene) -> None:
    scene.fault_file(answers(200, {"content-encoding": "gzip"}, gzip.compress(scene.content)))
    assert (await scene.file()).body == scene.content


LARGE_HEAD = head(200, {"content-length": LARGE_SIZE})

WRONG_LARGE_FILES: dict[str, Callable[[bytes], Conduct]] = {
    "cut off": lambda file: sends(LARGE_HEAD + file[:2_000_000]),
    "last byte wrong": lambda file: sends(LARGE_HEAD + file[:-1] + bytes([file[-1] ^ 1])),
    "first byte wrong": lambda file: sends(LARGE_HEAD + bytes([file[0] ^ 1]) + file[1:]),
    "silent": lambda file: sends(LARGE_HEAD + file[:2_000_000], b"late", pause_s=0.4),
}


@pytest.mark.parametrize("fault", WRONG_LARGE_FILES)
async def test_a_large_file_that_goes_wrong_on_its_way_never_arrives_whole(scene: Scene, fault: str) -> None:
    content = os.urandom(LARGE_SIZE)
    scene.upstream.publish(scene.name, "1.0.0", content)
    assert (await scene.index()).status == 200
    before = scene.stored_files()
    scene.fault_file(WRONG_LARGE_FILES[fault](content))
    with pytest.raises(UpstreamError):  # so an ASGI application breaks a begun answer off
        await scene.file()
    assert scene.stored_files() == before
    scene.upstream.faults.clear()
    await asyncio.sleep(0.06)
    assert (await scene.file()).body == content


async def test_a_release_that_is_unknown_here_is_looked_for_before_it_is_not_found(scene: Scene) -> None:
    assert (await scene.index()).status == 200
    scene.upstream.publish(scene.name, "2.0.0", b"second")
    assert (await scene.file("2.0.0")).body == b"second"
    assert (await scene.file("3.0.0")).status == 404
    scene.fault(answers(500))
    assert (await scene.file("3.0.0")).status in {404, 503}
    assert (await scene.file("2.0.0")).body == b"second"


async def test_a_file_that_is_stored_needs_no_upstream(scene: Scene) -> None:
    assert (await scene.file()).body == scene.content
    await scene.upstream.stop()
    assert (await scene.file()).body == scene.content
    await scene.upstream.start()


async def test_a_redirect_to_another_server_on_this_machine_is_not_followed(scene: Scene) -> None:
    async with emulating() as inner:
        inner.publish(scene.name, "6.6.6", b"inner")
        scene.fault(answers(302, {"location": f"{inner.url}/{scene.name}"}))
        assert (await scene.index()).status == 502
        assert inner.calls == []


RULES = f"""{IMPATIENT}
policy.minimum_age = "3d"
policy.deny = ["npm/evil", "npm/thing@<1"]
"""
YOUNG = "2999-01-01T00:00:00.000Z"


async def test_rules_hold_for_indexes_of_before_and_for_files_asked_for_directly(tmp_path: Path) -> None:
    async with emulating() as upstream:
        upstream.publish("thing", "0.9.0", b"denied")
        upstream.publish("thing", "1.0.0", b"fine")
        upstream.publish("thing", "2.0.0", b"young", published_at=YOUNG)
        upstream.publish("evil", "1.0.0", b"evil")
        async with running(configure(tmp_path, upstream.url, RULES)) as app:
            scene, evil = Scene(upstream, app, tmp_path), Scene(upstream, app, tmp_path, "evil")
            assert json.loads((await scene.index()).body)["versions"].keys() == {"1.0.0"}
            scene.fault(answers(500))
            stale = json.loads((await scene.index()).body)
            assert stale["versions"].keys() == {"1.0.0"}
            assert stale["dist-tags"] == {"latest": "1.0.0"}
            for reply in (await scene.file("0.9.0"), await scene.file("2.0.0"), await evil.file("1.0.0")):
                assert reply.status == 403
                assert "is refused" in sentence(reply)
            upstream.faults.clear()
            await asyncio.sleep(0.06)
            # Released later, and asked for by a lock file before any index was.
            upstream.publish("thing", "3.0.0", b"younger", published_at=YOUNG)
            assert (await scene.file("3.0.0")).status == 403
            assert (await scene.file("1.0.0")).body == b"fine"
            files = [path for path in upstream.paths if path.endswith(".tgz")]
            assert files == [upstream.tarball_path("thing", "1.0.0")]
