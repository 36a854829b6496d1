"""How many requests a host gets, and how fast."""

import asyncio
import time

import pytest
from msgspec.structs import replace

from packhouse.adapters.upstream.limits import Rate
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
