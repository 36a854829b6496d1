"""What Central's search tells."""

import pytest

from packhouse.domain.errors import NotTold, UpstreamBad
from packhouse.domain.insight import Hits
from packhouse.domain.upstream import UpstreamAnswer, UpstreamRegistry
from packhouse.ecosystems.maven.insight import search

CENTRAL = UpstreamRegistry("central", "maven", "http://central.example", urls={"search": "http://search.example"})


def told(answer: UpstreamAnswer, text: str = "plum", offset: int = 0, limit: int = 20) -> tuple[str, Hits]:
    gathering = search(CENTRAL, text, offset, limit)
    (request,) = next(gathering)
    with pytest.raises(StopIteration) as end:
        gathering.send((answer,))
    hits = end.value.value
    assert isinstance(hits, Hits)
    return request.url, hits


def test_hits_have_name_version_and_date_and_impossible_names_are_left_out() -> None:
    body = (
        b'{"responseHeader":{},"response":{"numFound":3,"start":0,"docs":['
        b'{"id":"g:a","g":"g","a":"a","latestVersion":"2","p":"jar","timestamp":1700000000000,"versionCount":4},'
        b'{"g":"..","a":"x"},{"g":"g","a":"b"}]}}'
    )
    _, hits = told(UpstreamAnswer(200, body))
    assert [(hit.name, hit.version, hit.published_at) for hit in hits.hits] == [
        ("g:a", "2", 1_700_000_000_000),
        ("g:b", "", None),
    ]
    assert hits.total == 3


def test_a_text_is_a_text_and_pages_are_asked_for() -> None:
    empty = UpstreamAnswer(200, b'{"response":{"docs":[]}}')
    url, _ = told(empty, "a&rows=9 b", 40, 1000)
    assert url == "http://search.example/solrsearch/select?q=a%26rows%3D9+b&start=40&rows=200&wt=json"


def test_a_search_that_is_not_there_finds_nothing() -> None:
    assert told(UpstreamAnswer(404))[1] == Hits((), 0)


@pytest.mark.parametrize("body", [b"", b"<html/>", b"[]", b'{"response":{"docs":[{"g":1}]}}'])
def test_an_answer_of_another_shape_is_the_upstreams_fault(body: bytes) -> None:
    gathering = search(CENTRAL, "plum", 0, 20)
    next(gathering)
    with pytest.raises(UpstreamBad):
        gathering.send((UpstreamAnswer(200, body),))


def test_an_upstream_without_a_search_says_so() -> None:
    with pytest.raises(NotTold):
        next(search(UpstreamRegistry("team", "maven", "http://team.example"), "plum", 0, 20))
