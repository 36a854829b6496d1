"""A small npm registry on the loopback interface: the server's upstream, and what it is compared with."""

import base64
import gzip
import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import msgspec

LONG_AGO = "2020-01-01T00:00:00.000Z"

Manifest = dict[str, Any]


class Registry:
    """Some packages, and a note of everything that was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.instead: dict[str, bytes] = {}
        """What is sent for a path in place of the truth."""
        self.url = ""
        self._manifests: dict[str, dict[str, Manifest]] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._files: dict[str, bytes] = {}

    def publish(self, name: str, version: str, *, tag: str = "latest", **manifest: object) -> None:
        """Add a release with a manifest, a module and whatever programs its `bin` names."""
        facts: Manifest = {"name": name, "version": version, "main": "index.js", **manifest}
        tarball = pack(facts)
        path = self.tarball_path(name, version)
        sha512 = base64.b64encode(hashlib.sha512(tarball).digest()).decode()
        sha1 = hashlib.sha1(tarball).hexdigest()  # noqa: S324 (the protocol's field)
        self._files[path] = tarball
        self._manifests.setdefault(name, {})[version] = facts | {
            "_id": f"{name}@{version}",
            "dist": {"tarball": path, "integrity": f"sha512-{sha512}", "shasum": sha1},
        }
        self._tags.setdefault(name, {})[tag] = version

    def tarball_path(self, name: str, version: str) -> str:
        """Give the path of a release's file."""
        return f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"

    def tarball(self, name: str, version: str) -> bytes:
        """Give a release's file."""
        return self._files[self.tarball_path(name, version)]

    def integrity(self, name: str, version: str) -> str:
        """Give the digest of a release's file, as lock files hold it."""
        return str(self._manifests[name][version]["dist"]["integrity"])

    def answer(self, path: str) -> tuple[str, bytes] | None:
        """Return media type and body for a path."""
        self.asked.append(path)
        if path in self.instead:
            return "application/octet-stream", self.instead[path]
        if path in self._files:
            return "application/octet-stream", self._files[path]
        name = unquote(path[1:])
        if name in self._manifests:
            return "application/json", self._packument(name)
        return None

    def _packument(self, name: str) -> bytes:
        versions = {
            version: facts | {"dist": facts["dist"] | {"tarball": self.url + facts["dist"]["tarball"]}}
            for version, facts in self._manifests[name].items()
        }
        times = {"created": LONG_AGO, "modified": LONG_AGO} | dict.fromkeys(versions, LONG_AGO)
        maintainers = [{"name": "grower", "email": "grower@farm.example"}]
        latest = self._manifests[name][self._tags[name]["latest"]]
        # A registry repeats what the latest release says of itself.
        shown = {field: latest[field] for field in ("description", "keywords") if field in latest}
        return msgspec.json.encode(
            {
                "_id": name,
                "name": name,
                **shown,
                "dist-tags": self._tags[name],
                "versions": versions,
                "time": times,
                "maintainers": maintainers,
            }
        )


def pack(manifest: Mapping[str, object]) -> bytes:
    """Make the file of a release; the same manifest gives the same bytes."""
    files = {"package.json": msgspec.json.encode(manifest), "index.js": b"module.exports = 'ripe'\n"}
    programs = manifest.get("bin")
    if isinstance(programs, dict):
        files |= dict.fromkeys(programs.values(), b"#!/usr/bin/env node\nconsole.log('picked')\n")
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for path, body in files.items():
            member = tarfile.TarInfo(f"package/{path}")
            member.size = len(body)
            member.mode = 0o755 if path.startswith("bin/") else 0o644
            archive.addfile(member, io.BytesIO(body))
    return gzip.compress(plain.getvalue(), mtime=0)


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Run an HTTP server in a thread, and give its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def serving_registry(registry: Registry) -> Iterator[Registry]:
    """Put a registry on the loopback interface."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = registry.answer(self.path)
            media_type, body = found or ("application/json", b'{"error":"not found"}')
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            """Say nothing."""

    with listening(Handler) as url:
        registry.url = url
        yield registry
