"""How the time to resolve grows with the graph, for each ecosystem.

Usage: python -m benchmarks.resolve_curve [rounds [ecosystem...]]

A made-up world has layers of packages with five releases each; a package needs three of the next layer, so that a graph
of n nodes has nearly 3n edges. All of it is in memory: what is measured is the resolver, not the store. Times are those
of the processor, the least of some rounds. An ecosystem that knows several clients is measured as each of them;
`pypi:uv` chooses one. Packages of Maven ask for one version each, as nearly all that there are: a range makes mvn read
the POM of every version in it.
"""

import gc
import sys
import time
from collections.abc import Iterator, Mapping

from benchmarks.rig.report import table
from packhouse.app import load_ecosystems
from packhouse.domain.ecosystem import Ecosystem
from tests.resolver.worlds import World, begin, finish, layers

SIZES = (100, 200, 500, 1000, 1500, 3000)
GOAL_NODES, GOAL_MS = 1500, 200.0
CLIENTS = {"pypi": ("uv",)}
"""Those beside the usual one that choose otherwise."""
_RELEASES = 5


def resolve(world: World, environment: Mapping[str, str]) -> int:
    """Resolve the whole world from its first package on; return the number of nodes."""
    graph = finish(world, begin(world, "p0", _RELEASES // 2, environment))
    assert not graph.error, graph.error
    return len(graph.nodes)


def main(rounds: int, chosen: list[str]) -> None:
    """Measure and print."""
    rows: list[list[object]] = []
    for key, ecosystem, environment in _measured():
        if chosen and not {key, ecosystem.key} & {*chosen}:
            continue
        took = [
            _least_ms(World(ecosystem, layers(nodes, releases=_RELEASES), is_usual=True), environment, nodes, rounds)
            for nodes in SIZES
        ]
        growth = (took[-1] / SIZES[-1]) / (took[0] / SIZES[0])
        at_goal = took[SIZES.index(GOAL_NODES)]
        verdict = "reached" if at_goal < GOAL_MS else "missed"
        rows.append([key, *(f"{each:.0f}" for each in took), f"{growth:.2f}", verdict])
    table(["ecosystem", *(f"{nodes} nodes, ms" for nodes in SIZES), "per node, last / first", "1,500 in 200 ms"], rows)


def _measured() -> Iterator[tuple[str, Ecosystem, Mapping[str, str]]]:
    for key, (ecosystem, _) in sorted(load_ecosystems().items()):
        if ecosystem.begin_resolution is None:
            continue
        yield key, ecosystem, {}
        for client in CLIENTS.get(key, ()):
            yield f"{key}:{client}", ecosystem, {"client": client}


def _least_ms(world: World, environment: Mapping[str, str], nodes: int, rounds: int) -> float:
    took = []
    for _ in range(rounds):
        gc.collect()
        gc.disable()  # as a server does for the first second
        began = time.process_time()
        found = resolve(world, environment)
        took.append((time.process_time() - began) * 1000)
        gc.enable()
        assert found == nodes, (world.ecosystem.key, found, nodes)
    return min(took)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5, sys.argv[2:])
