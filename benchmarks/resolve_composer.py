"""Resolving real projects: our resolver beside `composer update --no-install`, from the same documents.

Usage: python -m benchmarks.resolve_composer [rounds]

Both are warm: composer reads a repository of files, so that it waits for no network, and we have records in memory, and
nothing of an earlier resolution. Composer's own start is measured too, since it is part of what its user waits for, and
taken off in the last column. The last rows are made-up chains of packages that grow. Aim: at least as fast as composer.
"""

import gc
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from msgspec import Struct

from benchmarks.rig.report import against, table
from tests.agreement.composer.client import Project, World, run_composer, write_project, write_repository
from tests.agreement.composer.recorded import REAL, read
from tests.agreement.composer.replay import Records, read_all

LEAST = 10
"""Packages in the answers that are measured."""
_CHAINS = (100, 400, 1600)


class Case(Struct, frozen=True):
    """One project that is measured."""

    name: str
    project: Project
    records: Records
    repository: str
    platform: Mapping[str, str]


def main() -> None:
    """Take both in turn, round by round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    recording = read(REAL)
    gc.freeze()  # what was recorded is no part of what a server holds
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_repository(recording.worlds[0], folder / "real")
        records = Records(recording.worlds[0])
        real = (folder / "real").as_uri()
        cases = [
            Case(each.name, each.project, records, real, recording.platform)
            for each in recording.asked
            if len(each.answer.packages) + len(each.answer.dev) >= LEAST
        ]
        cases += [_chain(length, folder, recording.platform) for length in _CHAINS]
        rows = [_row(each, folder, rounds) for each in cases]
        start = median(_timed_start(folder) for _ in range(rounds))
    ratios = [theirs / ours for _, _, ours, theirs in rows[: -len(_CHAINS)]]
    table(
        ["project", "packages", "ours ms", "composer ms", "composer / ours", "without its start"],
        [
            [name, nodes, f"{ours * 1000:.0f}", f"{theirs * 1000:.0f}", f"{theirs / ours:.1f}",
             f"{(theirs - start) / ours:.1f}"]
            for nodes, name, ours, theirs in rows
        ],
    )  # fmt: skip
    print(f"median of {len(ratios)} real projects: {against(median(ratios), 1, at_least=True)} times as fast")


def _chain(length: int, folder: Path, platform: Mapping[str, str]) -> Case:
    """Make packages each of which requires the next two."""
    world: World = {
        f"chain/link{number}": [
            {
                "version": f"1.{minor}.0",
                "require": {f"chain/link{next_}": "^1.0" for next_ in (number + 1, number + 2) if next_ < length},
            }
            for minor in range(9, -1, -1)
        ]
        for number in range(length)
    }
    place = folder / f"chain{length}"
    write_repository(world, place)
    return Case(
        f"chain of {length}", Project({"require": {"chain/link0": "*"}}), Records(world), place.as_uri(), platform
    )


def _row(case: Case, folder: Path, rounds: int) -> tuple[int, str, float, float]:
    nodes, _ = _ours(case)  # records are made when first asked for
    _composer(case, folder)
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(_ours(case)[1])
        theirs.append(_composer(case, folder))
    return nodes, case.name, median(ours), median(theirs)


def _ours(case: Case) -> tuple[int, float]:
    begun = time.perf_counter()
    found = read_all(case.project, case.records, case.platform).solve()
    return len(found.releases()), time.perf_counter() - begun


def _composer(case: Case, folder: Path) -> float:
    write_project(case.project, case.repository, folder / "project")
    begun = time.perf_counter()
    flags = ("--no-install", "--no-plugins", "--no-scripts", *case.project.options)
    run = run_composer(folder / "project", "update", *flags)
    took = time.perf_counter() - begun
    assert not run.returncode, run.stderr
    return took


def _timed_start(folder: Path) -> float:
    begun = time.perf_counter()
    subprocess.run(["composer", "--version"], cwd=folder, capture_output=True, check=True)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
