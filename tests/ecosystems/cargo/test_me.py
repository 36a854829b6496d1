"""Who asks: what is known of them, what they follow, and what has no meaning here."""

import json

import pytest

from packhouse.domain.package import Moment
from packhouse.services.access import AccessRules
from tests.ecosystems.cargo.crate_people import People, people
from tests.ecosystems.cargo.crates import INDEX, index_file, line
from tests.ecosystems.cargo.publications import assembled, detail, must_publish

pytestmark = pytest.mark.anyio

API = "/cargo/api/v1"


async def news(found: People, query: str = "") -> tuple[list[str], bool]:
    """List what came new of what bob follows."""
    answer = json.loads((await found.ask("GET", f"{API}/me/updates{query}", "bob")).body)
    return [f"{each['crate']} {each['num']}" for each in answer["versions"]], answer["meta"]["more"]


async def my_number(found: People, user: str) -> int:
    """Read the number of somebody."""
    number: int = json.loads((await found.ask("GET", f"{API}/me", user)).body)["user"]["id"]
    return number


async def test_who_asks_is_told_who_they_are_and_what_they_own() -> None:
    found = await people()
    answer = json.loads((await found.ask("GET", f"{API}/me", "ada")).body)
    assert answer["user"] == {
        "id": answer["user"]["id"],
        "login": "ada",
        "name": None,
        "avatar": None,
        "url": None,
        "email": "ada@team.example",
        "email_verified": False,
        "email_verification_sent": False,
        "is_admin": False,
        "publish_notifications": False,
    }
    assert [each["name"] for each in answer["owned_crates"]] == ["press"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "me"),
        ("GET", "me/updates"),
        ("GET", "me/tokens"),
        ("GET", "me/crate_owner_invitations"),
        ("PUT", "me/email_notifications"),
        ("PUT", "users/1"),
        ("PUT", "users/1/resend"),
        ("PUT", "crates/press/follow"),
        ("DELETE", "crates/press/follow"),
        ("GET", "crates/press/following"),
        ("DELETE", "tokens/current"),
    ],
)
async def test_nobody_is_told_that_this_takes_somebody(method: str, path: str) -> None:
    found = await people()
    reply = await found.ask(method, f"{API}/{path}")
    assert (reply.status, detail(reply)) == (403, "this action requires authentication")
    reply = await found.server.send(method, f"{API}/{path}", token="phk_no")
    assert reply.status == 403
    assert detail(reply).startswith("authentication failed")


async def test_the_releases_of_what_is_followed_come_newest_first() -> None:
    found = await people()
    await must_publish(found.server, found.tokens["ada"], "basket", "0.1.0")
    await must_publish(found.server, found.tokens["ada"], "ladder", "0.1.0")
    assert await news(found) == ([], False)
    for name in ("press", "basket"):
        reply = await found.ask("PUT", f"{API}/crates/{name}/follow", "bob")
        assert json.loads(reply.body) == {"ok": True}
    found.server.now = Moment(found.server.now + 1000)
    await must_publish(found.server, found.tokens["ada"], "press", "1.1.0")
    found.server.now = Moment(found.server.now + 1000)
    await must_publish(found.server, found.tokens["ada"], "basket", "0.2.0")
    every, more = await news(found)
    assert (every[:2], more) == (["basket 0.2.0", "press 1.1.0"], False)
    assert set(every[2:]) == {"basket 0.1.0", "press 1.0.0"}
    assert await news(found, "?per_page=2") == (["basket 0.2.0", "press 1.1.0"], True)
    assert (await news(found, "?per_page=2&page=2"))[1] is False


async def test_following_ends_when_it_is_taken_back() -> None:
    found = await people()
    following = f"{API}/crates/Press/following"
    assert json.loads((await found.ask("GET", following, "bob")).body) == {"following": False}
    await found.ask("PUT", f"{API}/crates/press/follow", "bob")
    assert json.loads((await found.ask("GET", following, "bob")).body) == {"following": True}
    assert json.loads((await found.ask("GET", following, "eve")).body) == {"following": False}
    for _ in range(2):
        assert (await found.ask("DELETE", f"{API}/crates/press/follow", "bob")).status == 200
    assert json.loads((await found.ask("GET", following, "bob")).body) == {"following": False}


@pytest.mark.parametrize(("method", "what"), [("PUT", "follow"), ("DELETE", "follow"), ("GET", "following")])
async def test_what_is_not_there_or_hidden_cannot_be_followed(method: str, what: str) -> None:
    found = await people(AccessRules(hosted="granted"))
    missing = await found.ask(method, f"{API}/crates/prexx/{what}", "bob")
    hidden = await found.ask(method, f"{API}/crates/press/{what}", "bob")
    assert missing.status == hidden.status == 404
    assert missing.body.replace(b"prexx", b"press") == hidden.body


async def test_somebody_changes_their_own_address_only() -> None:
    found = await people()
    number = await my_number(found, "bob")
    reply = await found.ask("PUT", f"{API}/users/{number}", "bob", {"user": {"email": " bob@farm.example "}})
    assert json.loads(reply.body) == {"ok": True}
    assert (await found.server.people.accounts.get("bob")).email == "bob@farm.example"
    reply = await found.ask("PUT", f"{API}/users/{number}", "eve", {"user": {"email": "eve@farm.example"}})
    assert (reply.status, detail(reply)) == (400, "current user does not match requested user")
    for form in ({"email": ""}, {}, {"email": "no address"}, {"publish_notifications": True}):
        assert (await found.ask("PUT", f"{API}/users/{number}", "bob", {"user": form})).status == 400
    assert (await found.server.people.accounts.get("bob")).email == "bob@farm.example"


async def test_letters_that_are_never_sent_are_not_promised() -> None:
    found = await people()
    number = await my_number(found, "bob")
    assert (await found.ask("PUT", f"{API}/users/{number}/resend", "bob")).status == 400
    assert (await found.ask("PUT", f"{API}/confirm/abc")).status == 400
    notifications = f"{API}/me/email_notifications"
    assert (await found.ask("PUT", notifications, "bob", [{"id": 1, "email_notifications": True}])).status == 400
    assert (await found.ask("PUT", notifications, "bob", [{"id": 1, "email_notifications": False}])).status == 200


async def test_what_came_new_upstream_is_told_without_its_web_api() -> None:
    lines = index_file(line("plum", "1.0.0", pubtime="2025-12-31T00:00:00Z"))
    server = assembled({f"{INDEX}/pl/um/plum": lines})
    token = await server.token("bob")
    assert (await server.send("PUT", f"{API}/crates/plum/follow", token=token)).status == 200
    before = len(server.asked())
    reply = await server.send("GET", f"{API}/me/updates", token=token)
    (version,) = json.loads(reply.body)["versions"]
    assert (version["crate"], version["num"]) == ("plum", "1.0.0")
    assert not [address for address in server.asked()[before:] if "/api/" in address]
