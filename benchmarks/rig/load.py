"""Load by wrk, on the other core, in short bursts."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from statistics import median

from msgspec import Struct

from benchmarks.rig.servers import LOAD_CORE, Server

_SLOW_CONNECTIONS = 8
_SLOW_S = 3


class Burst(Struct, frozen=True):
    """What one burst of requests gave."""

    per_s: float
    cpu_us: float
    """CPU microseconds of the server for each request."""


class Target(Struct, frozen=True):
    """What is asked of a server."""

    server: Server
    path: str
    headers: Mapping[str, str] = {}
    slow: bool = False
    """Answers few requests a second: it is given longer bursts on fewer connections."""


def burst(target: Target, connections: int) -> Burst:
    """Ask for the same thing on many connections for a second or so."""
    seconds = 1
    if target.slow:
        connections, seconds = min(connections, _SLOW_CONNECTIONS), _SLOW_S
    if shutil.which("wrk") is None:
        sys.exit("wrk is needed: install it")
    headers = [part for name, value in target.headers.items() for part in ("-H", f"{name}: {value}")]
    command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *headers]
    before = target.server.cpu_s()
    said = subprocess.run([*command, target.server.url + target.path], capture_output=True, text=True, check=True)
    used = target.server.cpu_s() - before
    if "Non-2xx" in said.stdout and "If-None-Match" not in target.headers:
        sys.exit(f"{target.server.name} answers {target.path} with errors:\n{said.stdout}")
    requests = int(re.search(r"(\d+) requests in", said.stdout)[1])  # type: ignore[index]
    per_s = float(re.search(r"Requests/sec:\s+([\d.]+)", said.stdout)[1])  # type: ignore[index]
    return Burst(per_s, used * 1e6 / max(requests, 1))


def compare(targets: Sequence[Target], connections: int, rounds: int) -> list[tuple[Burst, float]]:
    """Ask the targets in turn, round by round; for each the medians and the ratio of the first one to it.

    The ratio is the median of the rounds' own ratios: what else the machine does in a round slows all of them.
    """
    for target in targets:
        burst(target, connections)
    bursts = [[burst(target, connections) for target in targets] for _ in range(rounds)]
    found = []
    for position in range(len(targets)):
        column = [row[position] for row in bursts]
        ratio = median(row[0].per_s / max(row[position].per_s, 0.1) for row in bursts)
        found.append((Burst(median(b.per_s for b in column), median(b.cpu_us for b in column)), ratio))
    return found
