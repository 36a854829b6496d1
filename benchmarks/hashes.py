"""Looking files up by their hash among five million digests.

Usage: python -m benchmarks.hashes [digests [folder]]

Records with 200 digests each are written as the server writes them; then single digests are looked up, those of the
first and the last records, and such as nothing has, and with them the release is read and checked. A folder is filled
once and read again by the next run.
"""

import asyncio
import hashlib
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from benchmarks.rig.report import table
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.digest import Digest
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import Artifact, Release, build_record

DIGESTS = 5_000_000
GOAL_MS = 5.0
_RELEASES = 100
_PER_RECORD = 2 * _RELEASES
_AT_ONCE = 32
_LOOK_UPS = 3000
_ORIGIN = "upstream:bench"


def main() -> None:
    """Fill a database, look up, and print what it took."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else DIGESTS
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(temporary)
        database = folder / "packhouse.sqlite3"
        filled = database.exists()
        store = SqlStore.open(database)
        try:
            asyncio.run(_measure(store, wanted // _PER_RECORD, filled=filled))
            print(f"\n{database.stat().st_size / 1e6:,.0f} MB on disk")
        finally:
            store.close()


async def _measure(store: SqlStore, records: int, *, filled: bool) -> None:
    if not filled:
        begun = time.perf_counter()
        for start in range(0, records, _AT_ONCE):
            await asyncio.gather(*(_write(store, number) for number in range(start, min(start + _AT_ONCE, records))))
        took = time.perf_counter() - begun
        print(f"{records * _PER_RECORD:,} digests of {records:,} records written in {took:,.0f} s")
    chosen = random.Random(7)
    known = [_digest("sha1", chosen.randrange(records), chosen.randrange(_RELEASES)) for _ in range(_LOOK_UPS)]
    unknown = [_digest("sha1", records + each, 0) for each in range(_LOOK_UPS)]

    async def look_up(digest: Digest) -> None:
        await store.find_digest(digest, 1000)

    async def read(digest: Digest) -> None:
        (place,) = await store.find_digest(digest, 1000)
        found = await store.find_record(place.origin, place.key)
        assert found is not None
        release = found[1].find(place.version)
        assert release is not None
        assert any(digest in artifact.digests for artifact in release.artifacts)

    rows = [
        await _time("a digest that a file has", look_up, known),
        await _time("a digest that nothing has", look_up, unknown),
        await _time("with the release, read and checked", read, known),
    ]
    table(("look-up", "median ms", "p99 ms", "p99 ms of the processor", "goal p99"), rows)


async def _time(name: str, ask: Callable[[Digest], Awaitable[None]], digests: list[Digest]) -> Sequence[str]:
    took, worked = [], []
    for digest in digests:
        begun, begun_working = time.perf_counter(), time.process_time()
        await ask(digest)
        took.append((time.perf_counter() - begun) * 1000)
        worked.append((time.process_time() - begun_working) * 1000)
    p99, p99_worked = (statistics.quantiles(each, n=100)[98] for each in (took, worked))
    goal = f"{GOAL_MS:.0f}{'' if p99 < GOAL_MS else ' MISSED'}"
    return name, f"{statistics.median(took):.3f}", f"{p99:.3f}", f"{p99_worked:.3f}", goal


async def _write(store: SqlStore, number: int) -> None:
    key = PackageKey("bench", NormalName(f"package-{number}"))
    releases = [_release(number, minor) for minor in range(_RELEASES)]
    await store.write_record(_ORIGIN, 1, build_record(key, releases))


def _release(number: int, minor: int) -> Release:
    version = f"1.{minor}.0"
    digests = (_digest("sha1", number, minor), _digest("sha512", number, minor))
    return Release(version, artifacts=(Artifact(f"package-{version}.tgz", "", digests),))


def _digest(algorithm: str, number: int, minor: int) -> Digest:
    return Digest(algorithm, hashlib.new(algorithm, f"{number} {minor}".encode()).hexdigest())


if __name__ == "__main__":
    main()
