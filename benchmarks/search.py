"""Search over 150,000 packages: how long a question takes, and how much longer the slowest take.

Usage: python -m benchmarks.search [packages]

The names are made up, of words as frequent as those in the names of the most used packages of a large registry (the
first is in 7 of 100 names, the tenth in 2); keywords and descriptions repeat the words of the name among others. Words,
beginnings, misspellings, parts of words, pages, qualifiers and nonsense are asked for in turn, through the service;
frequent words are asked for as often as they occur.
"""

import asyncio
import random
import re
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

from msgspec import Struct

from benchmarks.rig.report import table
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.actor import ANYONE
from packhouse.domain.index import Fragment, Index, Summary
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.search import SearchQuery
from packhouse.domain.view import View
from packhouse.services.access import AccessRules
from packhouse.services.ports import IndexState
from packhouse.services.search import Search
from packhouse.services.search_scope import Scopes

ORIGIN = "upstream:first"
ECOSYSTEM = "plain"
PACKAGES = 150_000
GOAL_MS = 30.0
NOW = Moment(1_767_225_600_000)
_AT_ONCE = 500
_SYLLABLES = "ba be bo ca co da de di do fa fe go ha he jo ka ki la le li lo ma me mi mo na ne no pa pe po ra re ri ro"
_ENDS = "sa se si so ta te ti to va ve vi we za zo ch st tr pr ex er an in on ion ing ly er js io"
_KNOWN = (
    "react plugin router server client cli parser webpack babel eslint express json http api node vue angular test"
    " utils core loader config typescript types component lodash middleware stream"
)
_FILLERS = "a for the to and of simple library javascript module with in"


class Corpus:
    """Packages whose words are as frequent as words are in a language."""

    def __init__(self, seed: int = 11) -> None:
        self._random = random.Random(seed)
        syllables = f"{_SYLLABLES} {_ENDS}".split()
        made = {"".join(self._random.choices(syllables, k=self._random.randint(2, 4))) for _ in range(60_000)}
        self.words = [*_KNOWN.split(), *self._random.sample(sorted(made), len(made))]
        self._frequent = list(accumulate(1 / (rank + 3) for rank in range(len(self.words))))
        self._other = list(accumulate(1 / (rank + 60) for rank in range(len(self.words))))
        self._fillers = _FILLERS.split()

    def packages(self, count: int) -> Iterator[Summary]:
        """Make packages of different names."""
        seen: set[str] = set()
        while len(seen) < count:
            name = "-".join(self.pick(self._random.choice((1, 2, 2, 3, 3))))
            if self._random.random() < 0.2:
                name = f"@{self.pick(1)[0]}/{name}"
            if name in seen:
                continue
            seen.add(name)
            yield self._summary(name)

    def pick(self, count: int) -> list[str]:
        """Pick words by their frequency."""
        return self._random.choices(self.words, cum_weights=self._frequent, k=count)

    def questions(self, count: int) -> list[tuple[str, SearchQuery, int]]:
        """Make questions of every kind: kind, question, offset."""
        kinds = ("word", "two words", "beginning", "slip", "part", "page five", "keyword", "nonsense")
        asked = []
        for number in range(count):
            kind = kinds[number % len(kinds)]
            first, second = self.pick(2)
            at = self._random.randrange(1, max(2, len(first) - 1))
            text = {
                "two words": f"{first} {second}",
                "beginning": first[: max(3, len(first) - 2)],
                "slip": first[:at] + first[at + 1 : at + 2] + first[at : at + 1] + first[at + 2 :],
                "part": first[1:],
                "nonsense": self._random.choice(("%" * 10_000, "*" * 10_000, '"' * 10_000, "zq xv " * 2_000)),
            }.get(kind, first)
            if kind == "keyword":
                asked.append((kind, SearchQuery(facets=(((("keyword", first),),),), now=NOW), 0))
            else:
                asked.append((kind, SearchQuery(text, now=NOW), 80 if kind == "page five" else 0))
        return asked

    def _others(self, count: int) -> list[str]:
        return self._random.choices(self.words, cum_weights=self._other, k=count)

    def _summary(self, name: str) -> Summary:
        rnd = self._random
        own = re.findall("[a-z]+", name)
        keywords = {*rnd.sample(own, rnd.randint(0, len(own))), *self._others(rnd.randint(0, 4))}
        prose = [*own, *rnd.choices(self._fillers, k=rnd.randint(2, 8)), *self._others(rnd.randint(0, 6))]
        rnd.shuffle(prose)
        return Summary(
            PackageKey(ECOSYSTEM, NormalName(name)),
            f"{rnd.randint(0, 9)}.{rnd.randint(0, 40)}.0",
            " ".join(prose),
            tuple(sorted(keywords)),
            Moment(NOW - rnd.randint(0, 4 * 365) * 86_400_000),
            (rnd.choice(self.words),),
            {"homepage": f"https://home.example/{name}"},
            "MIT",
        )


class Timed(Struct, frozen=True):
    """One question, asked."""

    kind: str
    took_ms: float
    worked_ms: float
    """Of the processor, by all threads: what it takes on a machine that does nothing else."""
    total: int
    text: str


def main() -> None:
    """Fill a database, ask, and print what it took."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PACKAGES
    with tempfile.TemporaryDirectory() as folder:
        timed = asyncio.run(measure(Path(folder) / "packhouse.sqlite3", count))
    rows = [_row(kind, [each for each in timed if each.kind == kind]) for kind in dict.fromkeys(t.kind for t in timed)]
    table(
        ("question", "median ms", "p99 ms", "processor p99 ms", "processor most ms", "for"), [*rows, _row("all", timed)]
    )
    p99 = _percentile([each.took_ms for each in timed], 99)
    worked = _percentile([each.worked_ms for each in timed], 99)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{count:,} packages; {memory:.0f} MB of memory\n")
    sys.stdout.write(f"p99 {p99:.1f} ms, of the processor {worked:.1f} ms; goal {GOAL_MS:.0f} ms\n")
    sys.exit(worked > GOAL_MS)


async def measure(path: Path, count: int, questions: int = 1_600) -> list[Timed]:
    """Ask every question once, and the first ones once before, so that the file is in memory."""
    corpus, store = Corpus(), SqlStore.open(path)
    began = time.perf_counter()
    await _fill(store, corpus, count)
    sys.stdout.write(f"written in {time.perf_counter() - began:.0f} s\n")
    search = Search(store, Scopes(ECOSYSTEM, (ORIGIN,), store, AccessRules()), _as_it_is, lambda: NOW)
    asked = corpus.questions(questions)
    for _, query, offset in asked[:100]:
        await search.find(View(actor=ANYONE), ECOSYSTEM, query, offset, 20)
    timed = []
    for kind, query, offset in asked:
        began, working = time.perf_counter(), time.process_time()
        found = await search.find(View(actor=ANYONE), ECOSYSTEM, query, offset, 20)
        took_ms, worked_ms = (time.perf_counter() - began) * 1000, (time.process_time() - working) * 1000
        timed.append(Timed(kind, took_ms, worked_ms, found.total, query.text[:20] or str(query.facets)))
    store.close()
    return timed


async def _as_it_is(view: View, summary: Summary, origin: str) -> Summary:
    del view, origin
    return summary


async def _fill(store: SqlStore, corpus: Corpus, count: int) -> None:
    waiting: list[Summary] = []
    for summary in corpus.packages(count):
        waiting.append(summary)
        if len(waiting) == _AT_ONCE:
            await asyncio.gather(*(_write(store, each) for each in waiting))
            waiting = []
    await asyncio.gather(*(_write(store, each) for each in waiting))


async def _write(store: SqlStore, summary: Summary) -> None:
    state = IndexState(ORIGIN, summary.key, 0, "d", NOW, NOW)
    await store.write_index(state, Index(b"", (Fragment(summary.version, b"{}"),), "d"), (), summary)


def _row(kind: str, timed: Sequence[Timed]) -> tuple[str, ...]:
    took, worked = [each.took_ms for each in timed], [each.worked_ms for each in timed]
    hardest = max(timed, key=lambda each: each.worked_ms)
    numbers = (statistics.median(took), _percentile(took, 99), _percentile(worked, 99), hardest.worked_ms)
    return kind, *(f"{number:.1f}" for number in numbers), f"{hardest.text!r} of {hardest.total:,}"


def _percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


if __name__ == "__main__":
    main()
