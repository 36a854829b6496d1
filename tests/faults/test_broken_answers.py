"""What a client sees on the wire when a file turns out wrong after its answer has begun."""

import os
from pathlib import Path

import pytest

from tests.faults.emulator import emulating, head, sends
from tests.faults.server import serving, write_settings
from tests.faults.wire import get

pytestmark = pytest.mark.anyio

LARGE = os.urandom(3_000_000)


async def test_the_connection_of_an_answer_that_goes_wrong_breaks_before_its_end(tmp_path: Path) -> None:
    async with emulating() as upstream:
        upstream.publish("large", "1.0.0", LARGE)
        path = upstream.tarball_path("large", "1.0.0")
        upstream.faults[path] = sends(head(200, {"content-length": len(LARGE)}) + LARGE[:-1] + bytes([LARGE[-1] ^ 1]))
        with serving(write_settings(tmp_path, upstream.url)) as (_, port):
            broken = await get(port, f"/npm{path}")
            assert (broken.status, broken.complete) == (200, False)
            assert LARGE.startswith(broken.body)
            upstream.faults.clear()
            whole = await get(port, f"/npm{path}")
            assert (whole.status, whole.body == LARGE) == (200, True)
    log = (tmp_path / "packhouse.log").read_text()
    assert "the upstream sent a wrong large-1.0.0.tgz" in log
    assert "Traceback" not in log
