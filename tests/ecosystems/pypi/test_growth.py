"""How the work of a search grows with what it searches: counted in processor time, against a smaller world."""

import gc
import time

import pytest

from packhouse.ecosystems.pypi import ECOSYSTEM
from tests.resolver.worlds import Packages, World, begin, finish, layers

TIMES = 8
ROOM = 3.0
"""How much more than TIMES as long the larger one may take: squares would take TIMES times more."""
_CLIENTS = pytest.mark.parametrize("client", ["pip", "uv"])


@_CLIENTS
def test_the_time_grows_with_the_nodes_and_not_with_their_square(client: str) -> None:
    small, large = (_took(layers(nodes), "p0", client, nodes=nodes) for nodes in (150, 150 * TIMES))
    assert large < TIMES * ROOM * small


@_CLIENTS
def test_the_time_grows_with_the_versions_that_fail_and_not_with_their_square(client: str) -> None:
    small, large = (_took(_failing(count), "root", client, nodes=3) for count in (500, 500 * TIMES))
    assert large < TIMES * ROOM * small


def _failing(count: int) -> Packages:
    """Make a world in which each version of `many` wants its own of `other`, and only the first is allowed."""
    return {
        "root": [{"other": (0, 0), "many": (0, count - 1)}],
        "other": [{}] * count,
        "many": [{"other": (number, number)} for number in range(count)],
    }


def _took(packages: Packages, root: str, client: str, *, nodes: int) -> float:
    world = World(ECOSYSTEM, packages)
    took = []
    for _ in range(2):
        gc.collect()
        began = time.process_time()
        graph = finish(world, begin(world, root, 0, {"client": client}))
        took.append(time.process_time() - began)
        assert len(graph.nodes) == nodes
    return min(took)
