"""A small registry of crates on the loopback interface: a sparse index, files and a Web API."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote

import msgspec

from tests.clients.registry import listening

LONG_AGO = "2020-01-01T00:00:00Z"


class Crates:
    """Some crates, and a note of everything that was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.instead: dict[str, bytes] = {}
        """What is sent for a path in place of the truth."""
        self.url = ""
        self.token = ""
        """What every request must show, as cargo shows it: without a scheme; empty where anybody may read."""
        self._lines: dict[str, dict[str, dict[str, Any]]] = {}
        self._files: dict[str, bytes] = {}

    def publish(self, name: str, version: str, *dependencies: dict[str, Any], **fields: object) -> None:
        """Add a release of a library that names its version."""
        file = pack(name, version, dependencies, fields.pop("source", None))
        self._files[self.file_path(name, version)] = file
        line = {
            "name": name,
            "vers": version,
            "deps": [entry(each) for each in dependencies],
            "cksum": hashlib.sha256(file).hexdigest(),
            "features": {},
            "yanked": False,
            "pubtime": LONG_AGO,
            **fields,
        }
        self._lines.setdefault(name, {})[version] = line

    def yank(self, name: str, version: str) -> None:
        """Mark a release as yanked."""
        self._lines[name][version]["yanked"] = True

    def checksum(self, name: str, version: str) -> str:
        """Give the digest of a release's file, as lock files hold it."""
        return str(self._lines[name][version]["cksum"])

    def file_path(self, name: str, version: str) -> str:
        """Give the path of a release's file."""
        return f"/files/{name}/{name}-{version}.crate"

    def answer(self, path: str) -> bytes | None:
        """Return the body for a path."""
        self.asked.append(path)
        if path in self.instead:
            return self.instead[path]
        if path == "/index/config.json":
            return msgspec.json.encode(
                {"dl": f"{self.url}/files/{{crate}}/{{crate}}-{{version}}.crate", "api": self.url}
            )
        if path.startswith("/index/"):
            lines = self._lines_at(path)
            return b"".join(msgspec.json.encode(line) + b"\n" for line in lines) or None
        return self._files.get(unquote(path))

    def _lines_at(self, path: str) -> list[dict[str, Any]]:
        wanted = path.removeprefix("/index/")
        for name, lines in self._lines.items():
            if index_path(name) == wanted:
                return list(lines.values())
        return []


def index_path(name: str) -> str:
    """Write the path of an index file, as the format's documentation has it."""
    name = name.lower()
    return {1: f"1/{name}", 2: f"2/{name}", 3: f"3/{name[0]}/{name}"}.get(len(name), f"{name[:2]}/{name[2:4]}/{name}")


def need(name: str, wanted: str, **fields: object) -> dict[str, Any]:
    """Write a dependency; `package` is the real name of one that is renamed, `kind` may be dev or build."""
    return {"name": name, "req": wanted, **fields}


def entry(dependency: dict[str, Any]) -> dict[str, Any]:
    """Write a dependency as an index line has it."""
    defaults: dict[str, Any] = {
        "features": [],
        "optional": False,
        "default_features": True,
        "target": None,
        "kind": "normal",
    }
    return defaults | dependency


def pack(name: str, version: str, dependencies: tuple[dict[str, Any], ...], source: object = None) -> bytes:
    """Make the file of a release; the same release gives the same bytes."""
    files = {
        "Cargo.toml": _manifest(name, version, dependencies).encode(),
        "src/lib.rs": str(source or f'pub fn version() -> &\'static str {{ "{version}" }}\n').encode(),
    }
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for path, body in files.items():
            member = tarfile.TarInfo(f"{name}-{version}/{path}")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return gzip.compress(plain.getvalue(), mtime=0)


def _manifest(name: str, version: str, dependencies: tuple[dict[str, Any], ...]) -> str:
    tables = [f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n']
    for each in dependencies:
        kind = {"dev": "dev-dependencies", "build": "build-dependencies"}.get(each.get("kind", ""), "dependencies")
        table = f'[{kind}.{each["name"]}]\nversion = "{each["req"]}"\n'
        if "package" in each:
            table += f'package = "{each["package"]}"\n'
        tables.append(table)
    return "\n".join(tables)


@contextmanager
def serving_crates(crates: Crates) -> Iterator[Crates]:
    """Put a registry on the loopback interface."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = crates.answer(self.path)
            etag = '"' + hashlib.sha256(body or b"").hexdigest()[:16] + '"'
            status = 404 if body is None else 304 if self.headers["if-none-match"] == etag else 200
            if crates.token and self.headers["authorization"] != crates.token:
                status = 401
            sent = (body or b"") if status == 200 else b""
            self.send_response(status)
            self.send_header("ETag", etag)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            """Say nothing."""

    with listening(Handler) as url:
        crates.url = url
        yield crates
