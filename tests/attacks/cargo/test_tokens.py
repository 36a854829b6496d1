"""What a token is not for, it does at no address of cargo's door; and a session acts for its own pages only."""

import json
from collections.abc import AsyncIterator, Mapping

import pytest
from msgspec import Struct

from packhouse.domain.actor import Action, Limit
from packhouse.domain.actor import Operation as Scope
from packhouse.ecosystems.cargo.openapi_document import OPERATIONS
from packhouse.ecosystems.cargo.openapi_operations import Operation
from packhouse.http.callers import COOKIE
from tests.asgi import Reply
from tests.attacks.cargo.ground import API, Ground, a_ground
from tests.ecosystems.cargo.pages import PAGES, tarball
from tests.ecosystems.cargo.publications import publication

pytestmark = pytest.mark.anyio

WRITES = [each for each in OPERATIONS if each.method != "GET"]
NEEDS_NONE = {"exchange_trustpub_token", "confirm_user_email", "accept_crate_owner_invitation_with_token"}
"""What a secret of its own shows the right to."""
OF_NO_CRATE = {
    "update_user",
    "resend_email_verification",
    "update_email_notifications",
    "handle_crate_owner_invitation",
}
"""What is done to oneself; of no use to who has a token for something else, and of no harm to a crate."""
_GITHUB = {"repository_owner": "eve", "repository_name": "x", "workflow_filename": "x.yml"}
_GITLAB = {"namespace": "eve", "project": "x", "workflow_filepath": "x.yml"}


class Sent(Struct, frozen=True):
    """A write that would be done for who may do it."""

    method: str
    path: str
    body: object


def sent(operation: Operation, crate: str, number: int) -> Sent:
    """Make the request of an operation for a crate, its release 1.0.0 and a number of something."""
    values = {"crate": crate, "version": "1.0.0", "user": str(number), "email_token": "x" * 20, "token": "x" * 20}
    path = operation.path
    for name in ("crate_id", "id"):
        path = path.replace(f"{{{name}}}", str(number))
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    bodies: Mapping[str, object] = {
        "publish": publication(crate, "2.0.0"),
        "update_crate": {"crate": {"trustpub_only": True}},
        "update_version": {"version": {"yanked": True, "yank_message": "eve was here"}},
        "add_owners": {"users": ["eve"]},
        "remove_owners": {"users": ["bob"]},
        "upload_docs": tarball(PAGES),
        "create_api_token": {"api_token": {"name": "more"}},
        "handle_crate_owner_invitation": {"crate_owner_invite": {"crate_id": number, "accepted": True}},
        "update_user": {"user": {"email": "eve@evil.example"}},
        "update_email_notifications": [],
        "exchange_trustpub_token": {"jwt": "e30.e30.e30"},
        "create_trustpub_github_config": {"github_config": {"crate": crate, **_GITHUB}},
        "create_trustpub_gitlab_config": {"gitlab_config": {"crate": crate, **_GITLAB}},
    }
    return Sent(operation.method, f"/cargo{path}", bodies.get(operation.name))


async def attempt(ground: Ground, operation: Operation, token: str, number: int = 1) -> Reply:
    """Write to the crate called berry."""
    request = sent(operation, "berry", number)
    return await ground.send(request.method, request.path, request.body, token)


@pytest.fixture(scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """Run a server on which ada has two crates, of one of which bob is an owner too."""
    async with a_ground(tmp_path_factory.mktemp("tokens"), "[publish]\ninvite_owners = false") as ground:
        ada = await ground.user("ada")
        for name in ("bob", "eve"):
            await ground.user(name)
        for name in ("apple", "berry"):
            await ground.publish(name, "1.0.0", ada)
        added = await ground.send("PUT", f"{API}/crates/berry/owners", {"users": ["bob"]}, ada)
        assert added.status == 200, added.text
        uploaded = await ground.send("PUT", f"{API}/crates/berry/1.0.0/docs", tarball(PAGES), ada)
        assert uploaded.status == 200, uploaded.text
        yield ground


async def state(ground: Ground) -> list[object]:
    """Take all that a refused write must leave as it was."""
    ada = await ground.user("ada")
    found: list[object] = []
    for path in (
        "crates/apple",
        "crates/berry",
        "crates/berry/owners",
        "crates/berry/following",
        "trusted_publishing/github_configs?crate=berry",
        "trusted_publishing/gitlab_configs?crate=berry",
        "me",
        "me/crate_owner_invitations",
    ):
        reply = await ground.send("GET", f"{API}/{path}", token=ada)
        found.append((path, reply.status, reply.text))
    lines = (await ground.send("GET", "/cargo/index/be/rr/berry", token=ada)).text
    pages = (await ground.send("GET", "/cargo/docs/berry/1.0.0/help.html", token=ada)).status
    tokens = sorted((each.key, each.name) for each in await ground.people.tokens.list("ada"))
    return [*found, lines, pages, [each for each in tokens if each[1] != "probe"]]


def refused(reply: Reply) -> bool:
    """Tell whether an answer refuses."""
    return reply.status in (401, 403, 404, 429) or "cannot use an API token" in reply.text


async def test_nobody_writes_anything(ground: Ground) -> None:
    before = await state(ground)
    for operation in WRITES:
        reply = await attempt(ground, operation, "")
        assert reply.status in ((400, 401, 403, 404) if operation.name in NEEDS_NONE else (401, 403)), operation.name
        assert await state(ground) == before, operation.name


async def test_a_token_that_reads_only_writes_nothing(ground: Ground) -> None:
    reading = await ground.user("ada", name="probe", read_only=True)
    before = await state(ground)
    for operation in WRITES:
        if operation.name in NEEDS_NONE | {"revoke_current_api_token", "revoke_trustpub_token"}:
            continue
        reply = await attempt(ground, operation, reading)
        assert refused(reply), (operation.name, reply.status, reply.text)
        assert await state(ground) == before, operation.name


@pytest.mark.parametrize(
    ("actions", "pattern", "scopes"),
    [
        (("read", "publish", "maintain"), "apple", ()),
        (("read", "publish", "maintain"), "be", ()),
        (("read", "publish", "maintain"), "berry-*", ()),
        (("read", "publish", "maintain"), "BERR", ()),
        (("read", "publish", "maintain"), "*", ("create",)),
        (("read",), "*", ()),
    ],
    ids=str,
)
async def test_a_token_for_something_else_does_nothing_to_a_crate(
    ground: Ground, actions: tuple[Action, ...], pattern: str, scopes: tuple[Scope, ...]
) -> None:
    limited = await ground.user("ada", name="probe", limits=(Limit(actions, "cargo", pattern, scopes),))
    before = await state(ground)
    for operation in WRITES:
        if operation.name in NEEDS_NONE | OF_NO_CRATE | {"revoke_current_api_token", "revoke_trustpub_token"}:
            continue
        reply = await attempt(ground, operation, limited)
        assert refused(reply), (operation.name, reply.status, reply.text)
        assert await state(ground) == before, operation.name


@pytest.mark.parametrize(
    ("scope", "its"),
    [
        ("update", {"publish", "upload_docs", "remove_docs"}),
        ("yank", {"yank_version", "unyank_version", "update_version"}),
        ("owners", {"add_owners", "remove_owners"}),
        (
            "trust",
            {
                "update_crate",
                "create_trustpub_github_config",
                "delete_trustpub_github_config",
                "create_trustpub_gitlab_config",
                "delete_trustpub_gitlab_config",
            },
        ),
    ],
)
async def test_a_token_for_one_kind_of_write_does_no_other(ground: Ground, scope: Scope, its: set[str]) -> None:
    limits = (Limit(("read", "publish", "maintain"), "cargo", "*", (scope,)),)
    limited = await ground.user("ada", name="probe", limits=limits)
    before = await state(ground)
    harmless = its | OF_NO_CRATE | NEEDS_NONE | {"revoke_current_api_token", "revoke_trustpub_token"}
    for operation in WRITES:
        if operation.name not in harmless:
            reply = await attempt(ground, operation, limited)
            assert refused(reply), (operation.name, reply.status, reply.text)
            assert await state(ground) == before, operation.name


async def test_a_stranger_writes_nothing_to_a_crate(ground: Ground) -> None:
    eve = await ground.user("eve")
    before = await state(ground)
    for operation in WRITES:
        personal = OF_NO_CRATE | NEEDS_NONE | {"revoke_current_api_token", "revoke_trustpub_token"}
        if operation.name in personal | {"follow_crate", "unfollow_crate", "revoke_api_token"}:
            continue
        reply = await attempt(ground, operation, eve)
        assert refused(reply), (operation.name, reply.status, reply.text)
        assert await state(ground) == before, operation.name


async def test_no_token_makes_or_lists_tokens(ground: Ground) -> None:
    for token in (await ground.user("ada"), await ground.user("ada", name="probe", limits=())):
        made = await ground.send("PUT", f"{API}/me/tokens", {"api_token": {"name": "more"}}, token)
        assert made.status in (400, 403), made.text
        listed = await ground.send("GET", f"{API}/me/tokens", token=token)
        assert listed.status in (401, 403), listed.text
    assert "more" not in {each.name for each in await ground.people.tokens.list("ada")}


async def test_a_token_of_somebody_else_is_neither_shown_nor_ended(ground: Ground) -> None:
    session = await _session(ground, "ada")
    made = await ground.send("PUT", f"{API}/me/tokens", {"api_token": {"name": "mine"}}, headers=session)
    assert made.status == 200, made.text
    number = json.loads(made.body)["api_token"]["id"]
    path = f"{API}/me/tokens/{number}"
    for headers in ({"authorization": await ground.user("eve")}, await _session(ground, "eve"), {}):
        for method in ("GET", "DELETE"):
            reply = await ground.send(method, path, headers=headers)
            assert refused(reply) or reply.text == "{}", (method, reply.text)
            assert "mine" not in reply.text
    assert (await ground.send("GET", path, headers=session)).status == 200
    secret = json.loads(made.body)["api_token"]["token"]
    for reply in (
        await ground.send("GET", path, headers=session),
        await ground.send("GET", f"{API}/me/tokens", headers=session),
    ):
        assert secret not in reply.text
        assert '"token":' not in reply.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://packhouse.example.evil.example"},
        {"origin": "http://packhouse.example:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "same-origin", "origin": "https://evil.example"},
        {"referer": "http://packhouse.example/"},
    ],
    ids=str,
)
async def test_no_other_site_writes_by_a_session(ground: Ground, headers: Mapping[str, str]) -> None:
    cookie = {"cookie": (await _session(ground, "ada"))["cookie"]}
    before = await state(ground)
    for operation in WRITES:
        if operation.name not in NEEDS_NONE:
            request = sent(operation, "berry", 1)
            reply = await ground.send(
                request.method, request.path, request.body, headers={**cookie, **headers, "content-type": "text/plain"}
            )
            assert refused(reply), (operation.name, reply.status, reply.text)
    assert await state(ground) == before


async def test_credentials_of_another_form_are_nobodys(ground: Ground) -> None:
    ada = await ground.user("ada")
    for sent_ in (
        f"Basic {ada}",
        f"Digest {ada}",
        f"bearer{ada}",
        f"Bearer {ada} {ada}",
        f"{ada},{ada}",
        f"{ada}\u00e9",
        f"{ada[:-1]}",
        "Bearer ",
        "a" * 8_000,
    ):
        reply = await ground.send("GET", f"{API}/me", headers={"authorization": sent_})
        assert reply.status in (400, 401, 403), sent_
        assert "ada@team.example" not in reply.text


async def test_the_bare_token_and_the_bearer_are_the_same(ground: Ground) -> None:
    ada = await ground.user("ada")
    for form in (ada, f"Bearer {ada}", f"bearer {ada}"):
        reply = await ground.send("GET", f"{API}/me", headers={"authorization": form})
        assert json.loads(reply.body)["user"]["login"] == "ada"


async def test_no_answer_and_no_log_of_refusals_repeats_a_token(ground: Ground) -> None:
    ada = await ground.user("ada")
    for path in (f"/cargo/{ada}", f"{API}/crates/{ada}", f"{API}/tokens/{ada}", f"{API}/crates?q={ada}"):
        for method in ("GET", "PUT", "DELETE"):
            reply = await ground.send(method, path, token=await ground.user("eve"))
            assert ada not in str(reply.headers)
    entries = [str(each) for each in await ground.people.audit.list(limit=1000)]
    assert entries
    assert not [each for each in entries if ada in each]


async def _session(ground: Ground, name: str) -> dict[str, str]:
    await ground.user(name)
    secret, _ = await ground.people.tokens.begin_session(await ground.people.accounts.get(name), "a browser")
    return {"cookie": f"{COOKIE}={secret}", "origin": "http://packhouse.example"}
