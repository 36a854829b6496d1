"""The server is killed at any moment: what was answered whole before is answered the same after."""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from packhouse.adapters.blobs.disk import DiskBlobs
from packhouse.adapters.sql.store import SqlStore
from packhouse.config import load
from tests.asgi import call
from tests.faults.emulator import Emulator, emulating
from tests.faults.server import REPOSITORY, running, serving, write_settings
from tests.faults.wire import Received, get

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

KILLS = 50
PACKAGES = 12
ABBREVIATED = "application/vnd.npm.install-v1+json"

Question = tuple[str, str]
"""Path and Accept."""


def publish(upstream: Emulator, number: int) -> list[Question]:
    """Publish packages that nobody has asked for yet; return all that can be asked of them, in any order."""
    questions: list[Question] = []
    for place in range(PACKAGES):
        name = f"thing-{number}-{place}"
        size = 1_200_000 if place == 0 else 20_000
        upstream.publish(name, "1.0.0", random.randbytes(size))
        questions += [(f"/npm/{name}", "application/json"), (f"/npm/{name}", ABBREVIATED)]
        questions += [(f"/npm{upstream.tarball_path(name, '1.0.0')}", "*/*"), (f"/npm/{name}/latest", "*/*")]
    random.shuffle(questions)
    return questions


async def ask_and_kill(settings: Path, questions: list[Question]) -> dict[Question, Received]:
    """Ask everything at once, kill the server meanwhile, and return what came back whole."""
    early = random.random() < 0.2
    with serving(settings) as (process, port):
        asked = [asyncio.create_task(get(port, path, {"Accept": accept})) for path, accept in questions]
        # The first answer waits for imports: most kills come where the writing is.
        if not early:
            await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(random.uniform(0.01, 0.3) if early else random.uniform(0, 0.08))
        process.kill()
        process.wait()
        replies = await asyncio.gather(*asked, return_exceptions=True)
    pairs = zip(questions, replies, strict=True)
    whole = {question: reply for question, reply in pairs if isinstance(reply, Received) and reply.complete}
    assert {reply.status for reply in whole.values()} <= {200}
    return whole


async def compare(settings: Path, answered: Mapping[Question, bytes]) -> None:
    """Start again without an upstream, and ask once more."""
    async with running(load({}, {"PACKHOUSE_OFFLINE": "1"}, settings)) as app:
        for (path, accept), body in answered.items():
            reply = await call(app, path, headers={"accept": accept})
            assert (reply.status, reply.body == body) == (200, True), (path, accept, reply.status)
        unfinished = [path for path in (settings.parent / "data/blobs/incoming").rglob("*") if path.is_file()]
        assert unfinished == []


async def find_damage(data: Path, *, deep: bool) -> list[str]:
    """Look at database and files."""
    store, blobs = SqlStore.open(data / "packhouse.sqlite3"), DiskBlobs(data / "blobs")
    try:
        return [*await store.check(deep=deep), *await blobs.check(deep=deep)]
    finally:
        blobs.close()
        store.close()


async def test_what_was_answered_before_a_kill_is_answered_the_same_after(tmp_path: Path) -> None:
    answered: dict[Question, bytes] = {}
    interrupted = 0
    async with emulating() as upstream:
        settings = write_settings(tmp_path, upstream.url)
        for number in range(KILLS):
            questions = publish(upstream, number)
            whole = await ask_and_kill(settings, questions)
            interrupted += 0 < len(whole) < len(questions)
            now = {question: reply.body for question, reply in whole.items()}
            earlier = random.sample(sorted(answered), min(20, len(answered)))
            await compare(settings, now | {question: answered[question] for question in earlier})
            answered |= now
            assert await find_damage(tmp_path / "data", deep=number % 10 == 9) == []
        asked = len(upstream.calls)
        await compare(settings, answered)
        assert len(upstream.calls) == asked
    # Else nothing was tested: some kills must have come in the middle.
    assert interrupted > KILLS // 4
    assert "stored data: every stored byte is as it was written" in await asyncio.to_thread(run_doctor, settings)


def run_doctor(settings: Path) -> str:
    """Return what the command says of the data."""
    command = [sys.executable, "-m", "packhouse", "doctor", "--deep", "--config", str(settings)]
    environ = os.environ | {"PYTHONPATH": str(REPOSITORY / "src"), "PACKHOUSE_OFFLINE": "1"}
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environ, timeout=60).stdout
