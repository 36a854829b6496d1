"""Signing in by a browser, as the client sees it; the page has tests of its own."""

import json
from collections.abc import Sequence

import pytest

from packhouse.domain.package import Moment
from packhouse.ecosystems.npm.login_routes import LoginRoutes, OtpByBrowser
from packhouse.ecosystems.npm.proving import require_otp
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.people import People
from tests.ecosystems.npm.people_doors import PeopleDoors

pytestmark = pytest.mark.anyio

LOGIN = "-/v1/login"
WEB = {"npm-auth-type": "web"}


def doors(*, registration: bool = True) -> PeopleDoors:
    def routes(people: People) -> Sequence[Route]:
        return [*LoginRoutes(people, "npm").routes(), route("write", PUT=write)]

    return PeopleDoors(routes, registration=registration, around=lambda door, people: OtpByBrowser(door, people, "npm"))


async def write(request: Request) -> Answer:
    """Stand for everything that changes something."""
    require_otp(request)
    return json_answer({"ok": True})


def path(address: str) -> str:
    assert address.startswith("http://packhouse.example/npm/")
    return address.removeprefix("http://packhouse.example/npm/")


@pytest.mark.parametrize("body", [{}, None, {"hostname": "laptop"}, {"create": True}, b"null"])
async def test_a_client_is_given_a_page_and_an_address_to_ask_at(body: object) -> None:
    server = doors()
    reply = await server.ask("POST", LOGIN, body)
    assert reply.status == 200
    told = json.loads(reply.body)
    assert told["loginUrl"].startswith("http://packhouse.example/ui/login/")
    page, poll = told["loginUrl"].rpartition("/")[2], told["doneUrl"].rpartition("/")[2]
    assert page != poll
    assert server.people.sign_ins.find(page).poll == poll


async def test_the_token_is_handed_over_once() -> None:
    server = doors()
    told = json.loads((await server.ask("POST", LOGIN, {})).body)
    waiting = await server.ask("GET", path(told["doneUrl"]))
    assert waiting.status == 202
    assert int(waiting.headers["retry-after"]) >= 1
    server.people.sign_ins.answer(told["loginUrl"].rpartition("/")[2], "the secret")
    done = await server.ask("GET", path(told["doneUrl"]))
    assert (done.status, json.loads(done.body)) == (200, {"token": "the secret"})
    assert done.headers["cache-control"] == "no-store"
    assert (await server.ask("GET", path(told["doneUrl"]))).status == 404


async def test_who_knows_the_page_learns_nothing_by_asking() -> None:
    server = doors()
    told = json.loads((await server.ask("POST", LOGIN, {})).body)
    page = told["loginUrl"].rpartition("/")[2]
    server.people.sign_ins.answer(page, "the secret")
    assert (await server.ask("GET", f"-/v1/done/{page}")).status == 404


async def test_nobody_waits_for_ever() -> None:
    server = doors()
    told = json.loads((await server.ask("POST", LOGIN, {})).body)
    server.now = Moment(server.now + 601_000)
    assert (await server.ask("GET", path(told["doneUrl"]))).status == 404


async def test_where_registration_is_closed_npm_asks_for_name_and_password_itself() -> None:
    server = doors(registration=False)
    assert (await server.ask("POST", LOGIN, {"create": True})).status == 403
    assert (await server.ask("POST", LOGIN, {})).status == 200


async def test_one_address_cannot_begin_without_end() -> None:
    server = doors()
    replies = [await server.ask("POST", LOGIN, {}) for _ in range(40)]
    assert replies[0].status == 200
    assert replies[-1].status == 429


async def test_a_write_that_takes_a_one_time_password_names_a_page_to_enter_it() -> None:
    server = doors()
    otp = await server.second_factor()
    reply = await server.ask("PUT", "write", by="ada", headers=WEB)
    assert reply.status == 401
    assert reply.headers["www-authenticate"] == "OTP"
    told = json.loads(reply.body)
    page = told["authUrl"].rpartition("/")[2]
    assert server.people.sign_ins.find(page).user == "ada"
    code = otp.next()
    server.people.sign_ins.answer(page, code)
    done = json.loads((await server.ask("GET", path(told["doneUrl"]))).body)
    assert (await server.ask("PUT", "write", by="ada", headers=WEB | {"npm-otp": done["token"]})).status == 200
    again = await server.ask("PUT", "write", by="ada", headers=WEB | {"npm-otp": code})
    assert again.status == 401
    assert "authUrl" not in json.loads(again.body)


async def test_a_client_without_a_browser_is_asked_in_the_plain_way() -> None:
    server = doors()
    await server.second_factor()
    reply = await server.ask("PUT", "write", by="ada")
    assert reply.headers["www-authenticate"] == "OTP"
    assert "authUrl" not in json.loads(reply.body)
    reply = await server.ask("PUT", "write", by="ada", headers={"npm-auth-type": "legacy"})
    assert "authUrl" not in json.loads(reply.body)


async def test_a_script_that_tries_for_ever_is_asked_in_the_plain_way() -> None:
    server = doors()
    await server.second_factor()
    token = await server.token("ada")
    replies = [await server.with_token("PUT", "write", None, token, WEB) for _ in range(40)]
    assert {reply.status for reply in replies} == {401}
    assert "authUrl" not in json.loads(replies[-1].body)


async def test_refused_writes_are_written_down_with_their_reason() -> None:
    server = doors()
    await server.second_factor()
    await server.ask("PUT", "write", by="ada", headers=WEB)
    entry = (await server.people.audit.list())[0]
    assert (entry.user, entry.outcome) == ("ada", "otp_wanted")
