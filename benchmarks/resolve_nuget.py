"""Resolving real releases and made-up worlds: our resolver beside NuGet's restore, from the same feeds.

Usage: python -m benchmarks.resolve_nuget [rounds [projects]]

NuGet runs in one process for all projects, so that its start is no part of it, and has restored each once before; what
it counts holds reading packages over loopback and writing the result, which nobody can have without. Ours has its
records in memory, and nothing of an earlier resolution. Aim: at least as fast as NuGet.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.rig.report import against, table
from tests.agreement.nuget.client import Project, World, build_driver, run_driver, serving, write_project
from tests.agreement.nuget.recorded import REAL, UNIVERSES, read
from tests.agreement.nuget.replay import Records, picture

Asked = tuple[str, Project, World]
_SHOWN = 10
"""Of the projects, the largest; the median is of all."""


def main() -> None:
    """Take both in turn, round by round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    asked = _asked(int(sys.argv[2]) if len(sys.argv) > 2 else 20)
    records = [Records(world) for _, _, world in asked]
    ours: list[list[float]] = [[] for _ in asked]
    theirs: list[list[float]] = [[] for _ in asked]
    sizes = [len(picture(project, known).choices) for (_, project, _), known in zip(asked, records, strict=True)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        driver = build_driver(folder / "driver")
        for number in range(rounds + 1):
            took = _restore(asked, driver, folder / "projects")
            for position, (_, project, _) in enumerate(asked):
                if number:  # the first round warms
                    theirs[position].append(took[position])
                    begun = time.perf_counter()
                    picture(project, records[position])
                    ours[position].append(time.perf_counter() - begun)
    _report(asked, sizes, [median(each) for each in ours], [median(each) for each in theirs])


def _asked(count: int) -> list[Asked]:
    """Take as many of the real releases as of the made-up worlds."""
    found: list[Asked] = []
    for path in (REAL, UNIVERSES):
        recording = read(path)
        step = max(1, len(recording.asked) // count)
        found += [(each.name, each.project, recording.worlds[each.world]) for each in recording.asked[::step][:count]]
    return found


def _restore(asked: Sequence[Asked], driver: Path, folder: Path) -> list[float]:
    shutil.rmtree(folder, ignore_errors=True)
    places = [folder / str(number) for number in range(len(asked))]
    with serving({str(number): world for number, (_, _, world) in enumerate(asked)}) as url:
        for number, (_, project, _) in enumerate(asked):
            write_project(project, f"{url}/{number}/index.json", places[number])
        # The first two are restored twice: a program of .NET is slow at first.
        told = run_driver(driver, [*places[:2], *places], folder)
    return [int(line.split()[0]) / 1000 for line in told[2:]]


def _report(asked: Sequence[Asked], sizes: Sequence[int], ours: Sequence[float], theirs: Sequence[float]) -> None:
    rows = sorted(zip(sizes, (name for name, _, _ in asked), ours, theirs, strict=True), reverse=True)
    table(
        ["project", "packages", "ours ms", "NuGet ms", "NuGet / ours"],
        [
            [name, size, f"{mine * 1000:.1f}", f"{its * 1000:.0f}", f"{its / mine:.0f}"]
            for size, name, mine, its in rows
        ][:_SHOWN],
    )
    ratio = median(its / mine for _, _, mine, its in rows)
    print(f"median of {len(rows)} projects: {against(ratio, 1, at_least=True)} times as fast")


if __name__ == "__main__":
    main()
