"""Dependents of the most used package of a recorded universe: every graph made, then counted and listed.

Usage: python -m benchmarks.dependents [share]

A server takes every packument from an upstream beside it, then makes all graphs with that share of a processor; what
waits is read from its database. Then the release with the most dependents is asked for, over HTTP, and the memory of
the server and the size of its database told. Aim: count and first page under 50 ms.
"""

import json
import sqlite3
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from benchmarks.rig.emulator import emulating
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import Server, packhouse
from benchmarks.rig.universe import recorded_versions, universe_folder

GOAL_MS = 50.0
ROUNDS = 200
_MOST = """
    SELECT name, version, count(*) AS users, (SELECT count(*) FROM graph), (SELECT count(*) FROM graph_use)
    FROM graph_use JOIN graph_name ON id = used_id WHERE version > ''
    GROUP BY used_id, version ORDER BY users DESC LIMIT 1
"""


def main() -> None:
    """Fill a server, let it make its graphs, and ask."""
    share = sys.argv[1] if len(sys.argv) > 1 else "1"
    settings = f'dependents.share = {share}\ncache.index_fresh = "7d"'
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary)
        with emulating(universe_folder(), 0) as upstream, packhouse(data, upstream.url, settings) as server:
            begun = time.perf_counter()
            fill(server)
            filled = time.perf_counter()
            cpu_s = server.cpu_s()
            name, version, users, graphs, uses = _settle(data / "packhouse.sqlite3")
            made = time.perf_counter()
            cpu_s = server.cpu_s() - cpu_s
            print(f"{graphs:,} packages fetched in {filled - begun:.0f} s; all graphs made {made - filled:.0f} s later")
            print(
                f"CPU for that {cpu_s:.0f} s; {uses:,} rows by which they are found; {users} depend on {name} {version}"
            )
            _report(server, name, version)
            size = (data / "packhouse.sqlite3").stat().st_size
            print(f"\nthe server has {server.memory_bytes() / 1e6:,.0f} MB, its database {size / 1e6:,.0f} MB")


def fill(server: Server) -> None:
    """Ask a server for every packument of the recorded universe."""
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda name: _get(server, f"/npm/{quote(name, safe='@')}"), recorded_versions()):
            pass


def _settle(database: Path) -> tuple[str, str, int, int, int]:
    """Wait until nothing is left to be made, and tell what has the most dependents."""
    with closing(sqlite3.connect(database)) as connection:
        still = 0
        while still < 3:
            time.sleep(1)
            (waiting,) = connection.execute(
                "SELECT count(*) FROM graph WHERE due_at < ?", (time.time() * 1000,)
            ).fetchone()
            (there,) = connection.execute("SELECT count(*) FROM graph").fetchone()
            still = still + 1 if there and not waiting else 0
        found: tuple[str, str, int, int, int] = connection.execute(_MOST).fetchone()
        return found


def _report(server: Server, name: str, version: str) -> None:
    escaped = quote(name, safe="")
    release = f"{escaped}/versions/{version}"
    ways = {
        "count (deps.dev API)": f"/v3alpha/systems/npm/packages/{release}:dependents",
        "count and the first 100 with their paths": f"/api/packages/npm/{release}/dependents",
        "count and the first 10": f"/api/packages/npm/{release}/dependents?limit=10",
    }
    rows = []
    for way, path in ways.items():
        cpu_s = server.cpu_s()
        took = sorted(_time(server, path) for _ in range(ROUNDS))
        cpu_ms = (server.cpu_s() - cpu_s) / ROUNDS * 1000
        p99 = took[int(ROUNDS * 0.99)] * 1000
        rows.append([way, f"{cpu_ms:.1f}", f"{median(took) * 1000:.1f}", against(p99, GOAL_MS, at_least=False)])
    print()
    table(["what", "CPU ms", "median ms", "99th percentile ms"], rows)


def _time(server: Server, path: str) -> float:
    begun = time.perf_counter()
    _get(server, path)
    return time.perf_counter() - begun


def _get(server: Server, path: str) -> Any:  # noqa: ANN401 (any JSON)
    with urllib.request.urlopen(server.url + path, timeout=300) as answer:  # noqa: S310 (our own server)
        return json.load(answer)


if __name__ == "__main__":
    main()
