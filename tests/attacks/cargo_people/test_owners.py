"""Attacks on who owns a crate: haste, names that share a number, bodies of any form."""

import asyncio
import json
from itertools import count
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packhouse.services.inviting import MOST_OWNERS
from tests.ecosystems.cargo.crate_people import OWNERS, People, people
from tests.ecosystems.cargo.publications import must_publish

pytestmark = pytest.mark.anyio

MINE = "/cargo/api/v1/me/crate_owner_invitations"
TOKENS = "/cargo/api/v1/me/tokens"


async def owned_by(*names: str) -> People:
    """Run a server with a crate that some people own."""
    found = await people()
    for name in names:
        if name not in found.tokens:
            found.tokens[name] = await found.server.token(name)
        if name != "ada":
            await found.change("PUT", "ada", name)
            assert (await found.answer(name, accepted=True)).status == 200
    return found


def two_names_of_one_number() -> tuple[str, str]:
    """Find two names that an attacker would find as quickly."""
    seen: dict[int, str] = {}
    for number in count():
        name = f"press{number}"
        other = seen.setdefault(crc32(name.encode()) & 0x7FFFFFFF, name)
        if other != name:
            return other, name
    raise AssertionError


async def test_owners_who_remove_one_another_at_once_leave_one() -> None:
    found = await owned_by("ada", "bob")
    replies = await asyncio.gather(found.change("DELETE", "ada", "bob"), found.change("DELETE", "bob", "ada"))
    assert sorted(each.status for each in replies) == [200, 403]
    assert len(await found.logins()) == 1


async def test_owners_who_all_go_at_once_leave_one() -> None:
    names = ("ada", "bob", "eve", "dan", "fay")
    found = await owned_by(*names)
    replies = await asyncio.gather(*(found.change("DELETE", each, each) for each in names))
    assert sorted(each.status for each in replies) == [200, 200, 200, 200, 400]
    assert len(await found.logins()) == 1


async def test_one_invitation_makes_one_owner_however_often_it_is_accepted() -> None:
    found = await people()
    await found.change("PUT", "ada", "bob")
    token = (await found.invitations("bob"))[0]["token"]
    replies = await asyncio.gather(*(found.ask("PUT", f"{MINE}/accept/{token}") for _ in range(8)))
    assert {each.status for each in replies} <= {200, 404}
    assert await found.logins() == ["ada", "bob"]
    events = await found.server.store.list_events(0, 100)
    assert [each.detail["user"] for each in events if each.kind == "owner_added"] == ["bob"]


async def test_many_invitations_at_once_are_one_for_each() -> None:
    found = await people()
    replies = await asyncio.gather(*(found.change("PUT", "ada", "bob", "eve") for _ in range(8)))
    assert {each.status for each in replies} == {200}
    assert len(await found.invitations("bob")) == len(await found.invitations("eve")) == 1


async def test_who_is_made_to_share_a_number_is_not_answered_for_the_other() -> None:
    mine, evil = two_names_of_one_number()
    found = await people()
    await must_publish(found.server, found.tokens["ada"], mine, "1.0.0")
    await must_publish(found.server, found.tokens["eve"], evil, "1.0.0")
    for name, owner in ((mine, "ada"), (evil, "eve")):
        reply = await found.ask("PUT", f"/cargo/api/v1/crates/{name}/owners", owner, {"users": ["bob"]})
        assert reply.status == 200
    listed = await found.invitations("bob")
    assert len({each["crate_id"] for each in listed}) == 1
    assert (await found.answer("bob", accepted=True)).status == 404
    for name in (mine, evil):
        assert "bob" not in await found.logins(f"/cargo/api/v1/crates/{name}/owners")
    token = next(each["token"] for each in listed if each["crate_name"] == mine)
    assert (await found.ask("PUT", f"{MINE}/accept/{token}")).status == 200
    assert "bob" in await found.logins(f"/cargo/api/v1/crates/{mine}/owners")


async def test_a_crate_has_no_more_owners_than_it_may() -> None:
    found = await people()
    names = [f"user{number}" for number in range(MOST_OWNERS)]
    for name in names:
        await found.server.people.accounts.add(name, "", "")
    for start in range(0, MOST_OWNERS, 10):
        await found.change("PUT", "ada", *names[start : start + 10])
    statuses = []
    for name in names:
        (invitation,) = await found.server.people.invitations.of(name)
        secret = found.server.people.invitations.secret_of(invitation)
        statuses.append((await found.ask("PUT", f"{MINE}/accept/{secret}")).status)
    assert statuses == [200] * (MOST_OWNERS - 1) + [400]
    assert len(await found.logins()) == MOST_OWNERS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
LOGINS = st.lists(
    st.text(max_size=30) | st.sampled_from(("ada", "bob", "packhouse:a:b", "a/b", ":::", "packhouse::", "/", "é:b:c")),
    max_size=12,
)
BODIES = st.one_of(
    JSON,
    st.binary(max_size=60),
    st.builds(lambda logins: {"users": logins}, LOGINS),
    st.builds(lambda inner: {"crate_owner_invite": inner}, JSON),
    st.builds(lambda inner: {"api_token": inner}, JSON),
    st.builds(lambda inner: {"user": inner}, JSON),
    st.builds(lambda number: {"crate_owner_invite": {"crate_id": number, "accepted": True}}, st.integers()),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        (
            ("PUT", OWNERS),
            ("DELETE", OWNERS),
            ("PUT", f"{MINE}/1"),
            ("PUT", f"{MINE}/accept/x"),
            ("PUT", "/cargo/api/v1/users/1"),
            ("PUT", "/cargo/api/v1/me/email_notifications"),
            ("DELETE", f"{TOKENS}/1"),
        )
    ),
    BODIES,
)
async def test_no_body_breaks_anything(where: tuple[str, str], body: object) -> None:
    found = await people()
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = await found.ask(*where, "ada", raw)
    assert reply.status < 500, reply.body
    assert "ada" in await found.logins()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BODIES)
async def test_no_body_in_a_session_breaks_anything(body: object) -> None:
    found = await people()
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = await found.browse("PUT", TOKENS, "ada", raw)
    assert reply.status < 500, reply.body
