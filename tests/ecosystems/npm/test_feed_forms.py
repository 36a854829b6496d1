"""The feeds in all forms that CouchDB has, and each package in them once."""

import asyncio
import json
from typing import Any

import pytest

from packhouse.domain.package import Moment
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.ecosystems.npm import ECOSYSTEM, build_mount
from tests.assembled import START, Assembled
from tests.ecosystems.npm.test_feeds import MELON, UPSTREAM, farm, read
from tests.ecosystems.npm.test_publishing import publish, server

pytestmark = pytest.mark.anyio

OTHER = "http://other.example"
DAY_MS = 86_400_000


async def ids(ours: Assembled, path: str, token: str = "") -> list[str]:
    """Read the names of a list."""
    told = await read(ours, path, token)
    return [row["id"] for row in told.get("results", told.get("rows"))]


async def orchard(count: int = 5) -> tuple[Assembled, str]:
    """Publish some packages."""
    ours = server()
    ada = await ours.token("ada")
    for number in range(count):
        await publish(ours, ada, f"pear-{number}", "1.0.0")
    return ours, ada


def two_upstreams() -> Assembled:
    """Serve melons of two upstreams."""
    body = json.dumps(MELON).encode()
    answers = {f"{UPSTREAM}/melon": body, f"{OTHER}/melon": body.replace(UPSTREAM.encode(), OTHER.encode())}
    upstreams = [UpstreamRegistry("npm", "npm", UPSTREAM), UpstreamRegistry("other", "npm", OTHER)]
    return Assembled(ECOSYSTEM, build_mount, answers, upstreams)


async def test_what_an_upstream_has_no_longer_is_a_change_and_so_is_its_return() -> None:
    ours, _ = await farm()
    last = (await read(ours, "_changes"))["last_seq"]
    melon = ours.upstream.answers.pop(f"{UPSTREAM}/melon")
    ours.now = Moment(START + DAY_MS)
    assert (await ours.get("/npm/melon")).status == 404
    gone = await read(ours, f"_changes?since={last}")
    assert [(row["id"], row.get("deleted")) for row in gone["results"]] == [("melon", True)]
    assert "melon" not in await ids(ours, "_all_docs")
    ours.upstream.answers[f"{UPSTREAM}/melon"] = melon
    ours.now = Moment(START + 2 * DAY_MS)
    assert (await ours.get("/npm/melon")).status == 200
    back = await read(ours, f"_changes?since={gone['last_seq']}")
    assert [(row["id"], row.get("deleted")) for row in back["results"]] == [("melon", None)]


async def test_a_package_of_two_upstreams_stands_once_by_the_last_change_of_either() -> None:
    ours = two_upstreams()
    assert (await ours.get("/npm/melon")).status == 200
    first = await read(ours, "_changes")
    assert [row["id"] for row in first["results"]] == ["melon"]
    melon = ours.upstream.answers.pop(f"{UPSTREAM}/melon")
    ours.now = Moment(START + DAY_MS)
    assert (await ours.get("/npm/melon")).status == 200
    # The first upstream's is gone, the second's is served in its place: changed, and not deleted.
    moved = await read(ours, f"_changes?since={first['last_seq']}")
    assert [(row["id"], row.get("deleted")) for row in moved["results"]] == [("melon", None)]
    ours.upstream.answers[f"{UPSTREAM}/melon"] = melon
    ours.now = Moment(START + 2 * DAY_MS)
    assert (await ours.get("/npm/melon")).status == 200
    every = await read(ours, "_changes")
    assert [row["id"] for row in every["results"]] == ["melon"]
    assert every["last_seq"] > moved["last_seq"]
    for path in ("_all_docs", "_all_docs?descending=true", "_changes?descending=true"):
        assert await ids(ours, path) == ["melon"], path
    assert await read(ours, "-/short") == ["melon"]
    assert (await ours.get("/npm/-/rss")).text.count("<item>") == 1
    assert await read(ours, "-/by-user/ada") == {"ada": ["melon"]}
    assert list(await read(ours, "-/all")) == ["_updated", "melon"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=2", "01"),
        ("limit=0", "0"),
        ("descending=true", "43210"),
        ("descending=true&limit=2&since=7", "43"),
        ("filter=_doc_ids&doc_ids=%5B%22pear-3%22,%22pear-1%22,%22no%22%5D", "13"),
        ("filter=_doc_ids&doc_ids=%5B%22pear-3%22%5D&limit=1", "3"),
        ("style=all_docs&conflicts=true&seq_interval=9&surprise=7&include_docs=false&descending=no", "01234"),
        ("feed=longpoll", "01234"),
        ("feed=longpoll&heartbeat=1000&limit=3", "012"),
    ],
)
async def test_changes_are_asked_for_as_of_couchdb(query: str, expected: str) -> None:
    ours, _ = await orchard()
    assert await ids(ours, f"_changes?{query}") == [f"pear-{each}" for each in expected]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('startkey="pear-1"&endkey="pear-3"', "123"),
        ('start_key="pear-1"&end_key="pear-3"&inclusive_end=false', "12"),
        ('key="pear-2"', "2"),
        ('startkey="pear-3"&descending=true', "3210"),
        ('startkey="pear-3"&endkey="pear-1"&descending=true&inclusive_end=false', "32"),
        ("descending=true&limit=2&skip=1", "32"),
        ('startkey="pear-1x"', "234"),
        ("startkey=pear-3", "34"),
        ("startkey=null&endkey={}", "01234"),
        ("startkey={}", ""),
        ("endkey=7", ""),
        ("startkey={}&descending=true&endkey=7", "43210"),
        ("startkey=7&descending=true", ""),
        ("limit=0", ""),
        ('keys=["pear-4","pear-0"]', "40"),
        ('keys=["pear-4","pear-0","pear-1"]&skip=1&limit=1', "0"),
        ('keys=["pear-4","pear-0"]&descending=true', "04"),
        ("stale=ok&sorted=false&surprise=1", "01234"),
    ],
)
async def test_all_documents_are_asked_for_as_of_couchdb(query: str, expected: str) -> None:
    ours, _ = await orchard()
    told = await read(ours, f"_all_docs?{query}")
    assert [row["id"] for row in told["rows"]] == [f"pear-{each}" for each in expected]
    assert told["total_rows"] == 5


async def test_documents_stand_in_rows_that_ask_for_them() -> None:
    ours, ada = await orchard(2)
    rev = json.loads((await ours.get("/npm/pear-1?write=true")).body)["_rev"]
    assert (await ours.send("DELETE", f"/npm/pear-1/-rev/{rev}", token=ada)).status == 200
    changes = (await read(ours, "_changes?include_docs=true"))["results"]
    assert [each["doc"].get("_deleted") for each in changes] == [None, True]
    assert list(changes[0]["doc"]["versions"]) == ["1.0.0"]
    assert changes[1]["doc"]["_rev"] == changes[1]["changes"][0]["rev"]
    rows = (await read(ours, '_all_docs?include_docs=true&keys=["pear-0","pear-1","x"]'))["rows"]
    assert [each.get("error") or each["value"].get("deleted", False) for each in rows] == [False, True, "not_found"]
    assert rows[0]["doc"]["_rev"] == rows[0]["value"]["rev"]
    assert rows[1]["doc"] is None


async def test_a_row_stands_on_a_line_of_its_own() -> None:
    ours, _ = await orchard(2)
    for path in ("_changes", "_all_docs"):
        lines = (await ours.get(f"/npm/{path}")).text.split("\n")
        assert [json.loads(line.rstrip(","))["id"] for line in lines[1:3]] == ["pear-0", "pear-1"], path


async def test_a_page_says_that_nothing_follows_only_where_nothing_does() -> None:
    ours, _ = await orchard(3)
    for limit, pending in ((2, None), (3, 0), (9, 0)):
        assert (await read(ours, f"_changes?limit={limit}")).get("pending") == pending


async def test_a_continuous_feed_ends_with_where_to_go_on_when_nothing_comes_for_long() -> None:
    ours, _ = await orchard(2)
    reply = await ours.get("/npm/_changes?feed=continuous&timeout=50")
    assert "content-length" not in reply.headers
    *rows, last, nothing = reply.text.split("\n")
    assert [json.loads(row)["id"] for row in rows] == ["pear-0", "pear-1"]
    assert json.loads(last) == {"last_seq": json.loads(rows[-1])["seq"], "pending": 0}
    assert nothing == ""
    short = (await ours.get("/npm/_changes?feed=live&limit=1")).text.split("\n")
    assert [list(json.loads(line)) for line in short[:-1]] == [["seq", "id", "changes"], ["last_seq", "pending"]]


async def test_a_source_of_events_goes_on_from_the_last_that_was_seen() -> None:
    ours, _ = await orchard(3)
    reply = await ours.get("/npm/_changes?feed=eventsource&timeout=50&limit=2")
    assert reply.headers["content-type"] == "text/event-stream"
    events = [dict(line.split(": ", 1) for line in each.split("\n")) for each in reply.text.strip().split("\n\n")]
    assert [json.loads(each["data"])["id"] for each in events] == ["pear-0", "pear-1"]
    headers = {"last-event-id": events[-1]["id"]}
    rest = await ours.get("/npm/_changes?feed=eventsource&timeout=50", headers)
    assert "pear-1" not in rest.text
    assert "pear-2" in rest.text
    again = await ours.get(f"/npm/_changes?feed=eventsource&timeout=50&last-event-id={events[0]['id']}")
    assert again.text.count("data: ") == 2


async def test_who_waits_for_long_is_given_signs_of_life() -> None:
    ours, ada = await orchard(1)
    last = (await read(ours, "_changes"))["last_seq"]
    waiting = asyncio.create_task(ours.get(f"/npm/_changes?feed=longpoll&heartbeat=1000&since={last}"))
    await asyncio.sleep(1.6)
    await publish(ours, ada, "plum", "1.0.0")
    text = (await waiting).text
    assert text.startswith('{"results":[\n\n')
    assert [row["id"] for row in json.loads(text)["results"]] == ["plum"]


@pytest.mark.parametrize("body", [{"doc_ids": ["pear-1"]}, ["pear-1"]])
async def test_followers_that_post_name_packages_in_the_body(body: object) -> None:
    ours, _ = await orchard(3)
    reply = await ours.send("POST", "/npm/_changes?filter=_doc_ids", body)
    assert [row["id"] for row in json.loads(reply.body)["results"]] == ["pear-1"]
    every = await ours.send("POST", "/npm/_changes", {})
    assert len(json.loads(every.body)["results"]) == 3


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("_changes?since=x", "bad_request"),
        ("_changes?feed=never", "bad_request"),
        ("_changes?limit=-1", "bad_request"),
        ("_changes?timeout=soon", "bad_request"),
        ("_changes?heartbeat=often", "bad_request"),
        ("_changes?filter=app/important", "bad_request"),
        ("_all_docs?limit=x", "query_parse_error"),
        ("_all_docs?include_docs=perhaps", "query_parse_error"),
        ('_all_docs?startkey="', "query_parse_error"),
        ("_all_docs?keys={}", "query_parse_error"),
        ("-/all/since?startkey=NaN", "query_parse_error"),
        ("-/_view/dependedUpon", "query_parse_error"),
        ("-/_view/byUser?key=ada", "query_parse_error"),
    ],
)
async def test_what_cannot_be_meant_is_refused_in_the_words_of_couchdb(path: str, error: str) -> None:
    reply = await server().get(f"/npm/{path}")
    assert reply.status == 400
    told: dict[str, Any] = json.loads(reply.body)
    assert list(told) == ["error", "reason"]
    assert told["error"] == error


@pytest.mark.parametrize("body", [b"{", b"7", b'{"keys": 7}', b'{"keys": [7]}', b"[" * 5000, b"\xff"])
async def test_a_body_that_cannot_be_meant_is_refused(body: bytes) -> None:
    assert (await server().send("POST", "/npm/_all_docs", body)).status == 400
