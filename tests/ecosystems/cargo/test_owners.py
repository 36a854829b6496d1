"""Owners of crates: listed, invited, added, removed."""

import json

import pytest

from packhouse.domain.actor import Limit
from packhouse.domain.package import Moment
from packhouse.domain.view import View
from tests.ecosystems.cargo.crate_people import OWNERS, people, with_team
from tests.ecosystems.cargo.publications import detail, must_publish

pytestmark = pytest.mark.anyio


async def test_owners_are_listed_with_a_number_that_cargo_can_read() -> None:
    found = await people()
    (owner,) = json.loads((await found.ask("GET", OWNERS)).body)["users"]
    assert owner == {"id": owner["id"], "login": "ada", "name": None, "avatar": None, "url": None, "kind": "user"}
    assert 0 < owner["id"] < 2**31


async def test_a_user_is_invited_and_owns_nothing_before_accepting() -> None:
    found = await people()
    reply = await found.change("PUT", "ada", "bob")
    assert json.loads(reply.body) == {"ok": True, "msg": "user bob has been invited to be an owner of crate press"}
    assert await found.logins() == ["ada"]
    assert (await found.answer("bob", accepted=True)).status == 200
    assert await found.logins() == ["ada", "bob"]
    assert await found.invitations("bob") == []


async def test_the_documented_name_of_the_field_is_understood() -> None:
    found = await people()
    reply = await found.ask("PUT", OWNERS, "ada", {"owners": ["bob"]})
    assert reply.status == 200
    assert len(await found.invitations("bob")) == 1


async def test_a_second_invitation_says_that_there_is_one() -> None:
    found = await people()
    await found.change("PUT", "ada", "bob")
    said = json.loads((await found.change("PUT", "ada", "bob", "eve")).body)["msg"]
    assert said == (
        "user bob already has a pending invitation to be an owner of crate press,"
        "user eve has been invited to be an owner of crate press"
    )


@pytest.mark.parametrize(
    ("login", "said"),
    [
        ("ada", "`ada` is already an owner"),
        ("nobody", "could not find user with login `nobody`"),
        ("github:acme:builders", "unknown organization handler"),
        ("packhouse::builders", "must not have empty components"),
        ("packhouse:other:builders", "could not find the team"),
    ],
)
async def test_who_cannot_be_invited_is_said_to_the_asker(login: str, said: str) -> None:
    found = await people()
    reply = await found.change("PUT", "ada", "bob", login)
    assert reply.status == 400
    assert said in detail(reply)
    assert await found.invitations("bob") == []


async def test_no_more_than_ten_are_invited_at_once() -> None:
    found = await people()
    reply = await found.change("PUT", "ada", *(f"user{number}" for number in range(11)))
    assert (reply.status, detail(reply)) == (400, "too many invites for this request - maximum 10")


@pytest.mark.parametrize("body", [{}, [], {"users": "bob"}, {"users": [1]}, b"{", b"\xff"])
async def test_a_body_of_another_form_is_refused(body: object) -> None:
    found = await people()
    assert (await found.ask("PUT", OWNERS, "ada", body)).status == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_only_owners_change_owners(method: str) -> None:
    found = await people()
    reply = await found.change(method, "bob", "bob")
    assert (reply.status, detail(reply)) == (403, "only owners have permission to modify owners")
    assert (await found.change(method, "", "bob")).status == 401
    assert await found.logins() == ["ada"]


async def test_the_last_owner_stays() -> None:
    found = await people()
    reply = await found.change("DELETE", "ada", "ada")
    assert reply.status == 400
    assert detail(reply).startswith("cannot remove all individual owners")
    assert await found.logins() == ["ada"]


async def test_who_is_no_owner_cannot_be_removed() -> None:
    found = await people()
    reply = await found.change("DELETE", "ada", "bob")
    assert (reply.status, detail(reply)) == (400, "could not find owner with login `bob`")


async def test_an_owner_may_go_and_take_nobody_with_them() -> None:
    found = await people()
    await found.change("PUT", "ada", "bob")
    await found.answer("bob", accepted=True)
    reply = await found.change("DELETE", "ada", "ada")
    assert json.loads(reply.body) == {"ok": True, "msg": "owners successfully removed"}
    assert await found.logins() == ["bob"]
    assert (await found.change("PUT", "ada", "eve")).status == 403


@pytest.mark.parametrize("login", ["packhouse:acme:builders", "acme/builders"])
async def test_a_team_is_added_at_once_and_may_publish_but_not_change_owners(login: str) -> None:
    found = await people()
    await with_team(found, "bob")
    reply = await found.change("PUT", "ada", login)
    said = "team packhouse:acme:builders has been added as an owner of crate press"
    assert json.loads(reply.body) == {"ok": True, "msg": said}
    assert await found.logins() == ["ada", "packhouse:acme:builders"]
    assert await found.logins(f"{OWNERS[:-1]}_user") == ["ada"]
    assert await found.logins(f"{OWNERS[:-1]}_team", "teams") == ["packhouse:acme:builders"]
    await must_publish(found.server, found.tokens["bob"], "press", "1.1.0")
    refused = await found.change("PUT", "bob", "bob")
    assert (refused.status, detail(refused)) == (403, "team members don't have permission to modify owners")
    assert detail(await found.change("PUT", "ada", login)) == f"`{login}` is already an owner"
    assert (await found.change("DELETE", "ada", login)).status == 200
    assert await found.logins() == ["ada"]


async def test_a_team_is_added_by_its_members_and_who_manages_it_only() -> None:
    found = await people()
    await must_publish(found.server, found.tokens["eve"], "basket", "1.0.0")
    await with_team(found, "bob")
    reply = await found.ask("PUT", "/cargo/api/v1/crates/basket/owners", "eve", {"users": ["packhouse:acme:builders"]})
    assert reply.status == 400
    assert "could not find the team" in detail(reply)


async def test_small_teams_may_add_owners_without_asking_them(monkeypatch: pytest.MonkeyPatch) -> None:
    found = await people()
    monkeypatch.setattr(found.server.services.inviting, "invites", False)
    reply = await found.change("PUT", "ada", "bob")
    assert json.loads(reply.body)["msg"] == "user bob has been added as an owner of crate press"
    assert await found.logins() == ["ada", "bob"]


async def test_search_and_the_audit_log_follow_the_owners() -> None:
    found = await people()
    await found.change("PUT", "ada", "bob")
    await found.answer("bob", accepted=True)
    shown = await found.server.services.search.find(View(), "cargo", "press", 0, 10)
    assert [(each.maintainers, each.description) for _, each in shown.hits] == [(("ada", "bob"), "About press")]
    actions = [(each.user, each.action) for each in await found.server.people.audit.list()]
    assert actions[:2] == [("bob", "cargo owner accept"), ("ada", "cargo owner invite")]


async def test_a_token_changes_owners_only_where_it_may() -> None:
    found = await people()
    limits = {
        "yank": Limit(("read", "publish", "maintain"), "cargo", "*", ("yank",)),
        "other": Limit(("read", "publish", "maintain"), "cargo", "other-*", ("owners",)),
        "right": Limit(("read", "publish", "maintain"), "cargo", "pr*", ("owners",)),
    }
    for name, limit in limits.items():
        found.tokens[name] = await found.server.token("ada", limits=(limit,))
    assert (await found.change("PUT", "yank", "bob")).status == 403
    assert (await found.change("PUT", "other", "bob")).status == 403
    assert (await found.change("PUT", "right", "bob")).status == 200


async def test_owners_of_a_removed_crate_are_not_told() -> None:
    found = await people()
    await found.change("PUT", "ada", "bob")
    assert (await found.browse("DELETE", "/cargo/api/v1/crates/press", "ada")).status == 204
    assert (await found.ask("GET", OWNERS, "ada")).status == 404
    assert (await found.change("PUT", "ada", "eve")).status == 404
    assert await found.invitations("bob") == []


async def test_an_invitation_to_a_removed_crate_is_none_to_the_next_of_its_name() -> None:
    found = await people()
    await found.change("PUT", "ada", "bob")
    token = (await found.invitations("bob"))[0]["token"]
    assert (await found.browse("DELETE", "/cargo/api/v1/crates/press", "ada")).status == 204
    found.server.now = Moment(found.server.now + 2 * 86_400_000)
    await must_publish(found.server, found.tokens["ada"], "press", "2.0.0")
    assert await found.invitations("bob") == []
    assert (await found.ask("PUT", f"/cargo/api/v1/me/crate_owner_invitations/accept/{token}")).status == 404
    assert await found.logins() == ["ada"]
