"""npm's commands about owners, access, teams, organisations and stars."""

import json

import pytest

from tests.clients.npm_people.conftest import CLOSED, OPEN, SCOPED, As

pytestmark = pytest.mark.client

NAMES = pytest.mark.parametrize("name", [OPEN, SCOPED])


@NAMES
def test_owner_adds_lists_and_removes(by: As, name: str) -> None:
    npm = by("ada")
    assert npm.must("owner", "ls", name).out == "ada <ada@team.example>\n"
    assert npm.must("owner", "add", "bob", name).out == f"+ bob ({name})\n"
    assert npm.must("owner", "ls", name).out == "ada <ada@team.example>\nbob <bob@team.example>\n"
    assert by("bob").must("owner", "rm", "ada", name).out == f"- ada ({name})\n"
    assert npm.must("owner", "ls", name).out == "bob <bob@team.example>\n"


def test_owner_says_why_it_was_refused(by: As) -> None:
    said = by("eve").run("owner", "add", "eve", OPEN)
    assert said.code == 1
    assert "you may not maintain npm/plum" in said.err
    said = by("ada").run("owner", "add", "nobody", OPEN)
    assert said.code == 1
    assert "Error getting user data for nobody" in said.err
    assert "E404" in said.err
    said = by("ada").run("owner", "rm", "ada", OPEN)
    assert said.code == 1
    assert by("dan").must("owner", "ls", OPEN).out == "ada <ada@team.example>\n"


def test_owner_of_a_package_that_is_hidden_is_one_of_none(by: As) -> None:
    hidden, none = (by(user).run("owner", "ls", name) for user, name in (("eve", CLOSED), ("bob", "@acme/nadir")))
    assert hidden.code == none.code == 1
    assert "E404" in hidden.err
    assert "owner" not in hidden.out


def test_access_shows_and_sets_the_status(by: As) -> None:
    npm = by("ada")
    assert npm.must("access", "get", "status", SCOPED).out == f"{SCOPED}: public\n"
    assert npm.must("access", "set", "status=private", SCOPED).out == f"{SCOPED}: private\n"
    assert by("eve").run("access", "get", "status", SCOPED).code == 1
    assert npm.must("access", "set", "status=public", SCOPED).out == f"{SCOPED}: public\n"
    assert by("bob").must("access", "get", "status", SCOPED).out == f"{SCOPED}: public\n"
    assert npm.must("access", "get", "status", OPEN).out == f"{OPEN}: public\n"


@NAMES
def test_nobody_shuts_themselves_out_by_demanding_one_time_passwords_that_they_have_not(by: As, name: str) -> None:
    npm = by("ada")
    said = npm.run("access", "set", "mfa=automation", name)
    assert said.code == 1
    assert "enable-2fa" in said.err
    npm.must("access", "set", "mfa=none", name)


def test_access_lists_packages_and_collaborators(by: As) -> None:
    npm = by("ada")
    everything = {OPEN: "read-write", SCOPED: "read-write", CLOSED: "read-write"}
    assert json.loads(npm.must("access", "list", "packages", "--json").out) == everything
    assert json.loads(npm.must("access", "list", "packages", "ada", "--json").out) == everything
    assert json.loads(by("eve").must("access", "list", "packages", "ada", "--json").out) == {
        OPEN: "read-write",
        SCOPED: "read-write",
    }
    organised = {SCOPED: "read-write", CLOSED: "read-write"}
    assert json.loads(by("dan").must("access", "list", "packages", "@acme", "--json").out) == organised
    assert json.loads(by("bob").must("access", "list", "packages", "dan", "--json").out) == {}
    assert json.loads(npm.must("access", "list", "collaborators", CLOSED, "--json").out) == {
        "ada": "read-write",
        "dan": "read-write",
    }
    assert npm.must("access", "list", "collaborators", OPEN, "ada").out == "ada: read-write\n"


@NAMES
def test_access_grants_a_team_and_revokes_it(by: As, name: str) -> None:
    npm = by("ada")
    npm.must("team", "create", "@acme:press")
    npm.must("team", "add", "@acme:press", "dan")
    npm.must("access", "grant", "read-only", "acme:press", name)
    assert json.loads(npm.must("access", "list", "packages", "acme:press", "--json").out) == {name: "read-only"}
    npm.must("access", "grant", "read-write", "@acme:press", name)
    assert json.loads(by("dan").must("access", "list", "packages", "acme:press", "--json").out) == {name: "read-write"}
    npm.must("access", "revoke", "acme:press", name)
    assert json.loads(npm.must("access", "list", "packages", "acme:press", "--json").out) == {}


def test_team_creates_fills_lists_empties_and_destroys(by: As) -> None:
    npm = by("ada")
    assert npm.must("team", "create", "@acme:press").out == "+@acme:press\n"
    assert npm.must("team", "add", "@acme:press", "dan").out == "dan added to @acme:press\n"
    assert npm.must("team", "ls", "@acme:press").out == "@acme:press has 1 user:\ndan\n"
    assert npm.must("team", "ls", "@acme").out == "@acme has 2 teams:\n@acme:developers\n@acme:press\n"
    assert npm.must("team", "rm", "@acme:press", "dan").out == "dan removed from @acme:press\n"
    assert npm.must("team", "ls", "@acme:press", "--json").out == "[]\n"
    assert npm.must("team", "destroy", "@acme:press").out == "-@acme:press\n"
    assert npm.must("team", "ls", "acme", "--parseable").out == "acme:developers\n"


def test_org_sets_lists_and_removes_members(by: As) -> None:
    npm = by("ada")
    assert "Added eve as developer to acme. You now have 3 members" in npm.must("org", "set", "acme", "eve").out
    assert "Added eve as admin to acme" in npm.must("org", "set", "@acme", "@eve", "admin").out
    assert json.loads(npm.must("org", "ls", "acme", "--json").out) == {
        "ada": "owner",
        "dan": "developer",
        "eve": "admin",
    }
    assert npm.must("org", "ls", "acme", "eve").out == "eve - admin\n"
    assert "Successfully removed eve from acme. You now have 2 members" in npm.must("org", "rm", "acme", "eve").out
    assert json.loads(by("dan").must("org", "ls", "acme", "--json").out) == {"ada": "owner", "dan": "developer"}


def test_org_and_team_say_no_more_to_strangers_than_about_nothing(by: As) -> None:
    npm = by("eve")
    for command in (("org", "ls"), ("team", "ls")):
        theirs, none = npm.run(*command, "acme"), npm.run(*command, "nope")
        assert theirs.code == none.code == 1
        assert "there is no organisation 'acme'" in theirs.err
        assert "there is no organisation 'nope'" in none.err


@pytest.mark.parametrize("name", [OPEN, SCOPED, "melon"])
def test_star_stars_and_unstar_agree(by: As, name: str) -> None:
    npm = by("bob")
    assert name in npm.must("star", name).out
    assert npm.must("stars").out == f"{name}\n"
    assert by("eve").must("stars", "bob").out == f"{name}\n"
    assert name in npm.must("unstar", name).out
    assert npm.must("stars").out == ""


def test_a_star_shows_in_the_packument_of_what_is_published_here(by: As) -> None:
    npm = by("bob")
    npm.must("star", SCOPED)
    assert json.loads(npm.must("view", SCOPED, "users", "--json").out) == {"bob": True}


def test_who_has_not_signed_in_is_told_to(by: As, served: object) -> None:
    del served
    npm = by("bob")
    settings = npm.folder / ".npmrc"
    settings.write_text("\n".join(line for line in settings.read_text().splitlines() if "_authToken" not in line))
    for command in (
        ("star", OPEN),
        ("org", "ls", "acme"),
        ("access", "list", "packages"),
        ("owner", "add", "bob", OPEN),
    ):
        said = npm.run(*command)
        assert said.code == 1
        # Who users are is told to nobody who is not one.
        assert "ENEEDAUTH" in said.err or "401 Unauthorized" in said.err or "E404" in said.err, said.all
