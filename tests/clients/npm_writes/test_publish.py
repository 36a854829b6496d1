"""Every client publishes, and what it published is installed by another."""

import pytest

from tests.clients.npm_writes.conftest import By
from tests.clients.npm_writes.registry import Registry

pytestmark = pytest.mark.client

PUBLISHERS = pytest.mark.parametrize("program", ["npm", "pnpm12", "yarn4", "yarn1"])


@PUBLISHERS
def test_what_a_client_publishes_is_whole(by: By, registry: Registry, name: str, program: str) -> None:
    by("ada", program).publish(name, "1.0.0", keywords=["fruit"])
    document = registry.packument(name)
    assert document["dist-tags"] == {"latest": "1.0.0"}
    assert [each["name"] for each in document["maintainers"]] == ["ada"]
    assert document["versions"]["1.0.0"]["keywords"] == ["fruit"]
    assert document["versions"]["1.0.0"]["_npmUser"] == {"name": "ada", "email": "ada@team.example"}
    assert document["readme"] == f"# {name}\n\nA pear.\n"
    registry.tarball(name, "1.0.0")
