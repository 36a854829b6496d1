"""What proper answers become."""

import gzip
import random
import subprocess
import sys
import zlib
from pathlib import Path

import brotli
import pytest
import zstandard
from msgspec.structs import replace

from packhouse.adapters.upstream.client import UpstreamClient
from packhouse.domain.errors import (
    ConfigError,
    NotFound,
    PackhouseError,
    UpstreamBad,
    UpstreamDenied,
    UpstreamDown,
    UpstreamOff,
)
from packhouse.domain.upstream import UpstreamRegistry, UpstreamRequest
from tests.adapters.upstream.loopback import QUICK, Loopback, answer, client_of, get, read

pytestmark = pytest.mark.anyio

DOCUMENT = b'{"name": "left"}' * 5000


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


CODED = {
    "identity": DOCUMENT,
    "": DOCUMENT,
    "gzip": gzip.compress(DOCUMENT),
    "GZip": gzip.compress(DOCUMENT[:100]) + gzip.compress(DOCUMENT[100:]),
    "x-gzip": gzip.compress(DOCUMENT) + b"\0\0",
    "deflate": zlib.compress(DOCUMENT),
    " deflate": raw_deflate(DOCUMENT),
    "br": brotli.compress(DOCUMENT),
    "zstd": zstandard.ZstdCompressor().compress(DOCUMENT),
}


@pytest.mark.parametrize("coding", CODED)
async def test_a_document_arrives_decoded(coding: str) -> None:
    async with (
        Loopback({"/left": answer(CODED[coding], Content_Encoding=coding)}).running() as server,
        client_of(server) as client,
    ):
        assert (await client.fetch("first", get(server, "/left"))).body == DOCUMENT
        assert "accept-encoding: gzip, deflate, br, zstd\r\n" in server.heads[0].lower()


@pytest.mark.parametrize("sent", ["bytes 0-9/10", "bytes 5-8/10", "bytes 5-9", "", "5", "bytes */10"])
async def test_another_part_than_was_asked_for_is_bad(sent: str) -> None:
    reaction = answer(b"56789", 206, Content_Range=sent)
    async with Loopback({"/left": reaction}).running() as server, client_of(server) as client:
        with pytest.raises(UpstreamBad, match="another part"):
            await client.fetch("first", replace(get(server, "/left"), begin_bytes=5))


async def test_a_part_is_asked_for_without_a_coding_and_the_whole_will_do() -> None:
    async with Loopback({"/left": answer(DOCUMENT)}).running() as server, client_of(server) as client:
        found = await client.fetch("first", replace(get(server, "/left"), begin_bytes=5))
        assert (found.status, found.body) == (200, DOCUMENT)
        assert "accept-encoding: identity\r\n" in server.heads[0].lower()
        assert "range: bytes=5-\r\n" in server.heads[0].lower()


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
async def test_a_large_document_arrives_decoded(coding: str) -> None:
    body = random.Random(7).randbytes(400_000)
    packed = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstandard.ZstdCompressor().compress}[coding](body)
    async with (
        Loopback({"/left": answer(packed, Content_Encoding=coding)}).running() as server,
        client_of(server) as client,
    ):
        assert (await client.fetch("first", get(server, "/left"))).body == body


async def test_an_answer_carries_its_validators_and_type() -> None:
    raw = answer(b"{}", ETag='"1"', Last_Modified="Sat, 21 Nov 2026 00:00:00 GMT", Content_Type="application/json")
    async with Loopback({"/left": raw}).running() as server, client_of(server) as client:
        got = await client.fetch("first", get(server, "/left", accept="application/json"))
    assert (got.status, got.etag, got.last_modified) == (200, '"1"', "Sat, 21 Nov 2026 00:00:00 GMT")
    assert got.content_type == "application/json"


async def test_a_validator_that_cannot_be_sent_back_is_as_good_as_none() -> None:
    raw = answer(b"{}", ETag='"PLACE"').replace(b"PLACE", b"\xff\xfe")
    async with Loopback({"/left": raw}).running() as server, client_of(server) as client:
        assert (await client.fetch("first", get(server, "/left"))).etag is None


async def test_validators_are_sent_and_not_modified_has_no_body() -> None:
    async with Loopback({"/left": answer(b"", 304, ETag='"1"')}).running() as server, client_of(server) as client:
        got = await client.fetch("first", get(server, "/left", etag='"1"', last_modified="yesterday"))
        assert 'If-None-Match: "1"\r\n' in server.heads[0]
        assert "If-Modified-Since: yesterday\r\n" in server.heads[0]
    assert (got.status, got.body, got.etag) == (304, b"", '"1"')


async def test_not_modified_without_a_validator_is_not_believed() -> None:
    async with Loopback({"/left": answer(b"", 304)}).running() as server, client_of(server) as client:
        with pytest.raises(UpstreamBad, match="304"):
            await client.fetch("first", get(server, "/left"))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, NotFound),
        (410, NotFound),
        (451, NotFound),
        (401, UpstreamDenied),
        (403, UpstreamDenied),
        (408, UpstreamDown),
        (429, UpstreamDown),
        (500, UpstreamDown),
        (502, UpstreamDown),
        (503, UpstreamDown),
        (504, UpstreamDown),
        (599, UpstreamDown),
        (201, UpstreamBad),
        (204, UpstreamBad),
        (206, UpstreamBad),
        (300, UpstreamBad),
        (400, UpstreamBad),
        (416, UpstreamBad),
    ],
)
async def test_every_other_status_is_an_error_of_its_kind(status: int, error: type[PackhouseError]) -> None:
    async with Loopback({"/left?key=secret": answer(b"", status)}).running() as server, client_of(server) as client:
        for ask in (
            client.fetch("first", get(server, "/left?key=secret")),
            read(client, get(server, "/left?key=secret")),
        ):
            with pytest.raises(error) as raised:
                await ask
            assert type(raised.value) is error
            assert "127.0.0.1" in raised.value.message
            assert "secret" not in str(raised.value)


async def test_a_web_page_is_no_document() -> None:
    page = answer(b"<html>Log in</html>", Content_Type="text/html; charset=utf-8")
    async with Loopback({"/left": page}).running() as server, client_of(server) as client:
        with pytest.raises(UpstreamBad, match="web page"):
            await client.fetch("first", get(server, "/left", accept="application/json"))
        assert (await client.fetch("first", get(server, "/left", accept="text/html"))).status == 200


@pytest.mark.parametrize(
    "path", ["/@scope%2fname", "/@scope/name", "/a%2Fb%20c?x=%41&y", "/%7Ename/-/a+b.tgz", "/a//b/"]
)
async def test_an_address_goes_out_byte_for_byte(path: str) -> None:
    async with Loopback({path: answer(b"{}")}).running() as server, client_of(server) as client:
        await client.fetch("first", get(server, path))
        assert server.paths == [path]


async def test_a_file_is_asked_for_without_coding_and_tells_its_size() -> None:
    body = bytes(range(256)) * 2000
    async with Loopback({"/left.tgz": answer(body)}).running() as server, client_of(server) as client:
        async with client.stream("first", get(server, "/left.tgz", etag='"1"')) as stream:
            assert stream.size_bytes == len(body)
            assert b"".join([chunk async for chunk in stream.chunks()]) == body
        assert "accept-encoding: identity\r\n" in server.heads[0].lower()
        assert "if-none-match" not in server.heads[0].lower()


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
async def test_a_file_that_is_coded_nevertheless_arrives_decoded(coding: str) -> None:
    raw = answer(CODED[coding], Content_Encoding=coding)
    async with Loopback({"/left.txt": raw}).running() as server, client_of(server) as client:
        assert await read(client, get(server, "/left.txt")) == DOCUMENT


async def test_the_size_of_a_coded_file_is_not_known() -> None:
    raw = answer(CODED["gzip"], Content_Encoding="gzip")
    async with (
        Loopback({"/left.txt": raw}).running() as server,
        client_of(server) as client,
        client.stream("first", get(server, "/left.txt")) as stream,
    ):
        assert stream.size_bytes is None


async def test_connections_are_used_again_also_after_errors_and_redirects() -> None:
    reactions = {
        "/left": answer(b"{}"),
        "/moved": answer(b"see there", 302, Location="/left"),
        "/kept": answer(b"", 304),
        "/left.tgz": answer(b"x" * 300_000),
    }
    async with Loopback(reactions).running() as server, client_of(server) as client:
        await client.fetch("first", get(server, "/left"))
        await client.fetch("first", get(server, "/moved"))
        await client.fetch("first", get(server, "/kept", etag='"1"'))
        await read(client, get(server, "/left.tgz"))
        with pytest.raises(NotFound):
            await client.fetch("first", get(server, "/none"))
        await client.fetch("first", get(server, "/left"))
        assert server.connections == 1
        assert len(server.paths) == 7


async def test_we_say_who_we_are_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    raw = answer(b"{}", Set_Cookie="session=1; Path=/")
    async with Loopback({"/left": raw}).running() as server, client_of(server) as client:
        await client.fetch("first", get(server, "/left"))
        await client.fetch("first", get(server, "/left"))
        for head in server.heads:
            assert "\r\nUser-Agent: packhouse/" in head
            names = {line.partition(":")[0].lower() for line in head.split("\r\n")[1:] if line}
            assert names == {"host", "user-agent", "accept", "accept-encoding"}


async def test_an_upstream_that_is_off_is_not_asked() -> None:
    on = {"first": True}
    async with Loopback({"/left": answer(b"{}")}).running() as server:
        registry = UpstreamRegistry("first", "plain", server.url)
        client = UpstreamClient([registry], QUICK, lambda name: on[name], environ={})
        await client.fetch("first", get(server, "/left"))
        on["first"] = False
        with pytest.raises(UpstreamOff, match="packhouse upstream on first"):
            await client.fetch("first", get(server, "/left"))
        with pytest.raises(UpstreamOff):
            await read(client, get(server, "/left"))
        assert client.health() == []
        on["first"] = True
        await client.fetch("first", get(server, "/left"))
        await client.close()
        assert len(server.paths) == 2


async def test_an_upstream_that_does_not_exist_is_a_mistake_of_the_configuration() -> None:
    client = UpstreamClient([], QUICK, lambda _: True, environ={})
    with pytest.raises(ConfigError, match="no upstream named other"):
        await client.fetch("other", UpstreamRequest("http://127.0.0.1/"))


async def test_after_closing_the_client_opens_anew() -> None:
    async with Loopback({"/left": answer(b"{}")}).running() as server, client_of(server) as client:
        await client.fetch("first", get(server, "/left"))
        await client.close()
        await client.fetch("first", get(server, "/left"))
        assert server.connections == 2


def test_starting_does_not_pay_for_what_the_first_request_needs() -> None:
    heavy = "aiohttp", "yarl", "isal", "brotli", "zstandard", "importlib.metadata"
    script = f"import sys, packhouse.adapters.upstream.client; print(set({heavy}) & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
