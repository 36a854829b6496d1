"""/api for people: sessions, users, tokens, grants, organisations, the audit log."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from packhouse.adapters.memory.store import MemoryStore
from packhouse.apis.admin.changes import change_routes
from packhouse.apis.admin.door import admin_door, people_routes
from packhouse.apis.admin.packages import package_routes
from packhouse.apis.admin.similar import similar_routes
from packhouse.domain.actor import Limit
from packhouse.domain.package import Moment
from packhouse.formats.one_time import STEP_S, password_at
from packhouse.http.callers import COOKIE, Callers
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.router import Route
from packhouse.http.site import Mount, Site
from packhouse.services.change_log import ChangeLog
from tests.asgi import Reply, call
from tests.people import some_people

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"
NOW = Moment(1_767_225_600_000)


def further() -> list[Route]:
    """List the addresses that are not about people, of a server without ecosystems."""
    return [*similar_routes({}), *package_routes({}), *change_routes(ChangeLog(MemoryStore(), {}), {}, 0)]


class Api:
    """A server with /api, of which olga is the administrator."""

    def __init__(self) -> None:
        self.now = NOW
        self.people = some_people(MemoryStore(), lambda: self.now)
        mount = Mount(admin_door([], list, lambda _: True, self.people, further()))
        address = PublicAddress(None, ())
        callers = Callers(self.people.identification, self.people.audit, address)
        self.site = Site({"api": mount}, mount, address, ("default",), Ready(0), callers)

    async def token(self, user: str, **fields: Any) -> str:  # noqa: ANN401 (those of `Tokens.create`)
        accounts = self.people.accounts
        found = await accounts.find(user)
        if found is None:
            found = await accounts.add(user, f"{user}@team.example", PASSWORD, administrator=user == "olga")
        return (await self.people.tokens.create(found, **fields))[0]

    async def ask(
        self, method: str, path: str, body: object = None, by: str = "", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send a request by a user, or by whom the headers say."""
        sent = dict(headers or {}) | ({"authorization": f"Bearer {await self.token(by)}"} if by else {})
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return await call(self.site, f"/api/{path}", method, sent, raw)

    async def told(self, method: str, path: str, body: object = None, by: str = "", status: int = 200) -> Any:  # noqa: ANN401
        """Send a request that must be answered like that, and return what it says."""
        reply = await self.ask(method, path, body, by)
        assert reply.status == status, reply.text
        assert reply.headers["cache-control"] == "no-store"
        return json.loads(reply.body) if reply.body else None

    async def second_factor(self, user: str) -> str:
        """Set one-time passwords up, and return the next."""
        await self.token(user)
        accounts = self.people.accounts
        found, _ = await accounts.begin_otp(await accounts.get(user), "auth-and-writes")
        assert found.second_factor is not None
        step = self.now // 1000 // STEP_S
        await accounts.confirm_otp(found, password_at(found.second_factor.secret, step))
        return password_at(found.second_factor.secret, step + 1)


def code(reply: Reply) -> str:
    return str(json.loads(reply.body)["error"]["code"])


async def test_a_session_is_begun_told_of_and_ended() -> None:
    api = Api()
    await api.token("ada")
    begun = await api.told("POST", "session", {"user": "ada", "password": PASSWORD}, status=201)
    assert begun["user"]["name"] == "ada"
    headers = {"authorization": f"Bearer {begun['token']}"}
    told = json.loads((await api.ask("GET", "session", headers=headers)).body)
    assert (told["user"]["email"], told["proof"]["kind"]) == ("ada@team.example", "session")
    assert (await api.ask("DELETE", "session", headers=headers)).status == 204
    assert (await api.ask("GET", "session", headers=headers)).status == 401


async def test_signing_in_takes_password_and_one_time_password() -> None:
    api = Api()
    otp = await api.second_factor("ada")
    for body in ({"user": "ada", "password": "wrong"}, {"user": "nobody", "password": PASSWORD}):
        reply = await api.ask("POST", "session", body)
        assert (reply.status, code(reply)) == (401, "not_signed_in")
    reply = await api.ask("POST", "session", {"user": "ada", "password": PASSWORD})
    assert (reply.status, code(reply)) == (401, "otp_wanted")
    assert (await api.ask("POST", "session", {"user": "ada", "password": PASSWORD, "otp": otp})).status == 201
    assert (await api.ask("POST", "session", {"user": "ada", "password": PASSWORD, "otp": otp})).status == 401


async def test_a_cookie_writes_only_from_our_own_pages() -> None:
    api = Api()
    await api.token("olga")
    secret, _ = await api.people.tokens.begin_session(await api.people.accounts.get("olga"), "browser")
    cookie = {"cookie": f"{COOKIE}={secret}"}
    for origin in ({}, {"origin": "https://evil.example"}, {"origin": "null"}):
        assert (await api.ask("POST", "users", {"name": "eve"}, headers=cookie | origin)).status == 401
    ours = {"origin": "http://packhouse.example"}
    assert (await api.ask("POST", "users", {"name": "eve"}, headers=cookie | ours)).status == 201
    assert "access-control-allow-origin" not in (await api.ask("GET", "session", headers=cookie)).headers


async def test_users_are_made_listed_and_changed_by_administrators() -> None:
    api = Api()
    made = await api.told("POST", "users", {"name": "ada", "email": "ada@team.example"}, "olga", 201)
    assert (made["hasPassword"], made["administrator"], made["oneTimePasswords"]) == (False, False, "off")
    await api.told("POST", "users", {"name": "bob", "password": PASSWORD, "administrator": True}, "olga", 201)
    first = await api.told("GET", "users?limit=2", by="olga")
    assert [user["name"] for user in first["users"]] == ["ada", "bob"]
    rest = await api.told("GET", f"users?limit=2&after={first['next']}", by="olga")
    assert ([user["name"] for user in rest["users"]], rest["next"]) == (["olga"], None)
    changed = await api.told("PATCH", "users/ada", {"email": "a@b.example", "password": PASSWORD}, "olga")
    assert (changed["email"], changed["hasPassword"]) == ("a@b.example", True)
    assert "argon2" not in json.dumps([made, first, changed])
    assert (await api.ask("POST", "users", {"name": "ada"}, "olga")).status == 409


async def test_a_disabled_user_is_out_at_once_and_their_tokens_stay_dead() -> None:
    api = Api()
    token = await api.token("ada")
    headers = {"authorization": f"Bearer {token}"}
    assert (await api.ask("GET", "session", headers=headers)).status == 200
    await api.told("PATCH", "users/ada", {"disabled": True}, "olga")
    assert (await api.ask("GET", "session", headers=headers)).status == 401
    await api.told("PATCH", "users/ada", {"disabled": False}, "olga")
    assert (await api.ask("GET", "session", headers=headers)).status == 401
    assert (await api.ask("POST", "session", {"user": "ada", "password": PASSWORD})).status == 201


async def test_a_lost_device_is_helped_by_an_administrator() -> None:
    api = Api()
    await api.second_factor("ada")
    changed = await api.told("PATCH", "users/ada", {"oneTimePasswords": "off"}, "olga")
    assert changed["oneTimePasswords"] == "off"
    assert (await api.ask("POST", "session", {"user": "ada", "password": PASSWORD})).status == 201


@pytest.mark.parametrize("body", [{"disabled": True}, {"administrator": False}])
async def test_administrators_do_not_shut_themselves_out(body: dict[str, bool]) -> None:
    assert (await Api().ask("PATCH", "users/olga", body, "olga")).status == 400


async def test_what_is_for_administrators_is_for_nobody_else() -> None:
    api = Api()
    await api.token("bob")
    asked: list[tuple[str, str, object]] = [
        ("GET", "users", None),
        ("POST", "users", {"name": "x"}),
        ("GET", "users/bob", None),
        ("PATCH", "users/bob", {"disabled": True}),
        ("PATCH", "users/ada", {"administrator": True}),
        ("GET", "tokens?user=bob", None),
        ("DELETE", "tokens/x?user=bob", None),
        ("POST", "tokens", {"user": "bob", "password": PASSWORD}),
        ("GET", "grants", None),
        ("POST", "grants", {"subject": "user:ada", "role": "admin"}),
        ("DELETE", "grants/x", None),
        ("POST", "organisations", {"name": "acme"}),
        ("DELETE", "organisations/acme", None),
        ("GET", "audit", None),
    ]
    for method, path, body in asked:
        assert (await api.ask(method, path, body)).status == 401, path
        assert (await api.ask(method, path, body, "ada")).status == 403, path
    assert not (await api.people.accounts.get("ada")).administrator


async def test_every_address_but_signing_in_takes_a_user() -> None:
    api = Api()
    for each in people_routes(api.people):
        path = "/".join(part.strip("{}") for part in each.pattern)
        for method in each.handlers:
            if (method, path) != ("POST", "session"):
                reply = await api.ask(method, path, {"name": "x", "subject": "users", "role": "reader"})
                assert reply.status == 401, (method, path)


async def test_a_token_of_an_administrator_goes_no_further_than_it_was_made_for() -> None:
    api = Api()
    reader = {"authorization": f"Bearer {await api.token('olga', read_only=True)}"}
    assert (await api.ask("GET", "users", headers=reader)).status == 200
    assert (await api.ask("POST", "users", {"name": "eve"}, headers=reader)).status == 403
    limits = (Limit(("read", "publish", "maintain", "administer"), "*", "*"),)
    limited = {"authorization": f"Bearer {await api.token('olga', limits=limits)}"}
    for method, path in (("GET", "users"), ("GET", "audit"), ("POST", "users"), ("GET", "grants")):
        assert (await api.ask(method, path, {"name": "eve"}, headers=limited)).status == 403


async def test_writing_takes_a_one_time_password_where_the_user_has_one() -> None:
    api = Api()
    otp = await api.second_factor("olga")
    reply = await api.ask("POST", "users", {"name": "eve"}, "olga")
    assert (reply.status, code(reply)) == (401, "otp_wanted")
    assert (await api.ask("GET", "users", by="olga")).status == 200
    assert (await api.ask("POST", "users", {"name": "eve"}, "olga", {"npm-otp": otp})).status == 201


async def test_tokens_are_made_with_the_password_and_ended() -> None:
    api = Api()
    asked = {
        "password": PASSWORD,
        "name": "build",
        "readOnly": True,
        "networks": ["127.0.0.0/8"],
        "expiresAt": "2026-02-01T00:00:00Z",
        "limits": [{"actions": ["read"], "ecosystem": "toy", "pattern": "@acme/*"}],
    }
    made = await api.told("POST", "tokens", asked, "ada", 201)
    assert made["expiresAt"] == "2026-02-01T00:00:00Z"
    actor = await api.people.identification.identify(f"Bearer {made['token']}", "127.0.0.1")
    assert actor.user == "ada"
    assert actor.proof is not None
    assert actor.proof.limits[0].pattern == "@acme/*"
    listed = await api.told("GET", "tokens", by="ada")
    assert made["token"] not in json.dumps(listed)
    assert made["key"] in {token["key"] for token in listed["tokens"]}
    assert (await api.ask("DELETE", f"tokens/{made['key']}", by="eve")).status == 404
    assert (await api.ask("DELETE", f"tokens/{made['key']}", by="ada")).status == 204
    assert (await api.ask("GET", f"tokens/{made['key']}", by="ada")).status == 404


async def test_a_token_may_be_for_some_operations_only() -> None:
    api = Api()
    limit = {"actions": ["read", "publish"], "ecosystem": "toy", "pattern": "*", "operations": ["yank"]}
    made = await api.told("POST", "tokens", {"password": PASSWORD, "limits": [limit]}, "ada", 201)
    assert made["limits"] == [limit]
    shown = await api.told("GET", f"tokens/{made['key']}", by="ada")
    assert shown["limits"] == [limit]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"password": ""},
        {"password": PASSWORD, "expiresAt": "2020-01-01T00:00:00Z"},
        {"password": PASSWORD, "expiresAt": "2027-01-01T00:00:00"},
        {"password": PASSWORD, "expiresAt": "soon"},
        {"password": PASSWORD, "networks": ["x"]},
        {"password": PASSWORD, "limits": [{"actions": ["fly"]}]},
        {"password": PASSWORD, "limits": [{"actions": ["read"], "operations": ["fly"]}]},
        {"password": PASSWORD, "readonly": True},
        b"[1]",
        b"{",
        b"[" * 20_000,
    ],
)
async def test_what_cannot_be_a_token_is_refused(body: object) -> None:
    assert (await Api().ask("POST", "tokens", body, "ada")).status == 400


async def test_an_administrator_makes_and_ends_the_token_of_a_machine() -> None:
    api = Api()
    await api.told("POST", "users", {"name": "robot"}, "olga", 201)
    assert (await api.ask("POST", "tokens", {"password": "wrong", "user": "robot"}, "olga")).status == 401
    made = await api.told("POST", "tokens", {"password": PASSWORD, "user": "robot"}, "olga", 201)
    assert made["user"] == "robot"
    assert len((await api.told("GET", "tokens?user=robot", by="olga"))["tokens"]) == 1
    assert (await api.ask("DELETE", f"tokens/{made['key']}?user=robot", by="olga")).status == 204


async def test_roles_are_granted_and_taken_back() -> None:
    api = Api()
    await api.token("ada")
    asked = {"subject": "user:ada", "role": "publisher", "ecosystem": "toy", "pattern": "@acme/*"}
    made = await api.told("POST", "grants", asked, "olga", 201)
    assert made["createdBy"] == "olga"
    assert (await api.told("GET", "grants?subject=user:ada", by="olga"))["grants"] == [made]
    assert (await api.told("GET", "session", by="ada"))["roles"][0]["pattern"] == "@acme/*"
    assert (await api.ask("POST", "grants", asked, "olga")).status == 409
    assert (await api.ask("DELETE", f"grants/{made['id']}", by="olga")).status == 204
    assert (await api.ask("DELETE", f"grants/{made['id']}", by="olga")).status == 404
    assert (await api.told("GET", "session", by="ada"))["roles"] == []


async def test_organisations_are_made_by_administrators_and_run_by_their_owners() -> None:
    api = Api()
    for user in ("ada", "bob", "eve"):
        await api.token(user)
    asked = {"name": "acme", "owner": "ada", "namespaces": [{"ecosystem": "toy", "pattern": "@acme/*"}]}
    await api.told("POST", "organisations", asked, "olga", 201)
    where = "organisations/acme"
    told = await api.told("PUT", f"{where}/members/bob", {"standing": "developer"}, "ada")
    assert told["members"] == {"ada": "owner", "bob": "developer"}
    await api.told("PUT", f"{where}/teams/press", {"description": "writes"}, "ada", 201)
    told = await api.told("PUT", f"{where}/teams/press/members/bob", None, "ada")
    assert [team["members"] for team in told["teams"] if team["name"] == "press"] == [["bob"]]
    assert (await api.ask("PUT", f"{where}/members/eve", {}, "bob")).status == 403
    assert (await api.ask("GET", where, by="eve")).status == 404
    assert (await api.told("GET", "organisations", by="eve"))["organisations"] == []
    assert len((await api.told("GET", "organisations", by="bob"))["organisations"]) == 1
    await api.told("DELETE", f"{where}/teams/press/members/bob", None, "ada")
    await api.told("DELETE", f"{where}/teams/press", None, "ada")
    await api.told("DELETE", f"{where}/members/bob", None, "bob")
    assert (await api.ask("DELETE", where, by="olga")).status == 204
    assert (await api.told("GET", "organisations", by="olga"))["organisations"] == []
    assert (await api.told("GET", "grants", by="olga"))["grants"] == []


async def test_what_was_done_and_refused_is_in_the_audit_log() -> None:
    api = Api()
    await api.told("POST", "users", {"name": "eve"}, "olga", 201)
    await api.ask("POST", "users", {"name": "mallory"}, "ada")
    told = await api.told("GET", "audit?limit=1", by="olga")
    [entry] = told["entries"]
    assert (entry["user"], entry["outcome"], entry["address"]) == ("ada", "not_permitted", "127.0.0.1")
    older = await api.told("GET", f"audit?before={told['next']}", by="olga")
    assert [(each["user"], each["action"]) for each in older["entries"]] == [("olga", "user add")]
    assert (await api.told("GET", "audit?user=nobody", by="olga"))["entries"] == []
    assert (await api.ask("GET", "audit?before=x", by="olga")).status == 400
