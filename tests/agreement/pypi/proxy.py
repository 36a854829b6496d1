"""An index on loopback that stands before a real one and keeps what it was asked for."""

import io
import tarfile
import threading
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from packhouse.ecosystems.pypi.links import read_page
from tests.agreement.pypi.client import write_metadata
from tests.agreement.pypi.recorded import File, World, make_page

_FIELDS = ("requires-dist", "requires-python", "provides-extra")


class Upstream:
    """A real index; each page of it is fetched once and kept in a folder."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url.rstrip("/")
        self._folder = folder
        self._pages: dict[str, tuple[list[File], dict[str, str]] | None] = {}
        self._lock = threading.Lock()
        self.world = World({}, {})

    def files(self, name: str) -> list[File] | None:
        """List the files of a project; None where there is no such project."""
        self._mark(name)
        with self._lock:
            if name not in self._pages:
                self._pages[name] = self._fetch_page(name)
        found = self._pages[name]
        return None if found is None else found[0]

    def address(self, name: str, filename: str) -> str:
        """Tell where a file is."""
        self.files(name)
        found = self._pages[name]
        return "" if found is None else found[1].get(filename, "")

    def metadata(self, name: str, filename: str) -> bytes | None:
        """Fetch a wheel's metadata; note what of it matters."""
        self._mark(name, filename)
        address = self.address(name, filename)
        body = self.fetch(f"{address}.metadata") or self._unpack(address)
        if body is not None:
            self.world.metadata[filename] = _shortened(body)
        return body

    def fetch(self, address: str) -> bytes | None:
        """Fetch a document, or what was kept of it."""
        kept = self._folder / urllib.parse.quote(address, safe="")[-200:]
        if kept.exists():
            return kept.read_bytes() or None
        try:
            with urllib.request.urlopen(address, timeout=120) as answer:  # noqa: S310 (the index that was named)
                body: bytes = answer.read()
        except urllib.error.HTTPError as error:
            if error.code not in {403, 404}:
                raise
            body = b""
        kept.write_bytes(body)
        return body or None

    def seen(self) -> Iterator[tuple[str, list[File]]]:
        """List the pages that were asked for."""
        for name, found in sorted(self._pages.items()):
            if found is not None:
                yield name, found[0]

    def look_up_again(self) -> None:
        """Ask once more for what was kept of an earlier time."""
        for mark in sorted(self._folder.glob("*.asked")):
            name, _, filename = mark.read_text().partition(" ")
            if filename:
                self.metadata(name, filename)
            else:
                self.files(name)

    def note_sources(self) -> None:
        """Note what the sources say that were downloaded, where they say it in PKG-INFO or in requires.txt."""
        for name, found in sorted(self._pages.items()):
            for filename, address in (found[1] if found is not None else {}).items():
                kept = self._folder / urllib.parse.quote(address, safe="")[-200:]
                if filename.endswith(".tar.gz") and kept.exists():
                    version = filename.removesuffix(".tar.gz").rpartition("-")[2]
                    self.world.metadata.setdefault(f"{name}=={version}", _read_source(kept))

    def _mark(self, name: str, filename: str = "") -> None:
        mark = self._folder / f"{filename or name}.asked"
        if not mark.exists():
            mark.write_text(f"{name} {filename}")

    def _unpack(self, address: str) -> bytes | None:
        """Read the metadata out of a wheel, of which no more than the end is fetched."""
        kept = self._folder / f"{urllib.parse.quote(address, safe='')[-180:]}.unpacked"
        if not kept.exists():
            with zipfile.ZipFile(_Remote(address)) as wheel:
                found = next(each for each in wheel.namelist() if each.endswith(".dist-info/METADATA"))
                kept.write_bytes(wheel.read(found))
        return kept.read_bytes()

    def note_built(self, name: str, version: str, fields: dict[str, object]) -> None:
        """Note what a client has found out of a source by building it."""
        self.world.metadata[f"{name}=={version}"] = write_metadata(fields)

    def _fetch_page(self, name: str) -> tuple[list[File], dict[str, str]] | None:
        address = f"{self._url}/{name}/"
        body = self.fetch(address)
        if body is None:
            return None
        listed, _ = read_page(body, address)
        files = [
            File(each["filename"], each.get("requires-python") or "", bool(each.get("yanked", False)))
            for each in listed
        ]
        return files, {each["filename"]: each["url"] for each in listed}


class _Remote(io.RawIOBase):
    """A file elsewhere, read in parts."""

    def __init__(self, address: str) -> None:
        self._address = address
        request = urllib.request.Request(address, method="HEAD")  # noqa: S310 (the index that was named)
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            self._size = int(answer.headers["Content-Length"])
        self._at = 0
        self._tail_at = max(0, self._size - 200_000)
        self._tail = self._get(self._tail_at, self._size)

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        begin, end = self._at, self._size if size < 0 else min(self._size, self._at + size)
        self._at = end
        if begin >= self._tail_at:
            return self._tail[begin - self._tail_at : end - self._tail_at]
        return self._get(begin, end)

    def _get(self, begin: int, end: int) -> bytes:
        headers = {"Range": f"bytes={begin}-{end - 1}"}
        request = urllib.request.Request(self._address, headers=headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            found: bytes = answer.read()
        return found


def _read_source(path: Path) -> str:
    texts: dict[str, str] = {}
    with tarfile.open(path) as source:
        for member in source.getmembers():
            name = member.name.rpartition("/")[2]
            if name in {"PKG-INFO", "requires.txt"} and (reader := source.extractfile(member)) is not None:
                texts.setdefault(name, reader.read().decode("utf-8", "replace"))
    lines = _shortened(texts.get("PKG-INFO", "").encode())
    if "requires-dist" in lines.lower():
        return lines
    return "\n".join([lines, *_read_requires(texts.get("requires.txt", ""))])


def _read_requires(text: str) -> Iterator[str]:
    """Write setuptools' requires.txt as lines of METADATA."""
    marker = ""
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("["):
            extra, _, condition = line.strip("[]").partition(":")
            parts = [f"({condition})"] if condition else []
            if extra:
                yield f"Provides-Extra: {extra}"
                parts.append(f'extra == "{extra}"')
            marker = f"; {' and '.join(parts)}" if parts else ""
        else:
            yield f"Requires-Dist: {line}{marker}"


def _shortened(body: bytes) -> str:
    head = body.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("utf-8", "replace")
    lines = head.replace("\n ", " ").replace("\n\t", " ").splitlines()
    return "\n".join(line for line in lines if line.partition(":")[0].lower() in _FIELDS)


@contextmanager
def serving(upstream: Upstream) -> Iterator[str]:
    """Serve an index that stands before another."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urllib.parse.unquote(self.path.partition("?")[0]).strip("/").split("/")
            if parts[0] == "simple" and len(parts) > 1:
                files = upstream.files(parts[1])
                base = f"http://{self.headers['Host']}/files/{parts[1]}"
                self._answer(None if files is None else make_page(parts[1], files, base), "+json")
            elif parts[0] == "files" and len(parts) > 2:
                name, filename = parts[1:]
                if filename.endswith(".metadata"):
                    self._answer(upstream.metadata(name, filename.removesuffix(".metadata")))
                else:
                    self._answer(upstream.fetch(upstream.address(name, filename)))
            else:
                self._answer(None)

        def _answer(self, body: bytes | None, kind: str = "") -> None:
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", f"application/vnd.pypi.simple.v1{kind}" if kind else "application/x-any")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        do_HEAD = do_GET  # noqa: N815 (its name in the base)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name in the base)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
