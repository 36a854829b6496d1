"""Rules hold whatever way a release is asked for and however its upstream fares."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.faults.emulator import answers, emulating
from tests.faults.scene import IMPATIENT, Scene, sentence
from tests.faults.server import configure, running

pytestmark = pytest.mark.anyio

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
