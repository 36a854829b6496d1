"""Whose a name is, is decided neither by who is faster, nor by a removal, nor by how names look."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.attacks.npm_writes.ground import Ground, a_ground
from tests.ecosystems.npm.test_publishing import document

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """Run a server with some people."""
    async with a_ground(tmp_path_factory.mktemp("names")) as ground:
        for user in ("ada", "bob", "eve"):
            await ground.user(user)
        yield ground


def files_beside(ground: Ground) -> list[Path]:
    """List the files that are none of the server's data."""
    data = ground.folder / "data"
    return sorted(path for path in ground.folder.rglob("*") if data != path and data not in path.parents)


async def remove(ground: Ground, name: str, token: str) -> None:
    """Remove a package with all its versions."""
    rev = (await ground.packument(name, token))["_rev"]
    escaped = name.replace("/", "%2f")
    assert (await ground.send("DELETE", f"/npm/{escaped}/-rev/{rev}", token=token)).status == 200


@pytest.mark.parametrize("number", range(5))
async def test_of_two_who_publish_a_new_name_at_once_one_gets_it_and_the_other_gets_nothing(
    ground: Ground, number: int
) -> None:
    name = f"race-{number}"
    ada, bob = await ground.user("ada"), await ground.user("bob")
    replies = await asyncio.gather(
        ground.send("PUT", f"/npm/{name}", document(name, "1.0.0"), ada),
        ground.send("PUT", f"/npm/{name}", document(name, "2.0.0"), bob),
    )
    assert sorted(reply.status for reply in replies) == [201, 403]
    winner, version = ("ada", "1.0.0") if replies[0].status == 201 else ("bob", "2.0.0")
    shown = await ground.packument(name)
    assert list(shown["versions"]) == [version]
    assert [person["name"] for person in shown["maintainers"]] == [winner]
    assert (await ground.send("GET", f"/npm/{name}/-/{name}-{version}.tgz")).status == 200
    lost = "2.0.0" if version == "1.0.0" else "1.0.0"
    assert (await ground.send("GET", f"/npm/{name}/-/{name}-{lost}.tgz")).status == 404


async def test_a_removed_package_is_taken_over_by_nobody_not_even_by_a_team_that_published_it(ground: Ground) -> None:
    ada, bob, eve = [await ground.user(user) for user in ("ada", "bob", "eve")]
    await ground.people.organisations.create("orchard", "ada", [("npm", "@orchard/*")])
    for user in ("bob", "ada"):
        await ground.send("PUT", "/npm/-/org/orchard/user", {"user": user, "role": "owner"}, ada)
    await ground.send("PUT", "/npm/-/org/orchard/team", {"name": "pickers"}, ada)
    await ground.send("PUT", "/npm/-/team/orchard/pickers/user", {"user": "bob"}, ada)
    await ground.publish("plum", "1.0.0", ada)
    granted = {"package": "plum", "permissions": "read-write"}
    reply = await ground.send("PUT", "/npm/-/team/orchard/pickers/package", granted, ada)
    assert reply.status == 200, reply.text
    await ground.publish("plum", "1.1.0", bob)
    await remove(ground, "plum", ada)
    for token in (bob, eve):
        refused = await ground.send("PUT", "/npm/plum", document("plum", "2.0.0"), token)
        assert refused.status == 403
    assert await ground.packument("plum") == {}
    await ground.publish("plum", "2.0.0", ada)
    assert [person["name"] for person in (await ground.packument("plum"))["maintainers"]] == ["ada"]


async def test_no_version_is_ever_used_twice_however_often_the_package_is_removed(ground: Ground) -> None:
    ada = await ground.user("ada")
    await ground.publish("quince", "1.0.0", ada)
    await remove(ground, "quince", ada)
    for version in ("1.0.0", "1.0.0+build", "v1.0.0", "01.0.0", "1.0.0 "):
        reply = await ground.send("PUT", "/npm/quince", document("quince", version), ada)
        assert reply.status in (400, 403), version
        assert await ground.packument("quince") == {}
    await ground.publish("quince", "1.0.1", ada)
    await remove(ground, "quince", ada)
    for version in ("1.0.0", "1.0.1"):
        assert (await ground.send("PUT", "/npm/quince", document("quince", version), ada)).status == 403
    await ground.publish("quince", "1.0.2", ada)
    assert list((await ground.packument("quince"))["versions"]) == ["1.0.2"]


async def test_a_version_with_other_build_metadata_is_the_same_version(ground: Ground) -> None:
    # SemVer 10: build metadata says nothing of precedence; npm takes it off.
    ada = await ground.user("ada")
    await ground.publish("medlar", "1.0.0", ada)
    reply = await ground.send("PUT", "/npm/medlar", document("medlar", "1.0.0+evil"), ada)
    assert reply.status in (400, 409)
    assert list((await ground.packument("medlar"))["versions"]) == ["1.0.0"]


BAD_NAMES = {
    "parent": "..%2f..%2fetc",
    "parent in a scope": "@s%2f..%2fx",
    "dots": "%2e%2e",
    "dot": "%2e",
    "hidden": ".hidden",
    "underscore": "_private",
    "NUL": "a%00b",
    "backslash": "a%5cb",
    "escaped twice": "a%252fb",
    "overlong slash": "a%c0%afb",
    "blank": "a%20b",
    "line": "a%0d%0aSet-Cookie:x",
    "homoglyph": "r%d0%b5act",
    "full width": "%ef%bd%81bc",
    "scope only": "@farm%2f",
    "scope without name": "@%2fx",
    "two scopes": "@a%2f@b%2fc",
    "node_modules": "node_modules",
    "favicon": "favicon.ico",
    "prototype": "__proto__",
    "constructor": "constructor",
    "long": "a" * 215,
    "device": "con",
    "device with extension": "nul.tgz",
    "query": "a%3fwrite=true",
    "fragment": "a%23b",
    "right to left": "a%e2%80%aeb",
}


@pytest.mark.parametrize("what", BAD_NAMES)
async def test_nothing_is_published_under_a_name_that_could_be_something_else(ground: Ground, what: str) -> None:
    escaped = BAD_NAMES[what]
    name = unquote(escaped)
    before = files_beside(ground)
    reply = await ground.send("PUT", f"/npm/{escaped}", document(name, "1.0.0"), await ground.user("ada"))
    if what.startswith("device"):
        assert reply.status in (201, 400)  # files are kept by their digest, so that such a name does no harm
    else:
        assert reply.status in (400, 404), reply.text
    assert "\r" not in reply.text
    assert files_beside(ground) == before
    assert not any("set-cookie" in header for header in reply.headers)


@pytest.mark.parametrize("twin", ["left_pad", "left.pad", "leftpad", "Left-Pad"])
async def test_who_publishes_a_name_that_looks_like_another_is_told_and_gets_nothing_of_the_other(
    ground: Ground, twin: str
) -> None:
    ada, eve = await ground.user("ada"), await ground.user("eve")
    if not await ground.packument("left-pad"):
        await ground.publish("left-pad", "1.0.0", ada)
    before = await ground.packument("left-pad")
    reply = await ground.send("PUT", f"/npm/{twin}", document(twin, "1.0.1"), eve)
    assert "looks like left" in reply.headers["npm-notice"].lower()
    assert await ground.packument("left-pad") == before
    assert (await ground.send("PUT", "/npm/left-pad", document("left-pad", "1.0.1"), eve)).status == 403


async def test_a_name_that_an_upstream_has_is_not_taken_by_who_comes_along(ground: Ground) -> None:
    reply = await ground.send("PUT", "/npm/thing", document("thing", "9.0.0"), await ground.user("eve"))
    assert reply.status == 403
    assert list((await ground.packument("thing"))["versions"]) == ["1.0.0"]


async def test_where_the_upstream_cannot_be_asked_no_new_name_is_taken(ground: Ground) -> None:
    await ground.upstream.stop()
    try:
        reply = await ground.send("PUT", "/npm/unasked", document("unasked", "1.0.0"), await ground.user("eve"))
        assert reply.status in (502, 503, 504)
    finally:
        await ground.upstream.start()
    assert await ground.packument("unasked") == {}


@pytest.mark.parametrize("name", ["@ada/mine", "@ADA/mine", "@grove/mine", "@Grove/mine"])
async def test_the_scope_of_a_user_or_an_organisation_is_theirs_however_it_is_written(
    ground: Ground, name: str
) -> None:
    if "grove" not in [each.name for each in await ground.people.organisations.list()]:
        await ground.people.organisations.create("grove", "ada", [("npm", "@grove/*")])
    for method, path in (("PUT", "/npm/{}"), ("POST", "/npm/-/stage/package/{}")):
        body = document(name, "1.0.0")
        reply = await ground.send(method, path.format(name.replace("/", "%2f")), body, await ground.user("eve"))
        assert reply.status == 403
    assert await ground.packument(name) == {}
