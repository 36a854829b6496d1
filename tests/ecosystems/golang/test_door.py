"""What the go command gets at the door."""

import json

import pytest

from packhouse.domain.errors import UpstreamDown
from packhouse.domain.package import Moment
from packhouse.policy.rules.age import MinimumAge
from tests.assembled import START
from tests.ecosystems.golang.modules import ESCAPED, deny, info, server

pytestmark = pytest.mark.anyio

HOUR = 3_600_000


@pytest.mark.parametrize(
    "path", ["example.com/!acme/thing", "example.com/%21acme/thing", "example.com%2f%21acme/thing"]
)
async def test_capitals_are_escaped_in_addresses_however_the_bang_is_written(path: str) -> None:
    reply = await server().get(f"/go/{path}/@v/list")
    assert (reply.status, reply.body) == (200, b"v1.0.0\nv1.1.0  extra\nv1.2.0\nv2.0.0-rc.1\n")
    assert reply.headers["content-type"].startswith("text/plain")


async def test_files_are_upstreams_bytes() -> None:
    ours = server()
    for name in ("v1.0.0.info", "v1.0.0.mod", "v1.0.0.zip", "v0.0.0-20191109021931-daa7c04131f5.zip"):
        reply = await ours.get(f"/go/example.com/!acme/thing/@v/{name}")
        assert (reply.status, reply.body) == (200, ours.upstream.answers[f"{ESCAPED}/@v/{name}"])
        assert "immutable" in reply.headers["cache-control"]


async def test_info_and_mod_of_a_version_are_asked_for_once_and_for_ever() -> None:
    ours = server()
    for _ in range(2):
        assert (await ours.get("/go/example.com/!acme/thing/@v/v1.0.0.mod")).status == 200
        ours.now = Moment(ours.now + 10**10)
    assert len(ours.asked()) == 1


async def test_a_branch_is_a_version_that_changes() -> None:
    ours = server()
    assert json.loads((await ours.get("/go/example.com/!acme/thing/@v/main.info")).body)["Version"] == "v1.2.0"
    ours.upstream.answers[f"{ESCAPED}/@v/main.info"] = info("v1.3.0")
    ours.now = Moment(START + 400_000)
    assert json.loads((await ours.get("/go/example.com/!acme/thing/@v/main.info")).body)["Version"] == "v1.3.0"


async def test_a_refused_version_is_not_listed_not_latest_and_not_downloaded_but_can_be_compared() -> None:
    ours = server(deny("example.com/Acme/thing", "v1.2.0"))
    assert b"v1.2.0" not in (await ours.get("/go/example.com/!acme/thing/@v/list")).body
    assert json.loads((await ours.get("/go/example.com/!acme/thing/@latest")).body)["Version"] == "v1.1.0"
    reply = await ours.get("/go/example.com/!acme/thing/@v/v1.2.0.zip")
    assert (reply.status, reply.headers["content-type"]) == (403, "text/plain; charset=utf-8")
    assert "refused" in reply.text
    assert (await ours.get("/go/example.com/!acme/thing/@v/main.info")).status == 403
    for kind in ("info", "mod"):
        assert (await ours.get(f"/go/example.com/!acme/thing/@v/v1.2.0.{kind}")).status == 200


async def test_the_minimum_age_counts_from_the_time_that_info_tells_and_pseudo_versions_tell_theirs() -> None:
    ours = server(MinimumAge(72 * HOUR, lambda _: False))
    assert (await ours.get("/go/example.com/!acme/thing/@v/list")).body == b"v1.0.0\nv1.1.0  extra\nv2.0.0-rc.1\n"
    assert json.loads((await ours.get("/go/example.com/!acme/thing/@latest")).body)["Version"] == "v1.1.0"
    assert (await ours.get("/go/example.com/!acme/thing/@v/v1.2.0.zip")).status == 403
    assert (await ours.get("/go/example.com/!acme/thing/@v/v0.0.0-20191109021931-daa7c04131f5.zip")).status == 200
    ours.now = Moment(START + 80 * HOUR)
    assert b"v1.2.0" in (await ours.get("/go/example.com/!acme/thing/@v/list")).body


async def test_a_version_may_not_change_behind_our_back() -> None:
    ours = server()
    assert (await ours.get("/go/example.com/!acme/thing/@v/v1.0.0.zip")).status == 200
    ours.blobs.files.clear()
    ours.upstream.answers[f"{ESCAPED}/@v/v1.0.0.zip"] = b"something else"
    assert (await ours.get("/go/example.com/!acme/thing/@v/v1.0.0.zip")).status == 502


@pytest.mark.parametrize(
    "path",
    ["", "example.com", "example.com/x/@v/", "example.com/x/@v/list/more", "x/@v/list", "example.com/X/@v/list",
     "example.com/x/@v/v1.0.0.exe", "example.com/x/@v/v1.zip", "example.com/x/@v/..info", "example.com/../@v/list",
     "example.com/absent/@v/list", "example.com/absent/@latest", "example.com/absent/@v/v1.0.0.zip", "@v/list"],
)  # fmt: skip
async def test_what_is_nowhere_is_a_404_in_plain_text(path: str) -> None:
    reply = await server().get(f"/go/{path}")
    assert (reply.status, reply.headers["content-type"]) == (404, "text/plain; charset=utf-8")


async def test_an_upstream_that_is_down_is_never_a_404() -> None:
    ours = server()
    for path in ("@v/list", "@latest", "@v/v1.0.0.info", "@v/v1.0.0.mod", "@v/v1.0.0.zip"):
        ours.upstream.answers[f"https://go.example/example.com/down/{path}"] = UpstreamDown("go.example is silent")
        assert (await ours.get(f"/go/example.com/down/{path}")).status == 503


async def test_beginnings_of_paths_are_not_asked_for_again_at_once() -> None:
    ours = server()
    for _ in range(3):
        assert (await ours.get("/go/example.com/@v/list")).status == 404
    assert len(ours.asked()) == 1


async def test_everything_that_was_asked_for_is_there_while_the_upstream_is_off() -> None:
    ours = server()
    paths = ["@v/list", "@latest", "@v/v1.0.0.info", "@v/v1.0.0.mod", "@v/v1.0.0.zip"]
    before = [(await ours.get(f"/go/example.com/!acme/thing/{path}")).body for path in paths]
    ours.off.add("golang")
    ours.now = Moment(START + 10**9)
    assert [(await ours.get(f"/go/example.com/!acme/thing/{path}")).body for path in paths] == before
