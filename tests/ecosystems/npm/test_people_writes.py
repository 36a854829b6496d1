"""What holds for every address at which owners, access, organisations and stars are changed."""

import pytest

from packhouse.domain.accounts import SecondFactor
from packhouse.domain.actor import Limit
from packhouse.ecosystems.npm.access_routes import AccessRoutes
from packhouse.ecosystems.npm.organisation_routes import OrganisationRoutes
from packhouse.ecosystems.npm.owner_routes import OwnerRoutes
from packhouse.ecosystems.npm.star_routes import StarRoutes
from packhouse.http.router import Route
from packhouse.services.assembly import Services
from tests.ecosystems.npm.doors import Doors

pytestmark = pytest.mark.anyio

OF_PACKAGES = [
    ("PUT", "-/package/{}/owners", {"user": "eve"}),
    ("DELETE", "-/package/{}/owners/ada", None),
    ("POST", "-/package/{}/access", {"access": "public"}),
    ("PUT", "-/user/package/{}/star", None),
    ("DELETE", "-/user/package/{}/star", None),
    ("PUT", "-/user/v1/star", {"package": "{}"}),
    ("DELETE", "-/user/v1/star", {"package": "{}"}),
    ("PUT", "-/team/acme/developers/package", {"package": "{}", "permissions": "read-only"}),
    ("DELETE", "-/team/acme/developers/package", {"package": "{}"}),
]
OF_ORGANISATIONS = [
    ("PUT", "-/org/acme/user", {"user": "eve"}),
    ("DELETE", "-/org/acme/user", {"user": "dan"}),
    ("PUT", "-/org/acme/team", {"name": "press"}),
    ("DELETE", "-/team/acme/mill", None),
    ("PUT", "-/team/acme/mill/user", {"user": "dan"}),
    ("DELETE", "-/team/acme/mill/user", {"user": "ada"}),
]
HIDDEN, NONE = "@acme/cider", "@acme/nadir"

Write = tuple[str, str, dict[str, str] | None]


def about(write: Write, name: str) -> Write:
    """Fill a package's name in."""
    method, path, body = write
    filled = None if body is None else {field: text.replace("{}", name) for field, text in body.items()}
    return method, path.replace("{}", name.replace("/", "%2f")), filled


EVERY: list[Write] = [*(about(write, HIDDEN) for write in OF_PACKAGES), *OF_ORGANISATIONS]


async def acme() -> Doors:
    """Give a server with every door, an organisation and a restricted package of ada's in its scope."""

    def routes(desk: Services) -> list[Route]:
        doors = (OwnerRoutes(desk), AccessRoutes(desk), OrganisationRoutes(desk.people, desk.access), StarRoutes(desk))
        return [each for door in doors for each in door.routes()]

    server = Doors(routes)
    await server.organisation("acme", "ada", "dan")
    await server.server.token("eve")
    await server.ask("PUT", "-/org/acme/team", {"name": "mill"}, by="ada")
    await server.publish(HIDDEN, "ada", restricted=True)
    return server


async def state(server: Doors) -> object:
    """Take down all that could be changed."""
    store = server.server.store
    starred = await store.list_starred("hosted:default", "npm", "ada")
    return await store.list_organisations(), await store.list_owned("hosted:default", "npm", None), starred


@pytest.mark.parametrize("write", EVERY, ids=str)
async def test_nobody_writes_without_signing_in(write: Write) -> None:
    server = await acme()
    before = await state(server)
    reply = await server.ask(*write)
    assert reply.status == 401
    assert "acme" not in reply.text
    assert await state(server) == before


@pytest.mark.parametrize("write", EVERY, ids=str)
async def test_a_token_that_only_reads_writes_nothing(write: Write) -> None:
    server = await acme()
    before = await state(server)
    reply = await server.with_token(*write, await server.server.token("ada", read_only=True))
    assert reply.status == 403
    assert await state(server) == before


@pytest.mark.parametrize("write", EVERY, ids=str)
async def test_a_token_for_another_package_writes_nothing(write: Write) -> None:
    server = await acme()
    before = await state(server)
    limits = (Limit(("read", "publish", "maintain"), "npm", "@acme/perry"),)
    reply = await server.with_token(*write, await server.server.token("ada", limits=limits))
    assert reply.status in (403, 404)
    assert await state(server) == before


@pytest.mark.parametrize("write", EVERY, ids=str)
async def test_who_wants_one_time_passwords_is_asked_for_one(write: Write) -> None:
    server = await acme()
    accounts = server.desk.people.accounts
    token = await server.server.token("ada")
    factor = SecondFactor(b"12345678901234567890", "auth-and-writes", pending=False)
    await accounts.change(await accounts.get("ada"), second_factor=factor)
    before = await state(server)
    reply = await server.with_token(*write, token)
    assert reply.status == 401
    assert "one-time password" in reply.text
    assert await state(server) == before


@pytest.mark.parametrize("write", OF_PACKAGES, ids=str)
async def test_a_hidden_package_and_none_are_answered_alike(write: Write) -> None:
    server = await acme()
    before = await state(server)
    theirs = await server.ask(*about(write, HIDDEN), by="eve")
    nobodys = await server.ask(*about(write, NONE), by="eve")
    assert theirs.status == nobodys.status == 404
    assert theirs.text.replace("cider", "nadir") == nobodys.text
    assert theirs.headers == nobodys.headers
    assert await state(server) == before


@pytest.mark.parametrize("write", OF_ORGANISATIONS, ids=str)
async def test_a_strange_organisation_and_none_are_answered_alike(write: Write) -> None:
    server = await acme()
    method, path, body = write
    theirs = await server.ask(*write, by="eve")
    nobodys = await server.ask(method, path.replace("acme", "ecma"), body, by="eve")
    assert theirs.status == nobodys.status == 404
    assert theirs.text.replace("acme", "ecma") == nobodys.text


@pytest.mark.parametrize("write", EVERY, ids=str)
async def test_nothing_of_these_may_be_kept_by_anyone_on_the_way(write: Write) -> None:
    server = await acme()
    for by in ("ada", "eve", ""):
        reply = await server.ask(*write, by=by)
        assert reply.headers["cache-control"] in ("no-store", "private, no-store")
        assert reply.headers["content-type"] == "application/json"
