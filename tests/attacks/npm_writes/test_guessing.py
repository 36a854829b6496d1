"""Guessing names, passwords and one-time passwords: slow, and without a hint how near one is."""

import asyncio
import base64
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count

import pytest

from packhouse.formats.one_time import STEP_S, password_at
from packhouse.http.ready import wall_clock
from tests.asgi import Reply
from tests.attacks.grounds import PASSWORD
from tests.attacks.npm_writes.ground import Ground, a_ground

pytestmark = pytest.mark.anyio

_ADDRESSES = (f"198.51.100.{number}" for number in count(1))


@pytest.fixture(scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """Run a server with a user, and one who is shut out."""
    async with a_ground(tmp_path_factory.mktemp("guessing")) as ground:
        await ground.user("ada")
        await ground.user("gone")
        await ground.people.accounts.change(await ground.people.accounts.get("gone"), disabled=True)
        yield ground


def basic(user: str, password: str) -> dict[str, str]:
    """Make a header of user name and password."""
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


async def by_header(ground: Ground, user: str, password: str, peer: str) -> Reply:
    return await ground.send("GET", "/npm/-/whoami", headers=basic(user, password), peer=peer)


async def by_document(ground: Ground, user: str, password: str, peer: str) -> Reply:
    body = {"_id": f"org.couchdb.user:{user}", "name": user, "password": password, "type": "user"}
    return await ground.send("PUT", f"/npm/-/user/org.couchdb.user:{user}", body, peer=peer)


async def by_login(ground: Ground, user: str, password: str, peer: str) -> Reply:
    body = {"_id": f"org.couchdb.user:{user}", "name": user, "password": password, "type": "user"}
    headers = {"npm-command": "login"}
    return await ground.send("PUT", f"/npm/-/user/org.couchdb.user:{user}", body, headers=headers, peer=peer)


async def by_form(ground: Ground, user: str, password: str, peer: str) -> Reply:
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": "http://packhouse.example"}
    body = f"name={user}&password={password.replace(' ', '+')}".encode()
    return await ground.send("POST", "/ui/login", body, headers=headers, peer=peer)


WAYS: dict[str, Callable[[Ground, str, str, str], Awaitable[Reply]]] = {
    "header": by_header,
    "document": by_document,
    "login": by_login,
    "form": by_form,
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_wrong_name_is_answered_as_a_wrong_password_and_as_late(ground: Ground, way: str) -> None:
    took: dict[str, list[float]] = {"ada": [], "eva": [], "gone": []}
    replies = {}
    for _ in range(5):
        for name, times in took.items():
            began = time.perf_counter()
            replies[name] = await WAYS[way](ground, name, "not the password", next(_ADDRESSES))
            times.append(time.perf_counter() - began)
    texts = {(reply.status, reply.text.replace(name, "NAME")) for name, reply in replies.items()}
    assert len(texts) == 1
    assert {reply.status for reply in replies.values()} == {401}
    middle = {name: statistics.median(times) for name, times in took.items()}
    assert max(middle.values()) < 3 * min(middle.values()), middle
    assert (await WAYS[way](ground, "gone", PASSWORD, next(_ADDRESSES))).status == 401


@pytest.mark.parametrize("way", WAYS)
async def test_many_guesses_at_once_are_as_slow_as_one_after_the_other(ground: Ground, way: str) -> None:
    peer = next(_ADDRESSES)
    guesses = [WAYS[way](ground, "ada", f"guess number {number}", peer) for number in range(40)]
    statuses = [reply.status for reply in await asyncio.gather(*guesses)]
    assert set(statuses) == {401, 429}
    assert statuses.count(401) <= 6
    late = await WAYS[way](ground, "ada", PASSWORD, peer)
    assert late.status == 429
    assert int(late.headers["retry-after"]) >= 1
    # Whoever is elsewhere is not shut out by it, nor who has a token.
    assert (await WAYS[way](ground, "ada", PASSWORD, next(_ADDRESSES))).status in (200, 201, 303)
    assert (await ground.send("GET", "/npm/-/whoami", token=await ground.user("ada"), peer=peer)).status == 200


async def test_one_password_tried_on_many_names_is_slowed_as_well(ground: Ground) -> None:
    peer = next(_ADDRESSES)
    statuses = [(await by_header(ground, f"user{number}", "summer 2026", peer)).status for number in range(12)]
    assert statuses[:5] == [401] * 5
    assert 429 in statuses


async def test_headers_that_name_another_address_make_no_guess_free(ground: Ground) -> None:
    peer = next(_ADDRESSES)
    statuses = []
    for number in range(12):
        forged = {"x-forwarded-for": f"203.0.113.{number}", "forwarded": f"for=203.0.113.{number}"}
        headers = basic("ada", f"guess {number}") | forged | {"x-real-ip": f"203.0.113.{number}"}
        statuses.append((await ground.send("GET", "/npm/-/whoami", headers=headers, peer=peer)).status)
    assert 429 in statuses


async def test_nobody_in_particular_does_not_learn_which_users_there_are(ground: Ground) -> None:
    for path in (
        "/npm/-/user/org.couchdb.user:{}",
        "/npm/-/user/org.couchdb.user:{}?write=true",
        "/npm/-/user/{}/stars",
        "/npm/-/util/user/{}/stars",
        "/npm/-/user/{}/package",
        "/npm/-/_view/starredByUser?key=%22{}%22",
        "/npm/-/v1/search?text=maintainer:{}&x",
        "/api/users/{}",
        "/ui/users/{}",
    ):
        known, unknown = [await ground.send("GET", path.format(name)) for name in ("ada", "eva")]
        told = [reply.text.partition('"time"')[0].replace("ada", "eva") for reply in (known, unknown)]
        assert (known.status, told[0]) == (unknown.status, told[1]), path


async def test_a_one_time_password_counts_once_and_guessing_it_is_slowed(ground: Ground) -> None:
    accounts = ground.people.accounts
    otto = await accounts.add("otto", "", PASSWORD)
    otto, _ = await accounts.begin_otp(otto, "auth-and-writes")
    assert otto.second_factor is not None
    secret = otto.second_factor.secret
    step = wall_clock() // 1000 // STEP_S
    _, codes = await accounts.confirm_otp(otto, password_at(secret, step - 1))
    token = (await ground.people.tokens.create(await accounts.get("otto")))[0]

    async def write(otp: str, peer: str = "127.0.0.1", by: str = token) -> int:
        path, headers = "/npm/-/user/package/thing/star", {"npm-otp": otp}
        return (await ground.send("PUT", path, None, by, headers, peer)).status

    assert await write("") == 401
    assert await write(password_at(secret, step - 1)) == 401  # was shown when it was set up
    right = password_at(secret, step)
    assert await write(right) == 200
    # It goes on counting for the requests of this client's command, and for nobody who has seen it go by.
    other = (await ground.people.tokens.create(await accounts.get("otto")))[0]
    assert await write(right, by=other) == 401
    assert await write(right, next(_ADDRESSES)) == 401
    next_one = password_at(secret, step + 1)
    peers = [next(_ADDRESSES) for _ in range(8)]
    at_once = await asyncio.gather(*(write(next_one, peer) for peer in peers))
    assert sum(status == 200 for status in at_once) == 1
    statuses = [await write(f"{number:06}", next(_ADDRESSES)) for number in range(12)]
    assert 429 in statuses
    assert all(status >= 400 for status in statuses)
    # The password alone does not get around it, whatever it is used for.
    signed_in = await by_document(ground, "otto", PASSWORD, next(_ADDRESSES))
    assert signed_in.status in (401, 429)
    assert all(code not in signed_in.text for code in codes)


async def test_who_waits_for_a_browser_is_answered_to_nobody_else(ground: Ground) -> None:
    begun = await ground.send("POST", "/npm/-/v1/login", {}, headers={"host": "evil.example"})
    assert begun.status == 200
    page = begun.text.partition("/ui/login/")[2].partition('"')[0]
    poll = begun.text.partition("/-/v1/done/")[2].partition('"')[0]
    assert page != poll
    assert min(len(page), len(poll)) >= 22
    for guess in (page, poll[:-1], poll + "x", "", "*", "%00", "..%2f..%2fwhoami"):
        assert (await ground.send("GET", f"/npm/-/v1/done/{guess}")).status in (400, 404)
    assert (await ground.send("GET", f"/npm/-/v1/done/{poll}")).status == 202
    asked = await ground.send("GET", f"/ui/login/{page}")
    assert poll not in asked.text
    assert "set-cookie" not in asked.headers
    # A session is a new one whatever cookie the browser came with.
    fixed = {"cookie": "packhouse_session=chosen-by-the-attacker", "origin": "http://packhouse.example"}
    form = {"content-type": "application/x-www-form-urlencoded"} | fixed
    body = f"name=ada&password={PASSWORD.replace(' ', '+')}&next=https://evil.example/".encode()
    reply = await ground.send("POST", "/ui/login?next=https://evil.example", body, headers=form)
    assert reply.status == 303
    assert reply.headers["location"] == "/ui/account"
    cookie = reply.headers["set-cookie"]
    assert "chosen-by" not in cookie
    assert {"HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))
