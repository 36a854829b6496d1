"""Versions are deprecated by range, and taken back."""

import pytest

from tests.clients.npm_writes.conftest import By
from tests.clients.npm_writes.registry import Registry

pytestmark = pytest.mark.client

CLIENTS = pytest.mark.parametrize("program", ["npm", "pnpm12"])


def _messages(registry: Registry, name: str) -> dict[str, str]:
    versions = registry.packument(name)["versions"]
    return {version: facts["deprecated"] for version, facts in versions.items() if "deprecated" in facts}


@CLIENTS
def test_a_range_is_deprecated_and_a_part_of_it_taken_back(by: By, registry: Registry, name: str, program: str) -> None:
    for version in ("1.0.0", "1.1.0", "2.0.0"):
        registry.publish(name, version, dependencies={"melon": "^1.0.0"}, scripts={"test": "true"})
    before = registry.packument(name)["versions"]["1.0.0"]
    client = by("ada", program)
    client.must("deprecate", f"{name}@<2", "it rots: take 2.0.0")
    assert _messages(registry, name) == dict.fromkeys(["1.0.0", "1.1.0"], "it rots: take 2.0.0")
    # Nothing else of what was published is changed.
    after = registry.packument(name)["versions"]["1.0.0"]
    assert {**after, "deprecated": ""} == {**before, "deprecated": ""}
    said = by("bob").must("install", f"{name}@1.1.0")
    assert "it rots: take 2.0.0" in said.err
    if program == "npm":
        client.must("deprecate", f"{name}@1.0.0", "")
    else:
        client.must("undeprecate", f"{name}@1.0.0")
    assert _messages(registry, name) == {"1.1.0": "it rots: take 2.0.0"}
    registry.tarball(name, "1.0.0")


def test_npm_takes_a_warning_back_by_its_own_command(by: By, registry: Registry, scoped: str) -> None:
    author = by("ada")
    registry.publish(scoped, "1.0.0")
    author.must("deprecate", scoped, "no more")
    assert _messages(registry, scoped) == {"1.0.0": "no more"}
    author.must("undeprecate", scoped)
    assert _messages(registry, scoped) == {}


def test_a_dry_run_warns_of_nothing(by: By, registry: Registry, scoped: str) -> None:
    author = by("ada")
    registry.publish(scoped, "1.0.0")
    author.must("deprecate", scoped, "no more", "--dry-run")
    assert _messages(registry, scoped) == {}


@CLIENTS
def test_strangers_warn_of_nothing(by: By, registry: Registry, scoped: str, program: str) -> None:
    registry.publish(scoped, "1.0.0")
    for user in ("eve", ""):
        said = by(user, program).run("deprecate", scoped, "bad")
        assert said.code != 0, said.all
    assert _messages(registry, scoped) == {}


def test_a_version_of_an_upstream_is_not_ours_to_warn_of(by: By, registry: Registry) -> None:
    said = by("ada").run("deprecate", "melon", "bad")
    assert said.code == 1
    assert _messages(registry, "melon") == {}
