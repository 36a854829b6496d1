"""Whole installs by npm through a local upstream: cold and warm, beside npm alone and beside Verdaccio.

Usage: python -m benchmarks.install [rounds]

Aims: cold at most 1.10 times what npm takes straight from an upstream that answers after 25 ms; warm at most 1.05
times what it takes straight from one that answers at once, which no server in between can beat.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from msgspec import Struct

from benchmarks.rig.corpus import recorded_install
from benchmarks.rig.emulator import emulating
from benchmarks.rig.npm import make_project, timed
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import Server, packhouse, verdaccio

WANTED = "express@4"
DELAY_MS = 25


def main() -> None:
    """Take each way to install in turn, round by round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    corpus = recorded_install(WANTED)
    with tempfile.TemporaryDirectory() as temporary, emulating(corpus, DELAY_MS) as far, emulating(corpus, 0) as near:
        folder = Path(temporary)
        _install(folder, near)
        _install(folder, far)  # bodies are made when first asked for
        took = [_round(folder / str(number), far, near) for number in range(rounds)]
    rows = []
    for way, to, goal in _ROWS:
        ratio = median(each[way].seconds / each[to].seconds for each in took)
        beside = against(ratio, goal, at_least=False) if goal else f"{ratio:.2f}"
        seconds = median(each[way].seconds for each in took)
        cpu_s = median(each[way].cpu_s for each in took)
        rows.append([way, f"{seconds:.2f}", f"{cpu_s:.2f}", f"{to}: {beside}"])
    table([f"npm install {WANTED}", "seconds", "server's CPU seconds", "times"], rows)


class Run(Struct, frozen=True):
    """One install."""

    seconds: float
    cpu_s: float
    """What it cost the server that npm asked."""


_ROWS = (
    ("direct, 25 ms", "direct, 25 ms", 0.0),
    ("Packhouse, cold", "direct, 25 ms", 1.10),
    ("Verdaccio, cold", "direct, 25 ms", 0.0),
    ("direct, 0 ms", "direct, 0 ms", 0.0),
    ("Packhouse, warm", "direct, 0 ms", 1.05),
    ("Verdaccio, warm", "direct, 0 ms", 0.0),
)


def _round(folder: Path, far: Server, near: Server) -> dict[str, Run]:
    folder.mkdir()
    # What is compared stands side by side: the machine may do something else a few seconds later.
    took = {"direct, 25 ms": _install(folder, far)}
    with packhouse(folder / "data", far.url) as ours:
        took["Packhouse, cold"] = _install(folder, ours, "/npm/")
        took["direct, 0 ms"] = _install(folder, near)
        took["Packhouse, warm"] = _install(folder, ours, "/npm/")
    with verdaccio(folder / "peer", far.url) as peer:
        took["Verdaccio, cold"] = _install(folder, peer)
        took["Verdaccio, warm"] = _install(folder, peer)
    return took


def _install(folder: Path, server: Server, path: str = "") -> Run:
    """Install with an empty cache into an empty project."""
    project = make_project(folder / "project")
    before = server.cpu_s()
    seconds = timed(project, server.url + path, "install", "--ignore-scripts", WANTED)
    shutil.rmtree(project)
    return Run(seconds, server.cpu_s() - before)


if __name__ == "__main__":
    main()
