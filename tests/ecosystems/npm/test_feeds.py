"""The lists of all packages, as replication and the first API read them."""

import asyncio
import json
from typing import Any

import pytest

from packhouse.domain.package import Moment
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.ecosystems.npm import ECOSYSTEM, build_mount
from packhouse.policy.rules.deny import Denied, Deny
from tests.assembled import START, Assembled
from tests.ecosystems.npm.test_publishing import document, publish, server

pytestmark = pytest.mark.anyio

UPSTREAM = "http://registry.example"
MELON = {
    "name": "melon",
    "description": "a melon",
    "maintainers": [{"name": "ada", "email": "ada@farm.example"}],
    "dist-tags": {"latest": "1.0.0"},
    "versions": {
        "1.0.0": {
            "name": "melon",
            "version": "1.0.0",
            "dist": {"tarball": f"{UPSTREAM}/melon/-/melon-1.0.0.tgz", "integrity": "sha512-" + "A" * 86 + "=="},
        }
    },
}
LISTS = (
    "_changes",
    "_changes?descending=true",
    "_changes?include_docs=true",
    "_all_docs",
    "-/all",
    "-/all/since?stale=update_after&startkey=1",
    "-/short",
    "-/allversions",
    "-/by-user/ada%7Cbob",
    "-/users/ada/packages",
    "-/rss",
)


async def farm() -> tuple[Assembled, str]:
    """Serve an open, a restricted and a cached package; give Ada's token."""
    ours = Assembled(
        ECOSYSTEM,
        build_mount,
        {f"{UPSTREAM}/melon": json.dumps(MELON).encode()},
        [UpstreamRegistry("npm", "npm", UPSTREAM)],
    )
    ada = await ours.token("ada")
    await publish(ours, ada, "@farm/pear", "1.0.0")
    await publish(ours, ada, "@farm/hidden", "1.0.0", access="restricted")
    assert (await ours.get("/npm/melon")).status == 200
    return ours, ada


async def read(ours: Assembled, path: str, token: str = "") -> Any:  # noqa: ANN401 (any JSON)
    """Read a list."""
    reply = await ours.send("GET", f"/npm/{path}", token=token)
    assert reply.status == 200, reply.text
    return json.loads(reply.body)


@pytest.mark.parametrize("path", LISTS)
async def test_a_restricted_package_is_in_no_list_but_its_owners(path: str) -> None:
    ours, ada = await farm()
    bob = await ours.token("bob")
    for token in ("", bob):
        reply = await ours.send("GET", f"/npm/{path}", token=token)
        assert reply.status == 200
        assert "hidden" not in reply.text
        assert "pear" in reply.text
    mine = await ours.send("GET", f"/npm/{path}", token=ada)
    assert "hidden" in mine.text
    assert mine.headers["cache-control"] == "no-store"


async def test_changes_name_each_package_once_by_its_last_change() -> None:
    ours, ada = await farm()
    first = await read(ours, "_changes", ada)
    assert [row["id"] for row in first["results"]] == ["@farm/pear", "@farm/hidden", "melon"]
    await publish(ours, ada, "@farm/pear", "1.1.0")
    later = await read(ours, f"_changes?since={first['last_seq']}", ada)
    assert [row["id"] for row in later["results"]] == ["@farm/pear"]
    rev = json.loads((await ours.send("GET", "/npm/@farm%2fpear?write=true", token=ada)).body)["_rev"]
    assert later["results"][0]["changes"] == [{"rev": rev}]
    every = await read(ours, "_changes", ada)
    assert [row["id"] for row in every["results"]] == ["@farm/hidden", "melon", "@farm/pear"]
    newest = await read(ours, "_changes?descending=true&limit=1", ada)
    assert [row["id"] for row in newest["results"]] == ["@farm/pear"]
    assert (await read(ours, "_changes?since=now"))["results"] == []


async def test_paging_loses_and_repeats_nothing() -> None:
    ours = server()
    ada = await ours.token("ada")
    for number in range(23):
        await publish(ours, ada, f"pear-{number:02}", "1.0.0")
    seen: list[str] = []
    since = 0
    while page := await read(ours, f"_changes?since={since}&limit=5"):
        if not page["results"]:
            break
        seen += [row["id"] for row in page["results"]]
        since = page["last_seq"]
    assert seen == [f"pear-{number:02}" for number in range(23)]
    rows = []
    for skip in range(0, 25, 7):
        rows += [row["id"] for row in (await read(ours, f"_all_docs?limit=7&skip={skip}"))["rows"]]
    assert rows == seen
    part = await read(ours, '_all_docs?startkey="pear-05"&endkey="pear-07"')
    assert [row["id"] for row in part["rows"]] == ["pear-05", "pear-06", "pear-07"]
    named = await ours.send("POST", "/npm/_all_docs", {"keys": ["pear-03", "nothing", "..%2f"]})
    assert [row.get("id", row.get("error")) for row in json.loads(named.body)["rows"]] == [
        "pear-03",
        "not_found",
        "not_found",
    ]


async def test_what_was_removed_is_a_deletion_and_in_no_other_list() -> None:
    ours = server()
    ada = await ours.token("ada")
    await publish(ours, ada, "pear", "1.0.0")
    rev = json.loads((await ours.get("/npm/pear?write=true")).body)["_rev"]
    assert (await ours.send("DELETE", f"/npm/pear/-rev/{rev}", token=ada)).status == 200
    (change,) = (await read(ours, "_changes"))["results"]
    assert (change["id"], change["deleted"]) == ("pear", True)
    for path in ("-/short", "-/all", "-/allversions", "_all_docs", "-/by-user/ada"):
        assert "1.0.0" not in (await ours.get(f"/npm/{path}")).text
    assert await read(ours, "-/short") == []


async def test_somebody_who_waits_is_told_of_the_next_change() -> None:
    ours = server()
    ada = await ours.token("ada")
    last = (await read(ours, "_changes"))["last_seq"]
    waiting = asyncio.create_task(read(ours, f"_changes?feed=longpoll&since={last}&timeout=20000"))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await publish(ours, ada, "pear", "1.0.0")
    assert [row["id"] for row in (await waiting)["results"]] == ["pear"]
    assert (await read(ours, "_changes?feed=longpoll&since=99999999&timeout=10"))["results"] == []


async def test_the_first_apis_lists_have_the_shape_that_it_describes() -> None:
    ours, _ = await farm()
    everything = await read(ours, "-/all")
    assert everything["_updated"] == START
    assert everything["melon"]["dist-tags"] == {"latest": "1.0.0"}
    assert everything["melon"]["versions"] == {"1.0.0": "latest"}
    assert everything["melon"]["maintainers"] == [{"name": "ada"}]
    assert everything["@farm/pear"]["description"] == "a pear"
    assert await read(ours, "-/short") == ["@farm/pear", "melon"]
    assert await read(ours, "-/allversions") == {"@farm/pear": ["1.0.0"], "melon": ["1.0.0"]}
    assert await read(ours, "-/by-user/ada%7Cnobody") == {"ada": ["@farm/pear", "melon"], "nobody": []}
    ours.now = Moment(START + 60_000)
    ada = await ours.token("ada")
    await publish(ours, ada, "plum", "1.0.0")
    since = await read(ours, f"-/all/since?stale=update_after&startkey={START + 1}")
    assert sorted(since) == ["_updated", "plum"]
    root = await read(ours, "")
    assert root["db_name"] == "registry"
    assert root["update_seq"] > 0


async def test_a_package_that_is_published_here_stands_once_though_an_upstream_has_one_too() -> None:
    ours, ada = await farm()
    admin = await ours.people.accounts.add("warden", "", "correct horse battery", administrator=True)
    token, _ = await ours.people.tokens.create(admin)
    assert (await ours.send("PUT", "/npm/melon", document("melon", "2.0.0"), ada)).status == 403
    await publish(ours, token, "melon", "2.0.0")
    assert await read(ours, "-/allversions") == {"@farm/pear": ["1.0.0"], "melon": ["2.0.0"]}
    assert [row["id"] for row in (await read(ours, "_changes"))["results"]] == ["@farm/pear", "melon"]


@pytest.mark.parametrize(
    "path",
    [
        "_changes?since=-1",
        "_changes?limit=1e9",
        "_changes?feed=forever",
        "_changes?heartbeat=0",
        "_changes?filter=app/important",
        "_changes?filter=_doc_ids&doc_ids=7",
        "_all_docs?descending=maybe",
        "-/all/since?startkey=NaN",
        "_all_docs?keys=7",
        '_all_docs?startkey="',
        "_all_docs?keys=" + "[" * 5000,
        "_all_docs?limit=x",
    ],
)
async def test_what_cannot_be_meant_is_explained(path: str) -> None:
    assert (await server().get(f"/npm/{path}")).status == 400


@pytest.mark.parametrize(
    "path",
    [
        "_all_docs?startkey=%00",
        "_all_docs?startkey=%EE%80%80",
        "_changes?since=999999999999999",
        "-/by-user/%00",
        "-/by-user/|",
    ],
)
async def test_strange_bounds_are_only_bounds(path: str) -> None:
    assert (await server().get(f"/npm/{path}")).status == 200


async def test_lists_ask_no_upstream_for_anything_however_old_what_is_here_is() -> None:
    ours, _ = await farm()
    ours.now = Moment(START + 10 * 86_400_000)
    before = len(ours.asked())
    for path in LISTS:
        assert (await ours.get(f"/npm/{path}")).status == 200
    keys = ["melon", "unknown", "@farm/unknown", "@farm/hidden"]
    rows = json.loads((await ours.send("POST", "/npm/_all_docs", {"keys": keys})).body)["rows"]
    assert [row.get("id", row.get("error")) for row in rows] == ["melon", "not_found", "not_found", "not_found"]
    assert ours.asked()[before:] == []


async def test_a_refused_release_is_in_no_list() -> None:
    upstream = [UpstreamRegistry("npm", "npm", UPSTREAM)]
    newer = {**MELON["versions"]["1.0.0"], "version": "2.0.0"}  # type: ignore[index]
    melon = {**MELON, "dist-tags": {"latest": "2.0.0"}, "versions": {**MELON["versions"], "2.0.0": newer}}  # type: ignore[dict-item]
    refuse = Deny((Denied("npm/melon@2", lambda _, version: version == "2.0.0"),))
    ours = Assembled(ECOSYSTEM, build_mount, {f"{UPSTREAM}/melon": json.dumps(melon).encode()}, upstream, [refuse])
    assert (await ours.get("/npm/melon")).status == 200
    for path in LISTS:
        assert "2.0.0" not in (await ours.get(f"/npm/{path}")).text, path
    assert await read(ours, "-/allversions") == {"melon": ["1.0.0"]}
