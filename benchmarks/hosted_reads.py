"""Reading with accounts and 10,000 packages that are published here: beside nginx with the same bytes.

Usage: python -m benchmarks.hosted_reads [rounds [packages]]

Everything is asked for twice, by anybody and by somebody who has signed in; some packages are cached from an upstream,
others are published here. The goals are those of `benchmarks.packument` and `benchmarks.start_up`.
"""

import asyncio
import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import anyio
from msgspec import Struct

from benchmarks.packument import ABBREVIATED, make_upstream, read
from benchmarks.rig.load import Target, compare
from benchmarks.rig.publishing import make_document, make_publisher, make_request, send
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import LOAD_CORE, Server, nginx, packhouse
from packhouse.app import open_store, server_key
from packhouse.config import load
from packhouse.http.ready import wall_clock
from packhouse.services.people import people

PACKAGES = 10_000
_USERS = 50
_VERSIONS = 50
"""Of the package that is read; the others have one."""
_STARTS = 5
_SLICE = 500
_IN_FLIGHT = 16
_GOAL_START_S = 0.8
_GOAL_START_MB = 80.0
_GOAL_MB = 200.0


class Question(Struct, frozen=True):
    """One thing to read, and how well it must do."""

    title: str
    path: str
    accept: str
    connections: int
    of_nginx: float
    """Goal: this share of nginx."""
    unchanged: bool = False


QUESTIONS = (
    Question("cached: packument of express, gzip", "/express", "application/json", 32, 0.5),
    Question("the same, abbreviated", "/express", ABBREVIATED, 32, 0.5),
    Question("the same, 304", "/express", "application/json", 32, 1 / 3, unchanged=True),
    Question("cached: tarball of 1 MB", "/big/-/big-1.0.0.tgz", "*/*", 8, 0.8),
    Question("published here: packument of 50 versions, gzip", "/pear", "application/json", 32, 0.5),
    Question("the same, abbreviated", "/pear", ABBREVIATED, 32, 0.5),
    Question("the same, 304", "/pear", "application/json", 32, 1 / 3, unchanged=True),
    Question("published here: tarball of 1 MB", "/melon/-/melon-1.0.0.tgz", "*/*", 8, 0.8),
)


def main() -> None:
    """Publish everything, start anew, and ask each question."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    packages = int(sys.argv[2]) if len(sys.argv) > 2 else PACKAGES
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = folder / "nginx" / "files"
        (files / "gzip").mkdir(parents=True)
        with nginx(folder / "nginx") as static:
            make_upstream(files, static.url)
            token = make_publisher(folder / "data")
            anyio.run(_add_people, folder / "data")
            with packhouse(folder / "data", static.url, "offline = true\n") as ours:
                _publish(ours, token, packages)
            seconds = median(_start_s(folder / "data", static.url) for _ in range(_STARTS))
            with packhouse(folder / "data", static.url) as ours:
                started = ours.memory_bytes() / 1e6
                rows = [
                    _ask(question, ours, static, files, rounds, secret)
                    for question in QUESTIONS
                    for secret in ("", token)
                ]
                used = ours.memory_bytes() / 1e6
    table(["what", "by", "Packhouse/s", "CPU us", "nginx/s", "CPU us", "of nginx"], rows)
    print(f"start to first answer: {against(seconds, _GOAL_START_S, at_least=False)} s")
    print(f"memory in MB: {against(started, _GOAL_START_MB, at_least=False)} at the start, ", end="")
    print(f"{against(used, _GOAL_MB, at_least=False)} after the run")


def _start_s(data: Path, upstream: str) -> float:
    begun = time.perf_counter()
    with packhouse(data, upstream):
        return time.perf_counter() - begun


def _ask(question: Question, ours: Server, static: Server, files: Path, rounds: int, token: str) -> list[object]:
    headers = {"Accept": question.accept, "Accept-Encoding": "gzip"}
    signed = headers | ({"Authorization": f"Bearer {token}"} if token else {})
    body, answered = read(f"{ours.url}/npm{question.path}", signed)
    is_file = question.path.endswith(".tgz")
    same = f"/{hashlib.sha256(body).hexdigest()}.tgz" if is_file else f"/gzip/{hashlib.sha256(body).hexdigest()}"
    (files / same.lstrip("/")).write_bytes(body)
    if question.unchanged:
        signed = signed | {"If-None-Match": answered["etag"]}
        headers = headers | {"If-None-Match": read(static.url + same, headers)[1]["etag"]}
    targets = [Target(ours, f"/npm{question.path}", signed), Target(static, same, headers)]
    (mine, _), (theirs, ratio) = compare(targets, question.connections, rounds)
    shown = [f"{burst:,.0f}" for burst in (mine.per_s, mine.cpu_us, theirs.per_s, theirs.cpu_us)]
    by = "a user" if token else "anybody"
    return [question.title, by, *shown, against(ratio, question.of_nginx, at_least=True)]


async def _add_people(data: Path) -> None:
    config = load({"data": str(data)}, {})
    store = open_store(config)
    services = people(store, server_key(config), wall_clock)
    for number in range(_USERS):
        user = await services.accounts.add(f"user-{number}", f"user-{number}@farm.example", "")
        await services.tokens.create(user, "benchmark")
        await services.granting.add(f"user:{user.name}", "publisher", "npm", f"pear-{number}*", "benchmark")
    store.close()


def _publish(server: Server, token: str, packages: int) -> None:
    """Publish many packages of one version, one of many, and a large one."""
    wanted = [(f"pear-{number:05}", "1.0.0", b"module.exports = 1\n") for number in range(packages)]
    wanted += [("pear", f"1.{number}.0", b"module.exports = 1\n") for number in range(_VERSIONS)]
    wanted += [("melon", "1.0.0", os.urandom(1 << 20))]
    for start in range(0, len(wanted), _SLICE):
        requests = [
            make_request("/npm", name, make_document(name, version, content), token)
            for name, version, content in wanted[start : start + _SLICE]
        ]
        asyncio.run(send(server, requests, _IN_FLIGHT))


if __name__ == "__main__":
    main()
