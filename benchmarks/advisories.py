"""Advisories: how long an import takes and how much memory, and how long it takes to match many releases.

Usage: python -m benchmarks.advisories [runs]

All records of the shared data are imported into an empty store by a process of its own, and once more, when nothing is
new. Then batches of releases are matched: 1,290 as in a large lockfile, of which every tenth has advisories, and 1,000
of which every one has. For a cold batch everything is read and prepared; a warm one was asked before. What ecosystems
import when they are first used is imported already. What a batch costs in the
event loop is what it costs everyone, so that the time is CPU time.
"""

import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import anyio

from benchmarks.rig.report import against, table
from packhouse.adapters.feeds.osv import read_feed
from packhouse.adapters.sql.store import SqlStore
from packhouse.app import load_ecosystems
from packhouse.domain.package import NormalName, PackageKey
from packhouse.services.advisories import Advisories, Question
from packhouse.services.advisory_import import AdvisoryImport

GOAL_IMPORT_S = 60.0
GOAL_IMPORT_MB = 250.0
GOAL_LOCKFILE_MS = 50.0
GOAL_BATCH_MS = 200.0
LOCKFILE = 1_290
BATCH = 1_000
RUNS = 5
_DATABASE = "packhouse.sqlite3"
_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "osv"


def main(runs: int = RUNS) -> None:
    """Measure and print."""
    if not _SHARED.exists():
        sys.exit("the shared data is missing, and with it the records")
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder, _DATABASE)
        imports = [_in_a_process("import", database) for _ in range(2)]
        size = database.stat().st_size / 1e6
        matches = [_in_a_process("match", database) for _ in range(runs)]
    _print_imports(imports, size)
    _print_matches(matches)


def _print_imports(imports: Sequence[Sequence[float]], size: float) -> None:
    rows = [
        (
            what,
            f"{records:,.0f}",
            against(cpu, GOAL_IMPORT_S, at_least=False),
            against(memory, GOAL_IMPORT_MB, at_least=False),
        )
        for what, (records, cpu, memory) in zip(("all new", "nothing new"), imports, strict=True)
    ]
    table(("import", "records", "CPU s", "peak memory MB"), rows)
    print(f"On the disk: {size:.0f} MB\n")


def _print_matches(matches: Sequence[Sequence[float]]) -> None:
    lock_cold, lock_warm, batch_cold, batch_warm, found, memory = (
        statistics.median(each) for each in zip(*matches, strict=True)
    )
    rows = [
        (f"{LOCKFILE:,} releases, cold", against(lock_cold, GOAL_LOCKFILE_MS, at_least=False)),
        (f"{LOCKFILE:,} releases, warm", against(lock_warm, GOAL_LOCKFILE_MS, at_least=False)),
        (f"{BATCH:,} with advisories, cold", against(batch_cold, GOAL_BATCH_MS, at_least=False)),
        (f"{BATCH:,} with advisories, warm", against(batch_warm, GOAL_BATCH_MS, at_least=False)),
    ]
    table(("match", "CPU ms"), rows)
    print(f"{found:,.0f} findings; {memory:.0f} MB of memory in all, of a process that only matches")


def _in_a_process(what: str, database: Path) -> list[float]:
    command = [sys.executable, "-m", "benchmarks.advisories", what, str(database)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(each) for each in done.stdout.split()]


async def _import(database: Path) -> list[float]:
    store = SqlStore.open(database)
    intake = AdvisoryImport(store, [each for each, _ in load_ecosystems().values()])
    begun = time.process_time()
    report = await intake.add("osv", read_feed(sorted(_SHARED.glob("*.xz"))))
    spent = time.process_time() - begun
    store.close()
    return [report.read, spent, _peak_mb()]


async def _match(database: Path) -> list[float]:
    store = SqlStore.open(database)
    ecosystems = [each for each, _ in load_ecosystems().values()]
    lockfile, batch = await _questions(Advisories(store, ecosystems), store)
    await Advisories(store, ecosystems).find_many(list({each[0].ecosystem: each for each in batch}.values()))
    advisories = Advisories(store, ecosystems)
    measured = []
    found = 0
    for questions in (lockfile, batch):
        for _ in range(2):
            begun = time.process_time()
            findings = await advisories.find_many(questions)
            measured.append((time.process_time() - begun) * 1000)
            found = sum(map(len, findings))
    store.close()
    return [*measured, found, _peak_mb()]


async def _questions(advisories: Advisories, store: SqlStore) -> tuple[list[Question], list[Question]]:
    """Make the two batches, of the packages of as many records as it takes, spread over all of them."""
    states = list(await store.list_advisory_states("osv"))
    random.Random(7).shuffle(states)
    affected: dict[PackageKey, str] = {}
    for state in states:
        if len(affected) >= BATCH:
            break
        for each in (await advisories.get(state.id)).affected:
            if each.package is not None and state.withdrawn_at is None:
                affected.setdefault(each.package, each.versions[0] if each.versions else "1.0.0")
    batch = list(affected.items())[:BATCH]
    ecosystem = batch[0][0].ecosystem
    fine = [(PackageKey(ecosystem, NormalName(f"nobody-minds-{each}")), "1.0.0") for each in range(LOCKFILE)]
    return [(batch[each // 10] if each % 10 == 0 else fine[each]) for each in range(LOCKFILE)], batch


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    if len(sys.argv) > 2:
        work = _import if sys.argv[1] == "import" else _match
        print(*anyio.run(work, Path(sys.argv[2])))
    else:
        main(*map(int, sys.argv[1:]))
