"""Locking real projects: our resolver beside `cargo generate-lockfile --offline`, from the same index files.

Usage: python -m benchmarks.resolve_cargo [rounds]

Both are warm: cargo has the files in its own cache, we have records in memory, and nothing of an earlier
resolution. Cargo's own start is measured too, since it is part of what its user waits for, and taken off in the last
column. Aim: at least as fast as cargo.
"""

import contextlib
import gc
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from benchmarks.rig.report import against, table
from packhouse.ecosystems.cargo.catalogue import Catalogue, Environment
from packhouse.ecosystems.cargo.names import index_path, parse_name
from packhouse.ecosystems.cargo.resolve import lock
from tests.agreement.cargo.client import environ, run_cargo, write_home, write_project
from tests.agreement.cargo.recorded import REAL, Asked, Records, index_line, read
from tests.agreement.cargo.replay import manifest

LEAST = 100
"""Packages in the lock files that are measured."""


def main() -> None:
    """Take both in turn, round by round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    recording = read(REAL)
    records = Records(recording.worlds[0])
    gc.freeze()  # what was recorded is no part of what a server holds
    asked = [each for each in recording.asked if len(each.answer.locked) >= LEAST]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, lines in recording.worlds[0].items():
            place = folder / "registry" / "index" / index_path(parse_name(name))
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(b"".join(index_line(line) for line in lines))
        with serving(folder / "registry" / "index") as url:
            (folder / "registry" / "index" / "config.json").write_text(f'{{"dl": "{url}/dl"}}')
            write_home(folder / "home", f'registry = "sparse+{url}/"')
            for each in asked:
                _cargo(each, folder)
        rows = [_row(each, records, folder, rounds) for each in asked]
        start = median(_timed_start(folder) for _ in range(rounds))
    rows.sort(key=lambda row: row[0])
    ratios = [theirs / ours for _, _, ours, theirs in rows]
    table(
        ["project", "packages", "ours ms", "cargo ms", "cargo / ours", "without cargo's start"],
        [
            [name, nodes, f"{ours * 1000:.0f}", f"{theirs * 1000:.0f}", f"{theirs / ours:.1f}",
             f"{(theirs - start) / ours:.1f}"]
            for nodes, name, ours, theirs in rows
        ],
    )  # fmt: skip
    print(f"median of {len(ratios)} projects: {against(median(ratios), 1, at_least=True)} times as fast")


def _row(asked: Asked, records: Records, folder: Path, rounds: int) -> tuple[int, str, float, float]:
    _ours(asked, records)  # records are made when first asked for
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(_ours(asked, records))
        theirs.append(_cargo(asked, folder, "--offline"))
    return len(asked.answer.locked), asked.name, median(ours), median(theirs)


def _ours(asked: Asked, records: Records) -> float:
    project = asked.project
    environment = Environment(rust=project.rust if project.resolver == "3" else None)
    begun = time.perf_counter()
    found = lock(manifest(project), Catalogue(records, environment))
    took = time.perf_counter() - begun
    assert len(found.releases()) == len(asked.answer.locked), asked.name
    return took


def _cargo(asked: Asked, folder: Path, *flags: str) -> float:
    write_project(asked.project, folder / "project")
    begun = time.perf_counter()
    run = run_cargo(folder / "project", environ(folder / "home"), "generate-lockfile", *flags)
    took = time.perf_counter() - begun
    assert not run.returncode, run.stderr
    return took


@contextlib.contextmanager
def serving(root: Path) -> Iterator[str]:
    """Serve a folder, so that cargo has once fetched every file in its own form."""

    class Quiet(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (its name there)
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def _timed_start(folder: Path) -> float:
    begun = time.perf_counter()
    subprocess.run(["cargo", "--version"], cwd=folder, capture_output=True, check=True)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
