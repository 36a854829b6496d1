"""Matching a lock file of 1,290 packages: beside osv-scanner without a network, in one run.

Usage: python -m benchmarks.osv_scanner [rounds]

Both have the same npm records, those of the shared data. osv-scanner is given them as the archive that it would have
downloaded; Packhouse has them in its database. Both are asked from a cold start, and Packhouse again; osv-scanner holds
every package against every record, takes minutes, and runs once. If it were ended, the shares would be upper bounds.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import anyio

from benchmarks.osv_api import import_shared
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import LOAD_CORE, SERVER_CORE, packhouse
from benchmarks.rig.universe import golden_locks
from packhouse.adapters.sql.store import SqlStore

_CLIENTS = Path(os.environ.get("PACKHOUSE_CLIENTS", "~/.cache/packhouse-clients")).expanduser()
_ECOSYSTEM = "npm"
_LARGEST = "r15"
_KNOWN = 40
"""Packages of which something is known that stand beside those of the lock file."""
_PATIENCE_S = 1_200.0
_MB = 1 << 20


def main(rounds: int) -> None:
    """Import, match with both, and print."""
    program = shutil.which("osv-scanner", path=f"{os.environ['PATH']}:{_CLIENTS / 'osv-scanner'}")
    if program is None:
        sys.exit("osv-scanner is needed: go install github.com/google/osv-scanner/v2/cmd/osv-scanner@v2.2.2")
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "data").mkdir()
        anyio.run(import_shared, home / "data")
        records = anyio.run(_read_records, home / "data")
        lock = _write_lock(home, records)
        _write_archive(home, records)
        print(f"{len(records)} records of {_ECOSYSTEM}, {len(lock['packages']) - 1} packages\n")
        theirs = _scan(program, home)
        ours = [_audit(home / "data", lock) for _ in range(rounds)]
    _print(theirs, ours)


async def _read_records(data: Path) -> dict[str, bytes]:
    """Read the records about npm out of the database, with those that it has made of other forms."""
    store = SqlStore.open(data / "packhouse.sqlite3")
    found: dict[str, bytes] = {}
    after = 0
    while states := await store.list_changed_advisories(after, 1_000):
        after = states[-1].generation
        for state in states:
            for stored in await store.find_advisories(state.id):
                if f'"{_ECOSYSTEM}"'.encode() in stored.body:
                    found[stored.state.id] = stored.body
    store.close()
    return found


def _write_lock(home: Path, records: Mapping[str, bytes]) -> dict[str, Any]:
    """Write the largest lock file of the shared data, and some packages of which something is known."""
    packages: dict[str, Any] = {"": {"name": "orchard"}} | dict(golden_locks()[_LARGEST]["packages"])
    for body in list(records.values())[:: len(records) // _KNOWN]:
        affected = json.loads(body)["affected"][0]
        if affected["package"]["ecosystem"] == _ECOSYSTEM and affected.get("versions"):
            packages[f"node_modules/{affected['package']['name']}"] = {"version": affected["versions"][0]}
    lock = {"name": "orchard", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}
    (home / "package-lock.json").write_text(json.dumps(lock))
    return lock


def _write_archive(home: Path, records: Mapping[str, bytes]) -> None:
    folder = home / "osv-scanner" / _ECOSYSTEM
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for advisory_id, body in records.items():
            archive.writestr(f"{advisory_id.replace('/', '_')}.json", body)


class _Run:
    """What one answer took."""

    def __init__(self, took_ms: float, memory_bytes: float, found: int, again_ms: float | None = None) -> None:
        self.took_ms = took_ms
        self.memory_bytes = memory_bytes
        self.found = found
        self.again_ms = again_ms


def _scan(program: str, home: Path) -> _Run:
    """Run osv-scanner on the core that our server has."""
    command = ["taskset", "-c", SERVER_CORE, program, "scan", "source", "--offline", "--format", "json", "-L"]
    began = time.perf_counter()
    with subprocess.Popen(
        [*command, str(home / "package-lock.json")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY": str(home)},
    ) as process:
        assert process.stdout is not None
        patience = threading.Timer(_PATIENCE_S, process.kill)
        patience.start()
        said = process.stdout.read()
        patience.cancel()
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    took_ms = (time.perf_counter() - began) * 1000
    results = json.loads(said)["results"] if said else []
    found = sum(len(package["vulnerabilities"]) for result in results for package in result["packages"])
    return _Run(took_ms, usage.ru_maxrss * 1024, found)


def _audit(data: Path, lock: Mapping[str, Any]) -> _Run:
    """Ask a server that has just started, and again."""
    queries = [
        {"package": {"name": path.rpartition("node_modules/")[2], "ecosystem": _ECOSYSTEM}, "version": each["version"]}
        for path, each in lock["packages"].items()
        if path
    ]
    with packhouse(data, "http://127.0.0.1:9") as server:
        idle = server.memory_bytes()
        began = time.perf_counter()
        found = _post(server.url, queries)
        took_ms = (time.perf_counter() - began) * 1000
        began = time.perf_counter()
        _post(server.url, queries)
        again_ms = (time.perf_counter() - began) * 1000
        return _Run(took_ms, server.peak_bytes() - idle, found, again_ms)


def _post(url: str, queries: list[dict[str, Any]]) -> int:
    """Send batches of a thousand, and count the records that are answered."""
    found = 0
    for start in range(0, len(queries), 1_000):
        body = json.dumps({"queries": queries[start : start + 1_000]}).encode()
        with urllib.request.urlopen(f"{url}/v1/querybatch", body) as reply:  # noqa: S310 (our own server)
            found += sum(len(each.get("vulns", ())) for each in json.load(reply)["results"])
    return found


def _print(theirs: _Run, ours: list[_Run]) -> None:
    our_ms, our_bytes = median(each.took_ms for each in ours), median(each.memory_bytes for each in ours)
    again_ms = median(each.again_ms or 0.0 for each in ours)
    rows = (
        (
            "osv-scanner --offline",
            theirs.found or "not ended",
            f"{theirs.took_ms:.0f}",
            "",
            f"{theirs.memory_bytes / _MB:.0f}",
        ),
        ("Packhouse", ours[0].found, f"{our_ms:.0f}", f"{again_ms:.0f}", f"{our_bytes / _MB:.0f}"),
    )
    table(("", "records", "ms", "again", "memory for it, MB"), rows)
    print(f"time, of osv-scanner's: {against(our_ms / theirs.took_ms, 1.0, at_least=False)}")
    print(f"memory, of osv-scanner's: {against(our_bytes / theirs.memory_bytes, 0.1, at_least=False)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
