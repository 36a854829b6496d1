"""Names that may be taken for one another, among a million.

Usage: python -m benchmarks.similar_names [names [folder]]

The 300,000 most used names of the shared data are filled up to a million with such as are made of their words; then
misspellings of used names, used names and short ones are asked for, through the service that the APIs ask. A folder is
filled once and read again by the next run.
"""

import asyncio
import lzma
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from benchmarks.rig.report import table
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.search import SearchScope
from packhouse.domain.view import View
from packhouse.policy.similarity import KnownName, weight_of
from packhouse.services.name_ports import NameEntry
from packhouse.services.search import Search
from packhouse.services.similar_names import SimilarNames

NAMES = 1_000_000
GOAL_MS = 100.0
_ECOSYSTEM = "bench"
_BATCH = 2000
_ASKED = 2000
_LIST = ("data", "names", "npm-top300k-monthly-downloads-2026-03.tsv.xz")
_SHORT = 6
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class _Everything:
    """Whoever asks may see packages of the upstream."""

    async def of(self, view: View) -> SearchScope:
        """Say so."""
        return SearchScope(view.origin, ("upstream:bench",))


async def _judge(view: View, summary: object, origin: str) -> None:
    del view, summary, origin


def main() -> None:
    """Fill a database, ask, and print what it took."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else NAMES
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(temporary)
        database = folder / "packhouse.sqlite3"
        filled = database.exists()
        store = SqlStore.open(database)
        try:
            asyncio.run(_measure(store, wanted, filled=filled))
        finally:
            store.close()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"\n{database.stat().st_size / 1e6:,.0f} MB on disk, at most {peak:,.0f} MB of memory in this process")


async def _measure(store: SqlStore, wanted: int, *, filled: bool) -> None:
    used = list(islice(_used(), 20_000 if filled else None))
    chosen = random.Random(7)
    if not filled:
        begun = time.perf_counter()
        names = _names(used, wanted)
        while batch := list(islice(names, _BATCH)):
            await store.write_names(batch)
        print(f"{wanted:,} names written in {time.perf_counter() - begun:,.0f} s")
    similar = SimilarNames(_ECOSYSTEM, store, Search(store, _Everything(), _judge, lambda: 0))  # type: ignore[arg-type]
    popular = [name for name, _ in used[:20_000]]
    short = [name for name in popular if len(name) <= _SHORT]
    rows = []
    for what, asked in (
        ("misspelt names", [_misspelt(chosen, each) for each in chosen.sample(popular, _ASKED)]),
        ("used names", chosen.sample(popular, _ASKED)),
        ("short names", [chosen.choice(short) for _ in range(_ASKED)]),
        ("names with a scope", chosen.sample([name for name in popular if name.startswith("@")], _ASKED)),
    ):
        begun = time.process_time()
        times, found = await _ask(similar, asked)
        processor = (time.process_time() - begun) * 1000 / len(asked)
        rows.append((what, f"{found:.1f}", *(f"{each:.2f} ms" for each in (*_quantiles(times), processor))))
    table(("asked for", "found", "median", "p99", "slowest", "processor"), rows)
    print(f"\ngoal: under {GOAL_MS:.0f} ms")


async def _ask(similar: SimilarNames, names: Sequence[str]) -> tuple[list[float], float]:
    times, found = [], 0
    for name in names:
        begun = time.perf_counter()
        found += len(await similar.list(View(), PackageKey(_ECOSYSTEM, NormalName(name))))
        times.append((time.perf_counter() - begun) * 1000)
    return times, found / len(names)


def _quantiles(times: Sequence[float]) -> tuple[float, float, float]:
    return statistics.median(times), statistics.quantiles(times, n=100)[98], max(times)


def _used() -> Iterator[tuple[str, int]]:
    shared = Path(os.environ.get("PACKHOUSE_SHARED", Path(__file__).parents[2] / "shared"))
    with lzma.open(shared.joinpath(*_LIST), "rt", encoding="utf-8") as lines:
        for line in lines:
            name, _, downloads = line.strip().partition("\t")
            yield name, int(downloads)


def _names(used: Sequence[tuple[str, int]], wanted: int) -> Iterator[NameEntry]:
    """Yield the used names, then made ones of their words, which are hardly used."""
    chosen = random.Random(1)
    known = {name for name, _ in used}
    for name, downloads in used[:wanted]:
        yield _entry(name, downloads)
    words = [word for name, _ in used for word in name.strip("@").replace("/", "-").split("-") if word]
    made = len(used)
    while made < wanted:
        name = "-".join(chosen.sample(words, chosen.choice((2, 2, 3))))
        if name not in known:
            known.add(name)
            made += 1
            yield _entry(name, chosen.randrange(300))


def _entry(name: str, downloads: int) -> NameEntry:
    return NameEntry(_ECOSYSTEM, KnownName(name, downloads, weight_of(downloads), listed=True))


def _misspelt(chosen: random.Random, name: str) -> str:
    at = chosen.randrange(len(name))
    return name[:at] + chosen.choice(["", chosen.choice(_LETTERS), chosen.choice(_LETTERS) + name[at]]) + name[at + 1 :]


if __name__ == "__main__":
    main()
