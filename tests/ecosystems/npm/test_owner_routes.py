"""The doors of owners."""

import asyncio
import json

import pytest

from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.ecosystems.npm.owner_routes import OwnerRoutes, change_maintainers
from packhouse.ecosystems.npm.small_bodies import read_small
from packhouse.http.answers import Answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services
from tests.asgi import Reply
from tests.ecosystems.npm.doors import Doors

pytestmark = pytest.mark.anyio

PLUM, CIDER = "plum", "@acme/cider"


def routes(desk: Services) -> list[Route]:
    """Give the doors, and a plain one to what npm's PUT of a whole list is handed to."""

    async def replace(request: Request, name: str, rev: str) -> Answer:
        key = PackageKey("npm", NormalName(name))
        return await change_maintainers(desk, request, key, await read_small(request, list[str]), rev)

    return [*OwnerRoutes(desk).routes(), route("{name}/-rev/{rev}", PUT=replace)]


def doors() -> Doors:
    return Doors(routes)


def owners_of(name: str) -> str:
    return f"-/package/{name.replace('/', '%2F')}/owners"


async def replace(server: Doors, key: PackageKey, names: list[str], by: str, rev: str = "") -> Reply:
    rev = rev or (await server.packument(key))["_rev"]
    return await server.ask("PUT", f"{key.name.replace('/', '%2f')}/-rev/{rev}", names, by=by)


@pytest.mark.parametrize("name", [PLUM, CIDER])
async def test_owners_are_added_and_removed_one_by_one(name: str) -> None:
    server = doors()
    key = await server.publish(name, "ada")
    await server.server.token("bob")
    assert (await server.ask("PUT", owners_of(name), {"user": "bob"}, by="ada")).status == 201
    assert await server.told(owners_of(name)) == [
        {"username": "ada", "email": "ada@team.example"},
        {"username": "bob", "email": "bob@team.example"},
    ]
    assert (await server.ownership(key)).owners == ("ada", "bob")
    assert (await server.ask("DELETE", f"{owners_of(name)}/ada", by="bob")).status == 201
    assert await server.told(owners_of(name)) == [{"username": "bob", "email": "bob@team.example"}]
    assert (await server.ownership(key)).owners == ("bob",)


@pytest.mark.parametrize("name", [PLUM, CIDER])
async def test_the_whole_list_is_replaced_as_npm_does(name: str) -> None:
    server = doors()
    key = await server.publish(name, "ada")
    await server.server.token("bob")
    assert (await replace(server, key, ["ada", "bob"], by="ada")).status == 201
    assert (await server.packument(key))["maintainers"] == [
        {"name": "ada", "email": "ada@team.example"},
        {"name": "bob", "email": "bob@team.example"},
    ]
    assert (await replace(server, key, ["bob"], by="ada")).status == 201
    assert (await server.ownership(key)).owners == ("bob",)
    assert (await replace(server, key, ["ada"], by="ada")).status == 403


async def test_a_list_made_from_an_older_packument_is_a_conflict() -> None:
    server = doors()
    key = await server.publish(PLUM, "ada")
    for user in ("bob", "eve"):
        await server.server.token(user)
    rev = (await server.packument(key))["_rev"]
    assert (await replace(server, key, ["ada", "bob"], "ada", rev)).status == 201
    reply = await replace(server, key, ["ada", "eve"], "ada", rev)
    assert reply.status == 409
    assert "Document update conflict." in json.loads(reply.body)["reason"]
    assert (await server.ownership(key)).owners == ("ada", "bob")


async def test_the_last_owner_is_never_removed() -> None:
    server = doors()
    key = await server.publish(PLUM, "ada")
    assert (await server.ask("DELETE", f"{owners_of(PLUM)}/ada", by="ada")).status == 400
    assert (await replace(server, key, [], by="ada")).status == 400
    assert (await server.ownership(key)).owners == ("ada",)


async def test_owners_are_people_who_have_an_account_that_is_not_closed() -> None:
    server = doors()
    key = await server.publish(PLUM, "ada")
    await server.server.token("bob")
    accounts = server.desk.people.accounts
    await accounts.change(await accounts.get("bob"), disabled=True)
    for name in ("bob", "nobody", "ADA", "", "__proto__", "a\u0000b", "x" * 60_000):
        assert (await server.ask("PUT", owners_of(PLUM), {"user": name}, by="ada")).status == 404, name
        assert (await replace(server, key, ["ada", name], by="ada")).status == 404, name
    assert (await server.ownership(key)).owners == ("ada",)


async def test_more_owners_than_anyone_means_are_refused() -> None:
    server = doors()
    key = await server.publish(PLUM, "ada")
    reply = await replace(server, key, [f"user{number}" for number in range(101)], by="ada")
    assert reply.status == 400


async def test_who_is_no_owner_changes_no_owners() -> None:
    server = doors()
    key = await server.publish(PLUM, "ada")
    await server.server.token("eve")
    for by, status in (("eve", 403), ("", 401)):
        assert (await server.ask("PUT", owners_of(PLUM), {"user": "eve"}, by=by)).status == status
        assert (await server.ask("DELETE", f"{owners_of(PLUM)}/ada", by=by)).status == status
        assert (await replace(server, key, ["eve"], by=by)).status == status
    token = await server.server.token("ada", read_only=True)
    assert (await server.with_token("PUT", owners_of(PLUM), {"user": "eve"}, token)).status == 403
    assert (await server.ownership(key)).owners == ("ada",)


async def test_somebody_who_has_lost_a_package_meanwhile_changes_nothing() -> None:
    server = doors()
    key = await server.publish(PLUM, "ada")
    for user in ("bob", "eve"):
        await server.server.token(user)
    await server.ask("PUT", owners_of(PLUM), {"user": "bob"}, by="ada")
    ousted, taken = await asyncio.gather(
        server.ask("DELETE", f"{owners_of(PLUM)}/bob", by="ada"),
        server.ask("PUT", owners_of(PLUM), {"user": "eve"}, by="bob"),
    )
    assert ousted.status == 201
    owners = (await server.ownership(key)).owners
    assert owners == (("ada", "eve") if taken.status == 201 else ("ada",))


async def test_owners_added_at_the_same_time_are_all_there() -> None:
    server = doors()
    key = await server.publish(PLUM, "ada")
    names = [f"user{number}" for number in range(16)]
    for name in names:
        await server.server.token(name)
    replies = await asyncio.gather(*(server.ask("PUT", owners_of(PLUM), {"user": name}, by="ada") for name in names))
    assert {reply.status for reply in replies} == {201}
    assert set((await server.ownership(key)).owners) == {"ada", *names}
    shown = (await server.packument(key))["maintainers"]
    assert {(each["name"], each["email"]) for each in shown} == {(u, f"{u}@team.example") for u in ("ada", *names)}


async def test_an_owner_who_is_one_already_changes_nothing() -> None:
    server = doors()
    key = await server.publish(PLUM, "ada")
    before = await server.packument(key)
    assert (await server.ask("PUT", owners_of(PLUM), {"user": "ada"}, by="ada")).status == 201
    assert await server.packument(key) == before
    assert (await server.ask("DELETE", f"{owners_of(PLUM)}/bob", by="ada")).status == 404


async def test_owners_of_an_upstream_are_shown_and_not_changed() -> None:
    server = doors()
    assert await server.told(owners_of("melon")) == [{"username": "grower", "email": "grower@farm.example"}]
    assert (await server.ask("PUT", owners_of("melon"), {"user": "ada"}, by="ada")).status == 404
    assert (await server.ask("GET", owners_of("nope"))).status == 404


async def test_a_restricted_package_is_answered_like_one_that_does_not_exist() -> None:
    server = doors()
    await server.publish(CIDER, "ada", restricted=True)
    tries = [("GET", "owners", None), ("PUT", "owners", {"user": "eve"}), ("DELETE", "owners/ada", None)]
    for method, what, body in tries:
        for by in ("eve", ""):
            theirs = await server.ask(method, f"-/package/@acme%2fcider/{what}", body, by=by)
            nobodys = await server.ask(method, f"-/package/@acme%2fnadir/{what}", body, by=by)
            assert theirs.status == nobodys.status == (404 if by or method == "GET" else 401)
            assert theirs.text.replace("cider", "nadir") == nobodys.text
            assert theirs.headers.keys() == nobodys.headers.keys()
    assert [each["username"] for each in await server.told(owners_of(CIDER), by="ada")] == ["ada"]


async def test_every_change_of_owners_is_an_event_and_written_down() -> None:
    server = doors()
    key = await server.publish(PLUM, "ada")
    await server.server.token("bob")
    await replace(server, key, ["bob"], by="ada")
    events = await server.server.services.events.list_events(0, 100)
    assert [(each.kind, each.detail) for each in events if each.kind.startswith("owner")] == [
        ("owner_added", {"user": "bob", "by": "ada"}),
        ("owner_removed", {"user": "ada", "by": "ada"}),
    ]
    entry = next(iter(await server.desk.people.audit.list()))
    assert (entry.action, entry.subject, entry.user, entry.outcome) == ("npm owner", "npm/plum", "ada", "done")


async def test_the_package_itself_stays_as_it_is() -> None:
    server = doors()
    key = await server.publish(PLUM, "ada")
    before = await server.packument(key)
    await server.server.token("bob")
    server.server.now = Moment(server.server.now + 1000)
    await server.ask("PUT", owners_of(PLUM), {"user": "bob"}, by="ada")
    after = await server.packument(key)
    assert after["_rev"] != before["_rev"]
    assert after["time"]["modified"] > before["time"]["modified"]
    for field in ("versions", "dist-tags", "name", "_id"):
        assert after[field] == before[field]
