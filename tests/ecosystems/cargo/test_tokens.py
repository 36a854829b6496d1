"""Tokens by the Web API: made in a browser's session, with scopes; listed; revoked."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.actor import Actor, Operation, Proof
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.ecosystems.cargo.scopes import crate_scopes_of, endpoint_scopes_of, read_scopes
from packhouse.policy.permission import token_allows
from tests.ecosystems.cargo.crate_people import OWNERS, People, people
from tests.ecosystems.cargo.publications import detail, must_publish, publish

pytestmark = pytest.mark.anyio

TOKENS = "/cargo/api/v1/me/tokens"
DAY_MS = 86_400_000
SCOPES = ("publish-new", "publish-update", "trusted-publishing", "yank", "change-owners")


async def made(found: People, **fields: object) -> dict[str, Any]:
    """Make a token of ada's, and keep its secret under its name."""
    reply = await found.browse("PUT", TOKENS, "ada", {"api_token": {"name": "ci", **fields}})
    assert reply.status == 200, reply.body
    token: dict[str, Any] = json.loads(reply.body)["api_token"]
    found.tokens[token["name"]] = token["token"]
    return token


async def listed(found: People, query: str = "") -> list[str]:
    """List names of ada's tokens."""
    reply = await found.browse("GET", f"{TOKENS}{query}", "ada")
    return sorted(each["name"] for each in json.loads(reply.body)["api_tokens"])


async def test_a_token_is_told_with_its_secret_once() -> None:
    found = await people()
    token = await made(found, endpoint_scopes=["yank"], crate_scopes=["press-*"], expired_at="2026-02-01T00:00:00Z")
    secret = token.pop("token")
    assert secret.startswith("phk_")
    assert token == {
        "id": token["id"],
        "name": "ci",
        "created_at": "2026-01-01T00:00:00.000000Z",
        "last_used_at": None,
        "crate_scopes": ["press-*"],
        "endpoint_scopes": ["yank"],
        "expired_at": "2026-02-01T00:00:00.000000Z",
    }
    reply = await found.browse("GET", f"{TOKENS}/{token['id']}", "ada")
    assert json.loads(reply.body) == {"api_token": token}
    assert secret not in (await found.browse("GET", TOKENS, "ada")).body.decode()


async def test_a_token_makes_no_token() -> None:
    found = await people()
    reply = await found.ask("PUT", TOKENS, "ada", {"api_token": {"name": "more"}})
    assert (reply.status, detail(reply)) == (400, "cannot use an API token to create a new API token")
    reply = await found.ask("PUT", TOKENS, "", {"api_token": {"name": "more"}})
    assert (reply.status, detail(reply)) == (403, "this action requires authentication")
    assert await listed(found) == ["token"]


async def test_a_page_of_another_site_makes_no_token() -> None:
    found = await people()
    user = await found.server.people.accounts.get("ada")
    secret, _ = await found.server.people.tokens.begin_session(user, "browser")
    for said in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {}):
        headers = {"cookie": f"packhouse_session={secret}", **said}
        reply = await found.server.send("PUT", TOKENS, {"api_token": {"name": "x"}}, headers=headers)
        assert reply.status == 403
    assert await listed(found) == ["token"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "name must have a value"),
        ({"name": " "}, "name must have a value"),
        ({"crate_scopes": ["foo bar"]}, "invalid crate scope"),
        ({"crate_scopes": [""]}, "invalid crate scope"),
        ({"crate_scopes": ["f*o"]}, "invalid crate scope"),
        ({"crate_scopes": ["*foo"]}, "invalid crate scope"),
        ({"crate_scopes": ["foo**"]}, "invalid crate scope"),
        ({"crate_scopes": ["[a-z]*"]}, "invalid crate scope"),
        ({"endpoint_scopes": ["publish"]}, "invalid endpoint scope"),
        ({"expired_at": "2026-02-01"}, "the body cannot be read"),
        ({"expired_at": "2026-02-01T00:00:00"}, "expired_at has no time zone"),
        ({"expired_at": "2025-12-31T00:00:00Z"}, "a token cannot expire before it begins"),
    ],
)
async def test_what_no_token_can_be_is_refused(fields: dict[str, object], said: str) -> None:
    found = await people()
    reply = await found.browse("PUT", TOKENS, "ada", {"api_token": {"name": "ci", **fields}})
    assert reply.status == 400
    assert detail(reply).startswith(said)
    assert await listed(found) == ["token"]


async def test_a_scope_allows_its_endpoint_and_no_other() -> None:
    found = await people()
    for scope in SCOPES:
        await made(found, name=scope, endpoint_scopes=[scope])
    for scope in SCOPES:
        token = found.tokens[scope]
        begun = await publish(found.server, token, f"new-{scope}", "1.0.0")
        more = await publish(found.server, token, "press", f"1.1.{SCOPES.index(scope)}")
        yanked = await found.ask("DELETE", "/cargo/api/v1/crates/press/1.0.0/yank", scope)
        invited = await found.ask("PUT", OWNERS, scope, {"users": ["bob"]})
        allowed = [each.status == 200 for each in (begun, more, yanked, invited)]
        wanted = ("publish-new", "publish-update", "yank", "change-owners")
        assert allowed == [each == scope for each in wanted], scope


async def test_a_pattern_of_crates_is_a_limit() -> None:
    found = await people()
    await must_publish(found.server, found.tokens["ada"], "press-belt", "1.0.0")
    token = await made(found, crate_scopes=["Press_*"])
    assert token["crate_scopes"] == ["Press_*"]
    assert (await publish(found.server, found.tokens["ci"], "press-belt", "1.1.0")).status == 200
    assert (await publish(found.server, found.tokens["ci"], "press", "1.1.0")).status == 403
    assert (await publish(found.server, found.tokens["ci"], "pressure", "1.0.0")).status == 403


async def test_a_token_of_a_crate_reads_for_its_user_and_changes_no_account() -> None:
    found = await people()
    await made(found, crate_scopes=["press"])
    assert (await found.ask("GET", "/cargo/api/v1/me", "ci")).status == 403  # of its user it tells nothing
    assert (await found.ask("DELETE", f"{TOKENS}/1", "ci")).status == 403
    assert (await found.ask("GET", "/cargo/index/pr/es/press", "ci")).status == 200


async def test_expired_tokens_are_listed_when_asked_for() -> None:
    found = await people()
    # Of two tokens of one millisecond chance decides which comes first.
    found.server.now = Moment(found.server.now + 1)
    await made(found, name="short", expired_at="2026-01-03T00:00:00Z")
    found.server.now = Moment(found.server.now + 5 * DAY_MS)
    assert await listed(found) == ["token"]
    assert await listed(found, "?expired_days=2") == ["token"]
    assert await listed(found, "?expired_days=4") == ["short", "token"]
    for query in ("?expired_days=-1", "?expired_days=x", "?expired_days=1e9"):
        assert (await found.browse("GET", f"{TOKENS}{query}", "ada")).status == 400


async def test_a_revoked_token_is_nobody() -> None:
    found = await people()
    token = await made(found)
    assert (await found.ask("GET", "/cargo/api/v1/me", "ci")).status == 200
    reply = await found.browse("DELETE", f"{TOKENS}/{token['id']}", "ada")
    assert (reply.status, reply.body) == (200, b"{}")
    assert (await found.ask("GET", "/cargo/api/v1/me", "ci")).status == 403
    assert (await found.browse("DELETE", f"{TOKENS}/{token['id']}", "ada")).body == b"{}"


async def test_nobody_sees_or_revokes_the_tokens_of_others() -> None:
    found = await people()
    token = await made(found)
    assert (await found.ask("GET", f"{TOKENS}/{token['id']}", "bob")).status == 404
    assert (await found.ask("DELETE", f"{TOKENS}/{token['id']}", "bob")).status == 200
    assert await listed(found) == ["ci", "token"]


async def test_a_token_revokes_itself_whatever_it_may_do() -> None:
    found = await people()
    await made(found, endpoint_scopes=[], crate_scopes=["press"])
    assert (await found.ask("DELETE", "/cargo/api/v1/tokens/current", "ci")).status == 204
    assert await listed(found) == ["token"]
    reply = await found.browse("DELETE", "/cargo/api/v1/tokens/current", "ada")
    assert reply.status == 400
    assert detail(reply).startswith("token not provided")


async def test_a_user_has_five_hundred_tokens_at_most() -> None:
    found = await people()
    for _ in range(499):
        await found.server.token("ada")
    reply = await found.browse("PUT", TOKENS, "ada", {"api_token": {"name": "ci"}})
    assert (reply.status, detail(reply)) == (400, "maximum tokens per user is: 500")


@given(
    st.none() | st.lists(st.sampled_from(("foo", "foo-*", "bar*", "baz")), unique=True, min_size=1),
    st.none() | st.lists(st.sampled_from(SCOPES), unique=True),
)
def test_scopes_are_read_back_as_they_were_given(crates: list[str] | None, endpoints: list[str] | None) -> None:
    limits = read_scopes("cargo", crates, endpoints)
    assert endpoint_scopes_of("cargo", limits, read_only=False) == (
        None if endpoints is None else [each for each in SCOPES if each in endpoints]
    )
    if endpoints != []:
        assert crate_scopes_of("cargo", limits) == crates


@given(
    st.none() | st.lists(st.sampled_from(("foo", "foo-*", "bar*")), unique=True, min_size=1),
    st.none() | st.lists(st.sampled_from(SCOPES), unique=True),
    st.sampled_from(("foo", "foo-x", "foox", "bar", "barn", "qux")),
)
def test_limits_allow_what_the_scopes_say(crates: list[str] | None, endpoints: list[str] | None, name: str) -> None:
    actor = Actor("ada", proof=Proof("token", limits=read_scopes("cargo", crates, endpoints)))
    key = PackageKey("cargo", NormalName(name))
    named = crates is None or any(name.startswith(each[:-1]) if each.endswith("*") else name == each for each in crates)
    operations: dict[str, Operation] = {"yank": "yank", "publish-new": "create"}
    for scope, operation in operations.items():
        wanted = named and (endpoints is None or scope in endpoints)
        assert token_allows(actor, "publish", key, operation) == wanted
    assert token_allows(actor, "maintain", key, "owners") == (
        named and (endpoints is None or "change-owners" in endpoints)
    )
    assert token_allows(actor, "read", key)
    assert not token_allows(actor, "administer", key) or (crates is None and endpoints is None)
