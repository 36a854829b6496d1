"""A small registry of gems on the loopback interface: compact index, lists of releases, files and API."""

import hashlib
import re
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec

from packhouse.ecosystems.gem.versions import is_prerelease, version_key
from tests.clients.registry import listening

HERE = Path(__file__).parent
LONG_AGO = "2020-01-01T00:00:00.000Z"

Facts = dict[str, Any]


class Gems:
    """Some gems, and a note of everything that was asked for."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        self.sent: dict[str, int] = {}
        """Bytes of bodies sent, by path."""
        self.instead: dict[str, bytes] = {}
        """What is sent for a path in place of the truth."""
        self.compact = True
        self.url = ""
        self._folder = folder
        self._releases: dict[str, list[Facts]] = {}
        self._list = b"created_at: 2020-01-01T00:00:00Z\n---\n"

    def publish(self, *wanted: Facts) -> None:
        """Add releases; `build.rb` says which fields a description may have."""
        for description, facts in zip(wanted, _built(msgspec.json.encode(wanted), self._folder), strict=True):
            release = {"platform": "ruby", "created_at": LONG_AGO, **description, **facts}
            self._releases.setdefault(release["name"], []).append(release)
            self._announce(release, "")

    def yank(self, name: str, version: str) -> None:
        """Take a release out of the index."""
        (release,) = (each for each in self._releases[name] if each["version"] == version)
        self._releases[name].remove(release)
        self._announce(release, "-")

    def begin_list_anew(self) -> None:
        """Write the list of all gems in order, as registries do each month."""
        lines = []
        for name in sorted(self._releases):
            versions = ",".join(_number(each) for each in self._releases[name])
            lines.append(f"{name} {versions} {self.md5(name)}\n")
        self._list = b"created_at: 2020-02-01T00:00:00Z\n---\n" + "".join(lines).encode()

    def info(self, name: str) -> bytes:
        """Write an info file."""
        return b"---\n" + b"".join(_line(each) for each in self._releases[name])

    def md5(self, name: str) -> str:
        """Give the digest of an info file."""
        return hashlib.md5(self.info(name), usedforsecurity=False).hexdigest()

    def file(self, full: str) -> bytes:
        """Give a gem."""
        return (self._folder / "gems" / f"{full}.gem").read_bytes()

    def checksum(self, full: str) -> str:
        """Give the digest of a gem."""
        return hashlib.sha256(self.file(full)).hexdigest()

    def answer(self, path: str) -> bytes | None:
        """Return the body for a path."""
        self.asked.append(path)
        path = unquote(path.partition("?")[0])
        if path in self.instead:
            return self.instead[path]
        if self.compact and path in {"/versions", "/names"}:
            names = b"".join(f"{name}\n".encode() for name in sorted(self._releases))
            return self._list if path == "/versions" else b"---\n" + names
        name = path.removeprefix("/info/")
        if name != path:
            return self.info(name) if self.compact and name in self._releases else None
        if path.endswith("specs.4.8.gz"):
            return self._specs(path[1:])
        file = self._folder / path[1:]
        return file.read_bytes() if path.startswith(("/gems/", "/quick/")) and file.is_file() else self._api(path)

    def _announce(self, release: Facts, sign: str) -> None:
        name = release["name"]
        self._list += f"{name} {sign}{_number(release)} {self.md5(name)}\n".encode()

    def _specs(self, which: str) -> bytes:
        entries = []
        for releases in self._releases.values():
            stable = [each for each in releases if not is_prerelease(each["version"])]
            chosen = stable
            if which.startswith("latest"):
                newest = max((each["version"] for each in stable), key=version_key, default="")
                chosen = [each for each in stable if each["version"] == newest]
            elif which.startswith("prerelease"):
                chosen = [each for each in releases if each not in stable]
            entries += [(each["name"], each["version"], each["platform"]) for each in chosen]
        return _ruby("specs.rb", msgspec.json.encode(entries))

    def _api(self, path: str) -> bytes | None:
        match = re.fullmatch(r"/api/v1/versions/(.+)\.json", path)
        if match and match[1] in self._releases:
            return msgspec.json.encode([_shown(each) for each in reversed(self._releases[match[1]])])
        return None


def _number(release: Facts) -> str:
    platform = release["platform"]
    return str(release["version"]) if platform == "ruby" else f"{release['version']}-{platform}"


def _line(release: Facts) -> bytes:
    dependencies = ",".join(f"{name}:{wanted}" for name, wanted in release["dependencies"])
    facts = [f"checksum:{release['sha256']}"]
    facts += [f"{name}:{release[name]}" for name in ("ruby", "rubygems") if release[name] != ">= 0"]
    if release.get("dated", True):
        facts.append(f"created_at:{release['created_at']}")
    return f"{_number(release)} {dependencies}|{','.join(facts)}\n".encode()


def _shown(release: Facts) -> Facts:
    return {
        "number": release["version"],
        "platform": release["platform"],
        "created_at": release["created_at"],
        "licenses": ["MIT"],
        "summary": f"A {release['name']}",
        "sha": release["sha256"],
        "downloads_count": 7,
    }


@cache
def _built(wanted: bytes, folder: Path) -> list[Facts]:
    """Build gems once: the same descriptions give the same files."""
    facts: list[Facts] = msgspec.json.decode(_ruby("build.rb", wanted, str(folder)))
    return facts


def _ruby(script: str, given: bytes, *arguments: str) -> bytes:
    return subprocess.run(
        ["ruby", str(HERE / script), *arguments], input=given, capture_output=True, check=True, timeout=60
    ).stdout


@contextmanager
def serving_gems(gems: Gems) -> Iterator[Gems]:
    """Put a registry on the loopback interface, with the conditions and ranges that the public one knows."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(send_body=True)

        def do_HEAD(self) -> None:
            self._answer(send_body=False)

        def _answer(self, *, send_body: bool) -> None:
            body = gems.answer(self.path)
            whole = body or b""
            etag = f'"{hashlib.md5(whole, usedforsecurity=False).hexdigest()}"'
            begin = re.fullmatch(r"bytes=(\d+)-", self.headers["range"] or "")
            status = 404 if body is None else 304 if self.headers["if-none-match"] == etag else 200
            if status == 200 and begin and int(begin[1]) < len(whole):
                status = 206
            sent = {200: whole, 206: whole[int(begin[1]) :] if begin else b""}.get(status, b"")
            self.send_response(status)
            self.send_header("ETag", etag)
            self.send_header("Repr-Digest", f"sha-256=:{b64encode(hashlib.sha256(whole).digest()).decode()}:")
            if begin and status == 206:
                self.send_header("Content-Range", f"bytes {begin[1]}-{len(whole) - 1}/{len(whole)}")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            if send_body:
                gems.sent[self.path] = gems.sent.get(self.path, 0) + len(sent)
                self.wfile.write(sent)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            """Say nothing."""

    with listening(Handler) as url:
        gems.url = url
        yield gems
