"""Whatever is asked of a resolver ends: with an answer, with an explanation, or with TooHard."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from packhouse.app import load_ecosystems
from packhouse.domain.errors import TooHard, Unresolvable
from packhouse.domain.graph import Graph
from tests.resolver.worlds import Needs, Packages, World, begin, finish

LONGEST_S = 60.0
"""Of the processor; what takes longer than some seconds is given up as TooHard."""
MOST_MB = 700
MOST_LETTERS = 20_000
SOON_S = 1.0
MANY = 10_000
KINDS = {
    key if client == "pip" else "pypi as uv": (each, {"client": client} if "client" in each.environment else {})
    for key, (each, _) in load_ecosystems().items()
    if each.begin_resolution is not None
    for client in (("pip", "uv") if "client" in each.environment else ("pip",))
}
SOLVING = sorted(KINDS.keys() - {"npm", "golang", "maven", "nuget"})
"""Those that choose one version of a package for all: there requirements may be at odds."""

every_ecosystem = pytest.mark.parametrize("kind", sorted(KINDS))
every_solver = pytest.mark.parametrize("kind", SOLVING)


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """Hold each test to its time and its memory."""
    Path("/proc/self/clear_refs").write_text("5")  # forgets how much memory was in use at most
    before, began = _memory_mb("VmRSS"), time.process_time()
    yield
    assert time.process_time() - began < LONGEST_S
    assert _memory_mb("VmHWM") - before < MOST_MB


@every_ecosystem
def test_ten_thousand_versions_of_which_only_the_first_will_do(kind: str) -> None:
    # Whoever takes a later one of `many` wants the second of `other`, of which the root allows the first alone.
    many: list[Needs] = [{"other": (0, 0)}, *([{"other": (1, 1)}] * (MANY - 1))]
    world: Packages = {"root": [{"other": (0, 0), "many": (0, MANY - 1)}], "other": [{}, {}], "many": many}
    graph = answer(kind, world)
    if kind in SOLVING:
        assert not graph.error
        assert {node.version for node in graph.nodes} == {"1.0.0"}
    assert graph.error or len(graph.nodes) >= len(world)


@every_ecosystem
def test_ten_thousand_versions_that_ten_thousand_others_must_go_with(kind: str) -> None:
    one: list[Needs] = [{"two": (MANY - 1 - number, MANY - 1 - number)} for number in range(MANY)]
    two: list[Needs] = [{"three": (number % 2, number % 2)} for number in range(MANY)]
    asked = {"one": (0, 50), "two": (MANY - 30, MANY - 1)}
    world: Packages = {"root": [asked], "one": one, "two": two, "three": [{}, {}]}
    graph = answer(kind, world)
    if kind in SOLVING:
        assert not graph.error
    assert graph.error or len(graph.nodes) >= len(world)


@every_ecosystem
def test_a_ring_and_a_crowd_in_which_all_need_all(kind: str) -> None:
    size, crowd = 500, 40
    world: dict[str, list[Needs]] = {f"ring{each}": [{f"ring{(each + 1) % size}": (0, 1)}] * 2 for each in range(size)}
    assert is_told(kind, world, "ring0", nodes=size)
    world = {f"all{each}": [{f"all{other}": (0, 1) for other in range(crowd)}] * 2 for each in range(crowd)}
    assert is_told(kind, world, "all0", nodes=crowd)


@every_solver
def test_a_contradiction_at_the_end_of_long_chains_is_explained(kind: str) -> None:
    deep, versions = 20, 4
    world: dict[str, list[Needs]] = {
        "root": [{"left0": (0, versions - 1), "right0": (0, versions - 1)}],
        "end": [{}, {}],
    }
    for side, wanted in (("left", 0), ("right", 1)):
        for step in range(deep):
            world[f"{side}{step}"] = [{f"{side}{step + 1}": (0, versions - 1)}] * versions
        world[f"{side}{deep}"] = [{"end": (wanted, wanted)}] * versions
    explain(kind, world)


@every_solver
def test_layers_of_conflicting_choices_end(kind: str) -> None:
    # Every layer has a way that only fails at the very end, and the last versions are tried first.
    deep, versions = 12, 6
    world: dict[str, list[Needs]] = {"root": [{f"layer{each}": (0, versions - 1) for each in range(deep)}]}
    for each in range(deep):
        ahead = {f"layer{(each + 1) % deep}", f"layer{(each + 5) % deep}"}
        world[f"layer{each}"] = [
            {other: (max(0, number - 1), max(0, number - 1)) for other in sorted(ahead)} for number in range(versions)
        ]
    assert is_told(kind, world, "root", nodes=deep + 1)


@every_solver
def test_more_pigeons_than_holes_end(kind: str) -> None:
    explain(kind, pigeons(7))


@every_solver
def test_what_is_cancelled_ends_soon(kind: str) -> None:
    ecosystem, environment = KINDS[kind]
    world = World(ecosystem, pigeons(14))
    run = begin(world, "root", 0, environment)
    ended: list[object] = []

    def search() -> None:
        try:
            ended.append(finish(world, run))
        except Unresolvable as error:
            ended.append(error)

    thread = threading.Thread(target=search)
    thread.start()
    thread.join(0.5)
    cancelled, was_over = time.process_time(), not thread.is_alive()
    run.cancel()
    thread.join(LONGEST_S)
    assert time.process_time() - cancelled < SOON_S
    assert was_over or isinstance(ended[0], TooHard)


@every_ecosystem
@pytest.mark.parametrize("needs", [{"missing": (0, 1)}, {"there": (7, 9)}], ids=["package", "version"])
def test_what_does_not_exist_is_told(kind: str, needs: Needs) -> None:
    world: Packages = {"root": [{"middle": (0, 0)}], "middle": [needs], "there": [{}, {}]}
    graph = answer(kind, world)
    told = (graph.error, *(sentence for node in graph.nodes for sentence in node.errors))
    assert any(next(iter(needs)) in sentence for sentence in told), graph


@every_ecosystem
def test_what_needs_itself_ends(kind: str) -> None:
    assert is_told(kind, {"root": [{"self": (0, 1)}], "self": [{"self": (1, 1)}, {"self": (1, 1)}]}, "root", nodes=2)
    # npm puts the other version below the first, and so on without end: but what is above is met first.
    assert is_told(kind, {"root": [{"self": (0, 0)}], "self": [{"self": (1, 1)}, {"self": (0, 0)}]}, "root")


def answer(kind: str, packages: Packages, name: str = "root") -> Graph:
    """Resolve the first version of a package."""
    ecosystem, environment = KINDS[kind]
    world = World(ecosystem, packages)
    return finish(world, begin(world, name, 0, environment))


def is_told(kind: str, packages: Packages, name: str, *, nodes: int | None = None) -> bool:
    """Tell whether there is an answer of so many nodes, or a sentence that says why not."""
    try:
        graph = answer(kind, packages, name)
    except Unresolvable as error:
        return _is_sentence(error.message)
    return _is_sentence(graph.error) or nodes in (None, len(graph.nodes))


def explain(kind: str, packages: Packages) -> None:
    """Resolve what cannot be met, and see that a sentence says so, if only that it was given up."""
    assert is_told(kind, packages, "root", nodes=0)


def _is_sentence(text: str) -> bool:
    return len(text) < MOST_LETTERS and len(text.split()) > 4


def pigeons(count: int) -> dict[str, list[Needs]]:
    """Make a world in which each of some packages has to be alone in one of fewer places: clauses cannot see why."""
    world: dict[str, list[Needs]] = {"root": [{f"pigeon{each}": (0, count - 2) for each in range(count)}]}
    world |= {f"hole{place}": [{}] * count for place in range(count - 1)}
    world |= {f"pigeon{each}": [{f"hole{place}": (each, each)} for place in range(count - 1)] for each in range(count)}
    return world


def _memory_mb(which: str) -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(which)) // 1024
