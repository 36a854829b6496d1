"""What `dart pub get` sends and checks, written from repository specification v2: the client does not run here.

It lists a package, chooses the newest release that every requirement admits (stable before pre-release, never a
retracted one that is not locked), downloads the archive, holds it to `archive_sha256` and to the crc32c of an
`x-goog-hash` header if there is one, and reads the pubspec within.
"""

import gzip
import hashlib
import io
import json
import tarfile
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from msgspec import Struct

ACCEPT = "application/vnd.pub.v2+json"
Entry = dict[str, Any]
"""A release in a package's document."""

_AGENT = "Dart pub 3.5.0"


class Locked(Struct, frozen=True):
    """A package of the lock file."""

    version: str
    sha256: str


class PubError(Exception):
    """What the client prints before it gives up."""


class Dart:
    """A client with one hosted URL and a cache of its own."""

    def __init__(self, hosted_url: str) -> None:
        self._hosted_url = hosted_url.rstrip("/")
        self._open = build_opener(ProxyHandler({})).open
        self._packages: dict[str, Any] = {}

    def get(self, wanted: dict[str, str], lock: dict[str, Locked] | None = None) -> dict[str, Locked]:
        """Resolve, download and verify; return what the lock file would hold."""
        chosen: dict[str, Any] = {}
        ranges = {name: [constraint] for name, constraint in wanted.items()}
        open_names = list(wanted)
        while open_names:
            name = open_names.pop(0)
            release = self._choose(name, ranges[name], (lock or {}).get(name))
            if chosen.get(name) == release:
                continue
            chosen[name] = release
            for needed, constraint in (release["pubspec"].get("dependencies") or {}).items():
                ranges.setdefault(needed, []).append(constraint)
                open_names.append(needed)
        return {name: self._download(name, release, (lock or {}).get(name)) for name, release in chosen.items()}

    def _choose(self, name: str, constraints: list[str], locked: Locked | None) -> Entry:
        if name not in self._packages:
            self._packages[name] = json.loads(self._fetch(f"{self._hosted_url}/api/packages/{name}"))
        fitting = [
            release
            for release in self._packages[name]["versions"]
            if all(_admits(constraint, release["version"]) for constraint in constraints)
            and (not release.get("retracted") or (locked is not None and locked.version == release["version"]))
        ]
        if locked is not None:
            fitting = [release for release in fitting if release["version"] == locked.version] or fitting
        if not fitting:
            raise PubError(f"no version of {name} matches {constraints}, version solving failed")
        return max(fitting, key=lambda release: ("-" not in release["version"], _numbers(release["version"])))

    def _download(self, name: str, release: Entry, locked: Locked | None) -> Locked:
        url: str = release["archive_url"]
        archive, headers = self._fetch_file(url)
        sha256 = hashlib.sha256(archive).hexdigest()
        if sha256 != release["archive_sha256"] or (locked is not None and locked.sha256 != sha256):
            raise PubError(f"content of {name} has changed: it is not what archive_sha256 says")
        if "x-goog-hash" in {header.lower() for header in headers}:
            raise PubError("the checksums of another server were passed on")
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(archive))) as files:
            pubspec = files.extractfile("pubspec.yaml")
            assert pubspec is not None
            assert f"name: {name}" in pubspec.read().decode()
        return Locked(release["version"], sha256)

    def _fetch(self, url: str) -> bytes:
        return self._fetch_file(url)[0]

    def _fetch_file(self, url: str) -> tuple[bytes, dict[str, str]]:
        headers = {"Accept": ACCEPT, "User-Agent": _AGENT, "Accept-Encoding": "gzip"}
        request = Request(url, headers=headers)  # noqa: S310 (the address of a test's own server)
        try:
            with self._open(request, timeout=20) as answer:
                body = answer.read()
                if answer.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                return body, dict(answer.headers)
        except HTTPError as error:
            if "application/vnd.pub.v2+json" in error.headers.get("Content-Type", ""):
                message = json.loads(error.read())["error"]["message"]
                raise PubError(f"{error.code}: {message}") from error
            raise PubError(f"{error.code}: {url}") from error


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("-")[0].split("."))


def _admits(constraint: str, version: str) -> bool:
    """Read `any`, a caret, or a plain version."""
    if constraint == "any":
        return True
    if not constraint.startswith("^"):
        return constraint == version
    low = _numbers(constraint[1:])
    high = (low[0] + 1, 0, 0) if low[0] else (0, low[1] + 1, 0)
    return low <= _numbers(version) < high and "-" not in version
