"""Ways through a graph."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.graph import Edge, Graph, Node
from packhouse.domain.package import NormalName, PackageKey
from packhouse.services.dependent_ways import way_to, ways_of

SIZE = 7


def _key(number: int) -> PackageKey:
    return PackageKey("toy", NormalName(f"p{number}"))


def _graph(*edges: tuple[int, int, bool]) -> Graph:
    nodes = tuple(Node(_key(number), "1") for number in range(SIZE))
    return Graph(nodes, tuple(Edge(start, end, f"{start}>{end}", indirect=indirect) for start, end, indirect in edges))


def test_a_way_over_dependencies_of_their_own_is_better_than_a_shorter_one() -> None:
    ways = ways_of(_graph((0, 3, True), (0, 1, False), (1, 2, False), (2, 3, False), (3, 4, True)))
    assert [step.package.name for step in way_to(ways, _key(3), "1")] == ["p0", "p1", "p2", "p3"]
    assert [step.package.name for step in way_to(ways, _key(4), "1")] == ["p0", "p1", "p2", "p3", "p4"]
    assert way_to(ways, _key(5), "1") == ()
    assert way_to(ways, _key(3), "2") == ()


_numbers = st.integers(0, SIZE - 1)


@given(st.lists(st.tuples(_numbers, _numbers), max_size=20))
def test_every_step_is_an_edge_and_no_way_is_shorter(edges: list[tuple[int, int]]) -> None:
    ways = ways_of(_graph(*((start, end, False) for start, end in edges)))
    reached = {0: 0}
    for distance in range(SIZE):
        for start, end in edges:
            if reached.get(start) == distance:
                reached.setdefault(end, distance + 1)
    for number in range(1, SIZE):
        way = way_to(ways, _key(number), "1")
        assert (len(way) - 1 if way else None) == reached.get(number)
        for before, step in pairwise(way):
            assert step.requirement == f"{before.package.name[1:]}>{step.package.name[1:]}"
