"""What was given ends: a build's token goes no further than publishing, what is gone or hidden is told by no list."""

import json
from collections.abc import Mapping

import pytest

from packhouse.ecosystems.cargo.openapi_document import OPERATIONS
from tests.attacks.cargo.ground import API, a_ground
from tests.attacks.cargo.test_questions import path_of
from tests.attacks.cargo.test_tokens import WRITES, refused, sent
from tests.ecosystems.cargo.pages import PAGES, tarball
from tests.ecosystems.cargo.publications import put
from tests.ecosystems.cargo.test_every_operation import CALLS, build
from tests.identities import github, signed

pytestmark = pytest.mark.anyio

ITS = {"publish", "upload_docs", "remove_docs", "revoke_trustpub_token", "revoke_current_api_token"}
"""What a build may do."""
NEEDS_NONE = {"exchange_trustpub_token", "confirm_user_email", "accept_crate_owner_invitation_with_token"}
WORDS = 'keywords = ["hush"]\ncategories = ["science"]\nreadme = "src/lib.rs"\n'
AGENT: Mapping[str, str] = {"user-agent": "a test"}


async def test_a_builds_token_publishes_its_crate_and_does_nothing_else() -> None:
    farm = await build()
    trusted = await farm.send(CALLS["create_trustpub_github_config"])
    assert trusted.status == 200, trusted.text
    exchanged = await farm.send(CALLS["exchange_trustpub_token"])
    assert exchanged.status == 200, exchanged.text
    token = json.loads(exchanged.body)["token"]

    async def state() -> list[str]:
        names = ("find_crate", "list_owners", "list_trustpub_github_configs", "get_authenticated_user")
        found = [(await farm.send(CALLS[name])).text for name in names]
        tokens = sorted(each.key for each in await farm.server.people.tokens.list("ada"))
        return [*found, str(tokens)]

    before = await state()
    for crate in ("berry", "needy"):
        for operation in WRITES:
            if operation.name in NEEDS_NONE or (operation.name in ITS and crate == "berry"):
                continue
            if operation.name in ("revoke_trustpub_token", "revoke_current_api_token"):
                continue
            request = sent(operation, crate, 1)
            headers = {**AGENT, "authorization": f"Bearer {token}"}
            reply = await farm.server.send(request.method, request.path, request.body, headers=headers)
            assert refused(reply) or reply.text == "{}", (operation.name, crate, reply.status, reply.text)
            assert await state() == before, operation.name
    for path in ("me", "me/tokens", "me/crate_owner_invitations", "trusted_publishing/github_configs?crate=needy"):
        reply = await farm.server.get(f"{API}/{path}", {**AGENT, "authorization": token})
        assert "ada@" not in reply.text, path
        assert '"token"' not in reply.text, path
    published = await put(farm.server, token, sent(_named("publish"), "berry", 1).body)  # type: ignore[arg-type]
    assert published.status == 200, published.text
    again = await farm.server.send("POST", f"{API}/trusted_publishing/tokens", {"jwt": signed(github())}, headers=AGENT)
    assert again.status in (400, 401, 403), again.text


def _named(name: str) -> object:
    return next(each for each in OPERATIONS if each.name == name)


async def test_who_followed_a_crate_is_told_nothing_once_it_is_hidden(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with a_ground(tmp_path_factory.mktemp("followed")) as ground:
        ada, bob = await ground.user("ada"), await ground.user("bob")
        await ground.publish("berry", "1.0.0", ada, WORDS)
        assert (await ground.send("PUT", f"{API}/crates/berry/follow", token=bob)).status == 200
        paths = ("me/updates", "crates?following=1", "crates?following=true&sort=new", "me", "summary")
        assert "berry" in (await ground.send("GET", f"{API}/me/updates", token=bob)).text
        for path in paths:
            await ground.send("GET", f"{API}/{path}", token=bob)
        await ground.restrict("berry", ada)
        await ground.publish("berry", "1.1.0", ada, WORDS)
        for path in paths:
            reply = await ground.send("GET", f"{API}/{path}", token=bob)
            assert reply.status == 200, path
            assert '"berry"' not in reply.text, path
            assert "1.1.0" not in reply.text, path
        assert (await ground.send("GET", f"{API}/crates/berry/following", token=bob)).status == 404


async def test_nothing_is_told_of_a_crate_that_was_removed(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with a_ground(tmp_path_factory.mktemp("removed")) as ground:
        ada = await ground.user("ada")
        await ground.publish("berry", "1.0.0", ada, WORDS)
        uploaded = await ground.send("PUT", f"{API}/crates/berry/1.0.0/docs", tarball(PAGES), ada)
        assert uploaded.status == 200, uploaded.text
        paths = [path_of(each) for each in OPERATIONS if each.method == "GET" and each.name != "login_page"]
        paths += [f"{API}/crates?q=hush", "/ui/cargo/berry", "/ui/search?q=hush", "/cargo/docs/berry/1.0.0/help.html"]
        for path in [*paths, *paths]:
            await ground.send("GET", path, token=ada)
            await ground.send("GET", path)
        session, _ = await ground.people.tokens.begin_session(await ground.people.accounts.get("ada"), "x")
        cookie = {"cookie": f"packhouse_session={session}", "origin": "http://packhouse.example"}
        removed = await ground.send("DELETE", f"{API}/crates/berry", headers=cookie)
        assert removed.status == 204, removed.text
        for path in paths:
            for token in ("", ada):
                reply = await ground.send("GET", path, token=token)
                assert "About berry" not in reply.text, path
                assert "A pear" not in reply.text, path
                if path != f"{API}/crates/berry/following":
                    assert reply.status == 404 or '"berry"' not in reply.text, path
                if "/berry" in path:
                    assert reply.status in (403, 404), path


async def test_a_page_of_documentation_dies_with_the_right_to_see_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with a_ground(tmp_path_factory.mktemp("passes"), "[publish]\ninvite_owners = false") as ground:
        ada, bob = await ground.user("ada"), await ground.user("bob")
        await ground.publish("berry", "1.0.0", ada, WORDS)
        await ground.publish("plum", "1.0.0", ada, WORDS)
        for crate in ("berry", "plum"):
            assert (await ground.send("PUT", f"{API}/crates/{crate}/1.0.0/docs", tarball(PAGES), ada)).status == 200
            await ground.restrict(crate, ada)
        added = await ground.send("PUT", f"{API}/crates/berry/owners", {"users": ["bob"]}, ada)
        assert added.status == 200, added.text
        session, _ = await ground.people.tokens.begin_session(await ground.people.accounts.get("bob"), "x")
        led = await ground.send(
            "GET", "/cargo/docs/berry/1.0.0/help.html", headers={"cookie": f"packhouse_session={session}"}
        )
        assert led.status == 302
        passed = led.headers["location"].removeprefix("http://packhouse.example")
        assert "~" in passed
        seen = await ground.send("GET", passed)
        assert (seen.status, seen.body) == (200, PAGES["help.html"])
        assert "private" in seen.headers["cache-control"] or "no-store" in seen.headers["cache-control"]
        elsewhere = passed.replace("/berry/", "/plum/")
        assert (await ground.send("GET", elsewhere)).status != 200
        assert (await ground.send("GET", passed.replace("~", "~x"))).status != 200
        tag = {"if-none-match": seen.headers["etag"]}
        removed = await ground.send("DELETE", f"{API}/crates/berry/owners", {"users": ["bob"]}, ada)
        assert removed.status == 200, removed.text
        for headers in ({}, tag):
            assert (await ground.send("GET", passed, headers=headers)).status in (302, 404)
        assert (await ground.send("GET", "/cargo/docs/berry/1.0.0/help.html", token=bob)).status == 404
