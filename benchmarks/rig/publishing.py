"""Documents that publish small packages, and connections that send them."""

import asyncio
import gzip
import hashlib
import json
import tarfile
import time
from base64 import b64encode
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

import anyio

from benchmarks.rig.servers import Server
from packhouse.app import open_store, server_key
from packhouse.config import load
from packhouse.http.ready import wall_clock
from packhouse.services.people import people

PUBLISHER = "gardener"


def make_publisher(data: Path, name: str = PUBLISHER) -> str:
    """Make a user in a data directory that no server has open, and return a token."""
    data.mkdir(parents=True, exist_ok=True)
    config = load({"data": str(data)}, {})

    async def make() -> str:
        store = open_store(config)
        try:
            services = people(store, server_key(config), wall_clock)
            user = await services.accounts.add(name, f"{name}@farm.example", "")
            secret, _ = await services.tokens.create(user, "benchmark")
        finally:
            store.close()
        return secret

    return anyio.run(make)


def make_archive(name: str, version: str, content: bytes, *, level: int = 6) -> tuple[dict[str, object], bytes]:
    """Pack a package as npm does; return its manifest and the archive."""
    manifest: dict[str, object] = {
        "name": name,
        "version": version,
        "description": "A pear that grew in a benchmark",
        "keywords": ["pear", "fruit"],
        "license": "MIT",
        "main": "index.js",
        "scripts": {"test": "node index.js"},
        "dependencies": {"apple": "^1.0.0", "quince": "~2.1.0"},
    }
    plain = BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        files = {
            "package.json": json.dumps(manifest, indent=2).encode(),
            "index.js": content,
            "README.md": f"# {name}\n\nA pear.\n".encode(),
        }
        for filename, body in files.items():
            entry = tarfile.TarInfo(f"package/{filename}")
            entry.size = len(body)
            entry.mode = 0o644
            archive.addfile(entry, BytesIO(body))
    return manifest, gzip.compress(plain.getvalue(), level)


def make_document(name: str, version: str, content: bytes = b"module.exports = 'pear'\n" * 40) -> bytes:
    """Make the document with which npm publishes a version."""
    manifest, packed = make_archive(name, version, content)
    filename = f"{name}-{version}.tgz"
    dist = {
        "integrity": "sha512-" + b64encode(hashlib.sha512(packed).digest()).decode(),
        "shasum": hashlib.sha1(packed).hexdigest(),  # noqa: S324 (the protocol's field)
        "tarball": f"http://registry.example/{name}/-/{filename}",
    }
    readme = f"# {name}\n\nA pear.\n"
    document = {
        "_id": name,
        "name": name,
        "description": manifest["description"],
        "dist-tags": {"latest": version},
        "versions": {
            version: {
                **manifest,
                "_id": f"{name}@{version}",
                "readme": readme,
                "readmeFilename": "README.md",
                "_nodeVersion": "20.20.2",
                "_npmVersion": "11.19.1",
                "dist": dist,
            }
        },
        "access": None,
        "_attachments": {
            filename: {
                "content_type": "application/octet-stream",
                "data": b64encode(packed).decode(),
                "length": len(packed),
            }
        },
    }
    return json.dumps(document, separators=(",", ":")).encode()


def make_request(prefix: str, name: str, document: bytes, token: str) -> bytes:
    """Make the whole request, as it goes over the socket."""
    lines = [f"PUT {prefix}/{name} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += ["npm-command: publish", "user-agent: npm/11.19.1 node/v20.20.2 linux x64", "Accept: */*"]
    return "\r\n".join([*lines, f"Content-Length: {len(document)}", "", ""]).encode() + document


class Answered(Exception):
    """A publish was not accepted."""


class _Sender(asyncio.Protocol):
    """One connection that is kept open; it sends the next request as soon as the last one is answered."""

    def __init__(self, requests: Iterable[bytes], took: list[float]) -> None:
        self._requests = iter(requests)
        self._took = took
        self._got = b""
        self._begun = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def begin(self) -> None:
        self._next()

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found or not _is_whole(head, body):
            return
        self._got = b""
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
            self._end(Answered(f"{head.decode(errors='replace')}\n\n{body.decode(errors='replace')}"))
            return
        self._took.append(time.perf_counter() - self._begun)
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc or ConnectionError("the server closed the connection"))

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._end(None)
            return
        self._begun = time.perf_counter()
        self._transport.write(request)

    def _end(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None) if error is None else self.done.set_exception(error)
        self._transport.close()


def _is_whole(head: bytes, body: bytes) -> bool:
    lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    if b"content-length" in lines:
        return len(body) >= int(lines[b"content-length"])
    return body.endswith(b"0\r\n\r\n")


async def send(server: Server, requests: Sequence[bytes], in_flight: int) -> tuple[float, list[float]]:
    """Send all requests on so many connections; return the seconds for all, and those of each.

    The connections take their requests from one queue. Raise Answered where one is not accepted.
    """
    port = int(server.url.rpartition(":")[2])
    queue, took = iter(requests), list[float]()
    connect = asyncio.get_running_loop().create_connection
    senders = [(await connect(lambda: _Sender(queue, took), "127.0.0.1", port))[1] for _ in range(in_flight)]
    begun = time.perf_counter()
    for sender in senders:
        sender.begin()
    await asyncio.gather(*(sender.done for sender in senders))
    return time.perf_counter() - begun, took
