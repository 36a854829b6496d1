"""`cargo fetch` of about 150 real crates from a warm cache, beside nginx with the same bytes.

Usage: python -m benchmarks.cargo_fetch [rounds]

Aims: at most 1.1 times what cargo takes from nginx, with the lock file and without; nothing that serves files over the
same sockets can be much faster than nginx.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from msgspec import Struct

from benchmarks.rig.crates import make_project, publish, recorded_crates, timed_fetch
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import Server, nginx, packhouse

_NOWHERE = "http://127.0.0.1:9"


class Run(Struct, frozen=True):
    """One fetch."""

    seconds: float
    cpu_s: float
    """What it cost the server."""


def main() -> None:
    """Take both servers in turn, round by round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    recorded = recorded_crates()
    lock = recorded / "Cargo.lock"
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = folder / "nginx" / "files"
        files.mkdir(parents=True)
        with nginx(folder / "nginx") as static:
            publish(recorded, files, static.url)
            upstream = f'[upstreams.crates]\nurl = "{static.url}/index"\n'
            with packhouse(folder / "data", _NOWHERE, upstream) as ours:
                places = {"Packhouse": (ours, "/cargo/index/"), "nginx": (static, "/gzip/index/")}
                for title, held in (("with the lock file", lock), ("without one", None)):
                    for server, path in places.values():
                        _fetch(folder, server, path, held)
                    took = [
                        {name: _fetch(folder, server, path, held) for name, (server, path) in places.items()}
                        for _ in range(rounds)
                    ]
                    rows.append(_row(title, took))
    table(["cargo fetch", "Packhouse s", "its CPU s", "nginx s", "its CPU s", "times nginx"], rows)


def _row(title: str, took: list[dict[str, Run]]) -> list[object]:
    row: list[object] = [title]
    for name in ("Packhouse", "nginx"):
        row.append(f"{median(each[name].seconds for each in took):.2f}")
        row.append(f"{median(each[name].cpu_s for each in took):.2f}")
    ratio = median(each["Packhouse"].seconds / each["nginx"].seconds for each in took)
    row.append(against(ratio, 1.1, at_least=False))
    return row


def _fetch(folder: Path, server: Server, path: str, lock: Path | None) -> Run:
    project = make_project(folder / "project", server.url + path, lock)
    before = server.cpu_s()
    seconds = timed_fetch(project, *(["--locked"] if lock else []))
    cpu_s = server.cpu_s() - before
    shutil.rmtree(project)
    return Run(seconds, cpu_s)


if __name__ == "__main__":
    main()
