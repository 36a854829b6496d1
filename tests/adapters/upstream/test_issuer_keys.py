"""Keys of issuers are fetched from where the operator says, and from nowhere else whatever answers."""

import asyncio
from pathlib import Path

import pytest

from packhouse.adapters.upstream.issuer_keys import HttpIssuerKeys
from packhouse.domain.errors import ConfigError, UpstreamBad, UpstreamDown, UpstreamError, UpstreamOff
from packhouse.domain.trust import Issuer
from tests.adapters.upstream.loopback import Loopback, Reaction, answer
from tests.identities import issuer, key_set

pytestmark = pytest.mark.anyio


def at(server: Loopback) -> Issuer:
    """Describe an issuer whose keys are on a server."""
    return issuer(keys_url=f"{server.url}/keys")


async def fetched(reaction: Reaction) -> tuple[bytes, Loopback]:
    """Fetch keys from a server that reacts like that."""
    async with Loopback({"/keys": reaction, "/inner": answer(b"secret")}).running() as server:
        source = HttpIssuerKeys([at(server)], timeout_s=0.3)
        try:
            return await source.fetch_keys(at(server)), server
        finally:
            await source.close()


async def test_keys_are_what_the_issuer_sends() -> None:
    body, server = await fetched(answer(key_set(), Content_Type="application/json"))
    assert body == key_set()
    assert server.paths == ["/keys"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/inner", "http://169.254.169.254/latest", "http://127.0.0.1:1/", "//localhost/"])
async def test_no_redirect_is_followed(status: int, location: str) -> None:
    async with Loopback({"/keys": answer(b"", status, Location=location), "/inner": answer(b"{}")}).running() as server:
        source = HttpIssuerKeys([at(server)], timeout_s=0.3)
        with pytest.raises(UpstreamBad):
            await source.fetch_keys(at(server))
        assert server.paths == ["/keys"]
        await source.close()


@pytest.mark.parametrize("length", ["announced", "not announced"])
async def test_no_more_is_read_than_keys_can_be(length: str) -> None:
    body = b"x" * (300 << 10)
    whole = answer(body) if length == "announced" else b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body
    with pytest.raises(UpstreamError):
        await fetched(whole)


async def test_who_is_slow_is_not_waited_for() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.1)

    async with asyncio.timeout(3):
        with pytest.raises(UpstreamError):
            await fetched(drip)


@pytest.mark.parametrize("status", [401, 404, 500, 503])
async def test_what_is_no_answer_gives_no_keys(status: int) -> None:
    with pytest.raises(UpstreamError):
        await fetched(answer(key_set(), status))


async def test_a_page_is_no_set_of_keys() -> None:
    with pytest.raises(UpstreamBad):
        await fetched(answer(b"<html>sign in</html>", Content_Type="text/html"))


async def test_nobody_listens_there() -> None:
    async with Loopback({}).running() as server:
        gone = at(server)
    source = HttpIssuerKeys([gone], timeout_s=0.3)
    with pytest.raises(UpstreamDown):
        await source.fetch_keys(gone)
    await source.close()


async def test_an_offline_server_asks_nobody() -> None:
    async with Loopback({"/keys": answer(key_set())}).running() as server:
        source = HttpIssuerKeys([at(server)], offline=True)
        with pytest.raises(UpstreamOff):
            await source.fetch_keys(at(server))
        assert server.connections == 0
        await source.close()


async def test_keys_can_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(key_set())
    ours = issuer(keys_url="", keys_file=str(path))
    source = HttpIssuerKeys([ours], offline=True)
    assert await source.fetch_keys(ours) == key_set()
    path.write_bytes(b"x" * (300 << 10))
    with pytest.raises(ConfigError, match="too large"):
        await source.fetch_keys(ours)
    path.unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        await source.fetch_keys(ours)
    await source.close()
