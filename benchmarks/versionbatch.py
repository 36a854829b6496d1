"""GetVersionBatch of 5,000 recorded npm releases, with all shared advisories imported.

Usage: python -m benchmarks.versionbatch [rounds [folder]]

A server takes every packument of the recorded universe from an upstream beside it; a folder is filled once and read
again by the next run. Then 5,000 releases are asked for, page by page until the last: each of another package as far as
there are packages, and of few packages with many releases each, as somebody asks who compares versions. The first time
is that of a server that has just started.
"""

import json
import os
import random
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median
from typing import Any

import anyio

from benchmarks.dependents import fill
from benchmarks.osv_api import import_shared
from benchmarks.rig.emulator import emulating
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import LOAD_CORE, Server, packhouse
from benchmarks.rig.universe import recorded_versions, universe_folder

GOAL_MS = 1_000.0
_RELEASES = 5_000
_MANY = 50
"""Packages of the batch that asks for many releases of each."""
_ROUNDS = 7
_UPSTREAM = "upstream.url"
_SETTINGS = 'dependents.enabled = false\ncache.index_fresh = "7d"'


def main(rounds: int, folder: Path | None) -> None:
    """Fill a server where it is empty, ask, and print."""
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    with tempfile.TemporaryDirectory() as temporary:
        data = folder or Path(temporary)
        if not (data / _UPSTREAM).exists():
            _fill(data)
        rows = [_measure(data, title, body, rounds) for title, body in _batches().items()]
    table(("GetVersionBatch of 5,000", "pages", "MB", "first, CPU ms", "again, CPU ms", "again, ms"), rows)


def _fill(data: Path) -> None:
    data.mkdir(parents=True, exist_ok=True)
    anyio.run(import_shared, data)
    with emulating(universe_folder(), 0) as upstream, packhouse(data, upstream.url, _SETTINGS) as server:
        fill(server)
    # What was taken from one upstream is nobody else's: later servers have to name the same.
    (data / _UPSTREAM).write_text(upstream.url)


def _batches() -> dict[str, list[dict[str, Any]]]:
    draw = random.Random(6)
    recorded = recorded_versions()
    everything = [(name, version) for name, versions in recorded.items() for version in versions]
    one_each = [(name, versions[-1]) for name, versions in recorded.items()]
    most = sorted(recorded, key=lambda name: len(recorded[name]), reverse=True)[:_MANY]
    of_few = [(name, version) for name in most for version in recorded[name]]
    batches = {
        "one of each package, then any": one_each + draw.sample(everything, _RELEASES - len(one_each)),
        f"of the {_MANY} packages with most releases": draw.sample(of_few, _RELEASES),
    }
    for batch in batches.values():
        draw.shuffle(batch)
    return {
        title: [{"versionKey": {"system": "NPM", "name": name, "version": version}} for name, version in batch]
        for title, batch in batches.items()
    }


def _measure(data: Path, title: str, requests: list[dict[str, Any]], rounds: int) -> list[object]:
    with packhouse(data, (data / _UPSTREAM).read_text(), _SETTINGS) as server:
        first_ms, _, pages, size = _ask(server, requests)
        again = [_ask(server, requests) for _ in range(rounds)]
    cpu_ms, took_ms = (median(each) for each in list(zip(*again, strict=True))[:2])
    return [
        title,
        pages,
        f"{size / 1e6:.1f}",
        f"{first_ms:.0f}",
        against(cpu_ms, GOAL_MS, at_least=False),
        f"{took_ms:.0f}",
    ]


def _ask(server: Server, requests: list[dict[str, Any]]) -> tuple[float, float, int, int]:
    """Read all pages; return the milliseconds of CPU time and of waiting, how many pages they are and how large."""
    cpu_s, took_s, pages, size, found, token = server.cpu_s(), 0.0, 0, 0, 0, ""
    while pages == 0 or token:
        body = json.dumps({"requests": requests, "pageToken": token}).encode()
        question = urllib.request.Request(f"{server.url}/v3alpha/versionbatch", body)  # noqa: S310 (our own server)
        begun = time.perf_counter()
        with urllib.request.urlopen(question) as reply:  # noqa: S310
            text = reply.read()
        took_s += time.perf_counter() - begun
        answer = json.loads(text)
        pages, size, token = pages + 1, size + len(text), answer["nextPageToken"]
        found += sum("version" in each for each in answer["responses"])
    if found != len(requests):
        sys.exit(f"{found} of {len(requests)} releases were found")
    return (server.cpu_s() - cpu_s) * 1000, took_s * 1000, pages, size


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else _ROUNDS,
        Path(sys.argv[2]) if len(sys.argv) > 2 else None,
    )
