"""Versions and packages are removed, and never come again."""

import pytest

from tests.clients.npm_writes.conftest import By
from tests.clients.npm_writes.registry import Registry

pytestmark = pytest.mark.client

CLIENTS = pytest.mark.parametrize("program", ["npm", "pnpm12"])


@CLIENTS
def test_a_version_is_removed_and_latest_moves_back(by: By, registry: Registry, name: str, program: str) -> None:
    author = by("ada", program)
    for version in ("1.0.0", "1.1.0", "2.0.0-beta.1"):
        registry.publish(name, version, tag="next" if "-" in version else "latest")
    address = registry.packument(name)["versions"]["1.1.0"]["dist"]["tarball"].removeprefix(registry.url)
    author.must("unpublish", f"{name}@1.1.0")
    assert registry.versions(name) == ["1.0.0", "2.0.0-beta.1"]
    assert registry.tags(name) == {"latest": "1.0.0", "next": "2.0.0-beta.1"}
    assert registry.send("GET", address).status == 404
    assert registry.send("GET", f"{name}/1.1.0").status == 404
    registry.tarball(name, "1.0.0")
    # Its number is used up, whoever asks and however.
    said = by("ada").try_publish(name, "1.1.0", "--force")
    assert said.code == 1
    assert "was published and removed" in said.err
    assert registry.versions(name) == ["1.0.0", "2.0.0-beta.1"]


def test_pnpm_removes_a_range_at_once(by: By, registry: Registry, scoped: str) -> None:
    for version in ("1.0.0", "1.1.0", "2.0.0"):
        registry.publish(scoped, version)
    by("ada", "pnpm12").must("unpublish", f"{scoped}@^1.0.0")
    assert registry.versions(scoped) == ["2.0.0"]
    assert registry.tags(scoped) == {"latest": "2.0.0"}
    registry.tarball(scoped, "2.0.0")


@CLIENTS
def test_a_whole_package_is_removed(by: By, registry: Registry, name: str, program: str) -> None:
    author = by("ada")
    registry.publish(name, "1.0.0")
    registry.publish(name, "1.1.0")
    address = registry.packument(name)["versions"]["1.0.0"]["dist"]["tarball"].removeprefix(registry.url)
    by("ada", program).must("unpublish", name, "--force")
    assert registry.status(name) == 404
    assert registry.send("GET", address).status == 404
    assert by("bob", program).run("view", name).code != 0
    # The name stays with who had it, and so do the numbers.
    said = by("eve").try_publish(name, "6.6.6")
    assert said.code == 1, said.all
    assert registry.status(name) == 404
    assert author.try_publish(name, "1.0.0").code == 1
    registry.publish(name, "3.0.0")
    assert registry.versions(name) == ["3.0.0"]
    registry.tarball(name, "3.0.0")


def test_the_only_version_goes_with_its_package(by: By, registry: Registry, scoped: str) -> None:
    author = by("ada")
    registry.publish(scoped, "1.0.0")
    said = author.run("unpublish", f"{scoped}@1.0.0")
    assert said.code == 1
    assert registry.versions(scoped) == ["1.0.0"]
    author.must("unpublish", f"{scoped}@1.0.0", "--force")
    assert registry.status(scoped) == 404


def test_pnpm_removes_the_only_version(by: By, registry: Registry, scoped: str) -> None:
    registry.publish(scoped, "1.0.0")
    by("ada", "pnpm12").must("unpublish", f"{scoped}@1.0.0", "--force")
    assert registry.status(scoped) == 404


def test_a_dry_run_removes_nothing(by: By, registry: Registry, scoped: str) -> None:
    author = by("ada")
    registry.publish(scoped, "1.0.0")
    registry.publish(scoped, "1.1.0")
    author.must("unpublish", f"{scoped}@1.1.0", "--dry-run")
    assert registry.versions(scoped) == ["1.0.0", "1.1.0"]


@CLIENTS
def test_strangers_remove_nothing(by: By, registry: Registry, scoped: str, program: str) -> None:
    registry.publish(scoped, "1.0.0")
    registry.publish(scoped, "1.1.0")
    for command in ((f"{scoped}@1.1.0",), (scoped, "--force")):
        for user in ("eve", ""):
            said = by(user, program).run("unpublish", *command)
            assert said.code != 0, said.all
    assert registry.versions(scoped) == ["1.0.0", "1.1.0"]
    registry.tarball(scoped, "1.1.0")
