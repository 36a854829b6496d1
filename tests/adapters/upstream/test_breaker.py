"""A host that keeps failing is left alone."""

import asyncio

import pytest
from msgspec.structs import replace

from packhouse.adapters.upstream.breaker import Breaker
from packhouse.adapters.upstream.settings import UpstreamSettings
from packhouse.adapters.upstream.trouble import Trouble
from packhouse.domain.errors import UpstreamDown
from packhouse.domain.package import Moment
from tests.adapters.upstream.loopback import QUICK, Loopback, answer, client_of, get

SETTINGS = UpstreamSettings(breaker_failures=3, breaker_pause_s=1.0, breaker_max_pause_s=5.0, max_hold_s=100.0)


class Time:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> float:
        """Tell the seconds."""
        return self.seconds

    def moment(self) -> Moment:
        """Tell the milliseconds."""
        return Moment(int(self.seconds * 1000))


def opened(time: Time, times: int = 1) -> Breaker:
    breaker = Breaker("packages.example", SETTINGS, time.now, time.moment)
    for _ in range(SETTINGS.breaker_failures - 1):
        assert not breaker.fail("refused")
    for _ in range(times):
        assert breaker.fail("refused")
        time.seconds += 100
    time.seconds -= 100
    return breaker


def test_failures_in_a_row_open_it_and_an_answer_between_does_not() -> None:
    time = Time()
    breaker = Breaker("packages.example", SETTINGS, time.now, time.moment)
    for _ in range(10):
        breaker.fail("refused")
        breaker.fail("refused")
        breaker.succeed()
        breaker.begin()
    assert breaker.health().state == "closed"


def test_an_open_one_refuses_and_says_why_and_for_how_long() -> None:
    breaker = opened(Time())
    with pytest.raises(Trouble, match="failed 3 times in a row, at last: refused") as raised:
        breaker.begin()
    assert raised.value.retry_after_s == 1.0
    assert not raised.value.again


def test_after_the_pause_one_request_probes_and_closes_it() -> None:
    time = Time()
    breaker = opened(time)
    time.seconds += 1
    assert breaker.health().state == "half-open"
    breaker.begin()
    with pytest.raises(Trouble):
        breaker.begin()
    breaker.succeed()
    breaker.begin()
    assert breaker.health().state == "closed"


def test_a_probe_without_a_verdict_leaves_the_place_to_another() -> None:
    time = Time()
    breaker = opened(time)
    time.seconds += 1
    breaker.begin()
    breaker.leave()
    breaker.begin()


def test_each_failed_probe_doubles_the_pause_up_to_a_limit() -> None:
    pauses = []
    for times in range(1, 6):
        with pytest.raises(Trouble) as raised:
            opened(Time(), times).begin()
        pauses.append(raised.value.retry_after_s)
    assert pauses == [1, 2, 4, 5, 5]


def test_late_failures_do_not_lengthen_the_pause() -> None:
    time = Time()
    breaker = opened(time)
    assert not breaker.fail("refused")
    time.seconds += 1
    breaker.begin()


def test_a_host_that_asks_for_peace_gets_it_but_not_for_ever() -> None:
    time = Time()
    breaker = Breaker("packages.example", SETTINGS, time.now, time.moment)
    breaker.hold(86_400)
    with pytest.raises(Trouble, match="asked us to wait") as raised:
        breaker.begin()
    assert raised.value.retry_after_s == 100
    time.seconds += 100
    breaker.begin()


def test_health_tells_the_last_error_and_the_last_success() -> None:
    time = Time()
    breaker = Breaker("packages.example", SETTINGS, time.now, time.moment)
    breaker.succeed()
    time.seconds += 1
    breaker.fail("refused")
    health = breaker.health()
    assert (health.host, health.state, health.failures, health.last_error) == (
        "packages.example",
        "closed",
        1,
        "refused",
    )
    assert (health.last_success_at, health.last_error_at) == (1_000_000, 1_001_000)


@pytest.mark.anyio
async def test_a_dead_upstream_is_not_asked_and_a_revived_one_is_again() -> None:
    settings = replace(QUICK, retries=0, breaker_failures=3)
    reactions = {"/left": [*[answer(b"", 500)] * 3, answer(b"{}")]}
    async with Loopback(reactions).running() as server, client_of(server, settings) as client:
        for _ in range(20):
            with pytest.raises(UpstreamDown):
                await client.fetch("first", get(server, "/left"))
        assert len(server.paths) == 3
        assert client.health()[0].state == "open"
        await asyncio.sleep(settings.breaker_pause_s)
        assert (await client.fetch("first", get(server, "/left"))).body == b"{}"
        assert client.health()[0].state == "closed"


@pytest.mark.anyio
async def test_requests_that_wait_for_a_slot_do_not_each_find_out_for_themselves() -> None:
    settings = replace(QUICK, retries=0, breaker_failures=2, concurrency=2, timeout_s=0.1)

    async def never(_writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with Loopback({"/left": never}).running() as server, client_of(server, settings) as client:
        asked = [client.fetch("first", get(server, "/left")) for _ in range(40)]
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert all(isinstance(each, UpstreamDown) for each in results)
        assert len(server.paths) <= 4
