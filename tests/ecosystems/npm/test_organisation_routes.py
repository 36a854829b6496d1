"""The doors of organisations and teams."""

import json

import pytest

from packhouse.ecosystems.npm.organisation_routes import OrganisationRoutes
from tests.ecosystems.npm.doors import Doors

pytestmark = pytest.mark.anyio

MEMBERS, TEAMS = "-/org/acme/user", "-/org/acme/team"
PRESS = "-/team/acme/press"


def doors() -> Doors:
    return Doors(lambda desk: OrganisationRoutes(desk.people, desk.access).routes())


async def acme() -> Doors:
    """Give a server with an organisation of which ada is the owner and dan a developer."""
    server = doors()
    await server.organisation("acme", "ada", "dan")
    return server


async def test_members_are_told_who_is_in_their_organisation() -> None:
    server = await acme()
    assert await server.told(MEMBERS, by="dan") == {"ada": "owner", "dan": "developer"}


async def test_an_owner_adds_members_and_makes_them_something_else() -> None:
    server = await acme()
    await server.server.token("eve")
    reply = await server.ask("PUT", MEMBERS, {"user": "@eve"}, by="ada")
    assert json.loads(reply.body) == {"org": {"name": "acme", "size": 3}, "user": "eve", "role": "developer"}
    reply = await server.ask("PUT", MEMBERS, {"user": "eve", "role": "admin"}, by="ada")
    assert json.loads(reply.body)["role"] == "admin"
    assert await server.told(MEMBERS, by="eve") == {"ada": "owner", "dan": "developer", "eve": "admin"}


async def test_a_removed_member_sees_the_organisation_no_longer() -> None:
    server = await acme()
    assert (await server.ask("DELETE", MEMBERS, {"user": "dan"}, by="ada")).status == 200
    assert (await server.ask("GET", MEMBERS, by="dan")).status == 404
    assert await server.told(MEMBERS, by="ada") == {"ada": "owner"}


async def test_the_last_owner_stays() -> None:
    server = await acme()
    for method, body in (("DELETE", {"user": "ada"}), ("PUT", {"user": "ada", "role": "developer"})):
        reply = await server.ask(method, MEMBERS, body, by="ada")
        assert reply.status == 400
        assert "last owner" in json.loads(reply.body)["error"]


async def test_developers_change_nothing() -> None:
    server = await acme()
    tries = [
        ("PUT", MEMBERS, {"user": "dan", "role": "owner"}),
        ("DELETE", MEMBERS, {"user": "ada"}),
        ("PUT", TEAMS, {"name": "press"}),
        ("DELETE", "-/team/acme/developers", None),
        ("PUT", "-/team/acme/developers/user", {"user": "dan"}),
        ("DELETE", "-/team/acme/developers/user", {"user": "ada"}),
    ]
    for method, path, body in tries:
        assert (await server.ask(method, path, body, by="dan")).status == 403, path
    assert await server.told(MEMBERS, by="ada") == {"ada": "owner", "dan": "developer"}


async def test_an_admin_makes_nobody_an_owner() -> None:
    server = await acme()
    await server.ask("PUT", MEMBERS, {"user": "dan", "role": "admin"}, by="ada")
    assert (await server.ask("PUT", MEMBERS, {"user": "dan", "role": "owner"}, by="dan")).status == 403
    assert (await server.ask("DELETE", MEMBERS, {"user": "ada"}, by="dan")).status == 403


async def test_teams_are_made_filled_emptied_and_removed() -> None:
    server = await acme()
    assert (await server.ask("PUT", TEAMS, {"name": "press", "description": None}, by="ada")).status == 201
    assert (await server.ask("PUT", f"{PRESS}/user", {"user": "dan"}, by="ada")).status == 201
    assert await server.told(f"{PRESS}/user?format=cli", by="dan") == ["dan"]
    assert (await server.ask("DELETE", f"{PRESS}/user", {"user": "dan"}, by="ada")).status == 200
    assert await server.told(f"{PRESS}/user?format=cli", by="dan") == []
    assert (await server.ask("DELETE", PRESS, by="ada")).status == 200
    assert (await server.ask("GET", f"{PRESS}/user", by="ada")).status == 404


async def test_npm_is_told_texts_and_pnpm_objects() -> None:
    server = await acme()
    await server.ask("PUT", TEAMS, {"name": "press", "description": "Cider"}, by="ada")
    assert await server.told(f"{TEAMS}?format=cli", by="dan") == ["acme:developers", "acme:press"]
    listed = await server.told(TEAMS, by="dan")
    assert [team["name"] for team in listed] == ["developers", "press"]
    assert listed[1] == {"name": "press", "description": "Cider", "org": "acme", "size": 0}
    assert await server.told("-/team/acme/developers/user", by="dan") == [{"name": "ada"}, {"name": "dan"}]


async def test_a_team_takes_members_of_its_organisation_only() -> None:
    server = await acme()
    await server.server.token("eve")
    reply = await server.ask("PUT", "-/team/acme/developers/user", {"user": "eve"}, by="ada")
    assert reply.status == 400
    assert await server.told("-/team/acme/developers/user?format=cli", by="ada") == ["ada", "dan"]


async def test_a_strange_organisation_and_one_that_does_not_exist_are_answered_alike() -> None:
    server = await acme()
    tries = [
        ("GET", "-/org/{}/user", None),
        ("PUT", "-/org/{}/user", {"user": "eve", "role": "owner"}),
        ("DELETE", "-/org/{}/user", {"user": "ada"}),
        ("GET", "-/org/{}/team", None),
        ("GET", "-/org/{}/team?format=cli", None),
        ("PUT", "-/org/{}/team", {"name": "press"}),
        ("DELETE", "-/team/{}/developers", None),
        ("GET", "-/team/{}/developers/user", None),
        ("PUT", "-/team/{}/developers/user", {"user": "eve"}),
        ("DELETE", "-/team/{}/developers/user", {"user": "ada"}),
    ]
    for method, path, body in tries:
        for by in ("eve", ""):
            theirs = await server.ask(method, path.format("acme"), body, by=by)
            nobodys = await server.ask(method, path.format("nope"), body, by=by)
            assert theirs.status == nobodys.status == (404 if by else 401), path
            assert theirs.text.replace("acme", "nope") == nobodys.text
            assert theirs.headers.keys() == nobodys.headers.keys()


async def test_tokens_that_read_or_are_limited_change_no_organisation() -> None:
    server = await acme()
    token = await server.server.token("ada", read_only=True)
    reply = await server.with_token("PUT", TEAMS, {"name": "press"}, token)
    assert reply.status == 403
    assert (await server.with_token("GET", TEAMS, None, token)).status == 200


async def test_what_is_changed_is_written_down() -> None:
    server = await acme()
    await server.ask("PUT", TEAMS, {"name": "press"}, by="ada")
    await server.ask("PUT", TEAMS, {"name": "mill"}, by="dan")
    refused, done = await server.desk.people.audit.list()
    assert (done.action, done.subject, done.user, done.outcome) == ("npm team create", "acme/press", "ada", "done")
    assert (refused.user, refused.outcome) == ("dan", "not_permitted")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"null",
        b'{"user":1}',
        b'{"user":"dan","role":"god"}',
        b'{"user":"\xff"}',
        b'{"user":"dan","x":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'{"user":"' + b"d" * 70_000 + b'"}',
    ],
)
async def test_a_body_of_another_form_is_refused(body: bytes) -> None:
    server = await acme()
    assert (await server.ask("PUT", MEMBERS, body, by="ada")).status in (400, 413)
    assert await server.told(MEMBERS, by="ada") == {"ada": "owner", "dan": "developer"}


@pytest.mark.parametrize("name", ["__proto__", "constructor", "..", "%00", "a%2fb", "%20", "x" * 300])
async def test_names_that_mean_something_to_clients_are_nobodys(name: str) -> None:
    server = await acme()
    assert (await server.ask("GET", f"-/org/{name}/user", by="ada")).status == 404
    assert (await server.ask("PUT", MEMBERS, {"user": name}, by="ada")).status == 404
    assert (await server.ask("PUT", TEAMS, {"name": name}, by="ada")).status == 400
