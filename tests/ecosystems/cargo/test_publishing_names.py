"""Whose a name is: in every spelling, of every upstream, of two who want it at once, and with every kind of token."""

import asyncio

import pytest

from packhouse.domain.actor import Limit, Operation
from packhouse.domain.errors import UpstreamDown
from packhouse.formats.pace import Pace
from packhouse.services.access import AccessRules
from packhouse.services.limits import LimitRules
from tests.ecosystems.cargo.crates import INDEX, index_file, key, line
from tests.ecosystems.cargo.publications import assembled, detail, lines, must_publish, publication, publish, put

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", ["plum", "Plum", "PLUM"])
async def test_a_crate_of_the_upstream_is_not_hidden(name: str) -> None:
    server = assembled({f"{INDEX}/pl/um/plum": index_file(line("plum", "1.0.0"))})
    reply = await publish(server, await server.token("ada"), name, "2.0.0")
    assert reply.status == 403
    assert "hide" in detail(reply)
    assert [each["vers"] for each in await lines(server, "pl/um/plum")] == ["1.0.0"]


@pytest.mark.parametrize("theirs", ["stone_fruit-jam", "stone-fruit-jam", "stone_fruit_jam", "stone-fruit_jam"])
async def test_a_crate_of_the_upstream_is_the_same_in_every_spelling(theirs: str) -> None:
    server = assembled({f"{INDEX}/st/on/{theirs}": index_file(line(theirs, "1.0.0"))})
    ada = await server.token("ada")
    for name in ("stone_fruit-jam", "stone-fruit-jam", "stone_fruit_jam", "stone-fruit_jam", "Stone-Fruit_Jam"):
        reply = await publish(server, ada, name, "2.0.0")
        assert reply.status == (403 if name.lower() == theirs else 400), name
        if reply.status == 400:
            assert detail(reply).startswith(f"crate was previously named `{theirs}`")


async def test_an_upstream_that_cannot_be_asked_lets_no_new_name_pass() -> None:
    server = assembled()
    ada = await server.token("ada")
    await must_publish(server, ada, "pear", "1.0.0")
    server.upstream.answers[f"{INDEX}/3/f/fig"] = UpstreamDown("it does not answer")
    server.upstream.answers[f"{INDEX}/pe/ar/pear_b"] = UpstreamDown("it does not answer")
    for name in ("fig", "pear-b"):
        assert (await publish(server, ada, name, "1.0.0")).status == 503
    # Who owns a name needs nobody's leave.
    await must_publish(server, ada, "pear", "1.1.0")


async def test_of_two_spellings_that_are_published_at_once_one_wins() -> None:
    server = assembled()
    users = [await server.token(user) for user in ("ada", "bob", "eve")]
    names = ("stone-fruit", "stone_fruit", "Stone-Fruit", "Stone_Fruit", "STONE_fruit", "stone-Fruit")
    replies = await asyncio.gather(
        *(publish(server, users[place % 3], name, f"{place}.0.0") for place, name in enumerate(names))
    )
    assert [reply.status for reply in replies].count(200) == 1
    assert all(reply.status in (200, 400, 403) for reply in replies)
    (winner,) = (name for name, reply in zip(names, replies, strict=True) if reply.status == 200)
    spelt = await server.store.find_spelling("hosted:default", "cargo", "stone_fruit")
    assert spelt == winner.lower()
    paths = {f"st/on/{name.lower()}" for name in names}
    there = [path for path in paths if (await server.get(f"/cargo/index/{path}")).status == 200]
    assert there == [f"st/on/{winner.lower()}"]
    assert {each["name"] for each in await lines(server, there[0])} == {winner}


async def test_of_one_version_that_is_published_many_times_at_once_one_is_there() -> None:
    server = assembled()
    ada = await server.token("ada")
    replies = await asyncio.gather(*(publish(server, ada, "pear", f"1.0.0+{place}") for place in range(16)))
    assert [reply.status for reply in replies].count(200) == 1
    assert all(
        reply.status == 200 or detail(reply).startswith("crate version `1.0.0` is already uploaded")
        for reply in replies
    )
    (there,) = await lines(server, "pe/ar/pear")
    file = await server.get(f"/cargo/api/v1/crates/pear/{there['vers']}/download")
    assert file.status == 200
    assert len([blob async for blob in server.blobs.list_blobs()]) == 1


@pytest.mark.parametrize("name", ["nul", "con", "COM1", "std", "core", "proc-macro", "Proc_Macro", "test"])
async def test_reserved_names_are_nobodys(name: str) -> None:
    server = assembled()
    reply = await publish(server, await server.token("ada"), name, "1.0.0")
    assert (reply.status, detail(reply)) == (400, "cannot upload a crate with a reserved name")


async def test_only_owners_publish_more() -> None:
    server = assembled()
    ada, eve = await server.token("ada"), await server.token("eve")
    await must_publish(server, ada, "pear", "1.0.0")
    reply = await publish(server, eve, "pear", "1.1.0")
    assert reply.status == 403
    assert detail(reply).startswith("this crate exists but you don't seem to be an owner.")
    reply = await publish(server, "", "pear", "1.1.0")
    assert reply.status == 401
    assert reply.headers["www-authenticate"].startswith("Cargo login_url=")
    assert [each["vers"] for each in await lines(server, "pe/ar/pear")] == ["1.0.0"]


async def test_a_token_goes_as_far_as_it_was_made_for() -> None:
    server = assembled()

    async def limited(pattern: str, *operations: Operation) -> str:
        limit = Limit(("read", "publish"), "cargo", pattern, operations)
        return await server.token("ada", limits=(limit,))

    creates, updates = await limited("*", "create"), await limited("*", "update")
    yanks, fruit = await limited("*", "yank"), await limited("fruit-*")
    reads = await server.token("ada", read_only=True)
    for token in (updates, yanks, fruit, reads):
        assert (await publish(server, token, "pear", "1.0.0")).status == 403
    assert (await publish(server, creates, "pear", "1.0.0")).status == 200
    for token in (creates, yanks, fruit, reads):
        assert (await publish(server, token, "pear", "1.1.0")).status == 403
        assert (await publish(server, token, "PEAR", "1.1.0")).status == 403
    assert (await publish(server, updates, "pear", "1.1.0")).status == 200
    yank = "/cargo/api/v1/crates/pear/1.0.0/yank"
    for token in (creates, updates, fruit, reads):
        assert (await server.send("DELETE", yank, token=token)).status == 403
    assert (await server.send("DELETE", yank, token=yanks)).status == 200
    assert (await publish(server, fruit, "fruit-jam", "1.0.0")).status == 200
    # `fruit-jam-b` would be the same crate, so that the token could have taken the name anyway.
    assert (await publish(server, fruit, "fruit_jam-b", "1.0.0")).status == 200
    for other in ("fruit", "fruitcake", "dried-fruit-jam"):
        assert (await publish(server, fruit, other, "1.0.0")).status == 403


async def test_who_publishes_too_often_waits() -> None:
    rules = LimitRules(create=Pace(2, 60.0), update=Pace(1, 60.0), yank=Pace(1, 60.0))
    server = assembled(limits=rules)
    ada = await server.token("ada")
    for name in ("pear", "fig"):
        await must_publish(server, ada, name, "1.0.0")
    reply = await publish(server, ada, "plum", "1.0.0")
    assert (reply.status, reply.headers["retry-after"].endswith("GMT")) == (429, True)
    assert detail(reply).startswith("You have published too many new packages in a short period of time.")
    await must_publish(server, ada, "pear", "1.1.0")
    assert (await publish(server, ada, "pear", "1.2.0")).status == 429
    yank = "/cargo/api/v1/crates/pear/1.0.0/"
    assert (await server.send("DELETE", f"{yank}yank", token=ada)).status == 200
    assert (await server.send("PUT", f"{yank}unyank", token=ada)).status == 429
    bob = await server.token("bob")
    await must_publish(server, bob, "plum", "1.0.0")


async def test_where_only_some_may_publish_others_may_not() -> None:
    server = assembled(access=AccessRules(publish="granted"))
    reply = await publish(server, await server.token("ada"), "pear", "1.0.0")
    assert reply.status == 403
    assert await server.store.find_ownership("hosted:default", key("pear")) is None


async def test_the_metadata_is_judged_before_the_archive_is_looked_at() -> None:
    server = assembled()
    ada, eve = await server.token("ada"), await server.token("eve")
    await must_publish(server, ada, "pear", "1.0.0")
    body = publication("pear", "1.1.0")
    start = body[: 4 + int.from_bytes(body[:4], "little")]
    broken = start + (4).to_bytes(4, "little") + b"none"
    assert (await put(server, eve, broken)).status == 403
    assert (await put(server, ada, broken)).status == 400
    # Nor does a body that breaks off count.
    assert (await put(server, ada, body[:-1])).status == 400
    assert len(await lines(server, "pe/ar/pear")) == 1
