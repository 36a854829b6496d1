"""What happens on a disk that is really full: a tiny file system in a name space of our own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

PROGRAM = """
import asyncio, os, sys
from pathlib import Path
from packhouse.adapters.blobs.disk import DiskBlobs
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.errors import StorageFull
from packhouse.domain.search import SearchScope
from packhouse.domain.index import Fragment, Index
from tests.ports.samples import ORIGIN, event, index, key, state, summary

SCOPE = SearchScope("hosted:default", (ORIGIN,))

def noisy(name):
    return Index(b"", (Fragment("1.0.0", os.urandom(40_000)),), name)

async def main():
    folder = Path(sys.argv[1])
    store, blobs = SqlStore.open(folder / "packhouse.sqlite3"), DiskBlobs(folder / "blobs")
    await store.write_index(state("first"), index("first"), [], summary("first"))
    stored = []
    try:
        for number in range(1000):
            writer = await blobs.writer()
            await writer.write(os.urandom(100_000))
            stored.append(await writer.commit())
            await writer.settle()
    except StorageFull:
        print("blobs full after", len(stored) > 3, len(list(blobs._incoming.iterdir())))
    await blobs.delete(stored.pop())
    written = []
    try:
        for number in range(1000):
            name = f"package-{number}"
            await store.write_index(state(name), noisy(name), [event("package_seen", name)], summary(name))
            written.append(name)
    except StorageFull as error:
        print("database full:", error.message)
    try:
        await store.write_index(state("again"), noisy("again"), [], summary("again"))
    except StorageFull:
        print("still full")
    assert await store.read_index(ORIGIN, key("first")) == index("first")
    for name in written:
        assert (await store.read_index(ORIGIN, key(name))).digest == name
    assert len(await store.list_events(0, 1000)) == len(written)
    for blob in stored:
        assert await blobs.verify(blob)
    print("sound:", await store.check(deep=True), await blobs.check(deep=True))
    for blob in stored:
        await blobs.delete(blob)
    await store.write_index(state("after"), noisy("after"), [], summary("after"))
    print("room again:", (await store.read_index(ORIGIN, key("after"))).digest)
    store.close()
    store = SqlStore.open(folder / "packhouse.sqlite3")
    counted = await store.count_packages("plain", SCOPE)
    print("after a restart:", await store.check(deep=True), counted == len(written) + 2)
    store.close()

asyncio.run(main())
"""

MOUNT = 'mount -t tmpfs -o size=3m packhouse "$1" && exec "$2" -c "$3" "$1"'


def may_mount() -> bool:
    """Tell whether the system lets us have a file system of our own."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    probe = [unshare, "-Urm", "mount", "-t", "tmpfs", "-o", "size=1m", "probe", "/mnt"]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not may_mount(), reason="this system lets nobody mount a file system in a user name space")
def test_a_full_disk_fails_what_needs_room_and_loses_nothing(tmp_path: Path) -> None:
    paths = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "src")])
    command = ["unshare", "-Urm", "sh", "-c", MOUNT, "sh", str(tmp_path), sys.executable, PROGRAM]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=60, env=os.environ | {"PYTHONPATH": paths}
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "blobs full after True 0",
        "database full: no space left for the database packhouse.sqlite3",
        "still full",
        "sound: [] []",
        "room again: after",
        "after a restart: [] True",
    ]
