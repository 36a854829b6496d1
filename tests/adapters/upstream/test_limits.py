"""How many requests a host gets, and how fast."""

import asyncio
import time

import pytest
from msgspec.structs import replace

from packhouse.adapters.upstream.client import UpstreamClient
from packhouse.adapters.upstream.limits import Rate
from packhouse.domain.errors import UpstreamDown
from packhouse.domain.upstream import Limit, UpstreamRegistry, UpstreamRequest
from tests.adapters.upstream.loopback import QUICK, Loopback, Reaction, answer, client_of, get


def test_a_quiet_time_allows_a_burst_and_then_the_rate_holds() -> None:
    seconds = 100.0
    rate = Rate(per_s=2, burst=3, now=lambda: seconds)
    assert [rate.take() for _ in range(6)] == pytest.approx([0, 0, 0, 0.5, 1.0, 1.5])
    seconds = 200.0
    assert [rate.take() for _ in range(4)] == pytest.approx([0, 0, 0, 0.5])


@pytest.mark.anyio
async def test_the_background_keeps_to_the_rate_and_clients_are_not_held_up_by_it() -> None:
    settings = replace(QUICK, background_rate=10, background_burst=1)
    async with Loopback({"/left": answer(b"{}")}).running() as server, client_of(server, settings) as client:
        begun = time.monotonic()
        polite = replace(get(server, "/left"), background=True)
        background = asyncio.gather(*(client.fetch("first", polite) for _ in range(4)))
        await asyncio.gather(*(client.fetch("first", get(server, "/left")) for _ in range(20)))
        assert time.monotonic() - begun < 0.25
        await background
        assert time.monotonic() - begun >= 0.29


@pytest.mark.anyio
async def test_a_host_never_gets_more_requests_at_once_than_allowed() -> None:
    running = highest = 0

    async def slowly(writer: asyncio.StreamWriter) -> None:
        nonlocal running, highest
        running += 1
        highest = max(highest, running)
        await asyncio.sleep(0.02)
        running -= 1
        writer.write(answer(b"{}"))

    async with (
        Loopback({"/left": slowly}).running() as server,
        client_of(server, replace(QUICK, concurrency=4)) as client,
    ):
        await asyncio.gather(*(client.fetch("first", get(server, "/left")) for _ in range(24)))
    assert highest == 4


@pytest.mark.anyio
async def test_a_request_that_is_given_up_frees_its_slot() -> None:
    async def never(_writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    settings = replace(QUICK, concurrency=1)
    reactions: dict[str, Reaction] = {"/never": never, "/left": answer(b"{}")}
    async with Loopback(reactions).running() as server, client_of(server, settings) as client:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await client.fetch("first", get(server, "/never"))
            assert (await client.fetch("first", get(server, "/left"))).body == b"{}"


@pytest.mark.anyio
async def test_what_a_registry_enforces_holds_for_clients_too_and_only_for_that_service() -> None:
    async with Loopback({"/api": answer(b"{}")}).running() as api, Loopback({"/i": answer(b"{}")}).running() as index:
        limits = (Limit("api", enforced_per_s=20),)
        registry = UpstreamRegistry("first", "plain", index.url, urls={"api": api.url}, limits=limits)
        client = UpstreamClient([registry], QUICK, lambda _: True, environ={})
        try:
            begun = time.monotonic()
            await asyncio.gather(*(client.fetch("first", UpstreamRequest(f"{index.url}/i")) for _ in range(20)))
            assert time.monotonic() - begun < 0.9  # at the enforced rate it would be 0.95
            begun = time.monotonic()
            await asyncio.gather(*(client.fetch("first", UpstreamRequest(f"{api.url}/api")) for _ in range(5)))
            assert time.monotonic() - begun >= 0.19
        finally:
            await client.close()


@pytest.mark.anyio
async def test_a_client_is_told_to_come_back_where_it_would_wait_too_long_for_its_turn() -> None:
    async with Loopback({"/i": answer(b"{}")}).running() as server:
        registry = UpstreamRegistry("first", "plain", server.url, limits=(Limit(enforced_per_s=2),))
        settings = replace(QUICK, max_queue_s=0.6)
        client = UpstreamClient([registry], settings, lambda _: True, environ={})
        try:
            answers = await asyncio.gather(
                *(client.fetch("first", get(server, "/i")) for _ in range(4)), return_exceptions=True
            )
            assert [isinstance(each, UpstreamDown) for each in answers] == [False, False, True, True]
            assert client.health()[0].state == "closed"
        finally:
            await client.close()


@pytest.mark.anyio
async def test_health_tells_the_limits_and_whose_a_host_is() -> None:
    registry = UpstreamRegistry(
        "first",
        "plain",
        "https://one.example",
        urls={"api": "https://two.example"},
        limits=(Limit("api", enforced_per_s=1, polite_per_s=0.5),),
    )
    health = {each.host: each for each in UpstreamClient([registry], QUICK, lambda _: True, environ={}).health()}
    assert (health["two.example"].enforced_per_s, health["two.example"].polite_per_s) == (1, 0.5)
    assert (health["one.example"].enforced_per_s, health["one.example"].polite_per_s) == (None, 1)
    assert health["two.example"].upstreams == ("first",)


@pytest.mark.anyio
async def test_a_head_request_reads_the_headers_alone() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n"
    async with Loopback({"/i": head}).running() as server, client_of(server) as client:
        found = await client.fetch("first", replace(get(server, "/i"), method="HEAD"))
        assert (found.status, found.body, found.last_modified) == (200, b"", "Thu, 01 Jan 2026 00:00:00 GMT")
        assert server.heads[0].startswith("HEAD ")
