"""An upstream whose files are wrong: none is kept or handed out whole."""

import asyncio
import gzip
import os
from collections.abc import Callable

import pytest

from tests.faults.emulator import Conduct, answers, head, sends
from tests.faults.scene import LARGE_SIZE, SIZE, Scene, sentence

pytestmark = pytest.mark.anyio

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
    reply = await scene.file()
    assert reply.headers["content-length"] == str(LARGE_SIZE)
    assert len(reply.body) < LARGE_SIZE
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
