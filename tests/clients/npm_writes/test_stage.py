"""A version is staged by one command and published by another."""

import json
import re

import pytest

from tests.clients.npm_writes.conftest import By
from tests.clients.npm_writes.registry import Registry
from tests.clients.npm_writes.workshop import Workshop

pytestmark = pytest.mark.client

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def _stage(client: Workshop, name: str, version: str) -> str:
    client.manifest(name, version)
    if client.client.name == "yarn4":
        said = client.must("npm", "publish", "--staged", "--access", "public")
    else:
        options = ("--no-git-checks",) if client.client.name == "pnpm12" else ()
        said = client.must("stage", "publish", "--access", "public", *options)
    found = _ID.search(said.all)
    assert found is not None, said.all
    return found[0]


def _stage_command(program: str) -> tuple[str, ...]:
    return ("npm", "stage") if program == "yarn4" else ("stage",)


@pytest.mark.parametrize("program", ["npm", "pnpm12", "yarn4"])
def test_what_is_staged_is_published_when_approved(by: By, registry: Registry, scoped: str, program: str) -> None:
    author, command = by("ada", program), _stage_command(program)
    number = _stage(author, scoped, "1.0.0")
    assert registry.status(scoped) == registry.status(scoped, "ada") == 404
    assert number in author.must(*command, "list", scoped).all
    assert number not in by("eve", program).run(*command, "list", scoped).all
    assert by("eve", program).run(*command, "approve", number).code != 0
    assert registry.status(scoped) == 404
    author.must(*command, "approve", number)
    assert registry.versions(scoped) == ["1.0.0"]
    registry.tarball(scoped, "1.0.0")
    assert number not in author.must(*command, "list", scoped).all


@pytest.mark.parametrize("program", ["npm", "pnpm12", "yarn4"])
def test_what_is_rejected_is_never_published(by: By, registry: Registry, scoped: str, program: str) -> None:
    author, command = by("ada", program), _stage_command(program)
    number = _stage(author, scoped, "1.0.0")
    assert by("eve", program).run(*command, "reject", number).code != 0
    author.must(*command, "reject", number)
    assert author.run(*command, "approve", number).code != 0
    assert registry.status(scoped) == 404
    # The number of the version was not used up.
    registry.publish(scoped, "1.0.0")
    assert registry.versions(scoped) == ["1.0.0"]


def test_a_name_without_a_scope_is_staged_as_well(by: By, registry: Registry) -> None:
    author = by("ada")
    author.must("stage", "approve", _stage(author, "medlar", "1.0.0"))
    assert registry.versions("medlar") == ["1.0.0"]


def test_a_staged_version_is_looked_at_before_it_is_approved(by: By, registry: Registry, scoped: str) -> None:
    registry.publish(scoped, "1.0.0")
    author = by("ada")
    number = _stage(author, scoped, "1.1.0")
    shown = json.loads(author.must("stage", "view", number, "--json").out)
    assert (shown["packageName"], shown["version"], shown["actor"]) == (scoped, "1.1.0", "ada")
    author.must("stage", "download", number)
    assert [path.name for path in author.folder.glob("*.tgz")]
    assert registry.versions(scoped) == ["1.0.0"]
