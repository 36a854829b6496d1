"""One server for all tests of a module."""

import os
import secrets
from collections.abc import AsyncIterator

import pytest

from tests.faults.emulator import emulating
from tests.faults.scene import IMPATIENT, SIZE, Scene
from tests.faults.server import configure, running


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
