"""The door of tokens."""

import json
from typing import Any

import pytest

from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.ecosystems.npm.token_routes import TokenRoutes
from packhouse.policy.permission import token_allows
from tests.ecosystems.npm.people_doors import PASSWORD, START, PeopleDoors

pytestmark = pytest.mark.anyio

TOKENS = "-/npm/v1/tokens"
ONE = f"{TOKENS}/token"
DAY_MS = 86_400_000


def doors() -> PeopleDoors:
    made: list[PeopleDoors] = []
    server = PeopleDoors(lambda people: TokenRoutes(people, "npm", lambda: made[0].now).routes())
    made.append(server)
    return server


async def create(server: PeopleDoors, **fields: object) -> Any:  # noqa: ANN401 (what is answered)
    reply = await server.ask("POST", TOKENS, {"name": "ci", "password": PASSWORD} | fields, by="ada")
    assert reply.status == 201, reply.text
    return json.loads(reply.body)


async def test_a_new_token_signs_in_and_is_shown_once() -> None:
    server = doors()
    made = await create(server, description="for the build", cidr_whitelist=["10.0.0.0/8"], expires=30)
    assert made["name"] == "ci"
    assert made["cidr_whitelist"] == ["10.0.0.0/8"]
    assert made["created"] == made["updated"] == "2026-01-01T00:00:00.000Z"
    assert made["expires"] == "2026-01-31T00:00:00.000Z"
    listed = await server.told(TOKENS, by="ada")
    assert made["token"] not in json.dumps(listed)
    [shown] = [each for each in listed["objects"] if each["key"] == made["key"]]
    assert made["token"].startswith(shown["token"])
    assert shown["description"] == "for the build"
    assert ("ada", "npm token create") in await server.audited()


async def test_the_old_form_makes_a_token_that_reads_only() -> None:
    server = doors()
    reply = await server.ask("POST", TOKENS, {"password": PASSWORD, "readonly": True, "cidr_whitelist": []}, by="ada")
    made = json.loads(reply.body)
    assert made["readonly"] is True
    assert made["cidr_whitelist"] is None
    again = await server.with_token("POST", TOKENS, {"password": PASSWORD}, made["token"])
    assert again.status == 403


@pytest.mark.parametrize("password", ["wrong", "", None])
async def test_making_a_token_takes_the_password(password: str | None) -> None:
    server = doors()
    reply = await server.ask("POST", TOKENS, {"name": "ci", "password": password}, by="ada")
    assert reply.status == (401 if password else 400)
    assert (await server.ask("POST", TOKENS, {"name": "ci", "password": PASSWORD})).status == 401


async def test_making_a_token_takes_a_one_time_password_whatever_the_mode() -> None:
    server = doors()
    otp = await server.second_factor(mode="auth-only")
    asked = {"name": "ci", "password": PASSWORD}
    reply = await server.ask("POST", TOKENS, asked, by="ada")
    assert reply.headers["www-authenticate"] == "OTP"
    assert (await server.ask("POST", TOKENS, asked, by="ada", headers=otp.header())).status == 201


async def test_a_token_for_automation_does_not_make_others_without_a_one_time_password() -> None:
    server = doors()
    await server.second_factor()
    token = await server.token("ada", bypass_otp=True)
    reply = await server.with_token("POST", TOKENS, {"name": "ci", "password": PASSWORD}, token)
    assert reply.status == 401
    assert (await server.with_token("DELETE", f"{ONE}/{token}", None, token)).status == 204


@pytest.mark.parametrize(
    ("asked", "reads", "writes"),
    [
        ({}, "apple @acme/plum melon", "apple @acme/plum melon"),
        ({"packages": ["apple"]}, "apple", ""),
        ({"packages": ["apple"], "packages_and_scopes_permission": "read-write"}, "apple", "apple"),
        ({"scopes": ["@acme"], "packages_and_scopes_permission": "read-write"}, "@acme/plum", "@acme/plum"),
        ({"scopes": ["acme"], "packages": ["apple"]}, "@acme/plum apple", ""),
        ({"packages_all": True, "packages_and_scopes_permission": "read-only"}, "apple @acme/plum melon", ""),
        ({"packages_and_scopes_permission": "no-access"}, "", ""),
        ({"orgs": ["acme"], "orgs_permission": "read-only"}, "", ""),
    ],
)
async def test_a_token_goes_as_far_as_was_asked_for(asked: dict[str, object], reads: str, writes: str) -> None:
    server = doors()
    made = await create(server, **asked)
    actor = await server.people.identification.identify(f"Bearer {made['token']}", "127.0.0.1")
    for name in ("apple", "@acme/plum", "melon"):
        key = PackageKey("npm", NormalName(name))
        assert token_allows(actor, "read", key) == (name in reads.split())
        assert token_allows(actor, "publish", key) == (name in writes.split())
    assert token_allows(actor, "administer", None) == (not asked)


@pytest.mark.parametrize(
    "asked",
    [
        {"expires": 0},
        {"expires": -1},
        {"expires": "soon"},
        {"cidr_whitelist": ["10.0.0.0/64"]},
        {"cidr_whitelist": ["x" * 10_000]},
        {"cidr_whitelist": "10.0.0.0/8"},
        {"packages": ["../x"]},
        {"scopes": ["@a/b/c"]},
        {"packages_and_scopes_permission": "read-write"},
        {"packages_and_scopes_permission": "everything"},
        {"orgs": ["acme"], "orgs_permission": "read-write"},
        {"packages": ["apple"] * 2000},
    ],
)
async def test_what_cannot_be_a_token_is_refused(asked: dict[str, object]) -> None:
    server = doors()
    reply = await server.ask("POST", TOKENS, {"name": "ci", "password": PASSWORD} | asked, by="ada")
    assert reply.status == 400
    assert json.loads(reply.body)["error"]


async def test_an_expired_token_counts_no_longer() -> None:
    server = doors()
    made = await create(server, expires=1)
    assert await server.counts(made["token"])
    server.now = Moment(START + DAY_MS)
    assert not await server.counts(made["token"])


async def test_the_list_holds_only_ones_own_and_says_where_it_goes_on() -> None:
    server = doors()
    await server.token("bob", name="bobs")
    for number in range(5):
        server.now = Moment(server.now + 1)
        await server.token("ada", name=f"token {number}")
    token = await server.token("ada", name="last")
    found, where = [], f"{TOKENS}?perPage=2"
    while where:
        told = json.loads((await server.with_token("GET", where, None, token)).body)
        assert told["total"] == 6
        found += [each["name"] for each in told["objects"]]
        where = told["urls"].get("next", "").lstrip("/")
    assert sorted(found) == sorted([*(f"token {n}" for n in range(5)), "last"])
    assert "urls" in json.loads((await server.with_token("GET", TOKENS, None, token)).body)


@pytest.mark.parametrize("query", ["page=x", "perPage=-1", "page=99999999999"])
async def test_a_page_that_cannot_be_is_refused(query: str) -> None:
    assert (await doors().ask("GET", f"{TOKENS}?{query}", by="ada")).status == 400


async def test_a_token_is_shown_and_ended_by_key_and_by_secret() -> None:
    server = doors()
    first, second = await create(server), await create(server)
    for made, name in ((first, first["key"]), (second, second["token"])):
        told = await server.told(f"{ONE}/{name}", by="ada")
        assert told["key"] == made["key"]
        assert made["token"] != told["token"]
        assert (await server.ask("DELETE", f"{ONE}/{name}", by="ada")).status == 204
        assert not await server.counts(made["token"])
        assert (await server.ask("GET", f"{ONE}/{name}", by="ada")).status == 404
        assert (await server.ask("DELETE", f"{ONE}/{name}", by="ada")).status == 404


async def test_nobody_sees_or_ends_the_tokens_of_somebody_else() -> None:
    server = doors()
    made = await create(server)
    for name in (made["key"], made["token"]):
        assert (await server.ask("GET", f"{ONE}/{name}", by="eve")).status == 404
        assert (await server.ask("DELETE", f"{ONE}/{name}", by="eve")).status == 404
        assert (await server.ask("DELETE", f"{ONE}/{name}")).status == 401
    assert await server.counts(made["token"])
    assert (await server.ask("GET", TOKENS)).status == 401


async def test_a_limited_token_ends_none() -> None:
    server = doors()
    made = await create(server)
    limited = await create(server, packages=["apple"], packages_and_scopes_permission="read-write")
    reply = await server.with_token("DELETE", f"{ONE}/{made['key']}", None, limited["token"])
    assert reply.status == 403
    assert await server.counts(made["token"])


async def test_a_token_works_only_from_its_networks_whatever_a_header_says() -> None:
    server = doors()
    made = await create(server, cidr_whitelist=["10.0.0.0/8"])
    headers = {"x-forwarded-for": "10.1.2.3", "forwarded": "for=10.1.2.3"}
    reply = await server.with_token("GET", TOKENS, None, made["token"], headers)
    assert reply.status == 401
    assert "address" in json.loads(reply.body)["error"]
