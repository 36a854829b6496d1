"""Who a request comes from, at the door of the server."""

import pytest

from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.errors import Conflict, NotFound
from packhouse.domain.package import Moment
from packhouse.formats.one_time import password_at
from packhouse.http.answers import Answer, text_answer
from packhouse.http.callers import COOKIE, Callers, without_secrets
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.request import Request
from packhouse.http.site import Mount, Site
from packhouse.services.secrets import new_key, new_secret
from tests.asgi import call
from tests.people import some_people

pytestmark = pytest.mark.anyio

NOW = Moment(1_767_225_600_000)


class Scene:
    """A site whose door says who asks."""

    def __init__(self, trusted: tuple[str, ...] = ()) -> None:
        self.store = MemoryStore()
        self.people = some_people(self.store, lambda: NOW)
        self.asked = 0
        address = PublicAddress(None, trusted)
        callers = Callers(self.people.identification, self.people.audit, address)
        mount = Mount(self.door)
        self.site = Site({"toy": mount}, mount, address, ("default",), Ready(1 << 20, lambda: NOW), callers)

    async def door(self, request: Request, segments: object) -> Answer:
        """Say who asks, and from where."""
        self.asked += 1
        actor = request.view.actor
        if segments == ["conflict"]:
            raise Conflict("it is there")
        if segments == ["missing"]:
            raise NotFound("it is not there")
        if segments == ["secret"] and request.view.sight is not None:
            request.view.sight.restricted = True
        answer = text_answer(f"{actor.user} at {actor.address}")
        if segments in (["kept"], ["secret"]):
            return Answer(body=b"x", cache_control="public, max-age=0", valid_until=Moment(NOW + 9999))
        return answer

    async def token(self) -> str:
        """Make a user with a token."""
        user = await self.people.accounts.add("ada", "", "correct horse battery")
        return (await self.people.tokens.create(user))[0]


async def test_two_credentials_at_once_are_refused() -> None:
    scene = Scene()
    token = await scene.token()
    scope_headers = {"authorization": f"Bearer {token}"}
    assert (await call(scene.site, "/toy", headers=scope_headers)).text == "ada at 127.0.0.1"

    async def twice(scope, receive, send):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        scope["headers"].append((b"authorization", b"Bearer other"))
        await scene.site(scope, receive, send)

    assert (await call(twice, "/toy", headers=scope_headers)).status == 400


async def test_the_clients_address_is_the_last_one_that_no_proxy_of_ours_has() -> None:
    sent = {"x-forwarded-for": "203.0.113.9, 198.51.100.4, 10.0.0.7"}
    assert (await call(Scene().site, "/toy", headers=sent, peer="10.0.0.1")).text == " at 10.0.0.1"
    behind = Scene(("10.0.0.0/8",))
    assert (await call(behind.site, "/toy", headers=sent, peer="10.0.0.1")).text == " at 198.51.100.4"
    assert (await call(behind.site, "/toy", headers=sent, peer="192.0.2.1")).text == " at 192.0.2.1"
    odd = {"x-forwarded-for": "198.51.100.4, <script>"}
    assert (await call(behind.site, "/toy", headers=odd, peer="10.0.0.1")).text == " at 10.0.0.1"


@pytest.mark.parametrize(
    ("method", "more", "expected"),
    [
        ("GET", {}, "ada"),
        ("POST", {}, ""),
        ("POST", {"origin": "http://packhouse.example"}, "ada"),
        ("POST", {"origin": "https://packhouse.example"}, ""),
        ("POST", {"origin": "http://evil.example"}, ""),
        ("POST", {"origin": "null"}, ""),
        ("POST", {"sec-fetch-site": "same-origin"}, "ada"),
        ("POST", {"sec-fetch-site": "same-site"}, ""),
        ("DELETE", {"sec-fetch-site": "cross-site"}, ""),
    ],
)
async def test_no_other_site_writes_by_somebodys_session(method: str, more: dict[str, str], expected: str) -> None:
    scene = Scene()
    await scene.token()
    secret, _ = await scene.people.tokens.begin_session(await scene.people.accounts.get("ada"), "a browser")
    headers = {"cookie": f"a=b; {COOKIE}={secret}"} | more
    assert (await call(scene.site, "/toy", method, headers)).text == f"{expected} at 127.0.0.1"


async def test_refused_writes_are_written_down_without_secrets_and_reads_are_not() -> None:
    scene = Scene()
    token = await scene.token()
    sent = {"authorization": f"Bearer {token}"}
    await call(scene.site, "/toy/conflict", "PUT", sent)
    await call(scene.site, "/toy/conflict", "GET", sent)
    await call(scene.site, "/toy/missing", "PUT", sent)
    await call(scene.site, f"/toy/conflict/{token}", "DELETE", sent)
    (entry,) = await scene.people.audit.list()
    assert (entry.user, entry.action, entry.subject, entry.outcome) == ("ada", "PUT", "/toy/conflict", "conflict")
    assert entry.token
    assert token not in repr(entry)


async def test_what_everybody_may_see_is_repeated_to_whoever_asks_and_the_rest_to_nobody() -> None:
    scene = Scene()
    token = await scene.token()
    for headers in ({}, {"authorization": f"Bearer {token}"}, {"authorization": "Bearer wrong"}):
        assert (await call(scene.site, "/toy/kept", headers=headers)).body == b"x"
    assert scene.asked == 1
    for _ in range(2):
        answer = await call(scene.site, "/toy/secret", headers={"authorization": f"Bearer {token}"})
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["vary"] == "Authorization"
    assert scene.asked == 3


async def test_reading_uses_no_one_time_password_up() -> None:
    scene = Scene()
    token = await scene.token()
    accounts = scene.people.accounts
    user, _ = await accounts.begin_otp(await accounts.get("ada"), "auth-and-writes")
    assert user.second_factor is not None
    secret, step = user.second_factor.secret, NOW // 30_000
    await accounts.confirm_otp(user, password_at(secret, step - 1))
    before = (await accounts.get("ada")).revision
    headers = {"authorization": f"Bearer {token}", "npm-otp": password_at(secret, step)}
    assert (await call(scene.site, "/toy", headers=headers)).status == 200
    assert (await accounts.get("ada")).revision == before
    assert (await call(scene.site, "/toy", headers=headers | {"npm-otp": "000000"})).status == 200
    assert (await call(scene.site, "/toy", "PUT", headers)).status == 200
    assert (await accounts.get("ada")).revision > before
    assert (await call(scene.site, "/toy", "PUT", headers | {"npm-otp": "000000"})).status == 401


@pytest.mark.parametrize(
    "path",
    [
        "/toy/api/v1/me/crate_owner_invitations/accept/{secret}",
        "/toy/api/v1/me/crate_owner_invitations/%61ccept/{secret}",
        "/toy/api/v1/confirm/{secret}",
        "/toy/tokens/%70{token}",
    ],
)
def test_a_path_is_logged_without_what_needs_no_signing_in(path: str) -> None:
    secret, token = f"{new_key()}.{'0a' * 20}", new_secret()
    written = without_secrets(path.format(secret=secret, token=token[1:]).encode())
    assert secret not in written
    assert token[1:] not in written
    assert written == path.format(secret="...", token="...").replace("%70...", "...")
