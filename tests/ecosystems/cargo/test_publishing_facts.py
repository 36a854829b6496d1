"""What is known of a crate that was published: its line, its documents, what search shows, who did what."""

import asyncio
import json

import pytest

from packhouse.domain.further import FurtherKey
from packhouse.domain.search import SearchQuery
from packhouse.domain.view import View
from tests.ecosystems.cargo.crates import INDEX, index_file, key, line
from tests.ecosystems.cargo.publications import (
    KNOWN_AS,
    archive,
    assembled,
    detail,
    framed,
    lines,
    must_publish,
    publication,
    publish,
    put,
)

pytestmark = pytest.mark.anyio

TEXT = """
keywords = ["fruit", "press"]
categories = ["science"]
homepage = "https://fruit.example/"
repository = "https://code.example/fruit"
readme = "README.md"
rust-version = "1.70"
links = "press"
[features]
default = ["sweet"]
sweet = []
sour = ["dep:plum"]
[dependencies]
fig = { version = "1", registry-index = "sparse+http://testserver/cargo/index/" }
Quince = { package = "Apple_Tree", version = "2" }
plum = { version = "^1.2", optional = true }
far = { version = "1", registry-index = "sparse+https://elsewhere.example/index/" }
[dev-dependencies]
tester = "1"
[build-dependencies]
cook = "3"
"""
SAID = {
    "deps": [
        {"name": "fig", "version_req": "^1", "registry": None},
        {"name": "Apple_Tree", "version_req": "^2", "registry": KNOWN_AS, "explicit_name_in_toml": "Quince"},
        {"name": "plum", "version_req": "^1.2", "registry": KNOWN_AS, "optional": True},
        {"name": "far", "version_req": "^1", "registry": "sparse+https://elsewhere.example/index/"},
        {"name": "tester", "version_req": "^1", "registry": KNOWN_AS, "kind": "dev"},
        {"name": "cook", "version_req": "^3", "registry": KNOWN_AS, "kind": "build"},
    ]
}


async def test_a_dependency_is_found_where_its_publisher_found_it() -> None:
    server = assembled()
    files = {"README.md": b"# Press\n\nIt *presses* <script>alert(1)</script>.\n"}
    reply = await put(server, await server.token("ada"), publication("press", "1.0.0", TEXT, files, SAID))
    assert reply.status == 200, reply.body
    (line,) = await lines(server, "pr/es/press")
    places = {each["name"]: each.get("registry") for each in line["deps"]}
    assert places == {
        "fig": None,
        "Quince": KNOWN_AS,
        "plum": KNOWN_AS,
        "far": "sparse+https://elsewhere.example/index/",
        "tester": KNOWN_AS,
        "cook": KNOWN_AS,
    }
    assert (line["links"], line["rust_version"], line["v"]) == ("press", "1.70", 2)
    hits = await server.services.search.find(View(), "cargo", SearchQuery("press"), 0, 9)
    (summary,) = [found for _, found in hits.hits]
    assert (summary.key, summary.version, summary.description) == (key("press"), "1.0.0", "About press")
    assert (summary.keywords, summary.categories, summary.licence) == (("fruit", "press"), ("science",), "MIT")
    assert summary.links == {"homepage": "https://fruit.example/", "repository": "https://code.example/fruit"}
    assert (summary.maintainers, summary.publisher) == (("ada",), "ada")
    # Not what tests need, and not what other registries have.
    assert summary.requires == ("apple_tree", "cook", "fig", "plum")
    assert summary.created_at == summary.published_at == server.now
    page = await server.services.further.get(View(), FurtherKey(key("press"), "crates/press/1.0.0/readme"))
    assert b"<em>presses</em>" in page.body
    assert b"<script" not in page.body
    found = json.loads((await server.get("/cargo/api/v1/crates/press")).body)
    assert found["versions"][0]["published_by"]["login"] == "ada"


async def test_search_shows_the_default_release() -> None:
    server = assembled()
    ada = await server.token("ada")

    async def shown() -> tuple[str, str, tuple[str, ...]]:
        hits = await server.services.search.find(View(), "cargo", SearchQuery("pear"), 0, 9)
        (summary,) = [found for _, found in hits.hits]
        return summary.version, summary.description, summary.flags

    await must_publish(server, ada, "pear", "0.1.0-alpha")
    assert await shown() == ("0.1.0-alpha", "About pear", ("unstable",))
    await must_publish(server, ada, "pear", "1.0.0")
    await must_publish(server, ada, "pear", "2.0.0-rc.1")
    assert await shown() == ("1.0.0", "About pear", ())
    for version in ("1.0.0", "2.0.0-rc.1"):
        assert (await server.send("DELETE", f"/cargo/api/v1/crates/pear/{version}/yank", token=ada)).status == 200
    assert await shown() == ("0.1.0-alpha", "About pear", ("unstable",))


async def test_a_manifest_that_says_something_else_than_the_metadata_is_refused() -> None:
    server = assembled()
    ada = await server.token("ada")
    crate = archive("pear", "1.0.0", '[dependencies]\nfig = "1"')
    contradictions: list[dict[str, object]] = [
        {"deps": []},
        {"deps": [{"name": "fig", "version_req": "^2", "registry": KNOWN_AS}]},
        {"deps": [{"name": "fig", "version_req": "^1", "registry": "https://evil.example/index"}]},
        {"deps": [{"name": "fig", "version_req": "^1", "registry": "https://evil.example/\nindex"}]},
        {"license": "GPL-3.0"},
        {"features": {"a": []}},
    ]
    for said in contradictions:
        reply = await put(server, ada, framed({"name": "pear", "vers": "1.0.0", **said}, crate))
        assert (reply.status, "not match" in detail(reply) or "another registry" in detail(reply)) == (400, True)
    assert (await server.get("/cargo/index/pe/ar/pear")).status == 404


async def test_names_that_look_like_others_are_warned_of() -> None:
    server = assembled()
    ada = await server.token("ada")
    await must_publish(server, ada, "pineapple", "1.0.0")
    answer = await must_publish(server, await server.token("bob"), "pineapples", "1.0.0")
    assert answer["warnings"]["other"] == ["pineapples looks like pineapple: is the name what you meant?"]
    again = await must_publish(server, await server.token("bob"), "pineapples", "1.1.0")
    assert again["warnings"]["other"] == []


async def test_an_archive_is_as_large_as_the_operator_lets_it_be() -> None:
    server = assembled()
    ada = await server.token("ada")
    most = server.services.archive_bytes
    body = publication("pear", "1.0.0")
    at = 4 + int.from_bytes(body[:4], "little")
    reply = await put(server, ada, body[:at] + (most + 1).to_bytes(4, "little") + body[at + 4 :])
    assert (reply.status, detail(reply)) == (413, f"max upload size is: {most}")
    reply = await put(server, ada, ((1 << 20) + 1).to_bytes(4, "little") + b"{")
    assert (reply.status, detail(reply)) == (413, "JSON metadata blob too large")
    for cut in (b"", b"\1\0", b"\5\0\0\0{", body[:-1]):
        assert (await put(server, ada, cut)).status == 400
    assert (await publish(server, ada, "pear", "1.0.0")).status == 200


async def test_the_log_tells_of_a_release_and_who_it_is_from() -> None:
    server = assembled()
    await must_publish(server, await server.token("ada"), "pear", "1.0.0")
    (event,) = [each for each in await server.store.list_events(0, 9) if each.kind == "release_published"]
    assert (str(event.key), event.version, event.detail["by"]) == ("cargo/pear", "1.0.0", "ada")


async def test_the_past_can_only_be_read() -> None:
    server = assembled()
    ada = await server.token("ada")
    await must_publish(server, ada, "pear", "1.0.0")
    crates = "/@2026-02-01/cargo/api/v1/crates"
    sent = {"authorization": ada}
    for method, path in (
        ("PUT", "new"),
        ("DELETE", "pear/1.0.0/yank"),
        ("PUT", "pear/1.0.0/unyank"),
        ("PATCH", "pear/1.0.0"),
        ("DELETE", "pear"),
    ):
        reply = await server.send(method, f"{crates}/{path}", publication("pear", "1.1.0"), headers=sent)
        assert (reply.status, detail(reply).startswith("the past can only be read")) == (405, True)
    assert [each["vers"] for each in await lines(server, "pe/ar/pear")] == ["1.0.0"]


async def test_metadata_may_be_large() -> None:
    server = assembled()
    said = {"readme": "all about it " * 70_000}
    assert (await publish(server, await server.token("ada"), "pear", "1.0.0", "", said)).status == 200


async def test_a_record_of_ours_is_as_complete_as_one_of_an_upstream() -> None:
    server = assembled()
    await must_publish(server, await server.token("ada"), "pear", "1.0.0", 'repository = "https://code.example/pear"')
    release = await server.services.records.release(View(), key("pear"), "1.0.0")
    assert [licence.raw for licence in release.licences] == ["MIT"]
    assert (release.description, [link.url for link in release.links]) == (
        "About pear",
        ["https://code.example/pear"],
    )
    assert [person.name for person in release.maintainers] == ["ada"]
    (artifact,) = release.artifacts
    assert (artifact.filename, artifact.url, bool(artifact.size_bytes)) == ("pear-1.0.0.crate", "", True)


async def test_what_a_crate_of_ours_needs_of_the_upstream_is_fetched_ahead() -> None:
    server = assembled({f"{INDEX}/pl/um/plum": index_file(line("plum", "1.0.0"))})
    said = {"deps": [{"name": "plum", "version_req": "^1", "registry": KNOWN_AS}]}
    await must_publish(server, await server.token("ada"), "press", "1.0.0", '[dependencies]\nplum = "1"', said)
    assert f"{INDEX}/pl/um/plum" not in server.asked()
    await server.get("/cargo/index/pr/es/press")
    for _ in range(100):
        if f"{INDEX}/pl/um/plum" in server.asked():
            return
        await asyncio.sleep(0.01)
    pytest.fail("nobody asked")
