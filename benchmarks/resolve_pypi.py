"""Resolving real projects: our resolver beside pip and uv, from the same recorded index.

Usage: python -m benchmarks.resolve_pypi [rounds]

All are warm: the clients have pages and metadata in their caches, we have records in memory and nothing of an earlier
resolution but metadata that was read. Aims: at least as fast as `uv pip compile`; ten times as fast as pip.
"""

import gc
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.rig.report import against, table
from tests.agreement.pypi.client import CLIENTS, ask
from tests.agreement.pypi.recorded import REAL, Asked, World, read
from tests.agreement.pypi.replay import Index, answer
from tests.agreement.pypi.universes import serving_world

_SHOWN = 12
"""Of the projects, the largest; the median is of all that are measured."""
_MEASURED = 12


def main() -> None:
    """Take each in turn, round by round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    recording = read(REAL)
    world = recording.worlds[0]
    index = Index(world)
    wheels_only = [each for each in recording.asked if _is_described(each, world)]
    asked = sorted(wheels_only, key=lambda each: -len(each.answers["uv"].chosen))[:_MEASURED]
    for each in asked:
        for client in CLIENTS:
            answer(each.requirements, index, {"client": client})
    gc.freeze()  # what was recorded is no part of what a server holds
    rows: list[list[object]] = []
    ratios: dict[str, list[float]] = {client: [] for client in CLIENTS}
    with tempfile.TemporaryDirectory() as temporary, serving_world(world) as address:
        for each in asked:
            best = _measure(each, index, address, Path(temporary), rounds)
            for client in CLIENTS:
                ratios[client].append(best[client] / best[f"{client} ours"])
            numbers = [f"{best[way]:.0f}" for way in ("pip ours", "pip", "uv ours", "uv")]
            rows.append([each.name, len(each.answers["uv"].chosen), *numbers])
    table(["largest", "projects", "as pip ms", "pip ms", "as uv ms", "uv ms"], rows[:_SHOWN])
    table(
        [f"median of {len(asked)}", "pip / ours", "uv / ours"],
        [
            [
                "",
                against(median(ratios["pip"]), 10, at_least=True),
                against(median(ratios["uv"]), 1, at_least=True),
            ]
        ],
    )


def _measure(each: Asked, index: Index, address: str, folder: Path, rounds: int) -> dict[str, float]:
    took: dict[str, list[float]] = {}
    for number in range(rounds + 1):
        for client in CLIENTS:
            ours = partial(answer, each.requirements, index, {"client": client})
            theirs = partial(ask, client, each.requirements, address, folder)
            for way, work in ((f"{client} ours", ours), (client, theirs)):
                spent = _timed(work)
                if number:  # the first round fills the caches
                    took.setdefault(way, []).append(spent)
    return {way: median(times) for way, times in took.items()}


def _is_described(asked: Asked, world: World) -> bool:
    """Tell whether all that was chosen has metadata beside it, so that no client has to build anything."""
    return set(CLIENTS) == set(asked.answers) and not any(
        release in world.metadata for each in asked.answers.values() for release in each.chosen
    )


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    main()
