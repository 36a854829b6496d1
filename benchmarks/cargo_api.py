"""The Web API over 150,000 crates that are published here: search, lists, the summary, dependents.

Usage: python -m benchmarks.cargo_api [crates [folder]]

A real server answers one question after another, each another one; what was asked for in the same words is asked for
once only. The names are made up of words as frequent as those of real ones; every third crate depends on one hub.
A folder is filled once and read again by the next run.
"""

import asyncio
import http.client
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

from msgspec import Struct

from benchmarks.rig.many_crates import HUB, fill
from benchmarks.rig.report import table
from benchmarks.rig.servers import Server, packhouse
from benchmarks.search import Corpus

CRATES = 150_000
_NOWHERE = "http://127.0.0.1:9"
_ROUNDS = 300
_SORTS = ("downloads", "recent-downloads", "recent-updates", "new", "alpha")
GOALS_MS = {
    "search": 30.0,
    "search, a third with 100 a page": 30.0,
    "search, page 2 to 20 of 100": 30.0,
    "list of everything": 30.0,
    "list of a category, keyword or letter": 30.0,
    "page 100 to 200 of a category of 32,000": 100.0,
    "summary": 50.0,
    "dependents": 50.0,
    "dependents of the hub": 50.0,
}


class Timed(Struct, frozen=True):
    """One question, asked."""

    took_ms: float
    worked_ms: float
    """Of the processor, by all threads of the server."""
    path: str


def main() -> None:
    """Fill a database, ask, and print what it took."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CRATES
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(temporary)
        database = folder / "packhouse.sqlite3"
        if not database.exists():
            folder.mkdir(parents=True, exist_ok=True)
            began = time.perf_counter()
            asyncio.run(fill(database, count))
            sys.stdout.write(f"written in {time.perf_counter() - began:.0f} s\n")
        with packhouse(folder, _NOWHERE, "offline = true\n") as server:
            took = {kind: _ask(server, paths) for kind, paths in _questions(_some_names(server)).items()}
            sys.stdout.write(f"{count:,} crates; {server.peak_bytes() / 1e6:.0f} MB of memory at most\n")
    table(
        ("question", "times", "median ms", "p99 ms", "processor ms", "its p99 ms", "goal ms", "hardest"),
        [_row(kind, took[kind]) for kind in took],
    )
    sys.exit(any(_p99([each.worked_ms for each in took[kind]]) > GOALS_MS[kind] for kind in took))


def _some_names(server: Server) -> list[str]:
    """Name some crates that there are, often downloaded and not."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    names = []
    for page in (1, 20, 200):
        path = f"/cargo/api/v1/crates?sort=downloads&per_page=100&page={page}"
        connection.request("GET", path, headers={"User-Agent": "benchmark"})
        names += [each["name"] for each in json.loads(connection.getresponse().read())["crates"]]
    connection.close()
    return names


def _questions(names: Sequence[str]) -> dict[str, list[str]]:
    ask = _Questions(names)
    makers = (ask.search, ask.large, ask.deep, ask.everything, ask.narrowed, ask.far_down, ask.summary, ask.dependents)
    made = {kind: [make() for _ in range(_ROUNDS)] for kind, make in zip(GOALS_MS, makers, strict=False)}
    pages = range(1, 61)
    hub = [f"crates/{HUB}/reverse_dependencies?page={page}&per_page={size}" for page in pages for size in (10, 50)]
    return made | {"dependents of the hub": hub}


class _Questions:
    """Makes questions of each kind, by chance."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._corpus = Corpus()
        self._chance = random.Random(5)

    def search(self, size: int = 0) -> str:
        chance = self._chance
        text = " ".join(self._corpus.pick(chance.choice((1, 1, 2))))
        sort = chance.choice(("", "", f"&sort={chance.choice(_SORTS)}"))
        return f"crates?q={quote(text)}&per_page={size or chance.choice((10, 10, 10, 50))}{sort}"

    def large(self) -> str:
        return self.search(self._chance.choice((10, 10, 100)))

    def deep(self) -> str:
        text = quote(self._corpus.pick(1)[0])
        return f"crates?q={text}&per_page=100&page={self._chance.randint(2, 20)}"

    def everything(self) -> str:
        chance = self._chance
        return f"crates?sort={chance.choice(_SORTS)}&page={chance.randint(1, 200)}&per_page={chance.choice((10, 50))}"

    def narrowed(self) -> str:
        chance = self._chance
        keyword = f"keyword={self._corpus.pick(1)[0]}"
        of = chance.choice((f"letter={chance.choice('abcdef')}", "category=parsing", keyword))
        return f"crates?sort={chance.choice(_SORTS)}&page={chance.randint(1, 20)}&{of}"

    def far_down(self) -> str:
        chance = self._chance
        page = chance.randint(100, 200)
        return f"crates?sort={chance.choice(_SORTS)}&page={page}&per_page=50&category=parsing"

    def summary(self) -> str:
        return "summary"

    def dependents(self) -> str:
        return f"crates/{self._chance.choice(self._names)}/reverse_dependencies?page={self._chance.randint(1, 3)}"


def _ask(server: Server, paths: Sequence[str]) -> list[Timed]:
    """Ask each question once, on one connection; a few before, so that the file is in memory."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    headers = {"User-Agent": "benchmark", "Accept": "application/json"}
    took = []
    for number, path in enumerate([*paths[:5], *paths]):
        began, working = time.perf_counter(), _worked_ms(server)
        connection.request("GET", f"/cargo/api/v1/{path}", headers=headers)
        reply = connection.getresponse()
        body = reply.read()
        if number >= 5:
            took.append(Timed((time.perf_counter() - began) * 1000, _worked_ms(server) - working, path))
        if reply.status != 200 or not isinstance(json.loads(body), dict):
            sys.exit(f"{path}: {reply.status} {body[:200]!r}")
    connection.close()
    return took


def _worked_ms(server: Server) -> float:
    """Tell what all threads of the server have worked: what it takes on a machine that does nothing else."""
    tasks = Path(f"/proc/{server.process.pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e6


def _row(kind: str, timed: Sequence[Timed]) -> tuple[str, ...]:
    took, worked = [each.took_ms for each in timed], [each.worked_ms for each in timed]
    numbers = (statistics.median(took), _p99(took), statistics.median(worked), _p99(worked), GOALS_MS[kind])
    hardest = max(timed, key=lambda each: each.worked_ms).path
    return kind, str(len(took)), *(f"{number:.1f}" for number in numbers), hardest


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * 99 // 100)]


if __name__ == "__main__":
    main()
