"""Reading what is cached: beside nginx with the same bytes, and beside Verdaccio.

Usage: python -m benchmarks.packument [rounds]
"""

import gzip
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from msgspec import Struct

from benchmarks.rig.load import Target, compare
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import CACHE, Server, nginx, packhouse, verdaccio

ABBREVIATED = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*"


class Question(Struct, frozen=True):
    """One thing to read, and how well it must do."""

    title: str
    path: str
    accept: str
    connections: int
    of_nginx: float
    """Goal: this share of nginx."""
    times_verdaccio: float
    """Goal: so many times Verdaccio; 0 where none is set."""
    unchanged: bool = False


QUESTIONS = (
    Question("packument of express, gzip", "/express", "application/json", 32, 0.5, 300),
    Question("the same, abbreviated", "/express", ABBREVIATED, 32, 0.5, 0),
    Question("the same, 304", "/express", "application/json", 32, 1 / 3, 0, unchanged=True),
    Question("small packument, gzip", "/small", "application/json", 32, 0, 10),
    Question("tarball of 1 MB", "/big/-/big-1.0.0.tgz", "*/*", 8, 0.8, 4),
)


def main() -> None:
    """Run every question, round by round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = folder / "nginx" / "files"
        (files / "gzip").mkdir(parents=True)
        with nginx(folder / "nginx") as static:
            make_upstream(files, static.url)
            with packhouse(folder / "data", static.url) as ours, verdaccio(folder / "peer", static.url) as peer:
                started = ours.memory_bytes()
                rows = [_ask(question, ours, static, peer, files, rounds) for question in QUESTIONS]
                head = ["what", "Packhouse/s", "CPU us", "nginx/s", "CPU us", "of nginx"]
                table([*head, "Verdaccio/s", "CPU us", "times Verdaccio"], rows)
                used = ours.memory_bytes() / 1e6
                print(f"memory: {started / 1e6:.0f} MB at the start, {against(used, 200, at_least=False)} MB after it")


def _ask(question: Question, ours: Server, static: Server, peer: Server, files: Path, rounds: int) -> list[object]:
    headers = {"Accept": question.accept, "Accept-Encoding": "gzip"}
    body, answered = read(f"{ours.url}/npm{question.path}", headers)
    is_file = question.path.endswith(".tgz")
    same = "/same.tgz" if is_file else f"/gzip/{hashlib.sha256(body).hexdigest()}"
    (files / same.lstrip("/")).write_bytes(body)
    read(f"{peer.url}{question.path}", headers)
    ours_headers = nginx_headers = headers
    if question.unchanged:
        ours_headers = headers | {"If-None-Match": answered["etag"]}
        nginx_headers = headers | {"If-None-Match": read(static.url + same, headers)[1]["etag"]}
    targets = [
        Target(ours, f"/npm{question.path}", ours_headers),
        Target(static, same, nginx_headers),
        Target(peer, question.path, headers, slow=True),
    ]
    mine, theirs, verdaccios = compare(targets, question.connections, rounds)
    row: list[object] = [question.title]
    for burst, ratio, goal in (
        (mine[0], 0.0, 0.0),
        (*theirs, question.of_nginx),
        (*verdaccios, question.times_verdaccio),
    ):
        row += [f"{burst.per_s:,.0f}", f"{burst.cpu_us:.0f}"]
        if ratio:
            row.append(against(ratio, goal, at_least=True) if goal else f"{ratio:.2f}")
    return row


def read(url: str, headers: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """Read an address once; return the body as it came, and the headers by their names in lower case."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=dict(headers)), timeout=60) as answer:  # noqa: S310
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


def make_upstream(files: Path, url: str) -> None:
    """Make the upstream's documents: a real packument, a small one, and one with a file of 1 MB."""
    real = _real_packument().replace(_registry().encode() + b"/", f"{url}/".encode())
    (files / "express").write_bytes(real)
    _publish_package(files, url, "small", b"module.exports = 1\n")
    _publish_package(files, url, "big", os.urandom(1 << 20))


def _publish_package(files: Path, url: str, name: str, content: bytes) -> None:
    tarball = BytesIO()
    with tarfile.open(fileobj=tarball, mode="w:gz", compresslevel=1) as archive:
        manifest = json.dumps({"name": name, "version": "1.0.0"}).encode()
        for filename, body in (("package.json", manifest), ("index.js", content)):
            entry = tarfile.TarInfo(f"package/{filename}")
            entry.size = len(body)
            archive.addfile(entry, BytesIO(body))
    packed = tarball.getvalue()
    digest = b64encode(hashlib.sha512(packed).digest()).decode()
    dist = {
        "tarball": f"{url}/{name}-1.0.0.tgz",
        "integrity": f"sha512-{digest}",
        "shasum": hashlib.sha1(packed).hexdigest(),  # noqa: S324 (the protocol's field)
    }
    document = {
        "_id": name,
        "name": name,
        "dist-tags": {"latest": "1.0.0"},
        "versions": {"1.0.0": {"name": name, "version": "1.0.0", "dist": dist}},
        "time": {"created": "2020-01-01T00:00:00.000Z", "1.0.0": "2020-01-01T00:00:00.000Z"},
    }
    # A file and a folder cannot have one name: the tarball's address is another than the registry's usual one.
    (files / f"{name}-1.0.0.tgz").write_bytes(packed)
    (files / name).write_text(json.dumps(document))


def _registry() -> str:
    said = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True, check=True)
    return said.stdout.strip().rstrip("/")


def _real_packument() -> bytes:
    """Read the packument of express from the machine's registry, once."""
    kept = CACHE / "express.json.gz"
    if not kept.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(gzip.compress(read(f"{_registry()}/express", {"Accept": "application/json"})[0]))
    return gzip.decompress(kept.read_bytes())


if __name__ == "__main__":
    main()
