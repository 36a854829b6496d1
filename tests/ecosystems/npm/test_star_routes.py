"""The doors of stars."""

import asyncio
import json

import pytest

from packhouse.domain.package import NormalName, PackageKey
from packhouse.ecosystems.npm.star_routes import StarRoutes, set_star_by_document
from packhouse.http.answers import Answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services
from tests.ecosystems.npm.doors import Doors

pytestmark = pytest.mark.anyio

VIEW = "-/_view/starredByUser?key=%22{}%22"
OWN = "-/user/v1/star"


def doors() -> Doors:
    """Give the doors, and a plain one to what npm's PUT of a document is handed to."""

    def routes(desk: Services) -> list[Route]:
        async def put(request: Request, name: str) -> Answer:
            key = PackageKey("npm", NormalName(name))
            return await set_star_by_document(desk, request, key, await request.read_body(1 << 20))

        return [*StarRoutes(desk).routes(), route("{name}", PUT=put)]

    return Doors(routes)


async def starred(server: Doors, user: str, by: str = "") -> list[str]:
    """Ask as npm does."""
    return [row["value"] for row in (await server.told(VIEW.format(user), by=by))["rows"]]


@pytest.mark.parametrize("name", ["plum", "@acme/cider"])
async def test_a_star_stands_in_the_packument_and_in_ones_list(name: str) -> None:
    server = doors()
    key = await server.publish(name, "ada")
    body = {"name": name, "package": name}
    assert (await server.ask("PUT", OWN, body, by="bob")).status == 200
    assert (await server.packument(key))["users"] == {"bob": True}
    assert await starred(server, "bob") == [name]
    assert await server.told(OWN, by="bob") == [name]
    assert await server.told("-/user/bob/stars") == {name: True}
    assert await server.told("-/util/user/bob/stars") == {name: True}
    assert (await server.ask("DELETE", OWN, body, by="bob")).status == 200
    assert (await server.packument(key))["users"] == {}
    assert await starred(server, "bob") == []


async def test_the_address_may_name_the_package_as_well() -> None:
    server = doors()
    key = await server.publish("@acme/cider", "ada")
    for path in ("-/user/package/@acme%2fcider/star", "-/user/package/@acme/cider/star"):
        assert (await server.ask("PUT", path, by="bob")).status == 200
        assert (await server.packument(key))["users"] == {"bob": True}
        assert (await server.ask("DELETE", path, by="bob")).status == 200
        assert await starred(server, "bob") == []


async def test_nobody_touches_the_stars_of_others() -> None:
    server = doors()
    key = await server.publish("plum", "ada")
    for user in ("bob", "eve"):
        await server.ask("PUT", OWN, {"package": "plum"}, by=user)
    await server.ask("DELETE", OWN, {"package": "plum"}, by="eve")
    await server.ask("DELETE", OWN, {"package": "plum"}, by="ada")
    assert (await server.packument(key))["users"] == {"bob": True}
    assert await starred(server, "bob") == ["plum"]


async def test_stars_given_at_the_same_time_all_count() -> None:
    server = doors()
    key = await server.publish("plum", "ada")
    users = [f"user{number}" for number in range(16)]
    replies = await asyncio.gather(*(server.ask("PUT", OWN, {"package": "plum"}, by=user) for user in users))
    assert {reply.status for reply in replies} == {200}
    assert (await server.packument(key))["users"] == dict.fromkeys(users, True)


async def test_a_star_for_a_package_of_an_upstream_is_kept_and_its_packument_is_not_changed() -> None:
    server = doors()
    before = (await server.server.get("/npm/melon")).body
    assert (await server.ask("PUT", OWN, {"package": "melon"}, by="bob")).status == 200
    assert await starred(server, "bob") == ["melon"]
    assert (await server.server.get("/npm/melon")).body == before
    assert json.loads(before)["users"] == {"stranger": True}
    entry = next(iter(await server.desk.people.audit.list()))
    assert (entry.action, entry.subject, entry.user) == ("npm star", "npm/melon", "bob")
    assert (await server.ask("DELETE", OWN, {"package": "melon"}, by="bob")).status == 200
    assert await starred(server, "bob") == []


async def test_there_is_no_star_for_what_does_not_exist() -> None:
    server = doors()
    for body in ({"package": "nope"}, {"name": "nope"}):
        assert (await server.ask("PUT", OWN, body, by="bob")).status == 404
    for body in ({}, {"package": "../x"}, {"package": "__x"}):
        assert (await server.ask("PUT", OWN, body, by="bob")).status == 400
    assert await starred(server, "bob") == []


async def test_a_star_takes_a_user_and_a_token_that_may_write() -> None:
    server = doors()
    await server.publish("plum", "ada")
    assert (await server.ask("PUT", OWN, {"package": "plum"})).status == 401
    assert (await server.ask("GET", OWN)).status == 401
    token = await server.server.token("bob", read_only=True)
    assert (await server.with_token("PUT", OWN, {"package": "plum"}, token)).status == 403
    assert await starred(server, "bob") == []


async def test_a_restricted_package_has_no_stars_to_those_who_may_not_see_it() -> None:
    server = doors()
    key = await server.publish("@acme/cider", "ada", restricted=True)
    assert (await server.ask("PUT", OWN, {"package": "@acme/cider"}, by="ada")).status == 200
    assert await starred(server, "ada", by="ada") == ["@acme/cider"]
    for by in ("eve", ""):
        assert await starred(server, "ada", by=by) == []
        assert await server.told("-/user/ada/stars", by=by) == {}
        theirs = await server.ask("PUT", OWN, {"package": "@acme/cider"}, by=by)
        nobodys = await server.ask("PUT", OWN, {"package": "@acme/nadir"}, by=by)
        assert theirs.status == nobodys.status == (404 if by else 401)
        assert theirs.text.replace("cider", "nadir") == nobodys.text
    assert (await server.packument(key))["users"] == {"ada": True}


async def test_npm_is_answered_an_empty_view_where_pnpm_is_told_that_there_is_no_user() -> None:
    server = doors()
    assert (await server.told(VIEW.format("nobody")))["rows"] == []
    assert await server.told("-/user/nobody/stars") == {}
    assert (await server.ask("GET", "-/user/nobody/stars", by="ada")).status == 404
    assert (await server.ask("GET", "-/_view/starredByUser")).status == 400
    assert (await server.ask("GET", "-/_view/starredByUser?key=%22bob")).status == 400
    await server.publish("plum", "ada")
    await server.ask("PUT", OWN, {"package": "plum"}, by="ada")
    assert [row["value"] for row in (await server.told("-/_view/starredByUser?key=ada"))["rows"]] == ["plum"]


async def test_stars_are_events_once_each() -> None:
    server = doors()
    await server.publish("plum", "ada")
    for method in ("PUT", "PUT", "DELETE", "DELETE"):
        assert (await server.ask(method, OWN, {"package": "plum"}, by="bob")).status == 200
    events = await server.server.services.events.list_events(0, 100)
    assert [(each.kind, each.detail["user"]) for each in events if "starred" in each.kind] == [
        ("starred", "bob"),
        ("unstarred", "bob"),
    ]


async def test_npms_document_stars_a_package_of_an_upstream_for_who_sends_it_alone() -> None:
    server = doors()
    for users in ({"stranger": True, "bob": True}, {"bob": True, "eve": True}):
        assert (await server.ask("PUT", "melon", {"_id": "melon", "users": users}, by="bob")).status == 200
    assert await starred(server, "bob") == ["melon"]
    assert await starred(server, "eve") == []
    assert await starred(server, "stranger") == []
    for users in ({"stranger": True}, {"bob": False}):
        assert (await server.ask("PUT", "melon", {"_id": "melon", "users": users}, by="bob")).status == 200
        assert await starred(server, "bob") == []


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"users": None},
        {"users": {"bob": True}, "versions": {}},
        {"users": {"bob": True}, "maintainers": [{"name": "bob"}]},
        {"users": ["bob"]},
        {"users": {"bob": "yes"}},
        [],
        b"{",
        b'{"users":' + b"[" * 20_000,
    ],
)
async def test_a_document_that_asks_for_more_changes_nothing_of_an_upstream(document: object) -> None:
    server = doors()
    assert (await server.ask("PUT", "melon", document, by="bob")).status in (400, 404)
    assert (await server.ask("PUT", "melon", document)).status in (400, 401)
    assert await starred(server, "bob") == []
