"""Reading a packument of 10 MB and 3,000 releases on 32 connections at once, under rules that change its bytes.

Usage: python -m benchmarks.big_packument [rounds]

Aims: the 99th percentile under 250 ms warm, and under 1 s when a release has come of age a moment ago, so that the
document must be decided, joined and compressed anew.
"""

import asyncio
import gzip
import json
import os
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks.rig.corpus import record_packument
from benchmarks.rig.emulator import emulating
from benchmarks.rig.reads import burst, connect, percentile
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import CACHE, LOAD_CORE, Server, packhouse

NAME = "typescript"
CONNECTIONS = 32
MINIMUM_AGE = timedelta(hours=72)
LEAD_S = 10.0
"""So long after the packument is made its last release comes of age: the server starts and warms up meanwhile."""
WARM_BURSTS = 10


def main() -> None:
    """Start servers one after another; in each, one release comes of age."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    rows = []
    for coding, rule_goal, warm_goal in (("gzip", 1.0, 0.25), ("identity", 0.0, 0.0)):
        found = [_round(coding) for _ in range(rounds)]
        for title, position, goal in (("warm", 0, warm_goal), ("a release has come of age", 1, rule_goal)):
            times = [each[position] for each in found]
            p99 = median(percentile(each, 0.99) for each in times)
            p50 = median(percentile(each, 0.5) for each in times)
            told = against(p99 * 1000, goal * 1000, at_least=False) if goal else f"{p99 * 1000:.0f}"
            rows.append([f"{coding}, {title}", f"{p50 * 1000:.0f}", told])
    table([f"{CONNECTIONS} reads at once of {NAME}", "median ms", "p99 ms"], rows)


def _round(coding: str) -> tuple[list[float], list[float]]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "corpus").mkdir()
        ripe_at, youngest = _make_packument(folder / "corpus")
        settings = f'policy.minimum_age = "{MINIMUM_AGE.days * 24}h"\npolicy.deny = ["npm/{NAME}@<1"]\n'
        settings += 'cache.index_fresh = "1h"\n'
        with emulating(folder / "corpus", 0) as upstream, packhouse(folder / "data", upstream.url, settings) as server:
            return asyncio.run(_measure(server, coding, ripe_at, youngest))


async def _measure(server: Server, coding: str, ripe_at: float, youngest: str) -> tuple[list[float], list[float]]:
    headers = {"Accept": "application/json", "Accept-Encoding": coding}
    readers = await connect(server, CONNECTIONS)
    path = f"/npm/{NAME}"
    assert youngest not in _versions(server), "the server took longer to start than the release to come of age"
    await burst(readers, path, headers)
    warm = [seconds for _ in range(WARM_BURSTS) for seconds in await burst(readers, path, headers)]
    assert time.time() < ripe_at - 0.5, "there was no time left to measure"
    await asyncio.sleep(ripe_at - time.time() + 0.005)
    changed = await burst(readers, path, headers)
    assert youngest in _versions(server)
    for reader in readers:
        reader.close()
    return warm, changed


def _versions(server: Server) -> set[str]:
    with urllib.request.urlopen(f"{server.url}/npm/{NAME}") as answer:  # noqa: S310 (our own server)
        return set(json.load(answer)["versions"])


def _make_packument(folder: Path) -> tuple[float, str]:
    """Write the packument with its last release almost as old as it must be; return when it is, and its version."""
    document = json.loads(record_packument(CACHE / "corpus" / "single", NAME))
    youngest = list(document["versions"])[-1]
    ripe_at = time.time() + LEAD_S
    published_at = datetime.fromtimestamp(ripe_at, UTC) - MINIMUM_AGE
    document["time"][youngest] = published_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = json.dumps(document, separators=(",", ":")).encode()
    (folder / f"{NAME}.json.gz").write_bytes(gzip.compress(body, 1))
    return ripe_at, youngest


if __name__ == "__main__":
    main()
