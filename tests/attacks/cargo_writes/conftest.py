"""One server for all tests of a module."""

from collections.abc import AsyncIterator

import pytest

from tests.attacks.cargo_writes.grove import Grove, a_grove


@pytest.fixture(scope="module")
async def grove(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Grove]:
    """Run a server on which there is one crate."""
    async with a_grove(tmp_path_factory.mktemp("grove")) as made:
        assert (await made.publish("quince", "1.0.0")).status == 200
        yield made
