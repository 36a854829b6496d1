"""The door of profiles, passwords and one-time passwords."""

import json
from base64 import b32decode
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from packhouse.domain.accounts import User
from packhouse.ecosystems.npm.profile_routes import ProfileRoutes
from tests.ecosystems.npm.people_doors import PASSWORD, OneTime, PeopleDoors, basic

pytestmark = pytest.mark.anyio

PROFILE = "-/npm/v1/user"
NEW = "another good password"


def doors() -> PeopleDoors:
    return PeopleDoors(lambda people: ProfileRoutes(people).routes())


async def change(server: PeopleDoors, by: str = "ada", **fields: object) -> Any:  # noqa: ANN401 (what is answered)
    reply = await server.ask("POST", PROFILE, fields, by=by)
    assert reply.status == 200, reply.text
    return json.loads(reply.body)


async def user(server: PeopleDoors) -> User:
    return await server.people.accounts.get("ada")


async def test_a_profile_has_every_field_that_npm_prints() -> None:
    told = await doors().told(PROFILE, by="ada")
    assert told == {
        "name": "ada",
        "email": "ada@team.example",
        "email_verified": False,
        "created": "2026-01-01T00:00:00.000Z",
        "updated": "2026-01-01T00:00:00.000Z",
        "tfa": False,
        "fullname": "",
        "homepage": "",
        "freenode": "",
        "twitter": "",
        "github": "",
        "cidr_whitelist": None,
    }


async def test_a_profile_is_told_and_changed_only_for_who_has_signed_in() -> None:
    server = doors()
    assert (await server.ask("GET", PROFILE)).status == 401
    assert (await server.ask("POST", PROFILE, {"fullname": "Ada"})).status == 401
    reader = await server.token("ada", read_only=True)
    assert (await server.with_token("GET", PROFILE, None, reader)).status == 200
    assert (await server.with_token("POST", PROFILE, {"fullname": "Ada"}, reader)).status == 403


async def test_fields_are_set_and_null_removes_one() -> None:
    server = doors()
    told = await change(server, email="ada@new.example", fullname="Ada L.", github="ada")
    assert (told["email"], told["fullname"], told["github"]) == ("ada@new.example", "Ada L.", "ada")
    told = await change(server, github=None, homepage="https://ada.example")
    assert (told["email"], told["fullname"], told["github"]) == ("ada@new.example", "Ada L.", "")
    assert ("ada", "npm profile set") in await server.audited()


@pytest.mark.parametrize(
    "fields",
    [{"email": "no address"}, {"fullname": "x" * 5000}, {"fullname": 1}, {"tfa": 1}, {"password": "x"}, {"tfa": {}}],
)
async def test_what_cannot_stand_in_a_profile_is_refused(fields: dict[str, object]) -> None:
    server = doors()
    before = await server.told(PROFILE, by="ada")
    assert (await server.ask("POST", PROFILE, fields, by="ada")).status == 400
    assert await server.told(PROFILE, by="ada") == before


async def test_nobody_becomes_an_administrator_by_their_profile() -> None:
    server = doors()
    await change(server, administrator=True, name="root", fullname="Ada")
    assert not (await user(server)).administrator


async def test_a_new_password_ends_every_other_token_and_session() -> None:
    server = doors()
    token, other = await server.token("ada"), await server.token("ada")
    session, _ = await server.people.tokens.begin_session(await user(server), "browser")
    body = {"password": {"old": PASSWORD, "new": NEW}, "email": "ada@team.example"}
    assert (await server.with_token("POST", PROFILE, body, token)).status == 200
    assert await server.counts(token)
    assert not await server.counts(other)
    assert not await server.counts(session)
    accounts = server.people.accounts
    assert (await accounts.check_password("ada", NEW, "127.0.0.1")).name == "ada"


@pytest.mark.parametrize(("old", "new", "status"), [("wrong", NEW, 401), (PASSWORD, "short", 400), ("", NEW, 400)])
async def test_a_password_is_changed_only_with_the_old_one_to_a_good_one(old: str, new: str, status: int) -> None:
    server = doors()
    assert (await server.ask("POST", PROFILE, {"password": {"old": old, "new": new}}, by="ada")).status == status
    assert (await server.people.accounts.check_password("ada", PASSWORD, "127.0.0.1")).name == "ada"


async def test_one_time_passwords_count_when_one_was_shown_and_give_recovery_codes() -> None:
    server = doors()
    address = (await change(server, tfa={"password": PASSWORD, "mode": "auth-and-writes"}))["tfa"]
    assert address.startswith("otpauth://totp/")
    assert (await server.told(PROFILE, by="ada"))["tfa"] == {"mode": "auth-and-writes", "pending": True}
    await change(server, fullname="still without")
    secret = parse_qs(urlsplit(address).query)["secret"][0]
    otp = OneTime(b32decode(secret + "=" * (-len(secret) % 8)), server)
    wrong = await server.ask("POST", PROFILE, {"tfa": ["000000"]}, by="ada")
    assert wrong.status == 401
    codes = (await change(server, tfa=[otp.next()]))["tfa"]
    assert len(set(codes)) == len(codes) > 4
    assert (await server.told(PROFILE, by="ada"))["tfa"] == {"mode": "auth-and-writes", "pending": False}
    reply = await server.ask("POST", PROFILE, {"fullname": "Ada"}, by="ada")
    assert reply.headers["www-authenticate"] == "OTP"
    for header in (otp.header(), {"npm-otp": codes[0]}):
        assert (await server.ask("POST", PROFILE, {"fullname": "Ada"}, by="ada", headers=header)).status == 200
        assert (await server.ask("POST", PROFILE, {"fullname": "Ad"}, by="ada", headers=header)).status == 401


async def test_a_password_alone_never_replaces_a_second_factor() -> None:
    server = doors()
    await server.second_factor(mode="auth-only")
    factor = (await user(server)).second_factor
    for mode in ("auth-and-writes", "auth-only", "disable"):
        reply = await server.ask("POST", PROFILE, {"tfa": {"password": PASSWORD, "mode": mode}}, by="ada")
        assert reply.status == 401
        assert reply.headers["www-authenticate"] == "OTP"
    reply = await server.ask("POST", PROFILE, {"password": {"old": PASSWORD, "new": NEW}}, by="ada")
    assert reply.status == 401
    assert (await user(server)).second_factor == factor


async def test_the_mode_is_changed_and_the_factor_ended_with_a_one_time_password() -> None:
    server = doors()
    otp = await server.second_factor(mode="auth-only")
    asked = {"tfa": {"password": PASSWORD, "mode": "auth-and-writes"}}
    reply = await server.ask("POST", PROFILE, asked, by="ada", headers=otp.header())
    assert json.loads(reply.body)["tfa"] == {"mode": "auth-and-writes", "pending": False}
    ending = {"tfa": {"password": "wrong", "mode": "disable"}}
    assert (await server.ask("POST", PROFILE, ending, by="ada", headers=otp.header())).status == 401
    ending = {"tfa": {"password": PASSWORD, "mode": "disable"}}
    reply = await server.ask("POST", PROFILE, ending, by="ada", headers=otp.header())
    assert json.loads(reply.body)["tfa"] is False
    assert (await user(server)).second_factor is None


async def test_a_confirmation_without_a_beginning_is_refused() -> None:
    server = doors()
    for passwords in (["123456"], [], ["1", "2"]):
        assert (await server.ask("POST", PROFILE, {"tfa": passwords}, by="ada")).status == 400


async def test_a_password_in_the_header_reads_the_profile() -> None:
    server = doors()
    await server.token("ada")
    reply = await server.ask("GET", PROFILE, headers=basic("ada", PASSWORD))
    assert json.loads(reply.body)["name"] == "ada"
