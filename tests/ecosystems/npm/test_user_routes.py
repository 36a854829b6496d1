"""The door of accounts."""

import json

import pytest

from packhouse.ecosystems.npm.user_routes import UserRoutes
from tests.asgi import Reply
from tests.ecosystems.npm.people_doors import PASSWORD, PeopleDoors, basic

pytestmark = pytest.mark.anyio

ADA = "-/user/org.couchdb.user:ada"


def doors(*, registration: bool = True) -> PeopleDoors:
    return PeopleDoors(lambda people: UserRoutes(people).routes(), registration=registration)


def document(name: str = "ada", password: str = PASSWORD, **fields: object) -> dict[str, object]:
    return {"_id": f"org.couchdb.user:{name}", "name": name, "password": password, "type": "user", "roles": []} | fields


async def signed_in(server: PeopleDoors, reply: Reply) -> str:
    """Return whose the token of an answer is."""
    token = json.loads(reply.body)["token"]
    told = await server.with_token("GET", "-/whoami", None, token)
    return str(json.loads(told.body)["username"])


async def test_who_has_signed_in_is_told_who_they_are() -> None:
    reply = await doors().ask("GET", "-/whoami", by="ada")
    assert json.loads(reply.body) == {"username": "ada"}
    assert reply.headers["cache-control"] == "no-store"


async def test_nobody_is_told_to_sign_in() -> None:
    server = doors()
    assert (await server.ask("GET", "-/whoami")).status == 401
    reply = await server.with_token("GET", "-/whoami", None, "nonsense")
    assert reply.status == 401
    assert "not one of this server" in json.loads(reply.body)["error"]


async def test_a_new_user_is_made_and_signed_in() -> None:
    server = doors()
    reply = await server.ask("PUT", ADA, document(email="ada@team.example"))
    assert reply.status == 201
    told = json.loads(reply.body)
    assert told["ok"] is True
    assert told["id"] == "org.couchdb.user:ada"
    assert await signed_in(server, reply) == "ada"
    assert ("ada", "npm login") in await server.audited()


async def test_a_user_is_made_without_an_address_too() -> None:
    server = doors()
    assert await signed_in(server, await server.ask("PUT", ADA, document())) == "ada"


async def test_signing_in_with_a_mistyped_name_makes_no_user() -> None:
    server = doors()
    reply = await server.ask("PUT", ADA, document(), headers={"npm-command": "login"})
    assert reply.status == 401
    assert await server.people.accounts.find("ada") is None


async def test_the_right_password_signs_in_and_a_wrong_one_does_not() -> None:
    server = doors()
    await server.token("ada")
    assert await signed_in(server, await server.ask("PUT", ADA, document())) == "ada"
    for wrong in (document(password="not her password"), document(password="not hers", email="eve@team.example")):
        reply = await server.ask("PUT", ADA, wrong)
        assert reply.status == 401
        assert "password" in json.loads(reply.body)["error"]
    assert (await server.people.accounts.get("ada")).email == "ada@team.example"


async def test_where_registration_is_closed_the_command_that_makes_users_is_named() -> None:
    server = doors(registration=False)
    reply = await server.ask("PUT", ADA, document(email="ada@team.example"))
    assert reply.status == 403
    assert "packhouse user add ada" in json.loads(reply.body)["error"]
    assert (await server.ask("PUT", ADA, document())).status == 401
    await server.token("ada")
    assert (await server.ask("PUT", ADA, document(email="ada@team.example"))).status == 201
    wrong = document(password="not her password", email="ada@team.example")
    assert (await server.ask("PUT", ADA, wrong)).status == 401


@pytest.mark.parametrize("name", ["bob", "Ada", "__proto__"])
async def test_the_names_in_address_and_body_agree(name: str) -> None:
    server = doors()
    assert (await server.ask("PUT", ADA, document() | {"name": name})).status == 400
    assert await server.people.accounts.find("ada") is None


@pytest.mark.parametrize("name", ["__proto__", "constructor", "a%2fb", "..", "users", "a" * 80, "%00", "a%0ab"])
async def test_what_cannot_be_a_name_makes_no_user(name: str) -> None:
    reply = await doors().ask("PUT", f"-/user/org.couchdb.user:{name}", {"password": PASSWORD})
    assert reply.status == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b'{"password":1}', b'{"password":""}', b"[" * 5000])
async def test_a_document_of_another_form_is_refused(body: bytes) -> None:
    server = doors()
    assert (await server.ask("PUT", ADA, body)).status == 400


async def test_a_short_password_is_refused_with_the_reason() -> None:
    reply = await doors().ask("PUT", ADA, document(password="short"))
    assert reply.status == 400
    assert "characters" in json.loads(reply.body)["error"]


async def test_guessing_is_slowed() -> None:
    server = doors()
    await server.token("ada")
    replies = [await server.ask("PUT", ADA, document(password=f"not her password {n}")) for n in range(6)]
    assert [reply.status for reply in replies] == [401] * 5 + [429]
    assert "retry-after" in replies[-1].headers
    assert (await server.ask("PUT", ADA, document())).status == 429


async def test_a_disabled_user_cannot_sign_in() -> None:
    server = doors()
    token = await server.token("ada")
    accounts = server.people.accounts
    await accounts.change(await accounts.get("ada"), disabled=True)
    assert (await server.ask("PUT", ADA, document())).status == 401
    assert (await server.with_token("GET", "-/whoami", None, token)).status == 401


async def test_signing_in_takes_the_one_time_password_and_takes_it_once() -> None:
    server = doors()
    otp = (await server.second_factor()).next()
    reply = await server.ask("PUT", ADA, document())
    assert reply.status == 401
    assert reply.headers["www-authenticate"] == "OTP"
    reply = await server.ask("PUT", ADA, document(), headers={"npm-otp": otp})
    assert await signed_in(server, reply) == "ada"
    assert (await server.ask("PUT", ADA, document(), headers={"npm-otp": otp})).status == 401
    assert (await server.ask("PUT", ADA, document(), headers={"npm-otp": "000000"})).status == 401


async def test_pnpm_sends_basic_beside_the_document() -> None:
    server = doors()
    otp = (await server.second_factor()).next()
    reply = await server.ask("PUT", ADA, document(), headers=basic("ada", PASSWORD))
    assert reply.headers["www-authenticate"] == "OTP"
    reply = await server.ask("PUT", ADA, document(), headers=basic("ada", PASSWORD) | {"npm-otp": otp})
    assert await signed_in(server, reply) == "ada"


async def test_a_user_document_says_nothing_secret() -> None:
    server = doors()
    await server.token("ada")
    assert (await server.ask("GET", ADA)).status == 404
    seen = await server.told(f"{ADA}?write=true", by="bob")
    assert set(seen) == {"_id", "_rev", "name", "type", "roles", "date", "email"}
    assert seen["email"] == "ada@team.example"
    assert PASSWORD not in json.dumps(seen)
    assert "argon2" not in json.dumps(seen)


async def test_an_unknown_user_is_missing_in_couchdbs_words() -> None:
    reply = await doors().ask("GET", "-/user/org.couchdb.user:nobody")
    assert reply.status == 404
    told = json.loads(reply.body)
    assert (told["error"], told["reason"]) == ("not_found", "missing")


async def test_a_document_is_changed_at_its_revision_with_the_password() -> None:
    server = doors()
    await server.token("ada")
    rev = (await server.told(ADA, by="ada"))["_rev"]
    where = f"{ADA}/-rev/{rev}"
    change = document(email="ada@new.example")
    assert (await server.ask("PUT", where, change)).status == 401
    assert (await server.ask("PUT", where, change, by="ada")).status == 401
    assert (await server.ask("PUT", where, change, by="bob")).status == 403
    reply = await server.ask("PUT", where, change, headers=basic("ada", PASSWORD))
    assert reply.status == 201
    assert await signed_in(server, reply) == "ada"
    assert (await server.people.accounts.get("ada")).email == "ada@new.example"
    again = await server.ask("PUT", where, change, headers=basic("ada", PASSWORD))
    assert again.status == 409
    assert "Document update conflict" in json.loads(again.body)["reason"]


async def test_a_changed_password_ends_all_other_tokens() -> None:
    server = doors()
    old = await server.token("ada")
    rev = (await server.told(ADA, by="ada"))["_rev"]
    change = document(password="another good password")
    reply = await server.ask("PUT", f"{ADA}/-rev/{rev}", change, headers=basic("ada", PASSWORD))
    assert await signed_in(server, reply) == "ada"
    assert (await server.with_token("GET", "-/whoami", None, old)).status == 401
    assert (await server.ask("PUT", ADA, document())).status == 401


async def test_who_logs_out_has_a_dead_token_at_once() -> None:
    server = doors()
    token, other = await server.token("ada"), await server.token("ada")
    assert (await server.with_token("DELETE", f"-/user/token/{token}", None, token)).status == 200
    assert (await server.with_token("GET", "-/whoami", None, token)).status == 401
    assert (await server.with_token("GET", "-/whoami", None, other)).status == 200
    logged = json.dumps([(e.subject, e.detail) for e in await server.people.audit.list()])
    assert token not in logged


async def test_a_token_that_reads_only_ends_itself_and_no_other() -> None:
    server = doors()
    token = await server.token("ada")
    reader = await server.token("ada", read_only=True)
    assert (await server.with_token("DELETE", f"-/user/token/{token}", None, reader)).status == 403
    assert (await server.with_token("DELETE", f"-/user/token/{reader}", None, reader)).status == 200


async def test_nobody_ends_the_token_of_somebody_else() -> None:
    server = doors()
    token = await server.token("ada")
    assert (await server.ask("DELETE", f"-/user/token/{token}", by="eve")).status == 404
    assert (await server.ask("DELETE", f"-/user/token/{token}")).status == 401
    assert (await server.with_token("GET", "-/whoami", None, token)).status == 200
