"""What broken and hostile answers become."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from msgspec.structs import replace

from packhouse.domain.errors import NotFound, PackhouseError, UpstreamBad, UpstreamDown, UpstreamError
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
    trickle,
)

pytestmark = pytest.mark.anyio

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
NO_RETRIES = replace(QUICK, retries=0)

BROKEN: dict[str, tuple[Reaction, type[PackhouseError], str]] = {
    "a length that is longer than the body": (cut_off(HEAD + b"too short"), UpstreamDown, "broke off"),
    "chunks without an end": (cut_off(CHUNKED + b"5\r\nabcde\r\n"), UpstreamDown, "broke off"),
    "chunks of impossible size": (cut_off(CHUNKED + b"zz\r\nabcde\r\n"), UpstreamError, "broke off|proper HTTP"),
    "no answer at all": (silent_after(b""), UpstreamDown, "silent for 0.3 seconds"),
    "half a head": (silent_after(b"HTTP/1.1 200 OK\r\nContent-"), UpstreamDown, "silent"),
    "silence in the body": (silent_after(HEAD + b"some"), UpstreamDown, "silent"),
    "a closed connection": (cut_off(b""), UpstreamDown, "closed the connection"),
    "no HTTP": (cut_off(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), UpstreamBad, "proper HTTP"),
    "a head without end": (
        trickle(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"a" * 500 + b"\r\n", 0),
        UpstreamBad,
        "proper HTTP",
    ),
    "length and chunks at once": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        UpstreamBad,
        "proper HTTP",
    ),
    "two lengths": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        UpstreamBad,
        "proper HTTP",
    ),
    "an announced body over the limit": (answer(b"", Content_Length="9999999"), UpstreamBad, "larger than"),
    "a body over the limit": (trickle(CHUNKED, b"10000\r\n" + b"a" * 65536 + b"\r\n", 0), UpstreamBad, "larger than"),
    "a coding we did not ask for": (answer(b"x", Content_Encoding="compress"), UpstreamBad, "did not ask for"),
    "a coding twice": (answer(b"x", Content_Encoding="gzip, gzip"), UpstreamBad, "did not ask for"),
    "a coding that is not there": (answer(b"{}" * 50, Content_Encoding="gzip"), UpstreamBad, "damaged"),
    "half a gzip": (answer(gzip.compress(b"a" * 99)[:-9], Content_Encoding="gzip"), UpstreamBad, "too early"),
    "half a deflate": (answer(zlib.compress(b"a" * 99)[:-5], Content_Encoding="deflate"), UpstreamBad, "too early"),
    "half a br": (
        answer(brotli.compress(b"abcdefgh" * 9)[:-3], Content_Encoding="br"),
        UpstreamBad,
        "too early|damaged",
    ),
    "half a zstd": (
        answer(zstandard.compress(b"abcdefgh" * 9)[:-3], Content_Encoding="zstd"),
        UpstreamBad,
        "too early|damaged",
    ),
    "nothing as gzip": (answer(b"", Content_Encoding="gzip"), UpstreamBad, "too early"),
    "a gzip of many": (answer(gzip.compress(b"") * 200, Content_Encoding="gzip"), UpstreamBad, "too many"),
    "a redirect to nowhere": (answer(b"", 302), UpstreamBad, "302"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_document_is_refused(name: str) -> None:
    reaction, error, message = BROKEN[name]
    async with Loopback({"/left": reaction}).running() as server, client_of(server, NO_RETRIES) as client:
        with pytest.raises(error, match=message) as raised:
            await client.fetch("first", get(server, "/left"))
        assert type(raised.value) in {UpstreamBad, UpstreamDown}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_file_is_refused(name: str) -> None:
    reaction, error, message = BROKEN[name]
    async with Loopback({"/left": reaction}).running() as server, client_of(server, NO_RETRIES) as client:
        with pytest.raises(error, match=message) as raised:
            await read(client, get(server, "/left"))
        assert type(raised.value) in {UpstreamBad, UpstreamDown}


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda body: bytes(brotli.compress(body, quality=3)),
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("coding", PACK)
async def test_a_bomb_is_noticed_before_it_fills_the_memory(coding: str) -> None:
    bomb = answer(PACK[coding](bytes(100_000_000)), Content_Encoding=coding)
    async with Loopback({"/left": bomb}).running() as server, client_of(server) as client:
        with pytest.raises(UpstreamBad):  # warm: imports take memory, too
            await client.fetch("first", get(server, "/left"))
        tracemalloc.start()
        try:
            with pytest.raises(UpstreamBad, match="larger than 1000000 bytes"):
                await client.fetch("first", get(server, "/left"))
            with pytest.raises(UpstreamBad, match="larger than 2000000 bytes"):
                await read(client, get(server, "/left"))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 50_000_000
        assert len(server.paths) == 3


async def test_bytes_behind_an_answer_never_become_the_next_one() -> None:
    smuggled = answer(b"{}") + answer(b"poison", ETag='"poison"')
    async with (
        Loopback({"/left": smuggled, "/right": answer(b"right")}).running() as server,
        client_of(server) as client,
    ):
        for _ in range(3):
            assert (await client.fetch("first", get(server, "/left"))).body == b"{}"
            assert (await client.fetch("first", get(server, "/right"))).body == b"right"


UNENDING: dict[str, Reaction] = {
    "large": answer(b"x" * 300_000, 404),
    "large, in chunks": trickle(CHUNKED.replace(b"200", b"404"), b"10000\r\n" + b"a" * 65536 + b"\r\n", 0),
    "silent": silent_after(HEAD.replace(b"200", b"404")),
    "broken": cut_off(HEAD.replace(b"200", b"404")),
}


@pytest.mark.parametrize("name", UNENDING)
async def test_the_body_of_an_error_does_not_change_what_it_says(name: str) -> None:
    reactions = {"/left": UNENDING[name], "/right": answer(b"{}")}
    async with Loopback(reactions).running() as server, client_of(server) as client:
        with pytest.raises(NotFound):
            await client.fetch("first", get(server, "/left"))
        assert (await client.fetch("first", get(server, "/right"))).body == b"{}"


async def test_an_answer_that_comes_too_slowly_is_given_up() -> None:
    slow = trickle(HEAD.replace(b"100", b"100000"), b"a" * 10, 0.02)
    settings = replace(QUICK, minimum_bytes_per_s=50_000)
    async with Loopback({"/left": slow}).running() as server, client_of(server, settings) as client:
        for ask in (client.fetch("first", get(server, "/left")), read(client, get(server, "/left"))):
            with pytest.raises(UpstreamDown, match="too slowly"):
                await ask
        assert len(server.paths) == 2


async def test_a_slow_reader_is_not_taken_for_a_slow_upstream() -> None:
    body = bytes(1_500_000)
    async with Loopback({"/left": answer(body)}).running() as server, client_of(server) as client:
        received = 0
        async with client.stream("first", get(server, "/left")) as stream:
            async for chunk in stream.chunks():
                received += len(chunk)
                await asyncio.sleep(0.1)
        assert received == len(body)


async def test_a_file_given_up_halfway_leaves_the_client_usable() -> None:
    reactions = {"/left.tgz": answer(b"x" * 1_500_000), "/left": answer(b"{}")}
    async with Loopback(reactions).running() as server, client_of(server) as client:
        for _ in range(3):
            async with client.stream("first", get(server, "/left.tgz")) as stream:
                async for _chunk in stream.chunks():
                    break
            assert (await client.fetch("first", get(server, "/left"))).body == b"{}"


async def test_a_connection_that_is_refused_is_a_host_that_is_down() -> None:
    async with Loopback({}).running() as server:
        pass
    async with client_of(server) as client:
        with pytest.raises(UpstreamDown, match=f"no connection to 127.0.0.1:{server.port}"):
            await client.fetch("first", get(server, "/left"))
        assert client.health()[0].failures == 3
