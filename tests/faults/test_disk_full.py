"""The server on a disk that is really full: a tiny file system in a name space of its own."""

import asyncio
import os
from pathlib import Path

import pytest

from packhouse.adapters.blobs.disk import DiskBlobs
from packhouse.adapters.sql.store import SqlStore
from tests.adapters.test_full_disk import may_mount
from tests.faults.emulator import emulating
from tests.faults.server import serving, write_settings
from tests.faults.wire import get

pytestmark = pytest.mark.anyio

MOUNT = 'mount -t tmpfs -o size=6m packhouse "$0" && head -c 3000000 /dev/zero > "$0/ballast" && exec "$@"'
EAGER = 'cache.index_fresh = "0"\ncache.index_stale = "0"'
"""Every question goes upstream, and what it confirms is written."""


@pytest.mark.skipif(not may_mount(), reason="this system lets nobody mount a file system in a user name space")
async def test_a_server_on_a_full_disk_serves_what_it_has_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    async with emulating() as upstream:
        settings = write_settings(tmp_path, upstream.url, EAGER)
        with serving(settings, prefix=("unshare", "-Urm", "sh", "-c", MOUNT, str(data))) as (process, port):
            inside = Path(f"/proc/{process.pid}/root{data}")
            assert (inside / "ballast").stat().st_size == 3_000_000
            kept: dict[str, bytes] = {}
            refused: dict[str, str] = {}
            for number in range(60):
                name = f"thing-{number}"
                upstream.publish(name, "1.0.0", os.urandom(150_000))
                for path in (f"/npm/{name}?x", f"/npm{upstream.tarball_path(name, '1.0.0')}"):
                    reply = await get(port, path)
                    if reply.status == 200:
                        assert reply.complete
                        kept[path] = reply.body
                    else:
                        assert reply.status == 507, reply.body
                        refused[path] = reply.body.decode()
                if len(refused) > 10:
                    break
            assert len(kept) > 6
            assert len(refused) > 4
            assert all("no space left" in body for body in refused.values())
            assert all(str(tmp_path) not in body for body in refused.values())
            for path, body in kept.items():
                reply = await get(port, path)
                assert (reply.status, reply.body == body) == (200, True), (path, reply.body[:200])
            (inside / "ballast").unlink()
            for path in refused:
                reply = await get(port, path)
                assert reply.status == 200, reply.body
                kept[path] = reply.body
            await upstream.stop()
            for path, body in kept.items():
                assert (await get(port, path)).body == body
            store, blobs = SqlStore.open(inside / "packhouse.sqlite3"), DiskBlobs(inside / "blobs")
            damage = [*await store.check(deep=True), *await blobs.check(deep=True)]
            blobs.close()
            store.close()
            assert damage == []
            assert [path for path in (inside / "blobs/incoming").rglob("*") if path.is_file()] == []
            process.terminate()
            assert await asyncio.to_thread(process.wait, 10) in {0, -15}
    assert "Traceback" not in (tmp_path / "packhouse.log").read_text()
