"""Invitations to own crates: who sees them, and what comes of them."""

import json
from typing import Any

import msgspec
import pytest

from packhouse.domain.actor import Limit
from packhouse.domain.package import Moment
from packhouse.services.access import AccessRules
from tests.ecosystems.cargo.crate_people import OWNERS, People, people
from tests.ecosystems.cargo.publications import detail, must_publish

pytestmark = pytest.mark.anyio

MINE = "/cargo/api/v1/me/crate_owner_invitations"
PRIVATE = "/cargo/api/private/crate_owner_invitations"
MONTH_MS = 30 * 86_400_000


async def invited(access: AccessRules | None = None) -> People:
    """Let ada invite bob."""
    found = await people(access)
    assert (await found.change("PUT", "ada", "bob")).status == 200
    return found


async def token_of(found: People) -> str:
    """Read the token of bob's invitation."""
    return str((await found.invitations("bob"))[0]["token"])


async def private(found: People, user: str, query: str) -> dict[str, Any]:
    """Ask for a page."""
    reply = await found.ask("GET", f"{PRIVATE}?{query}", user)
    assert reply.status == 200, reply.body
    answer: dict[str, Any] = json.loads(reply.body)
    return answer


async def test_an_invitation_says_who_has_invited_whom_to_what_until_when() -> None:
    found = await invited()
    reply = json.loads((await found.ask("GET", MINE, "bob")).body)
    (invitation,) = reply["crate_owner_invitations"]
    by_login = {each["login"]: each["id"] for each in reply["users"]}
    del invitation["token"]
    assert invitation == {
        "invitee_id": by_login["bob"],
        "inviter_id": by_login["ada"],
        "invited_by_username": "ada",
        "crate_id": invitation["crate_id"],
        "crate_name": "press",
        "created_at": "2026-01-01T00:00:00.000000Z",
        "expires_at": "2026-01-31T00:00:00.000000Z",
    }


async def test_the_name_is_spelt_as_it_was_published() -> None:
    found = await people()
    await must_publish(found.server, found.tokens["ada"], "Big-Press", "1.0.0")
    await found.ask("PUT", "/cargo/api/v1/crates/big_press/owners", "ada", {"users": ["bob"]})
    assert [each["crate_name"] for each in await found.invitations("bob")] == ["Big-Press"]


async def test_a_declined_invitation_is_gone() -> None:
    found = await invited()
    number = (await found.invitations("bob"))[0]["crate_id"]
    reply = await found.answer("bob", accepted=False)
    assert json.loads(reply.body) == {"crate_owner_invitation": {"crate_id": number, "accepted": False}}
    assert await found.invitations("bob") == []
    assert await found.logins() == ["ada"]


async def test_nobody_answers_for_somebody_else() -> None:
    found = await invited()
    number = (await found.invitations("bob"))[0]["crate_id"]
    said = {"crate_owner_invite": {"crate_id": number, "accepted": True}}
    for user, status in (("eve", 404), ("ada", 404), ("", 403)):
        assert (await found.ask("PUT", f"{MINE}/{number}", user, said)).status == status
    assert await found.logins() == ["ada"]
    assert len(await found.invitations("bob")) == 1


async def test_after_a_month_an_invitation_has_ended_and_can_be_sent_again() -> None:
    found = await invited()
    token, number = await token_of(found), (await found.invitations("bob"))[0]["crate_id"]
    found.server.now = Moment(found.server.now + MONTH_MS)
    assert await found.invitations("bob") == []
    said = {"crate_owner_invite": {"crate_id": number, "accepted": True}}
    reply = await found.ask("PUT", f"{MINE}/{number}", "bob", said)
    assert reply.status == 410
    assert "expired" in detail(reply)
    assert (await found.ask("PUT", f"{MINE}/accept/{token}")).status == 410
    assert await found.logins() == ["ada"]
    again = await found.change("PUT", "ada", "bob")
    assert json.loads(again.body)["msg"] == "user bob has been invited to be an owner of crate press"
    assert (await found.answer("bob", accepted=True)).status == 200


async def test_a_token_accepts_without_signing_in_and_once() -> None:
    found = await invited()
    token, number = await token_of(found), (await found.invitations("bob"))[0]["crate_id"]
    reply = await found.ask("PUT", f"{MINE}/accept/{token}")
    assert json.loads(reply.body) == {"crate_owner_invitation": {"crate_id": number, "accepted": True}}
    assert await found.logins() == ["ada", "bob"]
    await found.change("DELETE", "ada", "bob")
    assert (await found.ask("PUT", f"{MINE}/accept/{token}")).status == 404
    assert await found.logins() == ["ada"]


async def test_a_token_that_may_only_read_is_not_told_what_accepts() -> None:
    found = await invited()
    found.tokens["reader"] = await found.server.token("bob", read_only=True)
    found.tokens["limited"] = await found.server.token("bob", limits=(Limit(("read", "publish", "maintain")),))
    for user in ("reader", "limited"):
        assert "token" not in (await found.invitations(user))[0]
        assert (await found.answer(user, accepted=True)).status == 403


async def test_what_an_owner_gave_counts_only_while_they_own() -> None:
    found = await invited()
    token = await token_of(found)
    await found.change("PUT", "ada", "eve")
    await found.answer("eve", accepted=True)
    number = (await found.invitations("bob"))[0]["crate_id"]
    assert (await found.change("DELETE", "eve", "ada")).status == 200
    assert await found.invitations("bob") == []
    said = {"crate_owner_invite": {"crate_id": number, "accepted": True}}
    assert (await found.ask("PUT", f"{MINE}/{number}", "bob", said)).status == 404
    assert (await found.ask("PUT", f"{MINE}/accept/{token}")).status == 404
    assert await found.logins("/cargo/api/v1/crates/press/owners") == ["eve"]


async def test_what_a_disabled_user_gave_or_was_given_does_not_count() -> None:
    found = await invited()
    token = await token_of(found)
    accounts = found.server.people.accounts
    bob = await accounts.change(await accounts.get("bob"), disabled=True)
    assert (await found.ask("PUT", f"{MINE}/accept/{token}")).status == 404
    await accounts.change(bob, disabled=False)
    await accounts.change(await accounts.get("ada"), disabled=True)
    assert (await found.ask("PUT", f"{MINE}/accept/{token}")).status == 404
    assert await found.invitations("bob") == []


async def test_nobody_guesses_a_token() -> None:
    found = await invited()
    token = await token_of(found)
    name, _, secret = token.partition(".")
    for guess in (name, f"{name}.", f"{name}.{secret[:-1]}", f"{name}.{'0' * len(secret)}", f"{token}0", "é", "%00"):
        assert (await found.ask("PUT", f"{MINE}/accept/{guess}")).status == 404, guess
    assert await found.logins() == ["ada"]


async def test_the_store_holds_nothing_that_accepts() -> None:
    found = await invited()
    token = await token_of(found)
    stored = await found.server.store.list_invitations_of("bob")
    assert token.partition(".")[2] not in msgspec.json.encode(list(stored)).decode()


async def test_owners_see_whom_their_crate_invites_and_nobody_else_does() -> None:
    found = await invited()
    page = await private(found, "ada", "crate_name=press")
    assert [each["crate_name"] for each in page["invitations"]] == ["press"]
    assert {each["login"] for each in page["users"]} == {"ada", "bob"}
    assert page["meta"] == {"next_page": None}
    reply = await found.ask("GET", f"{PRIVATE}?crate_name=press", "bob")
    assert (reply.status, detail(reply)) == (403, "only crate owners can query pending invitations for their crate")
    assert (await found.ask("GET", f"{PRIVATE}?crate_name=press")).status == 403
    assert (await found.ask("GET", f"{PRIVATE}?crate_name=missing", "bob")).status == 404


async def test_who_is_invited_asks_by_their_own_number() -> None:
    found = await invited()
    number = (await found.invitations("bob"))[0]["invitee_id"]
    assert len((await private(found, "bob", f"invitee_id={number}"))["invitations"]) == 1
    reply = await found.ask("GET", f"{PRIVATE}?invitee_id={number}", "eve")
    assert (reply.status, detail(reply)) == (403, "only the invitee can query their pending invitations")
    for query in ("", "invitee_id=x", "invitee_id=-1"):
        assert (await found.ask("GET", f"{PRIVATE}?{query}", "bob")).status == 400


async def test_pages_go_on_where_the_last_one_ended() -> None:
    found = await people()
    for number in range(5):
        await must_publish(found.server, found.tokens["ada"], f"press{number}", "1.0.0")
        await found.ask("PUT", f"/cargo/api/v1/crates/press{number}/owners", "ada", {"users": ["bob"]})
        found.server.now = Moment(found.server.now + 1)
    number = (await found.invitations("bob"))[0]["invitee_id"]
    seen: list[str] = []
    query: str | None = f"?invitee_id={number}&per_page=2"
    while query is not None:
        page = await private(found, "bob", query.removeprefix("?"))
        seen += [each["crate_name"] for each in page["invitations"]]
        query = page["meta"]["next_page"]
    assert seen == [f"press{each}" for each in range(5)]
    assert (await found.ask("GET", f"{PRIVATE}?invitee_id={number}&seek=x", "bob")).status == 400


async def test_a_hidden_crate_stays_hidden_from_who_is_not_invited() -> None:
    found = await people(AccessRules(hosted="granted"))
    await found.change("PUT", "ada", "bob")
    assert len(await found.invitations("bob")) == 1
    hidden = await found.ask("GET", f"{PRIVATE}?crate_name=press", "eve")
    missing = await found.ask("GET", f"{PRIVATE}?crate_name=prexx", "eve")
    assert hidden.status == missing.status == 404
    assert hidden.body == missing.body.replace(b"prexx", b"press")
    assert (await found.ask("GET", OWNERS, "bob")).status == 404
    assert (await found.answer("bob", accepted=True)).status == 200
    assert (await found.ask("GET", OWNERS, "bob")).status == 200


async def test_invitations_that_ended_long_ago_are_forgotten_when_somebody_is_invited() -> None:
    found = await invited()
    token = await token_of(found)
    found.server.now = Moment(found.server.now + 2 * MONTH_MS + 1)
    assert (await found.change("PUT", "ada", "eve")).status == 200
    assert (await found.ask("PUT", f"{MINE}/accept/{token}")).status == 404
