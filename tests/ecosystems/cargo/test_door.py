"""The index and the files, as cargo asks for them."""

import json
from collections.abc import Mapping

import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.app import build_rules
from packhouse.config import load
from packhouse.domain.errors import UpstreamDown
from packhouse.domain.package import PackageKey
from packhouse.domain.upstream import UpstreamAnswer
from packhouse.ecosystems.cargo import ECOSYSTEM, build_mount
from packhouse.ecosystems.cargo.ranges import satisfies
from packhouse.policy.rules.deny import Denied, Deny
from tests.assembled import START, Assembled
from tests.ecosystems.cargo.crates import CONFIG, FILES, INDEX, UPSTREAM, content, index_file, line, recorded

pytestmark = pytest.mark.anyio

PLUM = index_file(line("plum", "1.0.0"), line("plum", "1.1.0", later={"kept": 1}), line("plum", "2.0.0-rc.1"))
ANSWERS: Mapping[str, MemoryAnswer] = {
    f"{INDEX}/config.json": CONFIG,
    f"{INDEX}/pl/um/plum": PLUM,
    f"{INDEX}/in/fl/inflector": recorded("inflector"),
    f"{INDEX}/1/a": index_file(line("a", "1.0.0")),
    f"{INDEX}/2/ab": index_file(line("Ab", "1.0.0")),
    f"{INDEX}/3/a/abc": index_file(line("abc", "1.0.0+x.1")),
    f"{INDEX}/fo/o_/foo_bar": index_file(line("foo_bar", "1.0.0")),
    f"{FILES}/plum/plum-1.0.0.crate": content("plum", "1.0.0"),
    f"{FILES}/plum/plum-1.1.0.crate": content("plum", "1.1.0"),
    f"{FILES}/Ab/Ab-1.0.0.crate": content("Ab", "1.0.0"),
    f"{FILES}/abc/abc-1.0.0%2Bx.1.crate": content("abc", "1.0.0+x.1"),
}


def deny(name: str, wanted: str = "*") -> Deny:
    def matches(asked: PackageKey, version: str) -> bool:
        return asked.name == name and satisfies(version, wanted)

    return Deny((Denied(f"cargo/{name}@{wanted}", matches),))


def server(*rules: Deny, answers: Mapping[str, MemoryAnswer] = ANSWERS) -> Assembled:
    return Assembled(ECOSYSTEM, build_mount, answers, (UPSTREAM,), rules)


def details(body: bytes) -> list[str]:
    return [each["detail"] for each in json.loads(body)["errors"]]


async def test_the_configuration_leads_to_us() -> None:
    reply = await server().get("/cargo/index/config.json")
    base = "http://packhouse.example/cargo"
    assert json.loads(reply.body) == {"dl": f"{base}/api/v1/crates", "api": base}


async def test_the_configuration_of_a_dated_view_leads_into_that_view() -> None:
    reply = await server().get("/@2020-06-01/cargo/index/config.json")
    assert json.loads(reply.body)["api"] == "http://packhouse.example/@2020-06-01/cargo"


@pytest.mark.parametrize("path", ["1/a", "2/ab", "3/a/abc", "pl/um/plum", "in/fl/inflector"])
async def test_an_index_file_is_the_upstreams_own(path: str) -> None:
    reply = await server().get(f"/cargo/index/{path}")
    assert reply.status == 200
    assert reply.body == ANSWERS[f"{INDEX}/{path}"]
    assert reply.headers["content-type"].startswith("text/plain")
    assert "etag" in reply.headers
    assert "last-modified" in reply.headers
    assert "max-age=0" in reply.headers["cache-control"]


async def test_a_client_that_has_the_file_gets_no_body() -> None:
    ours = server()
    first = await ours.get("/cargo/index/pl/um/plum")
    for header in ({"If-None-Match": first.headers["etag"]}, {"If-Modified-Since": first.headers["last-modified"]}):
        reply = await ours.get("/cargo/index/pl/um/plum", header)
        assert (reply.status, reply.body) == (304, b"")


async def test_the_configuration_of_the_upstream_is_asked_for_once() -> None:
    ours = server()
    for path in ("1/a", "2/ab", "3/a/abc"):
        await ours.get(f"/cargo/index/{path}")
    assert ours.asked().count(f"{INDEX}/config.json") == 1


@pytest.mark.parametrize(
    "path",
    [
        "no/th/nothing",
        "pl/um/Plum",
        "PL/UM/plum",
        "pl/uu/plum",
        "3/p/plum",
        "1/ab",
        "3/b/abc",
        "in/fl/Inflector",
        "fo/o-/foo-bar",
        "%2e%2e/%2e%2e/config.json",
        "pl/um/plum%00",
        "pl/um/pl%2fum",
        "../config.json",
        "pl",
        "",
        "pl/um/plum/x",
        "pl/um/" + "a" * 5000,
    ],
)
async def test_everything_else_is_not_found(path: str) -> None:
    ours = server()
    reply = await ours.get(f"/cargo/index/{path}")
    assert reply.status == 404
    assert details(reply.body)
    assert not [
        each for each in ours.asked() if "config" not in each and "nothing" not in each and "foo-bar" not in each
    ]


async def test_an_unknown_crate_is_asked_for_once_in_a_while() -> None:
    ours = server()
    for _ in range(3):
        assert (await ours.get("/cargo/index/no/th/nothing")).status == 404
    assert ours.asked().count(f"{INDEX}/no/th/nothing") == 1


@pytest.mark.parametrize(
    ("path", "name", "version"),
    [
        ("api/v1/crates/plum/1.0.0/download", "plum", "1.0.0"),
        ("api/v1/crates/Plum/1.0.0/download", "plum", "1.0.0"),
        ("crates/plum/plum-1.0.0.crate", "plum", "1.0.0"),
        ("api/v1/crates/ab/1.0.0/download", "Ab", "1.0.0"),
        ("crates/Ab/Ab-1.0.0.crate", "Ab", "1.0.0"),
        ("api/v1/crates/abc/1.0.0+x.1/download", "abc", "1.0.0+x.1"),
        ("api/v1/crates/abc/1.0.0%2Bx.1/download", "abc", "1.0.0+x.1"),
    ],
)
async def test_a_file_is_sent_whole_and_in_part(path: str, name: str, version: str) -> None:
    ours = server()
    reply = await ours.get(f"/cargo/{path}")
    assert (reply.status, reply.body) == (200, content(name, version))
    assert "immutable" in reply.headers["cache-control"]
    part = await ours.get(f"/cargo/{path}", {"Range": "bytes=0-3"})
    assert (part.status, part.body) == (206, content(name, version)[:4])
    head = await ours.get(f"/cargo/{path}", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert len([each for each in ours.asked() if each.startswith(FILES)]) == 1


@pytest.mark.parametrize(
    "path",
    [
        "api/v1/crates/plum/9.9.9/download",
        "api/v1/crates/nothing/1.0.0/download",
        "api/v1/crates/..%2f/1.0.0/download",
        "api/v1/crates/plum/..%2f..%2fx/download",
        "crates/plum/pear-1.0.0.crate",
        "crates/plum/plum-1.0.0.tgz",
        "crates/plum/..",
    ],
)
async def test_a_file_that_nobody_published_is_not_found(path: str) -> None:
    reply = await server().get(f"/cargo/{path}")
    assert reply.status == 404
    assert details(reply.body)


async def test_a_file_that_is_not_what_the_index_says_is_not_handed_out() -> None:
    ours = server(answers={**ANSWERS, f"{FILES}/plum/plum-1.0.0.crate": b"something else"})
    reply = await ours.get("/cargo/api/v1/crates/plum/1.0.0/download")
    assert reply.status == 502
    assert "sha256" in details(reply.body)[0]


async def test_a_refused_release_is_neither_listed_nor_sent() -> None:
    ours = server(deny("plum", "=1.1.0"))
    reply = await ours.get("/cargo/index/pl/um/plum")
    assert [json.loads(each)["vers"] for each in reply.body.splitlines()] == ["1.0.0", "2.0.0-rc.1"]
    for path in ("api/v1/crates/plum/1.1.0/download", "crates/plum/plum-1.1.0.crate"):
        refused = await ours.get(f"/cargo/{path}")
        assert refused.status == 403
        assert "denied packages" in details(refused.body)[0]
    assert (await ours.get("/cargo/api/v1/crates/plum/1.0.0/download")).status == 200


async def test_a_crate_that_is_refused_altogether_says_why() -> None:
    reply = await server(deny("plum", ">=0.0.0-0, <1.1"), deny("plum"), deny("plum", ">=2.0.0-0")).get(
        "/cargo/index/pl/um/plum"
    )
    assert reply.status == 403
    assert "denied packages" in details(reply.body)[0]


async def test_a_view_of_the_past_has_what_there_was_then() -> None:
    young = index_file(line("plum", "1.0.0"), line("plum", "1.1.0", pubtime="2025-01-01T00:00:00Z"))
    ours = server(answers={**ANSWERS, f"{INDEX}/pl/um/plum": young})
    reply = await ours.get("/@2024-01-01/cargo/index/pl/um/plum")
    assert [json.loads(each)["vers"] for each in reply.body.splitlines()] == ["1.0.0"]
    assert (await ours.get("/@2024-01-01/cargo/api/v1/crates/plum/1.1.0/download")).status != 200


async def test_an_upstream_that_is_down_is_no_missing_crate() -> None:
    down = UpstreamDown("index.example cannot be reached", retry_after_s=7)
    for broken in (f"{INDEX}/config.json", f"{INDEX}/pl/um/plum"):
        reply = await server(answers={**ANSWERS, broken: down}).get("/cargo/index/pl/um/plum")
        assert reply.status == 503
        assert reply.headers["retry-after"] == "7"


async def test_an_upstream_without_a_configuration_is_no_missing_crate() -> None:
    answers = {address: answer for address, answer in ANSWERS.items() if "config" not in address}
    reply = await server(answers=answers).get("/cargo/index/no/th/nothing")
    assert reply.status == 502
    assert "config.json" in details(reply.body)[0]


async def test_what_is_known_is_served_while_the_upstream_is_off() -> None:
    ours = server()
    await ours.get("/cargo/api/v1/crates/plum/1.0.0/download")
    ours.off.add("crates")
    ours.now = type(START)(START + 10_000_000)
    assert (await ours.get("/cargo/index/pl/um/plum")).body == PLUM
    assert (await ours.get("/cargo/api/v1/crates/plum/1.0.0/download")).status == 200
    assert (await ours.get("/cargo/index/1/a")).status == 503


async def test_a_yank_arrives_when_the_file_is_confirmed_again() -> None:
    ours = server(answers=dict(ANSWERS))
    await ours.get("/cargo/index/pl/um/plum")
    yanked = PLUM.replace(b'"yanked": false', b'"yanked": true', 1)
    ours.upstream.answers[f"{INDEX}/pl/um/plum"] = yanked
    ours.now = type(START)(START + 600_000)
    assert (await ours.get("/cargo/index/pl/um/plum")).body == yanked


async def test_an_unchanged_file_is_confirmed_by_its_validator() -> None:
    ours = server()
    await ours.get("/cargo/index/pl/um/plum")
    ours.now = type(START)(START + 600_000)
    await ours.get("/cargo/index/pl/um/plum")
    _, request = ours.upstream.requests[-1]
    assert (request.url, request.etag is not None) == (f"{INDEX}/pl/um/plum", True)
    _, config = next(each for each in ours.upstream.requests if each[1].url.endswith("config.json"))
    assert config.etag is None


async def test_an_index_that_gives_only_a_date_is_confirmed_by_it() -> None:
    dated = UpstreamAnswer(200, PLUM, None, "Wed, 01 Jan 2020 00:00:00 GMT")
    ours = server(answers={**ANSWERS, f"{INDEX}/pl/um/plum": dated})
    await ours.get("/cargo/index/pl/um/plum")
    ours.now = type(START)(START + 600_000)
    assert (await ours.get("/cargo/index/pl/um/plum")).status == 200
    assert ours.upstream.requests[-1][1].last_modified == "Wed, 01 Jan 2020 00:00:00 GMT"


async def test_who_looks_for_a_token_is_told_that_none_is_needed_to_read() -> None:
    reply = await server().get("/cargo/me")
    assert reply.status == 200
    assert "Everybody may read here" in reply.text


async def test_a_version_that_is_none_is_refused_where_a_range_of_the_crate_is() -> None:
    odd = index_file(line("plum", "1.0.0"), line("plum", "one"), line("plum", "2.0.0"))
    config = load({"policy.deny": "cargo/Plum@^2"}, {})
    rules = build_rules(config, ECOSYSTEM)
    ours = Assembled(ECOSYSTEM, build_mount, {**ANSWERS, f"{INDEX}/pl/um/plum": odd}, (UPSTREAM,), rules)
    reply = await ours.get("/cargo/index/pl/um/plum")
    assert [json.loads(each)["vers"] for each in reply.body.splitlines()] == ["1.0.0"]
    # Without a rule it is on the wire: cargo passes over it.
    assert (await server(answers={**ANSWERS, f"{INDEX}/pl/um/plum": odd}).get("/cargo/index/pl/um/plum")).body == odd
