"""A registry that takes what cargo publishes, with the pure parts of publishing and nothing else."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import msgspec

from packhouse.domain.errors import PackhouseError
from packhouse.domain.index import Index
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.ecosystems.cargo.crate_archive import read_crate
from packhouse.ecosystems.cargo.crate_manifest import read_manifest
from packhouse.ecosystems.cargo.frame import Metadata, read_frame, read_metadata
from packhouse.ecosystems.cargo.hosted import EMPTY, add_line, with_yank
from packhouse.ecosystems.cargo.index import join
from packhouse.ecosystems.cargo.index_line import write_line
from packhouse.ecosystems.cargo.metadata_match import Registries, match_metadata
from packhouse.ecosystems.cargo.names import index_path
from packhouse.ecosystems.cargo.publish_rules import PublishLimits, check_manifest, check_metadata, warnings_about
from tests.clients.registry import listening

NOW = Moment(1_700_000_000_000)


class Shelf:
    """Crates that were published, by their names in lower case."""

    def __init__(self) -> None:
        self.url = ""
        self.indexes: dict[str, Index] = {}
        self.files: dict[str, bytes] = {}
        self.said: dict[str, Metadata] = {}
        """The metadata that came beside each file."""

    @property
    def index(self) -> str:
        """The address of the index."""
        return f"{self.url}/index/"

    def lines(self, name: str) -> bytes:
        """Give an index file."""
        index = self.indexes[name.lower()]
        return join(index, index.fragments)

    def publish(self, body: bytes) -> tuple[str, ...]:
        """Take a crate, and give what there is to say about it."""
        frame = read_frame(body)
        metadata = read_metadata(frame.metadata)
        check_metadata(metadata)
        archive = read_crate(frame.crate, metadata.name, metadata.vers)
        manifest = read_manifest(archive.manifest, archive.files)
        check_manifest(manifest, PublishLimits())
        registries = match_metadata(metadata, manifest, Registries(frozenset({self.index})))
        line = write_line(manifest, registries, hashlib.sha256(frame.crate).hexdigest(), NOW)
        name = metadata.name.lower()
        key = PackageKey("cargo", NormalName(name))
        self.indexes[name] = add_line(key, self.indexes.get(name, EMPTY), line)
        path = f"/files/{metadata.name}/{metadata.vers}/download"
        self.files[path] = bytes(frame.crate)
        self.said[f"{metadata.name}-{metadata.vers}"] = metadata
        return warnings_about(manifest, archive)

    def answer(self, path: str) -> bytes | None:
        """Return the body for a path."""
        if path == "/index/config.json":
            return msgspec.json.encode({"dl": f"{self.url}/files", "api": self.url})
        for name, index in self.indexes.items():
            if path == f"/index/{index_path(NormalName(name))}":
                return join(index, index.fragments)
        return self.files.get(path)

    def change(self, path: str, body: bytes) -> bytes:
        """Publish, yank or unyank."""
        told: tuple[str, ...] = ()
        if path == "/api/v1/crates/new":
            told = self.publish(body)
        elif found := re.fullmatch("/api/v1/crates/([^/]+)/([^/]+)/(un)?yank", path):
            name = found[1].lower()
            self.indexes[name] = with_yank(self.indexes[name], found[2], yanked=found[3] is None)
        warnings = {"invalid_categories": (), "invalid_badges": (), "other": told}
        return msgspec.json.encode({"ok": True, "warnings": warnings})


@contextmanager
def serving_shelf() -> Iterator[Shelf]:
    """Put a registry on the loopback interface."""
    shelf = Shelf()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = shelf.answer(self.path)
            self._send(404 if found is None else 200, found or b"")

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"] or 0))
            try:
                self._send(200, shelf.change(self.path, body))
            except PackhouseError as error:
                self._send(400, msgspec.json.encode({"errors": [{"detail": error.message}]}))

        def do_DELETE(self) -> None:
            self.do_PUT()

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            """Say nothing."""

    with listening(Handler) as url:
        shelf.url = url
        yield shelf
