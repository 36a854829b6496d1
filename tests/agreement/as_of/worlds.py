"""Made-up packages with dates, as an index of npm and as one of Python, and the moment as of which they are asked."""

import hashlib
import json
import random
import threading
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from msgspec import Struct

Kind = Literal["npm", "pypi"]
_NAMES = ("apple", "pear", "plum", "fig", "quince", "cherry", "medlar")
_NUMBERS = ((0, 9, 0), (1, 0, 0), (1, 1, 0), (1, 2, 0), (2, 0, 0), (2, 1, 0), (3, 0, 0))
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_DAYS = 200
_RANGES: Mapping[Kind, tuple[str, ...]] = {
    "npm": ("*", "^1.0.0", ">=1.1.0", "<2.0.0", "~1.2.0", "latest", "next", "^2.0.0-rc.1", "1.x || 3.x"),
    "pypi": ("", ">=1.1", "<2", "~=1.0", "!=2.1", ">=2.0rc1", "<=2", "==1.2.0"),
}


class Dated(Struct, frozen=True):
    """One release."""

    version: str
    moment: str
    needs: Mapping[str, str]


class World(Struct, frozen=True):
    """Some packages, what is asked of them, and as of when."""

    kind: Kind
    packages: Mapping[str, list[Dated]]
    tags: Mapping[str, Mapping[str, str]]
    asked: Mapping[str, str]
    moment: str


def make(kind: Kind, seed: int) -> World:
    """Make a world, with names that no other has; the same one for the same seed."""
    chance = random.Random(seed)
    names = [f"{name}-{seed}" for name in chance.sample(_NAMES, chance.randint(3, len(_NAMES)))]
    packages = {name: _releases(chance, kind, names[place + 1 :]) for place, name in enumerate(names)}
    asked = {name: chance.choice(_RANGES[kind]) for name in chance.sample(names, min(3, len(names)))}
    tags = {name: _tags(chance, [each.version for each in releases]) for name, releases in packages.items()}
    return World(kind, packages, tags, asked, _moment(chance, _DAYS // 3))


def _releases(chance: random.Random, kind: Kind, others: list[str]) -> list[Dated]:
    numbers = sorted(chance.sample(_NUMBERS, chance.randint(2, len(_NUMBERS))))
    versions = [".".join(map(str, each)) for each in numbers]
    if chance.random() < 0.5:
        versions.insert(chance.randrange(len(versions)), "2.0.0-rc.1" if kind == "npm" else "2.0.0rc1")
    moments = [_moment(chance, 0) for _ in versions]
    if chance.random() < 0.6:  # else a fix of an old line came later
        moments.sort()
    return [
        Dated(version, moment, _needs(chance, kind, others)) for version, moment in zip(versions, moments, strict=True)
    ]


def _needs(chance: random.Random, kind: Kind, others: list[str]) -> dict[str, str]:
    count = min(len(others), chance.choice((0, 1, 1, 2)))
    return {name: chance.choice(_RANGES[kind]) for name in chance.sample(others, count)}


def _tags(chance: random.Random, versions: list[str]) -> dict[str, str]:
    plain = [version for version in versions if "rc" not in version]
    latest = plain[-1] if chance.random() < 0.7 else chance.choice(plain)
    return {"latest": latest} | ({"next": chance.choice(versions)} if chance.random() < 0.7 else {})


def _moment(chance: random.Random, earliest: int) -> str:
    moment = _BEGIN + timedelta(days=chance.randint(earliest, _DAYS), seconds=chance.randrange(86_400))
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def serving(worlds: Iterable[World]) -> Iterator[str]:
    """Serve worlds of both kinds: npm's under /npm/, those of Python under /simple/."""
    known: dict[tuple[Kind, str], World] = {(world.kind, name): world for world in worlds for name in world.packages}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urllib.parse.unquote(self.path.partition("?")[0]).strip("/").split("/")
            address = f"http://{self.headers['Host']}"
            body, kind = None, "application/json"
            if parts[0] == "npm" and ("npm", parts[-1]) in known:
                body = _packument(known["npm", parts[-1]], parts[-1], address)
            elif parts[0] == "simple" and ("pypi", parts[-1]) in known:
                body, kind = _page(known["pypi", parts[-1]], parts[-1], address), "application/vnd.pypi.simple.v1+json"
            elif parts[0] == "files" and parts[-1].endswith(".metadata"):
                name, version = parts[-1].split("-py3-", 1)[0].rsplit("-", 1)
                name = name.replace("_", "-")
                body = _metadata(known["pypi", name], name, version) if ("pypi", name) in known else None
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name in the base)
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _packument(world: World, name: str, address: str) -> bytes:
    releases = world.packages[name]
    versions = {
        each.version: {
            "name": name,
            "version": each.version,
            "dependencies": each.needs,
            "dist": {
                "tarball": f"{address}/npm/{name}/-/{name}-{each.version}.tgz",
                # npm, too, takes releases of one digest for one release.
                "shasum": hashlib.sha256(f"{name} {each.version}".encode()).hexdigest()[:40],
            },
        }
        for each in releases
    }
    times = {each.version: each.moment.replace("Z", ".000Z") for each in releases}
    times |= {"created": min(times.values()), "modified": max(times.values())}
    return json.dumps({"name": name, "dist-tags": world.tags[name], "versions": versions, "time": times}).encode()


def _page(world: World, name: str, address: str) -> bytes:
    files = [
        {
            "filename": (filename := f"{name.replace('-', '_')}-{each.version}-py3-none-any.whl"),
            "url": f"{address}/files/{filename}",
            # uv takes files of one digest for one file.
            "hashes": {"sha256": hashlib.sha256(filename.encode()).hexdigest()},
            "upload-time": each.moment,
            "size": 1000,
            "core-metadata": True,
        }
        for each in world.packages[name]
    ]
    versions = [each.version for each in world.packages[name]]
    return json.dumps({"meta": {"api-version": "1.1"}, "name": name, "versions": versions, "files": files}).encode()


def _metadata(world: World, name: str, version: str) -> bytes | None:
    found = next((each for each in world.packages[name] if each.version == version), None)
    if found is None:
        return None
    lines = "".join(f"Requires-Dist: {other}{wanted}\n" for other, wanted in found.needs.items())
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{lines}".encode()
