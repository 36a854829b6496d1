"""Writes over a real socket: bodies that are longer, shorter or slower than they say, and very large ones."""

import asyncio
import base64
import hashlib
import http.client
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from tests.ecosystems.npm.test_publishing import archive, document
from tests.faults.emulator import emulating
from tests.faults.server import serving, write_settings
from tests.faults.wire import exchange

pytestmark = pytest.mark.anyio

PUBLISHES = 4


class Served(Struct):
    """A server process, and the token of a user."""

    port: int
    pid: int
    token: str

    def request(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Send a request as a client does."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"content-type": "application/json"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        connection.request(method, path, body if isinstance(body, bytes) else json.dumps(body), headers)
        reply = connection.getresponse()
        found = reply.read()
        connection.close()
        return reply.status, json.loads(found)

    def peak_kib(self) -> int:
        """Tell the most memory that the process ever had."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0])


@pytest.fixture(scope="module")
async def upstream() -> Any:  # noqa: ANN401 (a generator of an address)
    """Run an upstream without any package."""
    async with emulating() as emulator:
        yield emulator.url


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, upstream: str) -> Iterator[Served]:
    """Start a server where everybody may make an account."""
    settings = write_settings(tmp_path_factory.mktemp("wire"), upstream, "access.registration = true")
    with serving(settings) as (process, port):
        served = Served(port, process.pid, "")
        user = {"_id": "org.couchdb.user:ada", "name": "ada", "password": "correct horse", "email": "a@team.example"}
        status, told = served.request("PUT", "/npm/-/user/org.couchdb.user:ada", user)
        assert status == 201, told
        served.token = told["token"]
        yield served
        assert process.poll() is None
    assert "Traceback" not in settings.with_suffix(".log").read_text()


def large(name: str, size_bytes: int) -> bytes:
    """Make the document of a large package that does not shrink."""
    packed = archive({"name": name, "version": "1.0.0", "description": "a pear"}, {"large": os.urandom(size_bytes)})
    sent = document(name, "1.0.0")
    sent["versions"]["1.0.0"]["dist"] |= {
        "integrity": "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode(),
        "shasum": hashlib.sha1(packed).hexdigest(),  # noqa: S324 (the protocol's)
    }
    sent["_attachments"][f"{name}-1.0.0.tgz"] |= {"data": base64.b64encode(packed).decode(), "length": len(packed)}
    return json.dumps(sent).encode()


async def test_large_publications_at_once_take_memory_for_their_bodies_and_little_more(served: Served) -> None:
    if not Path("/proc/self/status").exists():  # noqa: ASYNC240 (not a disk)
        pytest.skip("memory is read from /proc")
    bodies = {f"large-{number}": large(f"large-{number}", 20 << 20) for number in range(PUBLISHES)}
    before = served.peak_kib()
    sent = [asyncio.to_thread(served.request, "PUT", f"/npm/{name}", body) for name, body in bodies.items()]
    replies = await asyncio.gather(*sent)
    assert [status for status, _ in replies] == [201] * PUBLISHES
    whole_kib = sum(map(len, bodies.values())) // 1024
    assert served.peak_kib() - before < 1.6 * whole_kib + 50_000


def head(served: Served, *headers: str) -> bytes:
    """Write the head of a publication."""
    lines = ["PUT /npm/pear HTTP/1.1", "Host: x", f"Authorization: Bearer {served.token}", *headers, "", ""]
    return "\r\n".join(lines).encode()


SMUGGLED = b"DELETE /npm/pear/-rev/1-0 HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_a_write_that_could_be_read_in_two_ways_writes_nothing(served: Served) -> None:
    body = json.dumps(document("pear", "1.0.0")).encode()
    chunk = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    length, chunked = f"Content-Length: {len(body)}", "Transfer-Encoding: chunked"
    for said in (
        head(served, length, chunked) + chunk + SMUGGLED,
        head(served, chunked, length) + chunk + SMUGGLED,
        head(served, length, "Content-Length: 0") + body + SMUGGLED,
        head(served, f"Content-Length: +{len(body)}") + body + SMUGGLED,
        head(served, chunked, chunked) + chunk + SMUGGLED,
        head(served, "Transfer-Encoding: chunked, identity") + chunk + SMUGGLED,
        head(served, chunked) + b"-1\r\n" + body + SMUGGLED,
        head(served, length, "Authorization: Bearer x") + body,
        head(served, f"Content-Length: {len(body) + 10}") + body,
        head(served, f"Content-Length: {len(body) - 10}") + body,
        head(served, chunked) + chunk[:-5],
    ):
        heard = await exchange(served.port, said, 0.5)
        statuses = re.findall(rb"HTTP/1\.1 (\d{3})", heard)
        assert b"201" not in statuses, said[:200]
        assert all(status < b"500" for status in statuses)
    assert (await asyncio.to_thread(served.request, "GET", "/npm/pear?write=true"))[0] == 404


async def test_a_body_beyond_the_limit_is_refused_and_one_that_never_ends_holds_up_nobody(served: Served) -> None:
    heard = await exchange(served.port, head(served, "Content-Length: 99999999999") + b"{", 1)
    assert re.findall(rb"HTTP/1\.1 (\d{3})", heard) in ([b"413"], [])
    dawdlers = []
    for _ in range(40):
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(head(served, "Content-Length: 40000000") + b'{"name":')
        dawdlers.append(writer)
    await asyncio.sleep(0.1)
    try:
        status, told = await asyncio.to_thread(served.request, "PUT", "/npm/quick", document("quick", "1.0.0"))
        assert status == 201, told
    finally:
        for writer in dawdlers:
            writer.close()
