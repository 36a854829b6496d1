"""Resolving real modules: the API and the bare function, beside `go mod graph` with everything in its cache.

Usage: python -m benchmarks.resolve_go [rounds]

All of it from the recorded go.mod files, none of it waiting for a network. Aims: at least as fast as the go command in
the median; a graph of 1,500 modules under 200 ms.
"""

import json
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from benchmarks.rig.report import against, table
from benchmarks.rig.servers import Server, nginx, packhouse
from packhouse.ecosystems.golang.dependency_file import forget
from packhouse.ecosystems.golang.main_module import read_main
from tests.agreement.golang.client import ask, environ, run_go
from tests.agreement.golang.recorded import REAL, Asked, read
from tests.agreement.golang.replay import Files, resolve
from tests.agreement.golang.universes import Universe, write_proxy

_NOWHERE = "http://127.0.0.1:9"
_SHOWN = 12
"""Of the roots, the largest; the median is of all."""


def main() -> None:
    """Measure each root every way, round by round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    recording = read(REAL)
    files = {place: text.encode() for place, text in recording.worlds[0].items()}
    roots = [each for each in recording.asked if each.answer.listed and not each.name.endswith(" required")]
    took: dict[str, dict[str, list[float]]] = {root.name: {} for root in roots}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        proxy = write_proxy(Universe(recording.worlds[0], roots[0].project), folder / "nginx" / "files")
        environment = environ(proxy, folder / "cache")
        for root in roots:
            ask(root.project, folder / "projects" / quote(root.name, safe=""), environment)
        settings = '[cache]\nindex_fresh = "7d"\n[upstreams.golang]\nurl = "{}"\n'
        with (
            nginx(folder / "nginx") as static,
            packhouse(folder / "data", _NOWHERE, settings.format(static.url)) as server,
        ):
            for root in roots:
                _call(server, root)
            for _ in range(rounds):
                _round(took, roots, files, server, folder / "projects", environment)
    _report(roots, took)


def _round(
    took: dict[str, dict[str, list[float]]],
    roots: Sequence[Asked],
    files: Files,
    server: Server,
    projects: Path,
    environment: Mapping[str, str],
) -> None:
    for root in roots:
        times = took[root.name]
        own = root.project.go_mod.encode()
        forget()
        _add(times, "parsing", partial(_resolve, own, files))
        _add(times, "function", partial(_resolve, own, files))
        _add(times, "api", partial(_call, server, root))
        _add(times, "go", partial(_graph, projects / quote(root.name, safe=""), environment))


def _resolve(own: bytes, files: Files) -> None:
    resolve(read_main(own), files)


def _graph(project: Path, environment: Mapping[str, str]) -> None:
    assert not run_go(project, environment, "mod", "graph").returncode


def _call(server: Server, root: Asked) -> dict[str, Any]:
    path, version = (quote(each, safe="") for each in root.name.rsplit("@", 1))
    address = f"{server.url}/v3/systems/go/packages/{path}/versions/{version}:dependencies"
    with urllib.request.urlopen(address, timeout=300) as answer:  # noqa: S310 (our own server)
        document: dict[str, Any] = json.load(answer)
    assert len(document["nodes"]) == len(root.answer.listed), root.name
    return document


def _add(times: dict[str, list[float]], way: str, work: Callable[[], object]) -> None:
    begun = time.perf_counter()
    work()
    times.setdefault(way, []).append((time.perf_counter() - begun) * 1000)


def _report(roots: Sequence[Asked], took: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
    ways = ("parsing", "function", "api", "go")
    best = {root.name: {way: median(took[root.name][way]) for way in ways} for root in roots}
    rows: list[list[object]] = []
    for root in sorted(roots, key=lambda root: len(root.answer.graph))[-_SHOWN:]:
        figures = best[root.name]
        ratio = against(figures["go"] / figures["api"], 1, at_least=True)
        numbers = [f"{figures[way]:.1f}" for way in ways]
        rows.append([root.name, len(root.answer.listed), len(root.answer.graph), *numbers, ratio])
    table(
        ["largest", "modules", "requirements", "read and resolve ms", "resolve ms", "API ms", "go ms", "go / API"], rows
    )
    ratios = [[median(best[root.name]["go"] / best[root.name][way] for root in roots) for way in ways[:3]]]
    table(
        [f"median of {len(roots)}: go / ours", "read and resolve", "resolve", "API"],
        [["", *(against(ratio, 1, at_least=True) for ratio in ratios[0])]],
    )


if __name__ == "__main__":
    main()
