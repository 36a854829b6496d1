"""Every client lists, sets and removes tags."""

import json
from collections.abc import Sequence

import pytest

from tests.clients.npm_writes.conftest import By
from tests.clients.npm_writes.registry import Registry

pytestmark = pytest.mark.client

LIST, ADD, REMOVE = range(3)
COMMANDS: dict[str, tuple[Sequence[str], Sequence[str], Sequence[str]]] = {
    "npm": (("dist-tag", "ls"), ("dist-tag", "add"), ("dist-tag", "rm")),
    "pnpm12": (("dist-tag", "ls"), ("dist-tag", "add"), ("dist-tag", "rm")),
    "yarn4": (("npm", "tag", "list"), ("npm", "tag", "add"), ("npm", "tag", "remove")),
    "yarn1": (("tag", "list"), ("tag", "add"), ("tag", "remove")),
}
CLIENTS = pytest.mark.parametrize("program", list(COMMANDS))


@pytest.mark.parametrize(("program", "example"), [*((each, "@farm/tagged") for each in COMMANDS), ("npm", "tagged")])
def test_tags_are_added_moved_listed_and_removed(by: By, registry: Registry, program: str, example: str) -> None:
    listed, add, remove = COMMANDS[program]
    name = f"{example}-{program}"
    for version in ("1.0.0", "1.1.0"):
        registry.publish(name, version)
    client = by("ada", program)
    client.must(*add, f"{name}@1.0.0", "stable")
    assert registry.tags(name) == {"latest": "1.1.0", "stable": "1.0.0"}
    said = client.must(*listed, name).out
    assert "stable: 1.0.0" in said or "stable → 1.0.0" in said or '"stable"' in said, said
    client.must(*add, f"{name}@1.1.0", "stable")
    client.must(*add, f"{name}@1.0.0", "latest")
    assert registry.tags(name) == {"latest": "1.0.0", "stable": "1.1.0"}
    client.must(*remove, name, "stable")
    assert registry.tags(name) == {"latest": "1.0.0"}
    assert json.loads(registry.send("GET", f"-/package/{name}/dist-tags").body) == {"latest": "1.0.0"}


def test_what_a_tag_points_to_is_installed(by: By, registry: Registry, name: str) -> None:
    author = by("ada")
    registry.publish(name, "1.0.0")
    registry.publish(name, "1.1.0")
    author.must("dist-tag", "add", f"{name}@1.0.0", "stable")
    other = by("bob")
    other.must("install", f"{name}@stable")
    assert other.npm_lock()[f"node_modules/{name}"]["version"] == "1.0.0"
    assert registry.send("GET", f"{name}/stable").document()["version"] == "1.0.0"


@pytest.mark.parametrize("program", ["npm", "pnpm12", "yarn4"])
def test_a_tag_that_cannot_be_is_refused(by: By, registry: Registry, scoped: str, program: str) -> None:
    _, add, remove = COMMANDS[program]
    registry.publish(scoped, "1.0.0")
    client = by("ada", program)
    assert client.run(*add, f"{scoped}@9.9.9", "stable").code != 0
    assert client.run(*add, f"{scoped}@1.0.0", "1.x").code != 0
    assert client.run(*add, f"{scoped}@1.0.0", "v2").code != 0
    assert client.run(*remove, scoped, "latest").code != 0
    assert client.run(*remove, scoped, "never-set").code != 0
    assert registry.tags(scoped) == {"latest": "1.0.0"}


@pytest.mark.parametrize("program", ["npm", "yarn4"])
def test_strangers_move_no_tags(by: By, registry: Registry, scoped: str, program: str) -> None:
    _, add, remove = COMMANDS[program]
    registry.publish(scoped, "1.0.0")
    registry.publish(scoped, "1.1.0", tag="next")
    stranger = by("eve", program)
    assert stranger.run(*add, f"{scoped}@1.1.0", "latest").code != 0
    assert stranger.run(*remove, scoped, "next").code != 0
    assert registry.tags(scoped) == {"latest": "1.0.0", "next": "1.1.0"}
