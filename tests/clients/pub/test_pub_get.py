"""`pub get` through the server: cold, warm, with the upstream away, and past what is refused."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.clients.pub.dart import Dart, PubError
from tests.clients.registry import listening
from tests.faults.server import serving

Entry = tuple[str, str, dict[str, str], str, dict[str, object]]
"""Name, version, dependencies, date, and further fields."""

RELEASES: tuple[Entry, ...] = (
    ("press", "1.0.0", {"plum": "^1.0.0", "rope": "any"}, "2020-01-01T00:00:00Z", {}),
    ("plum", "1.0.0", {}, "2020-01-01T00:00:00Z", {}),
    ("plum", "1.1.0", {}, "2020-01-01T00:00:00Z", {}),
    ("plum", "1.2.0", {}, "2020-01-01T00:00:00Z", {"retracted": True}),
    ("plum", "2.0.0", {}, "2020-01-01T00:00:00Z", {}),
    ("rope", "0.3.0", {}, "2020-01-01T00:00:00Z", {}),
    ("rope", "0.4.0-dev.1", {}, "2020-01-01T00:00:00Z", {}),
)


class Registry:
    """A hosted repository on the loopback interface, which can be switched off."""

    def __init__(self) -> None:
        self.url = ""
        self.away = False
        self.asked: list[str] = []

    def answer(self, path: str) -> tuple[str, bytes] | None:
        """Return media type and body for a path."""
        self.asked.append(path)
        kind, _, name = path.removeprefix("/api/").partition("/")
        if kind == "archives":
            found = next((each for each in RELEASES if name == f"{each[0]}-{each[1]}.tar.gz"), None)
            return None if found is None else ("application/octet-stream", _archive(found[0], found[1]))
        entries = [self._entry(each) for each in RELEASES if each[0] == name]
        document = {"name": name, "latest": entries[-1], "versions": entries} if entries else None
        return None if document is None else ("application/vnd.pub.v2+json", json.dumps(document).encode())

    def _entry(self, release: Entry) -> dict[str, object]:
        name, version, needs, published, more = release
        return {
            "version": version,
            "pubspec": {"name": name, "version": version, "dependencies": needs},
            "archive_url": f"{self.url}/api/archives/{name}-{version}.tar.gz",
            "archive_sha256": hashlib.sha256(_archive(name, version)).hexdigest(),
            "published": published,
            **more,
        }


def _archive(name: str, version: str) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        body = f"name: {name}\nversion: {version}\n".encode()
        member = tarfile.TarInfo("pubspec.yaml")
        member.size = len(body)
        archive.addfile(member, io.BytesIO(body))
    return gzip.compress(plain.getvalue(), mtime=0)


@pytest.fixture
def upstream() -> Iterator[Registry]:
    """Run the upstream."""
    registry = Registry()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = None if registry.away else registry.answer(self.path)
            media_type, body = found or ("text/plain", b"away")
            self.send_response(200 if found else 503 if registry.away else 404)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            if media_type == "application/octet-stream":
                self.send_header("x-goog-hash", "crc32c=AAAAAA==")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the standard library's name)
            """Say nothing."""

    with listening(Handler) as url:
        registry.url = url
        yield registry


@contextmanager
def _packhouse(folder: Path, upstream: Registry, settings: str = "") -> Iterator[str]:
    path = folder / "packhouse.toml"
    path.write_text(f'data = "data"\n{settings}\n[upstreams.pub]\nurl = "{upstream.url}"\n')
    with serving(path) as (_, port):
        yield f"http://127.0.0.1:{port}/pub"


WANTED = {"press": "^1.0.0"}
EXPECTED = {"press": "1.0.0", "plum": "1.1.0", "rope": "0.3.0"}


def test_packages_are_installed_cold_warm_and_with_the_upstream_away(upstream: Registry, tmp_path: Path) -> None:
    with _packhouse(tmp_path, upstream) as url:
        lock = Dart(url).get(WANTED)
        assert {name: locked.version for name, locked in lock.items()} == EXPECTED
        asked = len(upstream.asked)
        assert Dart(url).get(WANTED, lock) == lock
        assert len(upstream.asked) == asked
    upstream.away = True
    with _packhouse(tmp_path, upstream) as url:
        assert Dart(url).get(WANTED, lock) == lock


def test_a_refused_release_is_not_chosen_and_not_downloaded(upstream: Registry, tmp_path: Path) -> None:
    with _packhouse(tmp_path, upstream) as url:
        lock = Dart(url).get(WANTED)
    with _packhouse(tmp_path, upstream, '[policy]\ndeny = ["pub/plum@1.1.0"]') as url:
        assert Dart(url).get(WANTED)["plum"].version == "1.0.0"
        with pytest.raises(PubError, match="403"):
            Dart(url)._fetch(f"{url}/api/archives/plum-1.1.0.tar.gz")
    assert lock["plum"].version == "1.1.0"


def test_an_upstream_that_is_away_is_not_taken_for_a_missing_package(upstream: Registry, tmp_path: Path) -> None:
    upstream.away = True
    with _packhouse(tmp_path, upstream) as url, pytest.raises(PubError, match=r"50\d"):
        Dart(url).get(WANTED)


def test_a_package_that_nobody_has_is_explained(upstream: Registry, tmp_path: Path) -> None:
    with _packhouse(tmp_path, upstream) as url, pytest.raises(PubError, match=r"404: .*does not exist"):
        Dart(url).get({"absent": "any"})
