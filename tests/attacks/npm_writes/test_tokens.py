"""What a token is not for, it does at no door; what does not count any more, counts nowhere."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator

import pytest

from packhouse.apis.admin.door import people_routes
from packhouse.domain.actor import Limit
from packhouse.domain.package import Moment
from packhouse.ecosystems.npm.routes import build_mount
from packhouse.http.ready import wall_clock
from packhouse.http.router import Route, RoutedDoor
from tests.asgi import Reply
from tests.attacks.asking import HOST, ask
from tests.attacks.grounds import PASSWORD
from tests.attacks.npm_writes.ground import Ground, a_ground
from tests.ecosystems.npm.test_publishing import document

pytestmark = pytest.mark.anyio

A, B = "@farm/apple", "@farm/berry"
UNASKED = {"-/npm/v1/security", "-/v1/login", "_all_docs", "_changes", "session"}
"""Writes by their method only: they read, or take a password of their own."""


@pytest.fixture(scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """Run a server on which ada has two packages and a team, and is an administrator."""
    async with a_ground(tmp_path_factory.mktemp("tokens")) as ground:
        await ground.people.accounts.add("ada", "ada@team.example", PASSWORD, administrator=True)
        ada = await ground.user("ada")
        await ground.user("bob")
        await ground.people.organisations.create("farm", "ada", [("npm", "@farm/*")])
        for name in (A, B):
            await ground.publish(name, "1.0.0", ada, access="restricted")
        hook = {"type": "package", "name": B, "endpoint": "https://hooks.example/", "secret": "berry secret"}
        made = await ground.send("POST", "/npm/-/npm/v1/hooks/hook", hook, ada)
        assert made.status == 201, made.text
        staged = await ground.send("POST", "/npm/-/stage/package/@farm%2fberry", document(B, "3.0.0"), ada)
        assert staged.status == 201, staged.text
        yield ground


async def state(ground: Ground) -> tuple[object, ...]:
    """Take all that a refused write must leave as it was."""
    ada = await ground.user("ada")
    paths = (
        "/npm/-/npm/v1/tokens?perPage=1000",
        "/npm/-/npm/v1/hooks",
        "/npm/-/npm/v1/user",
        "/npm/-/org/farm/user",
        "/npm/-/org/farm/team",
        "/npm/-/org/farm/package",
        "/npm/-/user/v1/star",
        "/npm/-/stage",
        "/api/users",
        "/api/grants",
        "/api/organisations",
    )
    told = []
    for path in paths:
        reply = await ground.send("GET", path, token=ada)
        assert reply.status == 200 or path.startswith("/api/"), (path, reply.text)
        found = json.loads(reply.body)
        for each in found.get("objects", ()) if isinstance(found, dict) else ():
            each.pop("last_used", None)
        told.append(found)
    owners = [(await ground.send("GET", f"/npm/-/package/{name}/access", token=ada)).text for name in (A, B)]
    return [await ground.packument(name, ada) for name in (A, B)], told, owners


async def writes(ground: Ground) -> list[tuple[str, str]]:
    """List method and address of every write of npm's door and of the administrators'."""
    door = build_mount(ground.app.services["npm"]).door._door  # type: ignore[attr-defined]
    assert isinstance(door, RoutedDoor)
    routes: list[tuple[str, Route]] = [
        ("/npm/", each) for by_length in door._router._by_length.values() for each in by_length
    ]
    if (await ground.send("GET", "/api/session")).status != 404:
        routes += [("/api/", each) for each in people_routes(ground.people)]
    found = []
    for prefix, each in routes:
        pattern = "/".join(each.pattern)
        if not any(pattern.startswith(unasked) for unasked in UNASKED):
            found += [(method, prefix + pattern) for method in each.handlers if method != "GET"]
    assert len(found) > 35
    return found


async def attempt(ground: Ground, method: str, pattern: str, name: str, token: str) -> Reply:
    """Write to an address with a body that would do for it."""
    rev = (await ground.packument(name, await ground.user("ada"))).get("_rev", "1-0")
    waiting = json.loads((await ground.send("GET", "/npm/-/stage", token=await ground.user("ada"))).body)
    hooks = json.loads((await ground.send("GET", "/npm/-/npm/v1/hooks", token=await ground.user("ada"))).body)
    id_ = waiting["items"][0]["id"] if "stage" in pattern else hooks["objects"][0]["id"]
    values = {
        "name": name if pattern.startswith("/npm/") else "bob",
        "rev": rev,
        "filename": f"{name.rpartition('/')[2]}-1.0.0.tgz",
        "tag": "beta",
        "user": "bob",
        "org": "farm",
        "team": "developers",
        "id": id_,
        "document": "org.couchdb.user:ada",
        "token": "ffffffffffff",
        "key": "ffffffffffff",
        "version": "1.0.0",
    }
    path = "/".join(
        values.get(part[1:-1], "x").replace("/", "%2f") if part.startswith("{") else part for part in pattern.split("/")
    )
    bodies: dict[str, object] = {
        "tag": "1.0.0",
        "dist-tags": {"beta": "1.0.0"},
        "owners": {"user": "bob"},
        "access": {"access": "public"},
        "package": {"package": name, "permissions": "read-write"},
        "star": {"name": name},
        "team": {"name": "pickers"},
        "user": {"user": "bob", "fullname": "Eve"},
        "hook": {"type": "package", "name": name, "endpoint": "https://hooks.example/", "secret": "x"},
        "tokens": {"name": "more", "password": PASSWORD, "user": "ada"},
        "grants": {"subject": "anyone", "role": "admin", "ecosystem": "*", "pattern": "*"},
        "organisations": {"name": "orchard", "owner": "bob"},
        "users": {"name": "mallory", "email": "", "password": PASSWORD, "administrator": True},
    }
    last = pattern.rpartition("/")[2].strip("{}")
    body = bodies.get(last)
    if last == "name" and pattern.startswith("/npm/"):
        body = document(name, "2.0.0")
    if pattern.startswith("/npm/-/user/{document}"):
        # Whoever knows the password signs in with it: so this tries without.
        body = {"name": "ada", "email": "eve@evil.example", "password": "wrong password"}
    if pattern == "/api/users/{name}":
        body = {"administrator": True}
    return await ground.send(method, path, body, token)


async def test_a_token_that_reads_only_writes_nothing_at_any_door(ground: Ground) -> None:
    reading = await ground.user("ada", read_only=True)
    before = await state(ground)
    for method, pattern in await writes(ground):
        reply = await attempt(ground, method, pattern, A, reading)
        assert reply.status in (401, 403, 404, 429), (method, pattern, reply)
        assert await state(ground) == before, (method, pattern)


@pytest.mark.parametrize("actions", [("read",), ("read", "publish"), ("read", "publish", "maintain")])
async def test_a_token_for_one_package_writes_to_nothing_else_at_any_door(
    ground: Ground, actions: tuple[str, ...]
) -> None:
    limited = await ground.user("ada", limits=(Limit(actions, "npm", A),))  # type: ignore[arg-type]
    before = await state(ground)
    for method, pattern in await writes(ground):
        reply = await attempt(ground, method, pattern, B, limited)
        assert reply.status in (401, 403, 404, 429), (method, pattern, reply.status, reply.text)
        assert await state(ground) == before, (method, pattern)


async def test_nobody_writes_anything_at_any_door(ground: Ground) -> None:
    before = await state(ground)
    for method, pattern in await writes(ground):
        reply = await attempt(ground, method, pattern, A, "")
        assert reply.status in (401, 429), (method, pattern, reply.status, reply.text)
    assert await state(ground) == before


async def test_a_token_for_one_package_sees_of_the_others_what_nobody_sees(ground: Ground) -> None:
    limited = await ground.user("ada", limits=(Limit(("read", "publish", "maintain"), "npm", A),))
    assert (await ground.send("GET", "/npm/@farm%2fapple", token=limited)).status == 200
    for path in (
        "/npm/@farm%2fberry",
        "/npm/@farm/berry/-/berry-1.0.0.tgz",
        "/npm/-/package/@farm%2fberry/dist-tags",
        "/npm/-/package/@farm%2fberry/collaborators",
        "/npm/-/package/@farm%2fberry/owners",
        "/npm/-/package/@farm%2fberry/access",
    ):
        assert (await ground.send("GET", path, token=limited)).status == 404
    for path in (
        "/npm/-/v1/search?text=berry",
        "/npm/-/org/farm/package",
        "/npm/-/-/package",
        "/npm/-/user/ada/package",
        "/npm/-/stage",
        "/npm/-/npm/v1/hooks",
        "/api/audit",
    ):
        reply = await ground.send("GET", path, token=limited)
        assert "berry" not in reply.text, path


async def test_a_token_that_was_revoked_is_nobodys_at_once_also_for_an_answer_that_is_the_same(ground: Ground) -> None:
    secret = await ground.user("ada", name="short")
    shown = await ground.send("GET", "/npm/@farm%2fapple", token=secret)
    etag = {"if-none-match": shown.headers["etag"]}
    assert (await ground.send("GET", "/npm/@farm%2fapple", token=secret, headers=etag)).status == 304
    ended = await ground.send("DELETE", f"/npm/-/user/token/{secret}", token=secret)
    assert ended.status == 200
    for headers in (etag, {}):
        for method in ("GET", "HEAD"):
            reply = await ground.send(method, "/npm/@farm%2fapple", token=secret, headers=headers, peer="192.0.2.1")
            assert reply.status == 404
            assert "etag" not in reply.headers
    assert (await ground.send("GET", "/npm/-/whoami", token=secret, peer="192.0.2.1")).status == 401


async def test_a_token_that_has_expired_or_whose_user_is_disabled_is_nobodys(ground: Ground) -> None:
    brief = await ground.user("ada", name="brief", expires_at=Moment(wall_clock() + 400))
    shown = await ground.send("GET", "/npm/@farm%2fapple", token=brief)
    assert shown.status == 200
    await asyncio.sleep(0.45)
    etag = {"if-none-match": shown.headers["etag"]}
    assert (await ground.send("GET", "/npm/@farm%2fapple", token=brief, headers=etag, peer="192.0.2.2")).status == 404
    assert (await ground.send("PUT", "/npm/@farm%2fapple", document(A, "2.0.0"), brief, peer="192.0.2.2")).status == 401
    # However often one that does not count was tried from an address, one that does works there.
    eve = await ground.user("eve")
    assert (await ground.send("GET", "/npm/-/whoami", token=eve)).status == 200
    await ground.people.accounts.change(await ground.people.accounts.get("eve"), disabled=True)
    assert (await ground.send("GET", "/npm/-/whoami", token=eve, peer="192.0.2.2")).status == 401


async def test_a_restricted_answer_is_never_repeated_to_others_and_nobody_between_may_keep_it(ground: Ground) -> None:
    ada, bob = await ground.user("ada"), await ground.user("bob")
    paths = (
        "/npm/@farm%2fapple",
        "/npm/@farm%2fapple/1.0.0",
        "/npm/-/package/@farm%2fapple/dist-tags",
        "/npm/@farm/apple/-/apple-1.0.0.tgz",
        "/ui/npm/@farm/apple",
    )
    for path in paths:
        seen = await ground.send("GET", path, token=ada)
        for seen in [await ground.send("GET", path, token=ada) for _ in range(2)]:
            assert seen.status == 200, path
            assert "public" not in seen.headers.get("cache-control", "")
            assert "authorization" in seen.headers["vary"].lower()
        for token in ("", bob):
            etag = (await ground.send("GET", path, token=ada)).headers.get("etag", '"x"')
            for headers in ({}, {"if-none-match": etag}, {"range": "bytes=0-5"}):
                hidden = await ground.send("GET", path, token=token, headers=headers)
                assert hidden.status == 404, (path, headers)
        # And what was answered to others is not what its owner is told.
        assert (await ground.send("GET", path, token=ada)).status == 200


async def test_what_becomes_restricted_is_not_answered_from_memory_whenever_it_was_read(ground: Ground) -> None:
    ada = await ground.user("ada")
    await ground.publish("@farm/cherry", "1.0.0", ada)
    path = "/npm/@farm%2fcherry"
    file = "/npm/@farm/cherry/-/cherry-1.0.0.tgz"
    for _ in range(2):
        assert (await ground.send("GET", path)).status == 200
        assert (await ground.send("GET", file)).status == 200
    change = ground.send("POST", "/npm/-/package/@farm%2fcherry/access", {"access": "restricted"}, ada)
    reads = [ground.send("GET", each) for each in (path, file) for _ in range(30)]
    await asyncio.gather(*reads[:30], change, *reads[30:])
    for each in (path, file, "/ui/npm/@farm/cherry"):
        assert (await ground.send("GET", each)).status == 404


@pytest.mark.parametrize(
    "settings", ['[access]\nupstream = "users"\nhosted = "users"', '[access]\nupstream = "granted"\nhosted = "granted"']
)
async def test_a_closed_server_answers_nobody_also_not_from_memory(
    tmp_path_factory: pytest.TempPathFactory, settings: str
) -> None:
    async with a_ground(tmp_path_factory.mktemp("closed"), settings) as ground:
        await ground.people.accounts.add("root-of-all", "", PASSWORD, administrator=True)
        admin = await ground.user("root-of-all")
        await ground.publish("pear", "1.0.0", admin)
        for path in (
            "/npm/thing",
            "/npm/thing/1.0.0",
            "/npm/thing/-/thing-1.0.0.tgz",
            "/npm/pear",
            "/npm/pear/-/pear-1.0.0.tgz",
            "/npm/-/package/pear/dist-tags",
            "/ui/npm/thing",
            "/v3/systems/npm/packages/thing",
        ):
            seen = await ground.send("GET", path, token=admin)
            for seen in [await ground.send("GET", path, token=admin) for _ in range(2)]:
                assert seen.status == 200, path
            etag = (await ground.send("GET", path, token=admin)).headers.get("etag", '"x"')
            for headers in ({}, {"if-none-match": etag}):
                reply = await ground.send("GET", path, headers=headers)
                assert reply.status in (401, 303), (path, reply.status)
                assert "1.0.0" not in reply.text
        for path in ("/npm/-/v1/search?text=thing", "/npm/-/v1/search?text=pear", "/ui/search?q=pea", "/"):
            reply = await ground.send("GET", path)
            assert reply.status in (200, 401, 303)
            assert "/ui/npm/pear" not in reply.text
            assert '"name":"thing"' not in reply.text


@pytest.mark.parametrize("trusted", [False, True])
async def test_a_token_of_some_networks_works_from_there_whatever_headers_say(
    tmp_path_factory: pytest.TempPathFactory, *, trusted: bool
) -> None:
    settings = 'trusted_proxies = ["10.9.0.0/16"]' if trusted else ""
    async with a_ground(tmp_path_factory.mktemp("networks"), settings) as ground:
        secret = await ground.user("ada", networks=["192.0.2.0/24"])
        inside = {"x-forwarded-for": "192.0.2.7"}
        forged = {
            "x-forwarded-for": "192.0.2.7, 198.51.100.1",
            "x-real-ip": "192.0.2.7",
            "forwarded": "for=192.0.2.7",
            "client-ip": "192.0.2.7",
        }

        async def status(peer: str, headers: dict[str, str]) -> int:
            return (await ground.send("GET", "/npm/-/whoami", token=secret, headers=headers, peer=peer)).status

        assert await status("192.0.2.9", {}) == 200
        assert await status("198.51.100.1", {}) == 401
        assert await status("198.51.100.1", inside) == 401
        assert await status("198.51.100.1", forged) == 401
        assert await status("10.9.0.1", inside) == (200 if trusted else 401)
        assert await status("10.9.0.1", forged) == 401
        assert await status("10.9.0.1", {"x-forwarded-for": "192.0.2.7, 198.51.100.1, 10.9.0.2"}) == 401
        assert await status("10.9.0.1", {"x-forwarded-for": "192.0.2.7\t"}) == (200 if trusted else 401)
        assert await status("10.9.0.1", {"x-forwarded-for": "192.0.2.7/24"}) == 401
        assert await status("10.9.0.1", {"x-forwarded-for": ""}) == 401


async def test_two_authorization_headers_are_refused_whichever_would_count(ground: Ground) -> None:
    ada = b"Bearer " + (await ground.user("ada")).encode()
    for first, second in ((ada, b"Bearer x"), (b"Bearer x", ada), (ada, ada)):
        headers = [HOST, (b"authorization", first), (b"authorization", second)]
        for method, path in ((b"GET", b"/npm/-/whoami"), (b"PUT", b"/npm/-/package/@farm%2fapple/dist-tags/beta")):
            assert (await ask(ground.app, path, method.decode(), headers)).status == 400


def basic(user: str, password: str, coding: str = "utf-8") -> dict[str, str]:
    """Make a header of user name and password."""
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode(coding)).decode()}


async def test_a_password_may_have_colons_and_letters_of_any_language(ground: Ground) -> None:
    password = "a:b:ü:密码 und mehr"
    await ground.people.accounts.add("colon", "", password)
    for header, status in (
        (basic("colon", password), 200),
        (basic("colon", "a"), 401),
        (basic("colon:a", "b:ü:密码 und mehr"), 200),  # the first colon ends the name: it is the same text
        (basic("colon", password.replace("密码", "??"), "latin-1"), 401),
        ({"authorization": "Basic " + base64.b64encode(b"colon").decode()}, 401),
        ({"authorization": "Basic !!!"}, 401),
        ({"authorization": "Basic"}, 401),
        ({"authorization": "Bearer"}, 401),
        ({"authorization": "Bearer \xfc"}, 401),
        ({"authorization": "Negotiate x"}, 401),
        ({"authorization": "Bearer " + "x" * 100_000}, 401),
    ):
        # From an address of its own: what others got wrong from there would slow this one down.
        reply = await ground.send("GET", "/npm/-/whoami", headers=header, peer="198.51.100.77")
        assert reply.status == status, header
        assert password not in reply.text


async def test_no_secret_stands_in_an_answer_a_tag_or_the_log(ground: Ground, caplog: pytest.LogCaptureFixture) -> None:
    secret = await ground.user("ada", name="told to nobody")
    replies = [
        await ground.send("DELETE", f"/npm/-/user/token/{secret}x", token=secret),
        await ground.send("GET", f"/npm/-/npm/v1/tokens/token/{secret}", token=secret),
        await ground.send("GET", "/npm/-/npm/v1/tokens?perPage=1000", token=secret),
        await ground.send("GET", f"/npm/{secret}", token=secret),
        await ground.send("PUT", f"/npm/-/package/{secret}/dist-tags/x", "1.0.0", token=secret),
        await ground.send("DELETE", f"/npm/-/user/token/{secret}", token=await ground.user("bob")),
        await ground.send("GET", "/npm/@farm%2fapple", token=secret),
        await ground.send("GET", "/api/audit", token=await ground.user("ada")),
    ]
    for reply in replies[:3] + replies[-3:]:
        assert secret not in reply.text
        assert secret not in str(reply.headers)
    assert secret not in caplog.text
