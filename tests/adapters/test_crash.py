"""What was acknowledged survives a process that is killed at any moment."""

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import tests.adapters.stress
from packhouse.adapters.blobs.disk import DiskBlobs
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.digest import Digest
from tests.adapters.stress import body, content
from tests.ports.samples import ORIGIN, index, key, record

pytestmark = pytest.mark.anyio

KILLS = 20
REPOSITORY = Path(__file__).resolve().parents[2]


def run_and_kill(folder: Path, seed: str, delay_s: float) -> list[list[str]]:
    """Let the writer run for a moment, kill it, and return what it said that was acknowledged."""
    script = tests.adapters.stress.__file__
    paths = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "src")])
    command = [sys.executable, script, str(folder), seed]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": paths}) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first == f"ready {seed}\n".encode()
        lines: list[bytes] = []
        reader = threading.Thread(target=lambda stream=process.stdout: lines.extend(stream))
        reader.start()
        time.sleep(delay_s)
        process.kill()
        reader.join()
    return [line.decode().split() for line in lines if line.endswith(b"\n")]


async def check(store: SqlStore, blobs: DiskBlobs, said: list[list[str]]) -> None:
    """Read back everything that was acknowledged."""
    for kind, name, *rest in said:
        if kind == "index":
            assert await store.read_index(ORIGIN, key(name)) == index(name, int(rest[0]))
        elif kind == "record":
            found = await store.find_record(ORIGIN, key(name))
            assert found is not None
            assert found[1] == record(name)
        elif kind == "rendered":
            rendered = await store.find_rendered(ORIGIN, key(name), "v")
            assert rendered is not None
            assert rendered.body == body(name)
        elif kind == "artifact":
            stored = await store.find_artifact(ORIGIN, key(name.rpartition("-")[0]), name)
            assert stored is not None
            assert stored.blob.value == rest[0]
        else:
            size = len(content(name))
            chunks = [chunk async for chunk in blobs.stream(Digest("sha256", rest[0]), 0, size)]
            assert b"".join(chunks) == content(name)


@pytest.mark.timeout(300)
async def test_what_was_acknowledged_survives_being_killed(tmp_path: Path) -> None:
    chance = random.Random()
    acknowledged = 0
    for kill in range(KILLS):
        said = run_and_kill(tmp_path, f"run{kill}", chance.uniform(0.0, 0.3))
        acknowledged += len(said)
        store, blobs = SqlStore.open(tmp_path / "packhouse.sqlite3"), DiskBlobs(tmp_path / "blobs")
        try:
            await check(store, blobs, said)
            assert await store.check(deep=True) == []
            assert await blobs.check(deep=True) == []
            assert [path for path in (tmp_path / "blobs" / "incoming").rglob("*") if path.is_file()] == []
            sequences = [entry.sequence for entry in await store.list_events(0, 100_000)]
            assert len(sequences) == len(set(sequences))
        finally:
            store.close()
            blobs.close()
    assert acknowledged > KILLS
