"""pnpm's commands about owners, access, teams and stars; it has none about organisations."""

import json

import pytest

from tests.clients.npm_people.conftest import CLOSED, OPEN, SCOPED, As, Served

pytestmark = pytest.mark.client

PNPM = "pnpm12"
NAMES = pytest.mark.parametrize("name", [OPEN, SCOPED])


@NAMES
def test_owner_adds_lists_and_removes(by: As, name: str) -> None:
    pnpm = by("ada", PNPM)
    pnpm.must("owner", "add", name, "bob")
    assert pnpm.must("owner", "ls", name).out.split("\n")[:2] == ["ada <ada@team.example>", "bob <bob@team.example>"]
    by("bob", PNPM).must("owner", "rm", name, "ada")
    assert pnpm.must("owner", "ls", name).out.strip() == "bob <bob@team.example>"
    said = by("eve", PNPM).run("owner", "add", name, "eve")
    assert said.code != 0
    assert "you may not maintain" in said.all


@pytest.mark.parametrize("name", [OPEN, SCOPED, "melon"])
def test_star_stars_and_unstar_agree(by: As, served: Served, name: str) -> None:
    pnpm = by("bob", PNPM)
    pnpm.must("star", name)
    assert pnpm.must("stars").out.strip() == name
    assert by("eve", PNPM).must("stars", "bob").out.strip() == name
    pnpm.must("unstar", name)
    assert pnpm.must("stars").out.strip() == ""
    assert served.url


def test_access_shows_sets_and_lists(by: As) -> None:
    pnpm = by("ada", PNPM)
    assert "public" in pnpm.must("access", "get", "status", SCOPED).out
    pnpm.must("access", "set", "status=private", SCOPED)
    assert "restricted" in pnpm.must("access", "get", "status", SCOPED).out
    assert by("eve", PNPM).run("access", "get", "status", SCOPED).code != 0
    listed = json.loads(pnpm.must("access", "list", "packages", "--json").out)
    assert set(listed) == {OPEN, SCOPED, CLOSED}
    shown = json.loads(pnpm.must("access", "list", "collaborators", CLOSED, "--json").out)
    assert [(each["username"], each["permissions"]) for each in shown] == [("ada", "read-write"), ("dan", "read-write")]
    assert "ada: read-write" in pnpm.must("access", "list", "collaborators", CLOSED, "ada").out


def test_a_team_is_made_filled_granted_and_removed(by: As) -> None:
    pnpm = by("ada", PNPM)
    pnpm.must("team", "create", "@acme:press")
    pnpm.must("team", "add", "@acme:press", "dan")
    assert "dan" in pnpm.must("team", "ls", "@acme:press").out
    listed = pnpm.must("team", "ls", "@acme").out
    assert "developers" in listed
    assert "press" in listed
    pnpm.must("access", "grant", "read-only", "@acme:press", OPEN)
    assert set(json.loads(pnpm.must("access", "list", "packages", "@acme:press", "--json").out)) == {OPEN}
    pnpm.must("access", "revoke", "@acme:press", OPEN)
    pnpm.must("team", "rm", "@acme:press", "dan")
    pnpm.must("team", "destroy", "@acme:press")
    assert "press" not in pnpm.must("team", "ls", "@acme").out
