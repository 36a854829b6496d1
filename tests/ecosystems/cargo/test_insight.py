"""What the registry tells beside its index."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Fragment
from packhouse.domain.insight import Hits, Owner
from packhouse.domain.release import Person
from packhouse.domain.upstream import Gathering, UpstreamAnswer
from packhouse.domain.view import View
from packhouse.ecosystems.cargo import ECOSYSTEM, build_mount
from packhouse.ecosystems.cargo.gatherings import date, further, lasting
from packhouse.ecosystems.cargo.insight import search
from tests.assembled import Assembled
from tests.ecosystems.cargo.crates import (
    API,
    CONFIG,
    INDEX,
    UPSTREAM,
    WHOLE,
    crate_document,
    index_file,
    key,
    line,
    recorded_crate,
    release_facts,
)

pytestmark = pytest.mark.anyio

VIEW = View()
WEB = f"{API}/api/v1"


def server(answers: Mapping[str, MemoryAnswer]) -> Assembled:
    return Assembled(ECOSYSTEM, build_mount, {f"{INDEX}/config.json": CONFIG, **answers}, (UPSTREAM,))


async def test_downloads_are_told_in_all_by_version_and_by_day() -> None:
    counts = {
        "version_downloads": [
            {"version": 1, "date": "2026-01-31", "downloads": 7},
            {"version": 2, "date": "2026-01-31", "downloads": 1},
            {"version": 2, "date": "2026-01-25", "downloads": 10},
            {"version": 2, "date": "2026-01-24", "downloads": 100},
            {"version": 2, "date": "2026-01-01", "downloads": 1000},
        ],
        "meta": {"extra_downloads": [{"date": "2026-01-31", "downloads": 2}, {"date": "never", "downloads": 1}]},
    }
    facts = (release_facts("plum", "1.1.0", 2), release_facts("plum", "1.0.0", 1))
    answers = {
        f"{WEB}/crates/plum": crate_document("plum", *facts),
        f"{WEB}/crates/plum/downloads": json.dumps(counts).encode(),
    }
    told = (await server(answers).services.insights.downloads(VIEW, key("plum"))).value
    assert told.counts == {"total": 1000, "recent": 100, "last-day": 10, "last-week": 20, "last-month": 120}
    assert told.by_version == {"1.1.0": 20, "1.0.0": 10}
    assert told.daily == {"2026-01-01": 1000, "2026-01-24": 100, "2026-01-25": 10, "2026-01-31": 10}
    assert told.until == "2026-01-31"


async def test_the_counts_of_a_real_document_are_read() -> None:
    answers = {f"{WEB}/crates/utf8-ranges": recorded_crate("utf8-ranges")}
    told = (await server(answers).services.insights.downloads(VIEW, key("utf8-ranges"))).value
    assert told.by_version["1.0.0"] == 1_539_064
    assert told.counts["total"] >= sum(told.by_version.values()) > told.counts["recent"]


async def test_a_period_that_the_registry_does_not_count_is_refused() -> None:
    with pytest.raises(Invalid):
        await server({}).services.insights.downloads(VIEW, key("plum"), "last-decade")


async def test_owners_are_users_and_teams() -> None:
    users = [
        {"id": 1, "login": "grower", "kind": "user", "name": "A Grower", "url": "https://people.example/grower"},
        {"id": 2, "login": "github:farm:pickers", "kind": "team", "name": "pickers", "url": "javascript:alert(1)"},
        {"id": 3},
    ]
    answers = {f"{WEB}/crates/plum/owners": json.dumps({"users": users}).encode()}
    told = (await server(answers).services.insights.owners(VIEW, key("plum"))).value
    assert told == (
        Owner("grower", Person("A Grower", url="https://people.example/grower"), "user", f"{API}/users/grower"),
        Owner("github:farm:pickers", Person("pickers"), "team", f"{API}/teams/github:farm:pickers"),
    )
    with pytest.raises(NotFound):
        await server({}).services.insights.owners(VIEW, key("plum"))


async def test_the_crates_of_a_user_and_of_a_team_are_found_by_login() -> None:
    crates = {"crates": [{"id": "plum", "max_version": "1.0.0"}], "meta": {"total": 1}}
    answers = {
        f"{WEB}/users/grower": b'{"user":{"id":12}}',
        f"{WEB}/teams/github%3Afarm%3Apickers": b'{"team":{"id":13}}',
        f"{WEB}/crates?user_id=12&sort=alphabetical&page=1&per_page=10": json.dumps(crates).encode(),
        f"{WEB}/crates?team_id=13&sort=alphabetical&page=1&per_page=10": json.dumps(crates).encode(),
    }
    insights = server(answers).services.insights
    for login in ("grower", "github:farm:pickers"):
        told = (await insights.packages_of(VIEW, login, 0, 10)).value
        assert ([hit.name for hit in told.hits], told.total) == (["plum"], 1)
    for nobody in ("nobody", "github:x:y", "../summary", "..", ""):
        with pytest.raises(NotFound):
            await insights.packages_of(VIEW, nobody, 0, 10)


def ask(gathering: Gathering[Hits], crates: int) -> Hits:
    """Answer a search for crates that are named by their places."""
    try:
        requests = next(gathering)
        while True:
            requests = gathering.send([_page(request.url, crates) for request in requests])
    except StopIteration as end:
        found: Hits = end.value
        return found


def _page(url: str, crates: int) -> UpstreamAnswer:
    fields = dict(each.split("=") for each in url.partition("?")[2].split("&"))
    page, size = int(fields["page"]), int(fields["per_page"])
    assert 1 <= size <= 100
    assert 1 <= page <= 200
    shown = range(crates)[(page - 1) * size : page * size]
    document = {"crates": [{"id": f"c{place}", "max_version": "1.0.0"} for place in shown], "meta": {"total": crates}}
    return UpstreamAnswer(200, json.dumps(document).encode())


@example(offset=200, limit=1, crates=201)
@given(offset=st.integers(0, 400), limit=st.integers(0, 250), crates=st.integers(0, 500))
def test_any_window_of_a_search_is_put_together_from_pages(offset: int, limit: int, crates: int) -> None:
    hits = ask(search(UPSTREAM, "c", offset, limit), crates).hits
    assert [hit.name for hit in hits] == [f"c{place}" for place in range(crates)[offset : offset + limit]]


def test_what_is_beyond_the_last_page_of_the_registry_is_nothing() -> None:
    assert ask(search(UPSTREAM, "c", 30_000, 50), 100_000).hits == ()


async def test_a_release_is_completed_from_one_document_for_all_of_a_crates_releases() -> None:
    facts = [release_facts("plum", version, number) for number, version in ((2, "1.1.0"), (1, "1.0.0"))]
    answers = {
        f"{INDEX}/pl/um/plum": index_file(line("plum", "1.0.0"), line("plum", "1.1.0")),
        f"{WEB}/crates/plum": crate_document("plum", *facts),
    }
    ours = server(answers)
    for version in ("1.0.0", "1.1.0"):
        release = await ours.services.records.release(VIEW, key("plum"), version)
        assert release.description == "All about plum"
        assert [each.spdx for each in release.licences] == ["MIT OR Apache-2.0"]
    assert [each for each in ours.asked() if each.startswith(API)] == [f"{WEB}/crates/plum"]


async def test_a_release_without_a_date_has_that_of_the_web_api() -> None:
    gathering = date(UPSTREAM, key("plum"), Fragment("1.0.0", b""))
    (request,) = next(gathering)
    assert (request.url, request.reuse_s > 0) == (f"{WEB}/crates/plum", True)
    body = crate_document("plum", release_facts("plum", "1.0.0", 1))
    with pytest.raises(StopIteration) as end:
        gathering.send([UpstreamAnswer(200, body)])
    assert end.value.value == 1_577_836_800_123


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "../x",
        "crates/../x",
        "crates/./x",
        "crates/...",
        "crates//x",
        "crates/a b",
        "crates/a\r\nb",
        "//evil.example",
    ],
)
def test_a_path_that_could_lead_elsewhere_is_not_asked_for(path: str) -> None:
    with pytest.raises(NotFound):
        next(further(UPSTREAM, FurtherKey(WHOLE, path)))


def test_only_what_a_release_depends_on_never_changes() -> None:
    assert lasting(FurtherKey(key("plum"), "crates/plum/1.0.0/dependencies"))
    for path in ("crates/plum", "crates/plum/owners", "crates/plum/1.0.0/readme", "crates?q=x/y/dependencies"):
        assert not lasting(FurtherKey(key("plum"), path))


async def test_a_registry_whose_web_api_cannot_be_searched_is_told_apart_from_one_that_finds_nothing() -> None:
    with pytest.raises(NotFound):
        await server({}).services.insights.search(VIEW, "plum", 0, 10)
    nothing = {f"{WEB}/crates?q=plum&page=1&per_page=10": b'{"crates":[],"meta":{"total":0}}'}
    assert (await server(nothing).services.insights.search(VIEW, "plum", 0, 10)).value == Hits((), 0)


async def test_a_hit_with_an_impossible_name_is_left_out() -> None:
    crates = {"crates": [{"id": "../x"}, {"id": ""}, {"id": "plum"}, 1], "meta": {"total": 4}}
    found = {f"{WEB}/crates?q=x&page=1&per_page=10": json.dumps(crates).encode()}
    told = await server(found).services.insights.search(VIEW, "x", 0, 10)
    assert [hit.name for hit in told.value.hits] == ["plum"]
