"""The OSV API over all shared advisories: a batch of 1,000 packages, single questions, and what it costs.

Usage: python -m benchmarks.osv_api [rounds]

The server runs on one core and is asked from another. Names and versions are those of the records; what nobody knows
stands between them, as in a real lockfile. A batch is asked cold, of a server that has just started, and again.
"""

import json
import lzma
import os
import random
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import anyio

from benchmarks.rig.report import against, table
from benchmarks.rig.servers import LOAD_CORE, Server, packhouse
from packhouse.adapters.feeds.osv import read_feed
from packhouse.adapters.sql.store import SqlStore
from packhouse.app import load_ecosystems
from packhouse.services.advisory_import import AdvisoryImport

_SHARED = Path(os.environ.get("PACKHOUSE_SHARED", str(Path(__file__).resolve().parents[2] / "shared"))) / "data" / "osv"
_QUESTIONS = 1_000
_GOAL_MS = 200.0
_GOAL_MB = 250.0
_SEED = 6

Question = dict[str, Any]


def main(rounds: int) -> None:
    """Import, ask, and print."""
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        began = time.perf_counter()
        imported = anyio.run(import_shared, data)
        print(f"{imported} records imported in {time.perf_counter() - began:.0f} s\n")
        packages = _packages(file for file in _files() if "-raw" not in file.name)
        most = sorted(packages, key=lambda each: len(packages[each]), reverse=True)[:_QUESTIONS]
        with packhouse(data, "http://127.0.0.1:9") as server:
            _ask(server, [each[-1] for each in packages.values()], [packages[each][-1] for each in most], rounds)


async def import_shared(data: Path) -> int:
    """Import all shared advisories into the database of a data directory, which must be there."""
    store = SqlStore.open(data / "packhouse.sqlite3")
    intake = AdvisoryImport(store, [each for each, _ in load_ecosystems().values()])
    imported = 0
    for file in _files():
        imported += (await intake.add(file.stem, read_feed([file]))).new
    store.close()
    return imported


def _files() -> list[Path]:
    return sorted(_SHARED.glob("*.jsonl.xz"))


def _ask(server: Server, known: Sequence[Question], most: Sequence[Question], rounds: int) -> None:
    draw = random.Random(_SEED)
    rows: list[Sequence[object]] = []
    samples = {
        "none is known": [],
        "a tenth is known": draw.sample(known, _QUESTIONS // 10),
        "all are known": draw.sample(known, _QUESTIONS),
        "those of which most is known": most,
    }
    for title, sample in samples.items():
        asked = [*sample] + [_unknown(number) for number in range(_QUESTIONS - len(sample))]
        draw.shuffle(asked)
        body = json.dumps({"queries": asked}).encode()
        used_s = server.cpu_s()
        cold_ms, answer = _post(server, "/v1/querybatch", body)
        used_ms = (server.cpu_s() - used_s) * 1000
        warm = [_post(server, "/v1/querybatch", body)[0] for _ in range(rounds)]
        found = sum(len(each.get("vulns", ())) for each in answer["results"])
        rows.append((title, found, against(cold_ms, _GOAL_MS, at_least=False), f"{used_ms:.0f}", f"{median(warm):.0f}"))
    table(("querybatch of 1,000", "matches", "cold, ms", "of it CPU", "again, ms (median)"), rows)
    single = [_post(server, "/v1/query", json.dumps(each).encode())[0] for each in draw.sample(known, 500)]
    cuts = quantiles(single, n=100)
    print(f"query: median {cuts[49]:.2f} ms, 99 of 100 within {cuts[98]:.2f} ms, whole records")
    print(f"memory: {against(server.memory_bytes() / 2**20, _GOAL_MB, at_least=False)} MB")


def _post(server: Server, path: str, body: bytes) -> tuple[float, dict[str, Any]]:
    request = urllib.request.Request(server.url + path, data=body, method="POST")  # noqa: S310 (our own server)
    began = time.perf_counter()
    with urllib.request.urlopen(request) as reply:  # noqa: S310
        answer = reply.read()
    took_ms = (time.perf_counter() - began) * 1000
    decoded: dict[str, Any] = json.loads(answer)
    return took_ms, decoded


def _packages(files: Iterable[Path]) -> dict[tuple[str, str], list[Question]]:
    """Put the questions together by package."""
    found: dict[tuple[str, str], list[Question]] = {}
    for file in files:
        for question in _questions(file):
            package = question["package"]
            found.setdefault((package["ecosystem"], package["name"]), []).append(question)
    return found


def _questions(file: Path) -> Iterator[Question]:
    """Ask about a version that each record of a file names."""
    with lzma.open(file) as lines:
        for line in lines:
            for affected in json.loads(line).get("affected") or ():
                package = affected.get("package")
                version = _version(affected) if isinstance(package, dict) else None
                if version is not None:
                    yield {"package": {"name": package["name"], "ecosystem": package["ecosystem"]}, "version": version}


def _version(affected: dict[str, Any]) -> str | None:
    """Take a listed version, or one at which something happened."""
    listed = affected.get("versions")
    if isinstance(listed, list) and listed:
        return str(listed[0])
    events = [event for span in affected.get("ranges") or () for event in span["events"] if span["type"] != "GIT"]
    return next((text for event in events for text in event.values() if text != "0"), None)


def _unknown(number: int) -> Question:
    return {"package": {"name": f"nobody-knows-{number}", "ecosystem": "npm"}, "version": f"1.{number}.0"}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
