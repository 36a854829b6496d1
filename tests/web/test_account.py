"""The page of who has signed in."""

import re

import pytest

from packhouse.domain.actor import Limit
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.view import View
from tests.web.people_site import PASSWORD, PeopleSite, people_site

pytestmark = pytest.mark.anyio

MAKE, END = "/ui/account/make-token", "/ui/account/end-token"
ANSWER = "/ui/account/answer-invitation"
NASTY = "<script>alert(1)</script>"


async def token_names(site: PeopleSite, user: str = "ada") -> list[str]:
    return [token.name for token in await site.people.tokens.list(user)]


async def test_nobody_sees_an_account() -> None:
    site = await people_site()
    browser = site.browser()
    await browser.get("/ui/account")
    assert "Sign in" in browser.text
    for path in (MAKE, END):
        assert (await browser.post(path, {"name": "x", "password": PASSWORD})).status == 404


async def test_a_token_is_made_and_its_secret_shown_once() -> None:
    site = await people_site()
    browser = await site.signed_in()
    fields = {"name": "build", "days": "30", "networks": "10.0.0.0/8, 192.0.2.1", "read_only": "yes"}
    page = await browser.post(MAKE, fields | {"password": PASSWORD})
    found = re.search(r"phk_\w+", re.sub(r"phk_\w+…", "", page.text))
    assert found is not None
    [token] = await site.people.tokens.list("ada")
    assert (token.name, token.read_only, token.networks) == ("build", True, ("10.0.0.0/8", "192.0.2.1/32"))
    assert token.expires_at is not None
    assert (await site.people.identification.identify(f"Bearer {found[0]}", "10.1.1.1")).user == "ada"
    page = await browser.get("/ui/account")
    assert found[0] not in page.text
    for mark in ("build", "reads only", "10.0.0.0/8"):
        assert mark in browser.text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"password": "wrong"}, 401),
        ({"password": ""}, 401),
        ({"days": "soon"}, 400),
        ({"days": "0"}, 400),
        ({"days": "9" * 5000}, 400),
        ({"networks": "everywhere"}, 400),
    ],
)
async def test_a_mistake_is_told_and_what_was_entered_stays(fields: dict[str, str], status: int) -> None:
    site = await people_site()
    browser = await site.signed_in()
    page = await browser.post(MAKE, {"name": "my build", "password": PASSWORD} | fields)
    assert page.status == status
    assert 'role="alert"' in page.text
    assert 'value="my build"' in page.text
    assert PASSWORD not in page.text
    assert await token_names(site) == []


async def test_a_token_is_ended() -> None:
    site = await people_site()
    browser = await site.signed_in()
    user = await site.people.accounts.get("ada")
    secret, token = await site.people.tokens.create(user, "build")
    await browser.get("/ui/account")
    await browser.post(END, {"key": token.key})
    assert await token_names(site) == []
    assert not (await site.people.identification.identify(f"Bearer {secret}", "")).signed_in
    assert (await browser.post(END, {"key": token.key})).status == 404


@pytest.mark.parametrize("mark", ["", "0" * 64, "é"])
@pytest.mark.parametrize("path", [MAKE, END])
async def test_a_form_without_the_mark_of_the_session_changes_nothing(path: str, mark: str) -> None:
    site = await people_site()
    browser = await site.signed_in()
    _, token = await site.people.tokens.create(await site.people.accounts.get("ada"), "build")
    fields = {"name": "other", "password": PASSWORD, "key": token.key}
    assert (await browser.post(path, fields, mark=mark)).status == 403
    assert await token_names(site) == ["build"]
    refused = (await site.people.audit.list())[0]
    assert (refused.user, refused.outcome) == ("ada", "not_permitted")


@pytest.mark.parametrize("path", [MAKE, END])
async def test_no_other_site_changes_anything(path: str) -> None:
    site = await people_site()
    browser = await site.signed_in()
    _, token = await site.people.tokens.create(await site.people.accounts.get("ada"), "build")
    await browser.get("/ui/account")
    fields = {"name": "other", "password": PASSWORD, "key": token.key}
    assert (await browser.post(path, fields, "https://evil.example")).status == 403
    assert await token_names(site) == ["build"]


async def test_nobody_ends_the_token_of_somebody_else() -> None:
    site = await people_site()
    await site.user("ada")
    _, token = await site.people.tokens.create(await site.people.accounts.get("ada"), "build")
    eve = await site.signed_in("eve")
    await eve.get("/ui/account")
    assert (await eve.post(END, {"key": token.key})).status == 404
    assert await token_names(site) == ["build"]
    assert "build" not in eve.text


async def test_what_people_write_is_shown_as_text() -> None:
    site = await people_site()
    browser = await site.signed_in()
    user = await site.people.accounts.get("ada")
    limits = (Limit(("read",), "*", NASTY),)
    await site.people.tokens.create(user, NASTY, limits=limits)
    page = await browser.get("/ui/account")
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=%ff", b"&".join(b"a=1" for _ in range(100)), b"x" * 20_000])
async def test_what_is_no_form_is_refused(body: bytes) -> None:
    site = await people_site()
    browser = await site.signed_in()
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": "http://packhouse.example"}
    for path in (MAKE, "/ui/login", "/ui/register"):
        reply = await browser._send(path, "POST", headers, body)
        assert reply.status in (400, 413)
    reply = await browser._send(
        MAKE, "POST", {"content-type": "application/json"} | {"origin": headers["origin"]}, b"{}"
    )
    assert reply.status == 400


async def test_ones_own_packages_are_listed_and_nobody_elses() -> None:
    site = await people_site()
    await site.publish("@acme/plum", "ada", restricted=True)
    await site.publish("pear", "bob")
    browser = await site.signed_in()
    page = await browser.get("/ui/account")
    assert 'href="/ui/toy/@acme/plum"' in page.text
    assert "restricted" in browser.text
    assert "pear" not in page.text


async def test_a_token_may_be_for_some_operations_only() -> None:
    site = await people_site()
    browser = await site.signed_in()
    await browser.post(MAKE, {"name": "robot", "only_yank": "yes", "only_update": "yes", "password": PASSWORD})
    [token] = await site.people.tokens.list("ada")
    assert [limit.operations for limit in token.limits] == [("update", "yank")]
    assert "update, yank only" in browser.text


async def invited(site: PeopleSite, name: str = "left", invitee: str = "ada") -> str:
    """Let bob invite somebody to a package of his; return the invitation's id."""
    for user in ("bob", invitee):
        await site.user(user)
    await site.publish(name, "bob")
    bob = await site.people.identification.of_user(await site.people.accounts.get("bob"), "", None)
    key = PackageKey("toy", NormalName(name))
    await site.services.inviting.invite(View(actor=bob), key, [invitee])
    (invitation,) = await site.people.invitations.to(View().origin, key)
    return invitation.id


async def owners(site: PeopleSite, name: str = "left") -> tuple[str, ...]:
    ownership = await site.services.access.ownership(View(), PackageKey("toy", NormalName(name)))
    assert ownership is not None
    return ownership.owners


async def test_an_invitation_is_accepted_on_the_page() -> None:
    site = await people_site()
    browser = await site.signed_in()
    invitation = await invited(site)
    await browser.get("/ui/account")
    assert "bob invites you to own left" in browser.text
    await browser.post(ANSWER, {"id": invitation, "answer": "accept"})
    assert await owners(site) == ("bob", "ada")
    assert "invites you" not in browser.text
    assert (await browser.post(ANSWER, {"id": invitation, "answer": "accept"})).status == 404


async def test_an_invitation_is_declined_on_the_page() -> None:
    site = await people_site()
    browser = await site.signed_in()
    invitation = await invited(site)
    await browser.get("/ui/account")
    await browser.post(ANSWER, {"id": invitation, "answer": "decline"})
    assert await owners(site) == ("bob",)
    assert "invites you" not in browser.text


async def test_no_other_site_and_nobody_else_answers_an_invitation() -> None:
    site = await people_site()
    browser, other = await site.signed_in(), await site.signed_in("eve")
    invitation = await invited(site)
    await browser.get("/ui/account")
    await other.get("/ui/account")
    fields = {"id": invitation, "answer": "accept"}
    assert (await other.post(ANSWER, fields)).status == 404
    assert (await browser.post(ANSWER, fields, origin="https://evil.example")).status in (403, 404)
    await browser.get("/ui/account")
    assert (await browser.post(ANSWER, fields, mark="0" * 32)).status in (400, 403)
    await browser.get("/ui/account")
    assert (await browser.post(ANSWER, {"id": invitation, "answer": "perhaps"})).status == 400
    assert await owners(site) == ("bob",)


async def test_the_name_in_an_invitation_is_text_only() -> None:
    site = await people_site()
    browser = await site.signed_in()
    await invited(site, NASTY)
    page = await browser.get("/ui/account")
    assert NASTY not in page.text
    assert "invites you to own &lt;script&gt;" in page.text
