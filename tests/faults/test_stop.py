"""The server process is told to stop while it works."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.faults.emulator import emulating, head, sends
from tests.faults.server import serving, write_settings
from tests.faults.wire import get

pytestmark = pytest.mark.anyio

LARGE = os.urandom(2_000_000)


async def test_a_server_that_is_told_to_stop_finishes_downloads_and_takes_no_more(tmp_path: Path) -> None:
    async with emulating() as upstream:
        upstream.publish("large", "1.0.0", LARGE)
        path = upstream.tarball_path("large", "1.0.0")
        begun = head(200, {"content-length": len(LARGE)})
        upstream.faults[path] = sends(begun + LARGE[:1_500_000], LARGE[1_500_000:], pause_s=1.0)
        with serving(write_settings(tmp_path, upstream.url)) as (process, port):
            idle_reader, idle_writer = await asyncio.open_connection("127.0.0.1", port)
            download = asyncio.create_task(get(port, f"/npm{path}"))
            await asyncio.wait_for(upstream.asked(path), 10)
            await asyncio.sleep(0.2)
            process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.3)
            with pytest.raises(OSError):  # noqa: PT011 (refused or reset, as the system likes)
                await asyncio.open_connection("127.0.0.1", port)
            assert await idle_reader.read() == b""
            idle_writer.close()
            received = await download
            assert (received.status, received.complete) == (200, True)
            assert received.body == LARGE
            assert await asyncio.to_thread(process.wait, 10) in {0, -signal.SIGTERM}
    log = (tmp_path / "packhouse.log").read_text()
    assert "Traceback" not in log
    # What was downloaded last was also kept.
    with serving(tmp_path / "packhouse.toml", {"PACKHOUSE_OFFLINE": "1"}) as (process, port):
        assert (await get(port, f"/npm{path}")).body == LARGE
        process.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(process.wait, 10) in {0, 130, -signal.SIGINT}


async def test_a_client_that_never_reads_does_not_keep_the_others_waiting(tmp_path: Path) -> None:
    async with emulating() as upstream:
        upstream.publish("large", "1.0.0", os.urandom(20_000_000))
        upstream.publish("thing", "1.0.0", b"tar")
        path = upstream.tarball_path("large", "1.0.0")
        with serving(write_settings(tmp_path, upstream.url)) as (_, port):
            _, deaf = await asyncio.open_connection("127.0.0.1", port)
            deaf.write(f"GET /npm{path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
            await asyncio.sleep(0.3)
            async with asyncio.timeout(5):
                assert (await get(port, "/npm/thing")).status == 200
                assert len((await get(port, f"/npm{path}")).body) == 20_000_000
            deaf.close()
