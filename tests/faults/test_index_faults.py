"""An upstream whose documents are wrong: none is kept, and when it is well again, so is everything."""

import asyncio
import gzip
import json

import pytest

from tests.asgi import call
from tests.faults.emulator import Call, Conduct, Emulator, answers, emulating, head, sends, waits
from tests.faults.scene import Scene, sentence

pytestmark = pytest.mark.anyio


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


async def test_a_redirect_to_another_server_on_this_machine_is_not_followed(scene: Scene) -> None:
    async with emulating() as inner:
        inner.publish(scene.name, "6.6.6", b"inner")
        scene.fault(answers(302, {"location": f"{inner.url}/{scene.name}"}))
        assert (await scene.index()).status == 502
        assert inner.calls == []
