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

from benchmarks.rig.corpus import recorded_install
from benchmarks.rig.emulator import emulating
from benchmarks.rig.npm import make_project, timed
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import packhouse, verdaccio

WANTED = "express@4"
DELAY_MS = 25


def main() -> None:
    """Take each way to install in turn, round by round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    corpus = recorded_install(WANTED)
    with tempfile.TemporaryDirectory() as temporary, emulating(corpus, DELAY_MS) as far, emulating(corpus, 0) as near:
        folder = Path(temporary)
        _install(folder, near.url)
        _install(folder, far.url)  # bodies are made when first asked for
        took = [_round(folder / str(number), far.url, near.url) for number in range(rounds)]
    rows = []
    for way, to, goal in _ROWS:
        ratio = median(each[way] / each[to] for each in took)
        beside = against(ratio, goal, at_least=False) if goal else f"{ratio:.2f}"
        rows.append([way, f"{median(each[way] for each in took):.2f}", f"{to}: {beside}"])
    table([f"npm install {WANTED}", "seconds", "times"], rows)


_ROWS = (
    ("direct, 25 ms", "direct, 25 ms", 0.0),
    ("Packhouse, cold", "direct, 25 ms", 1.10),
    ("Verdaccio, cold", "direct, 25 ms", 0.0),
    ("direct, 0 ms", "direct, 0 ms", 0.0),
    ("Packhouse, warm", "direct, 0 ms", 1.05),
    ("Verdaccio, warm", "direct, 0 ms", 0.0),
)


def _round(folder: Path, far: str, near: str) -> dict[str, float]:
    folder.mkdir()
    took = {"direct, 25 ms": _install(folder, far), "direct, 0 ms": _install(folder, near)}
    with packhouse(folder / "data", far) as ours:
        took["Packhouse, cold"] = _install(folder, f"{ours.url}/npm/")
        took["Packhouse, warm"] = _install(folder, f"{ours.url}/npm/")
    with verdaccio(folder / "peer", far) as peer:
        took["Verdaccio, cold"] = _install(folder, peer.url)
        took["Verdaccio, warm"] = _install(folder, peer.url)
    return took


def _install(folder: Path, registry: str) -> float:
    """Install with an empty cache into an empty project."""
    project = make_project(folder / "project")
    try:
        return timed(project, registry, "install", "--ignore-scripts", WANTED)
    finally:
        shutil.rmtree(project)


if __name__ == "__main__":
    main()
