"""A registry that is closed, or whose own crates are for its users, tells strangers nothing; nor does what was kept."""

import json
from collections.abc import AsyncIterator

import pytest

from packhouse.ecosystems.cargo.openapi_document import OPERATIONS
from packhouse.ecosystems.cargo.openapi_operations import Operation
from tests.asgi import Reply
from tests.attacks.cargo.ground import API, Ground, a_ground
from tests.attacks.cargo.test_questions import path_of
from tests.attacks.cargo.test_tokens import sent
from tests.ecosystems.cargo.pages import PAGES, tarball

pytestmark = pytest.mark.anyio

NEEDS_NONE = {
    "login_page": "it says how to sign in",
    "exchange_trustpub_token": "it takes an identity",
    "confirm_user_email": "it takes the token of a letter",
    "accept_crate_owner_invitation_with_token": "it takes the token of an invitation",
    "get_site_metadata": "it says nothing about crates",
    "list_category_slugs": "it says nothing about crates",
}
WORDS = 'keywords = ["hush"]\ncategories = ["science"]\nreadme = "src/lib.rs"\n'


@pytest.fixture(
    scope="module", params=['upstream = "users"\nhosted = "users"', 'upstream = "users"\nhosted = "granted"']
)
async def closed(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> AsyncIterator[Ground]:
    """Run a server on which nobody reads without signing in."""
    async with a_ground(tmp_path_factory.mktemp("closed"), f"[access]\n{request.param}") as ground:
        ada = await ground.user("ada")
        await ground.publish("berry", "1.0.0", ada, WORDS)
        reply = await ground.send("PUT", f"{API}/crates/berry/1.0.0/docs", tarball(PAGES), ada)
        assert reply.status == 200, reply.text
        yield ground


@pytest.fixture(scope="module")
async def for_users(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """Run a server whose own crates are for its users, and what it caches for everybody."""
    async with a_ground(tmp_path_factory.mktemp("users"), '[access]\nhosted = "users"') as ground:
        ada = await ground.user("ada")
        await ground.publish("berry", "1.0.0", ada, WORDS)
        reply = await ground.send("PUT", f"{API}/crates/berry/1.0.0/docs", tarball(PAGES), ada)
        assert reply.status == 200, reply.text
        yield ground


def tells(reply: Reply) -> bool:
    """Tell whether an answer says anything of the crate or who has made it."""
    said = reply.text + str(reply.headers)
    return any(word in said for word in ("hush", "ada", "1.0.0", "About berry", "crates.js", "A pear"))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
async def test_nothing_of_a_closed_registry_is_for_nobody(closed: Ground, operation: Operation) -> None:
    if operation.method == "GET":
        reply = await closed.send("GET", path_of(operation))
    else:
        request = sent(operation, "berry", 1)
        reply = await closed.send(request.method, request.path, request.body)
    assert not tells(reply), reply.text
    if operation.name == "index_file_short":  # whose address has three parts
        assert reply.status == 404
    elif operation.name not in NEEDS_NONE:
        assert reply.status in (401, 403), reply.text
        if reply.status == 401:
            assert reply.headers["www-authenticate"].startswith("Cargo login_url=")


@pytest.mark.parametrize("path", ["config.json", "be/rr/berry", "no/ne/none", "1/a", "x", "be/rr"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_the_index_of_a_closed_registry_says_only_where_to_sign_in(
    closed: Ground, path: str, method: str
) -> None:
    for headers in ({}, {"authorization": "pkh_" + "a" * 36}):
        for prefix in ("", "/@2030-01-01", "/r/default"):
            reply = await closed.send(method, f"{prefix}/cargo/index/{path}", headers=headers)
            assert reply.status == 401 or (path in ("x", "be/rr") and reply.status == 404), (headers, reply.text)
            assert "dl" not in reply.text.split('"')


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.method == "GET"], ids=lambda each: each.name)
async def test_what_is_for_users_is_told_nobody_else(for_users: Ground, operation: Operation) -> None:
    reply = await for_users.send("GET", path_of(operation).replace("/users/1", "/users/nobody"))
    assert not tells(reply) or operation.name == "list_category_slugs", reply.text
    assert reply.status < 500 or reply.status == 501


@pytest.mark.parametrize(
    "path",
    [
        "summary",
        "keywords",
        "keywords/hush",
        "categories",
        "categories/science",
        "crates?sort=new",
        "crates?q=hush",
        "crates?keyword=hush",
        "crates?category=science",
        "crates?ids%5B%5D=berry",
        "crates/berry/reverse_dependencies",
    ],
)
async def test_nobody_counts_what_is_for_users(for_users: Ground, path: str) -> None:
    before = await for_users.send("GET", f"{API}/{path}")
    words = f'{WORDS}[dependencies]\nberry = "1"'
    name = f"more-{abs(hash(path))}"
    await for_users.publish(
        name, "1.0.0", await for_users.user("ada"), words, deps=[{"name": "berry", "version_req": "^1"}]
    )
    after = await for_users.send("GET", f"{API}/{path}")
    assert (after.status, after.text) == (before.status, before.text)
    assert name not in after.text


async def test_what_was_for_everybody_and_is_hidden_now_is_not_answered_from_memory(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with a_ground(tmp_path_factory.mktemp("hidden")) as ground:
        ada = await ground.user("ada")
        await ground.publish("berry", "1.0.0", ada, WORDS)
        await ground.publish("needy", "1.0.0", ada, '[dependencies]\nberry = "1"', deps=_needs("berry"))
        await ground.send("PUT", f"{API}/crates/berry/1.0.0/docs", tarball(PAGES), ada)
        paths = [path_of(each) for each in OPERATIONS if each.method == "GET" and each.name != "login_page"]
        paths += [f"{API}/crates?q=hush", f"{API}/crates?keyword=hush", "/cargo/docs/berry/1.0.0/help.html"]
        paths += [f"{API}/crates/berry?include=full", "/ui/cargo/berry", "/ui/search?q=hush"]
        tags = {}
        for path in [*paths, *paths]:
            tags[path] = (await ground.send("GET", path)).headers.get("etag", '"none"')
        await ground.restrict("berry", ada)
        for path in paths:
            for headers in ({}, {"if-none-match": tags[path]}, {"range": "bytes=0-20"}):
                reply = await ground.send("GET", path, headers=headers)
                assert reply.status != 304 or "berry" not in path, path
                assert "About berry" not in reply.text, path
                if path in (f"{API}/summary", f"{API}/keywords"):
                    assert '"berry"' not in reply.text  # counts are a minute old, names are not
                elif path != "/ui/search?q=hush":
                    assert "hush" not in reply.text.replace("q=hush", ""), path
                if "/berry" in path:
                    assert reply.status in (403, 404) if path.endswith("/following") else reply.status == 404, path


def _needs(name: str) -> list[dict[str, str]]:
    return [{"name": name, "version_req": "^1"}]


async def test_a_false_host_leads_nobody_else_there(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with a_ground(tmp_path_factory.mktemp("hosts")) as ground:
        ada = await ground.user("ada")
        await ground.publish("berry", "1.0.0", ada, WORDS)
        await ground.send("PUT", f"{API}/crates/berry/1.0.0/docs", tarball(PAGES), ada)
        paths = [path_of(each) for each in OPERATIONS if each.method == "GET"]
        paths += ["/cargo/api/openapi.json", "/cargo/docs/berry/latest", f"{API}/crates/berry/1.0.0"]
        for path in paths:
            for accept in ("application/json", "*/*"):
                for headers in (
                    {"host": "evil.example"},
                    {"x-forwarded-host": "evil.example"},
                    {"forwarded": "host=evil.example"},
                ):
                    await ground.send("GET", path, headers={**headers, "accept": accept})
                for _ in range(2):
                    reply = await ground.send("GET", path, headers={"accept": accept})
                    assert b"evil.example" not in reply.body + str(reply.headers).encode(), path


async def test_an_answer_in_one_form_is_not_kept_for_who_wants_another(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with a_ground(tmp_path_factory.mktemp("forms")) as ground:
        await ground.publish("berry", "1.0.0", await ground.user("ada"), WORDS)
        for path in (f"{API}/crates/berry/1.0.0/download", f"{API}/crates/berry/1.0.0/readme"):
            for accept in ("*/*", "application/json", "*/*", "application/json"):
                reply = await ground.send("GET", path, headers={"accept": accept})
                is_json = reply.headers.get("content-type") == "application/json"
                assert is_json == (accept == "application/json"), (path, accept)
                assert "accept" in [each.strip().lower() for each in reply.headers["vary"].split(",")]


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.method != "GET"], ids=lambda each: each.name)
async def test_the_past_is_not_written_to(for_users: Ground, operation: Operation) -> None:
    ada = await for_users.user("ada")
    before = json.dumps(await for_users.read("crates/berry", ada))
    request = sent(operation, "berry", 1)
    if operation.name == "revoke_current_api_token":
        ada = await for_users.user("ada", name="spare")
    for prefix in ("/@2020-01-01", "/@2030-01-01", "/@2026-01-01T00:00:00Z"):
        reply = await for_users.send(request.method, f"{prefix}{request.path}", request.body, ada)
        assert reply.status < 500
    assert json.dumps(await for_users.read("crates/berry", await for_users.user("ada"))) == before
