"""Gatherings: what goes out, what comes back, what ends them."""

import pytest

from packhouse.adapters.memory.upstream import MemoryUpstream
from packhouse.domain.errors import UpstreamDown
from packhouse.domain.package import Moment
from packhouse.domain.upstream import Gathering, UpstreamAnswer, UpstreamRegistry, UpstreamRequest
from packhouse.services.gathering import Gatherer

pytestmark = pytest.mark.anyio

REGISTRY = UpstreamRegistry("orchard", "toy", "https://toy.example")


class Clock:
    """Stands where it is put."""

    now = Moment(0)

    def __call__(self) -> Moment:
        """Tell the time."""
        return self.now


def _both() -> Gathering[list[tuple[int, bytes]]]:
    (root,) = yield (UpstreamRequest("https://toy.example/root", reuse_s=60),)
    pages = yield tuple(
        UpstreamRequest(f"https://toy.example/{name}", conditional=name == "a") for name in root.body.decode().split()
    )
    return [(page.status, page.body) for page in pages]


async def test_answers_come_in_the_order_of_the_requests_and_what_is_missing_is_an_answer() -> None:
    upstream = MemoryUpstream(
        {"https://toy.example/root": b"a b c", "https://toy.example/a": b"A", "https://toy.example/c": b"C"}
    )
    assert await Gatherer(upstream, Clock()).run(REGISTRY, _both()) == [(200, b"A"), (404, b""), (200, b"C")]


async def test_what_may_be_reused_is_asked_for_once_as_long_as_it_may() -> None:
    clock = Clock()
    upstream = MemoryUpstream({"https://toy.example/root": b""})
    gatherer = Gatherer(upstream, clock)
    for now in (0, 59_999, 60_000):
        clock.now = Moment(now)
        await gatherer.run(REGISTRY, _both())
    assert len(upstream.requests) == 2


async def test_that_there_is_no_such_document_is_not_believed_for_long() -> None:
    def gathering() -> Gathering[int]:
        (answer,) = yield (UpstreamRequest("https://toy.example/new", reuse_s=3600),)
        return answer.status

    clock = Clock()
    upstream = MemoryUpstream({})
    gatherer = Gatherer(upstream, clock)
    assert await gatherer.run(REGISTRY, gathering()) == 404
    upstream.answers["https://toy.example/new"] = b"N"
    assert await gatherer.run(REGISTRY, gathering()) == 404
    clock.now = Moment(30_000)
    assert await gatherer.run(REGISTRY, gathering()) == 200


async def test_what_may_be_reused_is_reused_longer_while_the_upstream_is_down() -> None:
    clock = Clock()
    upstream = MemoryUpstream({"https://toy.example/root": b"a", "https://toy.example/a": b"A"})
    gatherer = Gatherer(upstream, clock)
    await gatherer.run(REGISTRY, _both())
    clock.now = Moment(3_600_000)
    upstream.answers["https://toy.example/root"] = UpstreamDown("toy.example does not answer")
    assert await gatherer.run(REGISTRY, _both()) == [(200, b"A")]


async def test_only_the_conditional_request_carries_validators_and_its_304_ends_the_gathering() -> None:
    upstream = MemoryUpstream(
        {
            "https://toy.example/root": b"a b",
            "https://toy.example/a": UpstreamAnswer(200, b"A", '"1"'),
            "https://toy.example/b": UpstreamAnswer(200, b"B", '"1"'),
        }
    )
    gatherer = Gatherer(upstream, Clock())
    assert await gatherer.run(REGISTRY, _both(), ('"1"', None)) is None
    assert {request.url[-1]: request.etag for _, request in upstream.requests} == {"t": None, "a": '"1"', "b": None}


async def test_a_failure_ends_the_gathering_from_outside() -> None:
    upstream = MemoryUpstream({"https://toy.example/root": b"a b", "https://toy.example/a": b"A"})
    upstream.answers["https://toy.example/b"] = UpstreamDown("toy.example does not answer")
    with pytest.raises(UpstreamDown):
        await Gatherer(upstream, Clock()).run(REGISTRY, _both())


async def test_a_gathering_goes_on_without_what_is_optional_and_asks_for_it_again() -> None:
    def gathering() -> Gathering[list[int]]:
        answers = yield (
            UpstreamRequest("https://toy.example/a"),
            UpstreamRequest("https://toy.example/b", optional=True, reuse_s=60),
        )
        return [answer.status for answer in answers]

    upstream = MemoryUpstream({"https://toy.example/a": b"A"})
    upstream.answers["https://toy.example/b"] = UpstreamDown("toy.example does not answer")
    gatherer = Gatherer(upstream, Clock())
    assert await gatherer.run(REGISTRY, gathering()) == [200, 0]
    upstream.answers["https://toy.example/b"] = b"B"
    assert await gatherer.run(REGISTRY, gathering()) == [200, 200]


async def test_what_nobody_waits_for_is_said_so_of_every_request() -> None:
    upstream = MemoryUpstream({"https://toy.example/root": b"a", "https://toy.example/a": b"A"})
    await Gatherer(upstream, Clock()).run(REGISTRY, _both(), background=True)
    assert all(request.background for _, request in upstream.requests)
