"""Publishing small packages: beside Verdaccio, with 1, 8 and 64 publishes in flight.

Usage: python -m benchmarks.publish [rounds]

Both servers have one core and a file system of the same disk, in turn; the documents are made beforehand, and sent over
connections that are kept open. An answer counts only if it says that the version is published; Packhouse says so when
the file and the records would survive a power cut. Its publisher has a token, while Verdaccio lets anybody publish.
Aim: at least five times Verdaccio.
"""

import asyncio
import contextlib
import itertools
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from msgspec import Struct

from benchmarks.rig.publishing import make_document, make_publisher, make_request, send
from benchmarks.rig.reads import percentile
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import LOAD_CORE, Server, nginx, packhouse, verdaccio

GOAL_TIMES = 5.0
_SYLLABLES = [first + second for first in "bcdfglmnprstv" for second in "aeiou"]


class Question(Struct, frozen=True):
    """A way to publish."""

    title: str
    in_flight: int
    names: int = 0
    """So many packages get further versions; 0: each version is of a new package."""
    asks: bool = False
    """Whether an upstream is asked for each new name; it has none."""


QUESTIONS = (
    Question("new packages, 1 in flight", 1),
    Question("new packages, 8 in flight", 8),
    Question("new packages, 64 in flight", 64),
    Question("further versions of 64 packages, 8 in flight", 8, names=64),
    Question("new packages, 8 in flight, asking an upstream", 8, asks=True),
)


class Burst(Struct, frozen=True):
    """What one burst of publishes gave."""

    per_s: float
    p99_ms: float
    cpu_us: float
    """CPU microseconds of the server for each."""


class Peer(Struct, frozen=True):
    """A server, and how much it is given to do at once."""

    server: Server
    prefix: str
    token: str
    count: int


def main() -> None:
    """Take both servers in turn, round by round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    rows = []
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as stack:
        folder = Path(temporary)
        (folder / "nginx" / "files").mkdir(parents=True)
        upstream = stack.enter_context(nginx(folder / "nginx")).url
        for question in QUESTIONS:
            with _peers(folder / question.title, upstream if question.asks else "") as (ours, theirs):
                rows.append(_row(question, ours, theirs, rounds))
    head = ["what", "Packhouse/s", "p99 ms", "CPU us", "Verdaccio/s", "p99 ms", "CPU us", "times Verdaccio"]
    table(head, rows)


@contextlib.contextmanager
def _peers(folder: Path, upstream: str) -> Iterator[tuple[Peer, Peer]]:
    token = make_publisher(folder / "data")
    settings = "" if upstream else "offline = true\n"
    nowhere = "http://127.0.0.1:9"
    with (
        packhouse(folder / "data", upstream or nowhere, settings) as ours,
        verdaccio(folder / "peer", upstream) as peer,
    ):
        yield Peer(ours, "/npm", token, 400), Peer(peer, "", "", 120)


def _row(question: Question, ours: Peer, theirs: Peer, rounds: int) -> list[object]:
    numbers = itertools.count()
    for each in (ours, theirs):
        _burst(question, each, numbers)
    pairs = [(_burst(question, ours, numbers), _burst(question, theirs, numbers)) for _ in range(rounds)]
    row: list[object] = [question.title]
    for column in zip(*pairs, strict=True):
        row.append(f"{median(burst.per_s for burst in column):,.0f}")
        row.append(f"{median(burst.p99_ms for burst in column):,.0f}")
        row.append(f"{median(burst.cpu_us for burst in column):,.0f}")
    times = median(mine.per_s / yours.per_s for mine, yours in pairs)
    return [*row, against(times, GOAL_TIMES, at_least=True)]


def _burst(question: Question, peer: Peer, numbers: "itertools.count[int]") -> Burst:
    requests = []
    for number in itertools.islice(numbers, peer.count):
        name, version = _name(number), "1.0.0"
        if question.names:
            name, version = _name(number % question.names), f"1.0.{number}"
        requests.append(make_request(peer.prefix, name, make_document(name, version), peer.token))
    before = peer.server.cpu_s()
    seconds, took = asyncio.run(send(peer.server, requests, question.in_flight))
    used = peer.server.cpu_s() - before
    assert len(took) == peer.count
    return Burst(peer.count / seconds, percentile(took, 0.99) * 1000, used * 1e6 / peer.count)


def _name(number: int) -> str:
    """Make a name of two words, as unlike others as the names of packages are."""
    dice = random.Random(number)
    words = ("".join(dice.choice(_SYLLABLES) for _ in range(dice.randint(2, 4))) for _ in range(2))
    return f"{'-'.join(words)}-{number % 10}"


if __name__ == "__main__":
    main()
