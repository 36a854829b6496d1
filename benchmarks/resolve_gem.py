"""Locking gems: our resolver beside `bundle lock`, from the same info files.

Usage: python -m benchmarks.resolve_gem [rounds [roots]]

Both are warm: Bundler has the index in its own cache and asks a server on the loopback interface whether it has
changed, we have records in memory, and nothing of an earlier resolution. Bundler's own start is measured too, since it
is part of what its user waits for, and taken off in the last column.
"""

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.rig.report import table
from tests.agreement.gem.client import run_bundle, serving, write_index
from tests.agreement.gem.recorded import REAL, Asked, Recording, Records, read
from tests.agreement.gem.replay import begin_run, loaded


def main() -> None:
    """Take both in turn, round by round."""
    told_rounds, told_roots = [*sys.argv[1:3], *("5", "12")[len(sys.argv[1:3]) :]]
    rounds, roots = int(told_rounds), int(told_roots)
    recording = read(REAL)
    listed = [each for each in recording.asked if not each.answer.error and not each.project.lock]
    listed.sort(key=lambda each: -len(each.answer.locked))
    records = Records(recording.worlds[0])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_index(recording.worlds[0], folder / "index")
        with serving(folder / "index") as url:
            rows = [_row(each, recording, records, folder / "project", url, rounds) for each in listed[:roots]]
            start = median(_timed(["--version"], folder / "project") for _ in range(rounds))
    ratios = [theirs / ours for _, _, ours, theirs in rows]
    table(
        ["project", "gems", "ours ms", "bundle ms", "bundle / ours", "without its start"],
        [
            [name, gems, f"{ours * 1000:.1f}", f"{theirs * 1000:.0f}", f"{theirs / ours:.0f}",
             f"{(theirs - start) / ours:.0f}"]
            for gems, name, ours, theirs in rows
        ],
    )  # fmt: skip
    print(
        f"median of {len(ratios)} projects: {median(ratios):.0f} times as fast as Bundler {recording.setting.bundler}"
    )


def _row(
    asked: Asked, recording: Recording, records: Records, folder: Path, url: str, rounds: int
) -> tuple[int, str, float, float]:
    folder.mkdir(exist_ok=True)
    (folder / "Gemfile").write_text(f'source "{url}"\n{asked.project.gemfile}')
    _ours(asked, recording, records)
    _timed(["lock"], folder)
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(_ours(asked, recording, records))
        (folder / "Gemfile.lock").unlink(missing_ok=True)
        theirs.append(_timed(["lock"], folder))
    return len(asked.answer.locked), asked.name, median(ours), median(theirs)


def _ours(asked: Asked, recording: Recording, records: Records) -> float:
    begun = time.perf_counter()
    loaded(begin_run(asked.project, recording.setting), records).resolve()
    return time.perf_counter() - begun


def _timed(arguments: list[str], folder: Path) -> float:
    begun = time.perf_counter()
    run = run_bundle(arguments, folder)
    took = time.perf_counter() - begun
    assert not run.returncode, run.stderr
    return took


if __name__ == "__main__":
    main()
