"""What a feed's search tells of packages."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest

from packhouse.domain.errors import Invalid, NotFound, NotTold, UpstreamBad
from packhouse.domain.insight import Downloads, Owner
from packhouse.domain.release import Person
from packhouse.domain.upstream import Gathering, UpstreamAnswer, UpstreamRequest
from packhouse.ecosystems.nuget import ECOSYSTEM
from packhouse.ecosystems.nuget.insight import count_downloads, list_owners, list_packages, search
from tests.ecosystems.nuget.feeds import FEED, UPSTREAM, key, make_feed

T = TypeVar("T")


def run(gathering: Gathering[T], answers: dict[str, Any]) -> tuple[T, list[UpstreamRequest]]:
    """Answer requests by path; what is at no path is a 404."""
    asked: list[UpstreamRequest] = []
    try:
        batch: Sequence[UpstreamRequest] = next(gathering)
        while True:
            asked += batch
            batch = gathering.send([_answer(answers.get(urlsplit(each.url).path)) for each in batch])
    except StopIteration as end:
        return end.value, asked


def _answer(value: object) -> UpstreamAnswer:
    if value is None:
        return UpstreamAnswer(404)
    return UpstreamAnswer(200, value if isinstance(value, bytes) else json.dumps(value).encode())


def feed(data: object = None) -> dict[str, Any]:
    index = make_feed().bodies()[f"{FEED}/v3/index.json"]
    return {"/v3/index.json": index, "/query": {"totalHits": 40, "data": data if data is not None else [PLUM, PEAR]}}


PLUM = {
    "id": "Farm.Plum",
    "version": "1.1.0+build",
    "description": "A plum",
    "projectUrl": "https://plum.example/",
    "totalDownloads": 30,
    "owners": ["farm", "Ann"],
    "versions": [{"version": "1.0.0", "downloads": 10}, {"version": "1.1.0+build", "downloads": 20}, {"version": "?"}],
}
PEAR = {"id": "Farm.Plum.Pear", "version": "2.0.0", "projectUrl": "javascript:x", "owners": "others"}


def test_downloads_are_those_of_the_package_and_its_releases() -> None:
    counted, asked = run(count_downloads(UPSTREAM, key("farm.plum"), ""), feed([PEAR, PLUM]))
    assert counted == Downloads(counts={"total": 30}, by_version={"1.0.0": 10, "1.1.0": 20})
    fields = parse_qs(urlsplit(asked[-1].url).query)
    assert fields["q"] == ["packageid:farm.plum"]
    assert fields["prerelease"] == ["true"]
    assert fields["semVerLevel"] == ["2.0.0"]


def test_there_are_no_periods() -> None:
    with pytest.raises(Invalid):
        run(count_downloads(UPSTREAM, key("farm.plum"), "last-week"), feed())
    assert ECOSYSTEM.insight.periods == ()


def test_owners_are_a_list_or_a_text() -> None:
    owners, _ = run(list_owners(UPSTREAM, key("farm.plum")), feed())
    assert owners == (Owner("farm", Person("farm")), Owner("Ann", Person("Ann")))
    owners, _ = run(list_owners(UPSTREAM, key("farm.plum.pear")), feed())
    assert owners == (Owner("others", Person("others")),)


def test_a_package_that_the_search_does_not_find_is_not_found() -> None:
    for ask in (list_owners(UPSTREAM, key("farm")), count_downloads(UPSTREAM, key("farm"), "")):
        with pytest.raises(NotFound):
            run(ask, feed())


def test_packages_of_someone_are_theirs_alone() -> None:
    found, asked = run(list_packages(UPSTREAM, 'fa"rm', 20, 5), feed())
    assert parse_qs(urlsplit(asked[-1].url).query)["q"] == ['owner:"farm"']
    assert parse_qs(urlsplit(asked[-1].url).query)["skip"] == ["20"]
    assert found.hits == ()
    found, _ = run(list_packages(UPSTREAM, "FARM", 0, 5), feed())
    assert [hit.name for hit in found.hits] == ["farm.plum"]


def test_a_search_keeps_order_versions_and_downloads_and_leaves_out_impossible_ids() -> None:
    found, _ = run(search(UPSTREAM, "plum", 0, 20), feed([PEAR, {"id": "../x"}, PLUM]))
    assert found.total == 40
    assert [(hit.name, hit.version, hit.downloads, hit.links) for hit in found.hits] == [
        ("farm.plum.pear", "2.0.0", None, {}),
        ("farm.plum", "1.1.0", 30, {"homepage": "https://plum.example/"}),
    ]


def test_a_feed_that_tells_nothing_says_so() -> None:
    bare = {"id": "Farm.Plum", "version": "1.0.0"}
    for ask in (list_owners(UPSTREAM, key("farm.plum")), count_downloads(UPSTREAM, key("farm.plum"), "")):
        with pytest.raises(NotTold):
            run(ask, feed([bare]))
    with pytest.raises(NotTold):
        run(search(UPSTREAM, "x", 0, 1), {**feed(), "/query": None})
    with pytest.raises(NotTold):
        run(search(UPSTREAM, "x", 0, 1), {"/v3/index.json": {"resources": []}})


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"data":5}', b'{"data":[{"id":5}]}', b"\xff", b"[" * 100_000]
)
def test_an_answer_that_cannot_be_read_is_bad(body: bytes) -> None:
    with pytest.raises(UpstreamBad):
        run(search(UPSTREAM, "x", 0, 1), {**feed(), "/query": body})
