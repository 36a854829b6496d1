"""Users and teams: shown to whoever may know of them, else asked of the upstream."""

import json

import pytest

from packhouse.services.access import AccessRules
from tests.asgi import Reply
from tests.ecosystems.cargo import crates
from tests.ecosystems.cargo.crate_people import People, people, with_team
from tests.ecosystems.cargo.publications import assembled

pytestmark = pytest.mark.anyio

API = "/cargo/api/v1"
THEIRS = f"{crates.API}/api/v1"


async def user(found: People, login: str, asker: str = "") -> Reply:
    """Ask who somebody is."""
    return await found.ask("GET", f"{API}/users/{login}", asker)


async def test_an_owner_of_what_everybody_sees_is_known_to_everybody() -> None:
    found = await people()
    answer = json.loads((await user(found, "ada")).body)["user"]
    assert answer == {"id": answer["id"], "login": "ada", "name": None, "avatar": None, "url": None}


async def test_others_are_known_to_who_has_signed_in_only() -> None:
    found = await people()
    missing = await user(found, "nobody")
    hidden = await user(found, "eve")
    assert missing.status == hidden.status == 404
    assert missing.body.replace(b"nobody", b"eve") == hidden.body
    assert (await user(found, "eve", "bob")).status == 200


async def test_the_owner_of_what_is_hidden_is_not_known() -> None:
    found = await people(AccessRules(hosted="granted"))
    assert (await user(found, "ada")).status == 404


async def test_what_was_downloaded_is_counted_for_an_owner() -> None:
    found = await people()
    number = json.loads((await user(found, "ada")).body)["user"]["id"]
    for _ in range(3):
        reply = await found.ask("GET", f"{API}/crates/press/1.0.0/download")
        assert reply.status == 200
    stats = await found.ask("GET", f"{API}/users/{number}/stats")
    assert json.loads(stats.body) == {"total_downloads": 3}
    other = json.loads((await user(found, "eve", "bob")).body)["user"]["id"]
    assert json.loads((await found.ask("GET", f"{API}/users/{other}/stats", "bob")).body) == {"total_downloads": 0}
    for path in (str(other), "0", "x", "99999999999999999999"):
        assert (await found.ask("GET", f"{API}/users/{path}/stats")).status == 404, path


async def test_a_number_is_found_that_was_not_there_a_moment_ago() -> None:
    found = await people()
    await found.ask("GET", f"{API}/users/1/stats")
    found.tokens["dan"] = await found.server.token("dan")
    number = json.loads((await user(found, "dan", "dan")).body)["user"]["id"]
    assert (await found.ask("GET", f"{API}/users/{number}/stats", "dan")).status == 200


async def test_a_team_is_known_to_members_and_where_it_owns_something() -> None:
    found = await people()
    await with_team(found, "bob")
    path = f"{API}/teams/packhouse:acme:builders"
    answer = json.loads((await found.ask("GET", path, "bob")).body)["team"]
    assert answer["login"] == "packhouse:acme:builders"
    assert 0 < answer["id"] < 2**31
    for asker in ("eve", ""):
        assert (await found.ask("GET", path, asker)).status == 404
    await found.change("PUT", "ada", "packhouse:acme:builders")
    assert (await found.ask("GET", path)).status == 200
    assert (await found.ask("GET", f"{API}/teams/packhouse:acme:none", "bob")).status == 404
    assert (await found.ask("GET", f"{API}/teams/packhouse:acme", "bob")).status in (400, 404)


async def test_who_is_nobody_here_is_asked_of_the_upstream() -> None:
    kim = b'{"user":{"id":7,"login":"kim","name":null,"avatar":null,"url":null}}'
    answers = {f"{THEIRS}/users/kim": kim, f"{THEIRS}/users/7/stats": b'{"total_downloads":12}'}
    server = assembled(answers)
    reply = await server.get(f"{API}/users/kim")
    assert json.loads(reply.body)["user"]["id"] == 7
    assert json.loads((await server.get(f"{API}/users/7/stats")).body) == {"total_downloads": 12}
