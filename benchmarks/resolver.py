"""Resolving real packages: the API and the bare function, beside npm making the same lock file.

Usage: python -m benchmarks.resolver [rounds]

All of it from one recorded universe, none of it waiting for a network: npm has every packument in its cache, the
server has every record in its store. Aims: ten times as fast as npm; a graph of 1,290 packages under 200 ms.
"""

import contextlib
import json
import shutil
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from benchmarks.rig.emulator import emulating
from benchmarks.rig.npm import make_project, timed
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import Server, packhouse
from benchmarks.rig.universe import golden_locks, universe_file, universe_folder
from packhouse.domain.package import NormalName, PackageKey
from packhouse.ecosystems.npm.resolve import resolve_release
from tests.ecosystems.npm.universe import read_universe

GOAL_TIMES = 10
GOAL_MS = 200.0
LARGE = 1000

_FRESH = 'cache.index_fresh = "7d"\n'


def main() -> None:
    """Measure each package every way, round by round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    roots = _roots()
    took: dict[str, dict[str, list[float]]] = {name: {} for name in roots}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with emulating(universe_folder(), 0) as upstream:
            sizes = _fill(folder / "data", upstream, roots)
            projects = {name: _make_project(folder, name, version, upstream) for name, version in roots.items()}
            for _ in range(rounds):
                _round(took, folder / "data", upstream, projects, roots)
    rows = [
        _row(name, version, sizes[name], took[name])
        for name, version in sorted(roots.items(), key=lambda p: sizes[p[0]])
    ]
    table(
        ["what", "nodes", "function ms", "API, process warm ms", "API, process cold ms", "npm ms", "npm / warm"], rows
    )


def _roots() -> dict[str, str]:
    """Return the packages that the recorded lock files begin with, and express, each as npm chose it."""
    roots = {}
    for lock in golden_locks().values():
        (name,) = lock["root"]["dependencies"]
        roots[name] = lock["packages"][f"node_modules/{name}"]["version"]
        if express := lock["packages"].get("node_modules/express"):
            roots["express"] = express["version"]
    return roots


def _fill(data: Path, upstream: Server, roots: dict[str, str]) -> dict[str, int]:
    with packhouse(data, upstream.url, _FRESH) as server:
        return {name: len(_ask(server, name, version)["nodes"]) for name, version in roots.items()}


def _make_project(folder: Path, name: str, version: str, upstream: Server) -> Path:
    project = make_project(folder / quote(name, safe=""), json.dumps({name: version}))
    _npm(project, upstream)
    return project


def _round(
    took: dict[str, dict[str, list[float]]],
    data: Path,
    upstream: Server,
    projects: dict[str, Path],
    roots: dict[str, str],
) -> None:
    records = read_universe(universe_file())
    for name, version in roots.items():
        times = took[name]
        key = PackageKey("npm", NormalName(name))
        resolve_release(key, version, records)  # records are made when first asked for
        _add(times, "function", partial(resolve_release, key, version, records))
        with packhouse(data, upstream.url, _FRESH) as server:
            _add(times, "cold", partial(_ask, server, name, version))
            _add(times, "warm", partial(_ask, server, name, version))
        times.setdefault("npm", []).append(_npm(projects[name], upstream))


def _add(times: dict[str, list[float]], way: str, work: Callable[[], object]) -> None:
    begun = time.perf_counter()
    work()
    times.setdefault(way, []).append(time.perf_counter() - begun)


def _ask(server: Server, name: str, version: str) -> dict[str, Any]:
    path = f"/v3alpha/systems/npm/packages/{quote(name, safe='')}/versions/{version}:dependencies"
    with urllib.request.urlopen(server.url + path, timeout=300) as answer:  # noqa: S310 (our own server)
        document: dict[str, Any] = json.load(answer)
    assert not document.get("error"), document["error"]
    return document


def _npm(project: Path, upstream: Server) -> float:
    for left in ("package-lock.json", "node_modules"):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            shutil.rmtree(project / left) if left == "node_modules" else (project / left).unlink()
    return timed(project, upstream.url, "install", "--package-lock-only", "--ignore-scripts", "--prefer-offline")


def _row(name: str, version: str, nodes: int, times: dict[str, list[float]]) -> list[object]:
    middle = {way: median(seconds) * 1000 for way, seconds in times.items()}
    ratio = median(npm / warm for npm, warm in zip(times["npm"], times["warm"], strict=True))
    warm = against(middle["warm"], GOAL_MS, at_least=False) if nodes > LARGE else f"{middle['warm']:.0f}"
    told = against(ratio, GOAL_TIMES, at_least=True)
    return [
        f"{name} {version}",
        nodes,
        f"{middle['function']:.0f}",
        warm,
        f"{middle['cold']:.0f}",
        f"{middle['npm']:.0f}",
        told,
    ]


if __name__ == "__main__":
    main()
