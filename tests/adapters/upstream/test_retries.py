"""When it is tried again, and when not."""

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from packhouse.adapters.upstream.retry import parse_retry_after, pause_before_retry
from packhouse.adapters.upstream.settings import UpstreamSettings
from packhouse.adapters.upstream.trouble import Trouble
from packhouse.domain.errors import NotFound, UpstreamDown
from tests.adapters.upstream.loopback import (
    QUICK,
    Loopback,
    Reaction,
    answer,
    client_of,
    cut_off,
    get,
    read,
    silent_after,
)

pytestmark = pytest.mark.anyio

PASSING: dict[str, Reaction] = {
    "429": answer(b"", 429),
    "502": answer(b"", 502),
    "503": answer(b"busy", 503),
    "504": answer(b"", 504),
    "503 with a short wait": answer(b"", 503, Retry_After="0"),
    "silence": silent_after(b""),
    "a closed connection": cut_off(b"HTTP/1.1 "),
}


@pytest.mark.parametrize("name", PASSING)
async def test_a_passing_trouble_is_tried_again(name: str) -> None:
    reactions = [PASSING[name], PASSING[name], answer(b"{}")]
    async with Loopback({"/left": reactions, "/left.tgz": reactions}).running() as server, client_of(server) as client:
        assert (await client.fetch("first", get(server, "/left"))).body == b"{}"
        assert await read(client, get(server, "/left.tgz")) == b"{}"


async def test_a_document_that_breaks_off_is_fetched_again() -> None:
    broken = cut_off(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    async with Loopback({"/left": [broken, answer(b"{}")]}).running() as server, client_of(server) as client:
        assert (await client.fetch("first", get(server, "/left"))).body == b"{}"


async def test_a_file_that_breaks_off_is_not_begun_again_by_itself() -> None:
    broken = cut_off(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    async with Loopback({"/left": broken}).running() as server, client_of(server) as client:
        with pytest.raises(UpstreamDown, match="broke off"):
            await read(client, get(server, "/left"))
        assert len(server.paths) == 1


@pytest.mark.parametrize("status", [500, 501, 404, 403, 400])
async def test_a_lasting_trouble_is_not_tried_again(status: int) -> None:
    async with Loopback({"/left": answer(b"", status)}).running() as server, client_of(server) as client:
        with pytest.raises(Exception, match=str(status)):
            await client.fetch("first", get(server, "/left"))
        assert len(server.paths) == 1


async def test_attempts_are_counted() -> None:
    async with Loopback({"/left": answer(b"", 503)}).running() as server:
        for retries in (0, 1, 3):
            server.paths.clear()
            async with client_of(server, replace(QUICK, retries=retries)) as client:
                with pytest.raises(UpstreamDown, match="503"):
                    await client.fetch("first", get(server, "/left"))
            assert len(server.paths) == retries + 1


async def test_a_client_does_not_wait_longer_than_it_may() -> None:
    async with Loopback({"/left": answer(b"", 429, Retry_After="60")}).running() as server, client_of(server) as client:
        begun = time.monotonic()
        with pytest.raises(UpstreamDown, match="429") as raised:
            await client.fetch("first", get(server, "/left"))
        assert time.monotonic() - begun < 0.4
        assert raised.value.retry_after_s == 60
        assert len(server.paths) == 1


async def test_a_host_that_asks_to_be_left_alone_is_left_alone() -> None:
    reactions = {"/left": answer(b"", 429, Retry_After="60"), "/right": answer(b"{}")}
    async with Loopback(reactions).running() as server, client_of(server) as client:
        for path in ("/left", "/right", "/right"):
            with pytest.raises(UpstreamDown) as raised:
                await client.fetch("first", get(server, path))
            assert 50 < (raised.value.retry_after_s or 0) <= 60
        assert server.paths == ["/left"]


async def test_a_short_wait_is_waited_out() -> None:
    settings = replace(QUICK, max_wait_s=2.0)
    reactions = [answer(b"", 503, Retry_After="1"), answer(b"{}")]
    async with Loopback({"/left": reactions}).running() as server, client_of(server, settings) as client:
        begun = time.monotonic()
        assert (await client.fetch("first", get(server, "/left"))).body == b"{}"
        assert time.monotonic() - begun >= 0.9


def test_a_date_is_read_as_seconds_from_now() -> None:
    assert parse_retry_after(formatdate(time.time() + 100, usegmt=True)) == pytest.approx(100, abs=3)
    assert parse_retry_after(formatdate(time.time() - 100, usegmt=True)) == 0


@pytest.mark.parametrize("text", ["", "soon", "-5", "1.5", "²", "Sat, 99 Nov 2026"])
def test_what_is_no_time_says_nothing(text: str) -> None:
    assert parse_retry_after(text) is None


@given(st.text())
def test_any_retry_after_is_a_sane_time_or_nothing(text: str) -> None:
    seconds = parse_retry_after(text)
    assert seconds is None or 0 <= seconds < 1e12


@given(st.integers(0, 9), st.floats(0, 100))
def test_a_pause_is_never_shorter_than_asked_nor_longer_than_bearable(attempt: int, asked: float) -> None:
    settings = UpstreamSettings(retries=5)
    pause_s = pause_before_retry(settings, attempt, Trouble("down", retry_after_s=asked))
    if pause_s is None:
        assert attempt >= 5 or asked > settings.max_wait_s
    else:
        assert asked <= pause_s <= settings.max_wait_s


async def test_not_found_says_that_the_host_is_well() -> None:
    reactions = {"/left": answer(b"", 503)}
    async with Loopback(reactions).running() as server, client_of(server) as client:
        with pytest.raises(UpstreamDown):
            await client.fetch("first", get(server, "/left"))
        assert client.health()[0].failures == 3
        with pytest.raises(NotFound):
            await client.fetch("first", get(server, "/none"))
        assert client.health()[0].failures == 0
