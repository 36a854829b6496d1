"""A crate that is published is there at once, as a whole; what is wrong is told in words that cargo prints."""

import hashlib
import json

import pytest

from tests.ecosystems.cargo.publications import archive, assembled, detail, framed, lines, must_publish, publish, put
from tests.ecosystems.cargo.releases import check_line

pytestmark = pytest.mark.anyio


async def test_a_release_is_in_the_index_at_once_and_its_file_is_what_was_sent() -> None:
    server = assembled()
    ada = await server.token("ada")
    assert (await server.get("/cargo/index/pe/ar/pear")).status == 404
    answer = await must_publish(server, ada, "Pear", "1.0.0", 'keywords = ["fruit"]', {"keywords": ["fruit"]})
    assert answer["warnings"] == {"invalid_categories": [], "invalid_badges": [], "other": []}
    assert (answer["crate"]["id"], answer["crate"]["max_version"]) == ("Pear", "1.0.0")
    assert "errors" not in answer
    (line,) = await lines(server, "pe/ar/pear")
    check_line(json.dumps(line).encode())
    file = await server.get("/cargo/api/v1/crates/Pear/1.0.0/download")
    assert file.body == archive("Pear", "1.0.0", 'keywords = ["fruit"]')
    assert hashlib.sha256(file.body).hexdigest() == line["cksum"]
    assert (await server.get("/cargo/crates/pear/pear-1.0.0.crate")).body == file.body
    await must_publish(server, ada, "Pear", "1.1.0")
    assert [each["vers"] for each in await lines(server, "pe/ar/pear")] == ["1.0.0", "1.1.0"]


async def test_a_version_is_published_once_whatever_its_build_metadata() -> None:
    server = assembled()
    ada = await server.token("ada")
    await must_publish(server, ada, "pear", "1.0.0+one")
    for version in ("1.0.0+one", "1.0.0", "1.0.0+two"):
        reply = await publish(server, ada, "pear", version)
        assert (reply.status, detail(reply).partition(" (")[0]) == (
            400,
            "crate version `1.0.0` is already uploaded",
        )
    assert len(await lines(server, "pe/ar/pear")) == 1


async def test_a_name_has_the_spelling_of_its_first_release() -> None:
    server = assembled()
    ada, bob = await server.token("ada"), await server.token("bob")
    await must_publish(server, ada, "Foo-Bar", "1.0.0")
    for user in (ada, bob):
        for name in ("foo_bar", "foo-bar", "Foo_Bar", "FOO-BAR"):
            reply = await publish(server, user, name, "2.0.0")
            assert reply.status in (400, 403), name
            if user == ada:
                assert detail(reply).startswith("crate was previously named `Foo-Bar`")
    for path in ("fo/o_/foo_bar", "Fo/o-/Foo-Bar", "fo/o-/Foo-Bar"):
        assert (await server.get(f"/cargo/index/{path}")).status == 404
    asked = len(server.asked())
    assert (await server.get("/cargo/index/fo/o_/foo_bar")).status == 404
    assert len(server.asked()) == asked


async def test_nothing_is_left_of_what_is_refused() -> None:
    server = assembled()
    ada = await server.token("ada")
    reply = await put(server, ada, framed({"name": "pear", "vers": "1.0.0"}, archive("fig", "1.0.0")))
    assert reply.status == 400
    assert (await server.get("/cargo/index/pe/ar/pear")).status == 404
    assert [blob async for blob in server.blobs.list_blobs()] == []
