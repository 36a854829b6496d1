"""Resolving real releases: the API and the bare function, beside `mvn dependency:tree` with all POMs in its own folder.

Usage: python -m benchmarks.resolve_maven [rounds [roots]]

All of it from the recorded POMs, none of it waiting for a network. Aim: ten times as fast as mvn in the median. What
mvn needs for a project that requires nothing is told beside it.
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
from packhouse.domain.package import NormalName, PackageKey
from packhouse.ecosystems.maven.models import forget
from packhouse.ecosystems.maven.resolve import Run
from tests.agreement.maven.client import ask
from tests.agreement.maven.recorded import REAL, Asked, read
from tests.agreement.maven.replay import Shelf
from tests.agreement.maven.universes import World, write_repository

_NOWHERE = "http://127.0.0.1:9"
_SHOWN = 12
"""Of the roots, the largest; the median is of all."""
_EMPTY = ""
_SETTINGS = """[cache]
index_fresh = "7d"
[upstreams.central]
url = "{}"
[upstreams.google]
enabled = false
[upstreams.jenkins]
enabled = false
"""


def main() -> None:
    """Measure each root every way, round by round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    recording = read(REAL)
    every = int(sys.argv[2]) if len(sys.argv) > 2 else len(recording.asked)
    roots = recording.asked[:: max(1, len(recording.asked) // every)]
    shelf = Shelf(recording.worlds[0])
    took: dict[str, dict[str, list[float]]] = {root.name: {} for root in roots}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = folder / "nginx" / "files"
        write_repository(_with_roots(recording.worlds[0], roots), files)
        mvn = partial(_mvn, folder / "mvn", files.as_uri(), folder / "local")
        mvn([root.project for root in roots])
        with (
            nginx(folder / "nginx") as static,
            packhouse(folder / "data", _NOWHERE, _SETTINGS.format(static.url)) as server,
        ):
            for root in roots:
                _call(server, root)
            for _ in range(rounds):
                _round(took, roots, shelf, server, mvn)
    _report(roots, took)


def _with_roots(world: World, roots: Sequence[Asked]) -> World:
    """List the versions of the roots as well, which a server looks up before it resolves."""
    listed = dict(world.versions)
    for root in roots:
        package, _, version = root.name.rpartition(":")
        listed[package] = list(dict.fromkeys([*listed.get(package, []), version]))
    return World(world.poms, listed)


def _round(
    took: dict[str, dict[str, list[float]]],
    roots: Sequence[Asked],
    shelf: Shelf,
    server: Server,
    mvn: Callable[[Sequence[str]], None],
) -> None:
    for root in roots:
        times = took[root.name]
        forget()
        _add(times, "parsing", partial(_resolve, root, shelf))
        _add(times, "function", partial(_resolve, root, shelf))
        _add(times, "api", partial(_call, server, root))
        _add(times, "mvn", partial(mvn, [root.project]))
    _add(took.setdefault(_EMPTY, {}), "mvn", partial(mvn, [""]))


def _resolve(root: Asked, shelf: Shelf) -> None:
    package, _, version = root.name.rpartition(":")
    run = Run(PackageKey("maven", NormalName(package)), version, {})
    shelf.feed(run)
    _check(root, len(run.resolve().nodes))


def _check(root: Asked, count: int) -> None:
    """See to it that the answer is whole: one node more than mvn shows where the root has moved, and is shown moved."""
    assert count - len(root.answer.lines) == (root.name not in root.answer.lines[0].replace(":jar:", ":")), root.name


def _mvn(folder: Path, repository: str, local: Path, projects: Sequence[str]) -> None:
    assert not any(answer.error for answer in ask(projects, folder, repository, local))


def _call(server: Server, root: Asked) -> dict[str, Any]:
    package, _, version = root.name.rpartition(":")
    path, version = quote(package, safe=""), quote(version, safe="")
    address = f"{server.url}/v3/systems/maven/packages/{path}/versions/{version}:dependencies"
    with urllib.request.urlopen(address, timeout=300) as answer:  # noqa: S310 (our own server)
        document: dict[str, Any] = json.load(answer)
    _check(root, len(document["nodes"]))
    return document


def _add(times: dict[str, list[float]], way: str, work: Callable[[], object]) -> None:
    begun = time.perf_counter()
    work()
    times.setdefault(way, []).append((time.perf_counter() - begun) * 1000)


def _report(roots: Sequence[Asked], took: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
    ways = ("parsing", "function", "api", "mvn")
    best = {root.name: {way: median(took[root.name][way]) for way in ways} for root in roots}
    rows: list[list[object]] = []
    for root in sorted(roots, key=lambda root: len(root.answer.lines))[-_SHOWN:]:
        figures = best[root.name]
        ratio = against(figures["mvn"] / figures["api"], 10, at_least=True)
        rows.append([root.name, len(root.answer.lines), *(f"{figures[way]:.0f}" for way in ways), ratio])
    table(["largest", "nodes", "read and resolve ms", "resolve ms", "API ms", "mvn ms", "mvn / API"], rows)
    ratios = [median(best[root.name]["mvn"] / best[root.name][way] for root in roots) for way in ways[:3]]
    table(
        [f"median of {len(roots)}: mvn / ours", "read and resolve", "resolve", "API", "mvn of nothing ms"],
        [["", *(against(ratio, 10, at_least=True) for ratio in ratios), f"{median(took[_EMPTY]['mvn']):.0f}"]],
    )


if __name__ == "__main__":
    main()
