"""Owners, access, teams, organisations and stars, on a database that stays; tests/clients/npm_people has every form."""

import json

import pytest

from tests.clients.npm_writes.conftest import By
from tests.clients.npm_writes.registry import ORGANISATION, Registry

pytestmark = pytest.mark.client


def _owners(registry: Registry, name: str) -> list[str]:
    return [each["name"] for each in registry.packument(name)["maintainers"]]


@pytest.mark.parametrize("program", ["npm", "pnpm12"])
def test_an_owner_is_added_publishes_and_is_removed(by: By, registry: Registry, name: str, program: str) -> None:
    def change(by_whom: str, what: str, user: str) -> int:
        # pnpm takes the package first.
        pair = (name, user) if program == "pnpm12" else (user, name)
        return by(by_whom, program).run("owner", what, *pair).code

    registry.publish(name, "1.0.0")
    assert change("ada", "add", "bob") == 0
    assert _owners(registry, name) == ["ada", "bob"]
    registry.publish(name, "1.1.0", "bob")
    listed = by("", program).must("owner", "ls", name).out
    assert "ada" in listed
    assert "bob" in listed
    assert change("ada", "rm", "bob") == 0
    assert _owners(registry, name) == ["ada"]
    assert change("bob", "add", "eve") != 0
    assert _owners(registry, name) == ["ada"]


def test_yarn_1_lists_owners_and_cannot_harm_them(by: By, registry: Registry, name: str) -> None:
    """It reads the short document, which has neither owners nor a revision, and would leave the new owner alone."""
    registry.publish(name, "1.0.0")
    yarn = by("ada", "yarn1")
    assert "ada <ada@team.example>" in yarn.must("owner", "list", name).out
    said = yarn.run("owner", "add", "bob", name)
    # For a name with a scope it does not even begin.
    assert "Document update conflict" in said.all or "Invalid package name" in said.all
    assert said.code != 0
    assert _owners(registry, name) == ["ada"]


@pytest.mark.parametrize("program", ["npm", "pnpm12"])
def test_a_package_is_hidden_and_shown_again(by: By, registry: Registry, scoped: str, program: str) -> None:
    registry.publish(scoped, "1.0.0")
    client = by("ada", program)
    client.must("access", "set", "status=private", scoped)
    assert registry.status(scoped) == registry.status(scoped, "eve") == 404
    assert registry.status(scoped, "ada") == 200
    client.must("access", "set", "status=public", scoped)
    assert registry.status(scoped) == 200


@pytest.mark.parametrize("program", ["npm", "pnpm12"])
def test_stars_are_given_and_taken(by: By, registry: Registry, scoped: str, program: str) -> None:
    registry.publish(scoped, "1.0.0")
    client = by("bob", program)
    client.must("star", scoped)
    assert registry.packument(scoped)["users"] == {"bob": True}
    assert scoped in client.must("stars").out
    client.must("unstar", scoped)
    assert not registry.packument(scoped).get("users")
    assert scoped not in client.must("stars").out


def test_a_team_is_let_in(by: By, registry: Registry) -> None:
    npm, organisation = by("ada"), ORGANISATION
    name = f"@{organisation}/cider"
    registry.publish(name, "1.0.0")
    npm.must("access", "set", "status=private", name)
    npm.must("team", "create", f"@{organisation}:press")
    npm.must("org", "set", organisation, "eve", "developer")
    npm.must("team", "add", f"@{organisation}:press", "eve")
    npm.must("access", "grant", "read-write", f"@{organisation}:press", name)
    registry.publish(name, "1.1.0", "eve")
    assert registry.versions(name, "eve") == ["1.0.0", "1.1.0"]
    assert registry.status(name, "bob") == registry.status(name) == 404
    npm.must("team", "rm", f"@{organisation}:press", "eve")
    npm.must("org", "rm", organisation, "eve")
    assert registry.status(name, "eve") == 404
    assert json.loads(npm.must("org", "ls", organisation, "--json").out) == {"ada": "owner"}


def test_search_finds_what_was_just_published(by: By, registry: Registry) -> None:
    registry.publish("@farm/damson", "1.0.0", keywords=["stonefruit"])
    registry.publish("@farm/secretdamson", "1.0.0", keywords=["stonefruit"])
    by("ada").must("access", "set", "status=private", "@farm/secretdamson")
    found = [each["name"] for each in json.loads(by("").must("search", "damson", "--json").out)]
    assert found == ["@farm/damson"]
    mine = [each["name"] for each in json.loads(by("ada").must("search", "keywords:stonefruit", "--json").out)]
    assert sorted(mine) == ["@farm/damson", "@farm/secretdamson"]


def test_an_audit_of_what_is_published_here_is_clean(by: By, registry: Registry, scoped: str) -> None:
    registry.publish(scoped, "1.0.0")
    npm = by("bob")
    npm.must("install", scoped)
    assert json.loads(npm.must("audit", "--json").out)["vulnerabilities"] == {}
