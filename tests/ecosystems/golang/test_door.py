"""What the go command gets at the door."""

import json

import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.errors import UpstreamBad, UpstreamDown
from packhouse.domain.index import Index
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems.golang import ECOSYSTEM, build_mount
from packhouse.ecosystems.golang.index import INDEX
from packhouse.policy.decision import Rule
from packhouse.policy.rules.age import MinimumAge
from packhouse.policy.rules.deny import Denied, Deny
from tests.assembled import START, Assembled

pytestmark = pytest.mark.anyio

MODULE = "example.com/Acme/thing"
ESCAPED = "https://go.example/example.com/!acme/thing"
KEY = PackageKey("golang", NormalName(MODULE))
HOUR = 3_600_000


def _info(version: str, time: str = "2020-01-01T00:00:00Z") -> bytes:
    return json.dumps({"Version": version, "Time": time, "Origin": {"URL": "https://code.example/thing"}}).encode()


def _server(*rules: Rule, urls: dict[str, str] | None = None, **more: MemoryAnswer) -> Assembled:
    answers: dict[str, MemoryAnswer] = {
        f"{ESCAPED}/@v/list": b"v1.0.0\nv1.1.0  extra\nv1.2.0\nv2.0.0-rc.1\n",
        f"{ESCAPED}/@latest": _info("v1.2.0", "2025-12-31T23:00:00Z"),
        f"{ESCAPED}/@v/v1.2.0.info": _info("v1.2.0", "2025-12-31T23:00:00Z"),
        f"{ESCAPED}/@v/v2.0.0-rc.1.info": _info("v2.0.0-rc.1"),
        f"{ESCAPED}/@v/v1.2.0.mod": b"module example.com/Acme/thing\n\nretract v1.0.0 // leaks\n",
        f"{ESCAPED}/@v/main.info": _info("v1.2.0"),
    }
    for version in ("v1.0.0", "v1.1.0"):
        answers[f"{ESCAPED}/@v/{version}.info"] = _info(version)
        answers[f"{ESCAPED}/@v/{version}.mod"] = b"module example.com/Acme/thing\n\nrequire example.com/x v0.1.0\n"
    for version in ("v1.0.0", "v1.1.0", "v1.2.0", "v0.0.0-20191109021931-daa7c04131f5"):
        answers[f"{ESCAPED}/@v/{version}.zip"] = f"zip of {version}".encode()
    answers |= {f"https://go.example/{path}": answer for path, answer in more.items()}
    registry = UpstreamRegistry("golang", "golang", "https://go.example", urls=urls or {})
    return Assembled(ECOSYSTEM, build_mount, answers, [registry], rules)


def _deny(*versions: str) -> Deny:
    def matches(key: PackageKey, version: str) -> bool:
        return key == KEY and version in versions

    return Deny((Denied("golang/example.com/Acme/thing", matches),))


@pytest.mark.parametrize(
    "path", ["example.com/!acme/thing", "example.com/%21acme/thing", "example.com%2f%21acme/thing"]
)
async def test_capitals_are_escaped_in_addresses_however_the_bang_is_written(path: str) -> None:
    reply = await _server().get(f"/go/{path}/@v/list")
    assert (reply.status, reply.body) == (200, b"v1.0.0\nv1.1.0  extra\nv1.2.0\nv2.0.0-rc.1\n")
    assert reply.headers["content-type"].startswith("text/plain")


async def test_files_are_upstreams_bytes() -> None:
    server = _server()
    for name in ("v1.0.0.info", "v1.0.0.mod", "v1.0.0.zip", "v0.0.0-20191109021931-daa7c04131f5.zip"):
        reply = await server.get(f"/go/example.com/!acme/thing/@v/{name}")
        assert (reply.status, reply.body) == (200, server.upstream.answers[f"{ESCAPED}/@v/{name}"])
        assert "immutable" in reply.headers["cache-control"]


async def test_info_and_mod_of_a_version_are_asked_for_once_and_for_ever() -> None:
    server = _server()
    for _ in range(2):
        assert (await server.get("/go/example.com/!acme/thing/@v/v1.0.0.mod")).status == 200
        server.now = Moment(server.now + 10**10)
    assert len(server.asked()) == 1


async def test_a_branch_is_a_version_that_changes() -> None:
    server = _server()
    assert json.loads((await server.get("/go/example.com/!acme/thing/@v/main.info")).body)["Version"] == "v1.2.0"
    server.upstream.answers[f"{ESCAPED}/@v/main.info"] = _info("v1.3.0")
    server.now = Moment(START + 400_000)
    assert json.loads((await server.get("/go/example.com/!acme/thing/@v/main.info")).body)["Version"] == "v1.3.0"


async def test_a_refused_version_is_not_listed_not_latest_and_not_downloaded_but_can_be_compared() -> None:
    server = _server(_deny("v1.2.0"))
    assert b"v1.2.0" not in (await server.get("/go/example.com/!acme/thing/@v/list")).body
    assert json.loads((await server.get("/go/example.com/!acme/thing/@latest")).body)["Version"] == "v1.1.0"
    reply = await server.get("/go/example.com/!acme/thing/@v/v1.2.0.zip")
    assert (reply.status, reply.headers["content-type"]) == (403, "text/plain; charset=utf-8")
    assert "refused" in reply.text
    assert (await server.get("/go/example.com/!acme/thing/@v/main.info")).status == 403
    for kind in ("info", "mod"):
        assert (await server.get(f"/go/example.com/!acme/thing/@v/v1.2.0.{kind}")).status == 200


async def test_latest_prefers_releases_and_is_refused_where_nothing_is_left() -> None:
    server = _server(_deny("v1.0.0", "v1.1.0", "v1.2.0"))
    assert json.loads((await server.get("/go/example.com/!acme/thing/@latest")).body)["Version"] == "v2.0.0-rc.1"
    server = _server(_deny("v1.0.0", "v1.1.0", "v1.2.0", "v2.0.0-rc.1"))
    assert (await server.get("/go/example.com/!acme/thing/@latest")).status == 403


async def test_the_minimum_age_counts_from_the_time_that_info_tells_and_pseudo_versions_tell_theirs() -> None:
    server = _server(MinimumAge(72 * HOUR, lambda _: False))
    assert (await server.get("/go/example.com/!acme/thing/@v/list")).body == b"v1.0.0\nv1.1.0  extra\nv2.0.0-rc.1\n"
    assert json.loads((await server.get("/go/example.com/!acme/thing/@latest")).body)["Version"] == "v1.1.0"
    assert (await server.get("/go/example.com/!acme/thing/@v/v1.2.0.zip")).status == 403
    assert (await server.get("/go/example.com/!acme/thing/@v/v0.0.0-20191109021931-daa7c04131f5.zip")).status == 200
    server.now = Moment(START + 80 * HOUR)
    assert b"v1.2.0" in (await server.get("/go/example.com/!acme/thing/@v/list")).body


async def test_a_version_may_not_change_behind_our_back() -> None:
    server = _server()
    assert (await server.get("/go/example.com/!acme/thing/@v/v1.0.0.zip")).status == 200
    server.blobs.files.clear()
    server.upstream.answers[f"{ESCAPED}/@v/v1.0.0.zip"] = b"something else"
    assert (await server.get("/go/example.com/!acme/thing/@v/v1.0.0.zip")).status == 502


@pytest.mark.parametrize(
    "path",
    ["", "example.com", "example.com/x/@v/", "example.com/x/@v/list/more", "x/@v/list", "example.com/X/@v/list",
     "example.com/x/@v/v1.0.0.exe", "example.com/x/@v/v1.zip", "example.com/x/@v/..info", "example.com/../@v/list",
     "example.com/absent/@v/list", "example.com/absent/@latest", "example.com/absent/@v/v1.0.0.zip", "@v/list"],
)  # fmt: skip
async def test_what_is_nowhere_is_a_404_in_plain_text(path: str) -> None:
    reply = await _server().get(f"/go/{path}")
    assert (reply.status, reply.headers["content-type"]) == (404, "text/plain; charset=utf-8")


async def test_an_upstream_that_is_down_is_never_a_404() -> None:
    server = _server()
    for path in ("@v/list", "@latest", "@v/v1.0.0.info", "@v/v1.0.0.mod", "@v/v1.0.0.zip"):
        server.upstream.answers[f"https://go.example/example.com/down/{path}"] = UpstreamDown("go.example is silent")
        assert (await server.get(f"/go/example.com/down/{path}")).status == 503


async def test_beginnings_of_paths_are_not_asked_for_again_at_once() -> None:
    server = _server()
    for _ in range(3):
        assert (await server.get("/go/example.com/@v/list")).status == 404
    assert len(server.asked()) == 1


async def test_everything_that_was_asked_for_is_there_while_the_upstream_is_off() -> None:
    server = _server()
    paths = ["@v/list", "@latest", "@v/v1.0.0.info", "@v/v1.0.0.mod", "@v/v1.0.0.zip"]
    before = [(await server.get(f"/go/example.com/!acme/thing/{path}")).body for path in paths]
    server.off.add("golang")
    server.now = Moment(START + 10**9)
    assert [(await server.get(f"/go/example.com/!acme/thing/{path}")).body for path in paths] == before


async def test_the_checksum_database_is_passed_through_where_it_can_be_asked() -> None:
    server = _server(urls={"sumdb": "https://sum.example"})
    server.upstream.answers |= {
        "https://sum.example/latest": b"go.sum database tree\n",
        "https://sum.example/lookup/example.com/!acme/thing@v1.0.0": b"1\n",
        "https://sum.example/tile/8/0/x001/234": b"\x00\xff",
    }
    assert (await server.get("/go/sumdb/sum.example/supported")).status == 200
    assert (await server.get("/go/sumdb/sum.example/latest")).body == b"go.sum database tree\n"
    assert (await server.get("/go/sumdb/sum.example/lookup/example.com/%21acme/thing@v1.0.0")).body == b"1\n"
    assert (await server.get("/go/sumdb/sum.example/tile/8/0/x001/234")).body == b"\x00\xff"
    assert (await server.get("/go/sumdb/sum.example/secret")).status == 404
    assert (await server.get("/go/sumdb/sum.example/lookup/..%2f..%2fx@v1.0.0")).status == 404
    assert (await _server().get("/go/sumdb/sum.example/supported")).status == 404


async def test_a_release_is_completed_from_its_own_and_the_newest_go_mod() -> None:
    server = _server(urls={"site": "https://site.example"})
    server.upstream.answers["https://site.example/v1/module/example.com/!acme/thing?version=v1.0.0&licenses=true"] = (
        b'{"repoUrl":"https://other.example","licenses":[{"types":["BSD-3-Clause"],"filePath":"LICENSE"}]}'
    )
    release = await server.services.records.release(View(), KEY, "v1.0.0")
    assert (release.published_at, release.yanked) == (1_577_836_800_000, "leaks")
    assert [(each.name, each.range) for each in release.requirements] == [("example.com/x", "v0.1.0")]
    assert [each.spdx for each in release.licences] == ["BSD-3-Clause"]
    assert [each.url for each in release.links] == ["https://code.example/thing"]
    record = await server.services.records.get(View(), KEY)
    assert record.versions == ("v1.0.0", "v1.1.0", "v1.2.0", "v2.0.0-rc.1")
    assert (record.tags, record.prereleases) == ({"latest": "v1.2.0"}, frozenset({3}))


@pytest.mark.parametrize("body", [b"<html>", b"v1.0.0\0", b"v" * 5000, "vé\n".encode()])
async def test_a_list_that_is_none_is_the_upstreams_fault(body: bytes) -> None:
    with pytest.raises(UpstreamBad):
        INDEX.split(KEY, body)


async def test_an_empty_list_is_a_module_without_tags() -> None:
    index = INDEX.split(KEY, b"")
    assert index.fragments == ()
    assert INDEX.locate(KEY, Index(b"", (), ""), "v0.0.0-20191109021931-daa7c04131f5.zip") is not None
    assert INDEX.locate(KEY, index, "../x.zip") is None
