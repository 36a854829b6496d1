"""Canonical graphs."""

import random

from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.graph import Edge, Graph, Node
from packhouse.domain.package import NormalName, PackageKey
from packhouse.resolver.canonical import canonical, depths


def _node(name: str, version: str = "1.0.0", path: str = "") -> Node:
    return Node(PackageKey("toy", NormalName(name)), version, path)


def _shuffled(graph: Graph, seed: int) -> Graph:
    """Renumber all nodes but the root, and mix the edges."""
    chance = random.Random(seed)
    rest = list(range(1, len(graph.nodes)))
    chance.shuffle(rest)
    order = [0, *rest]
    moved = {old: new for new, old in enumerate(order)}
    edges = [Edge(moved[edge.from_node], moved[edge.to_node], edge.requirement) for edge in graph.edges]
    chance.shuffle(edges)
    return Graph(tuple(graph.nodes[old] for old in order), tuple(edges))


def test_the_root_comes_first_and_the_rest_by_name_and_version() -> None:
    nodes = (_node("zebra"), _node("b", "2.0.0"), _node("a"), _node("b", "1.0.0"))
    edges = (Edge(0, 1, "^2"), Edge(0, 2, "*"), Edge(2, 3, "^1"))
    result = canonical(Graph(nodes, edges))
    assert [f"{node.package.name} {node.version}" for node in result.nodes] == [
        "zebra 1.0.0",
        "a 1.0.0",
        "b 1.0.0",
        "b 2.0.0",
    ]
    assert [(edge.from_node, edge.to_node, edge.requirement) for edge in result.edges] == [
        (0, 1, "*"),
        (0, 3, "^2"),
        (1, 2, "^1"),
    ]


def test_of_two_nodes_of_one_release_the_nearer_comes_first() -> None:
    nodes = (_node("root"), _node("x", path="deep/x"), _node("x", path="x"), _node("mid"))
    edges = (Edge(0, 3, "*"), Edge(3, 1, "*"), Edge(0, 2, "*"))
    assert [node.path for node in canonical(Graph(nodes, edges)).nodes] == ["", "", "x", "deep/x"]


def test_an_empty_graph_stays_empty() -> None:
    assert canonical(Graph((), (), "no")) == Graph((), (), "no")


def test_depths_count_the_shortest_way_and_name_what_is_cut_off() -> None:
    nodes = (_node("root"), _node("a"), _node("b"), _node("lost"))
    edges = (Edge(0, 1, "*"), Edge(1, 2, "*"), Edge(0, 2, "*"), Edge(2, 0, "*"))
    assert depths(Graph(nodes, edges)) == [0, 1, 1, None]


@st.composite
def _graphs(draw: st.DrawFn) -> Graph:
    size = draw(st.integers(1, 12))
    # Places are unique, as in an installation; names and versions repeat.
    nodes = tuple(_node(draw(st.sampled_from("abc")), draw(st.sampled_from("12")), f"at/{at}") for at in range(size))
    ends = st.integers(0, size - 1)
    edges = draw(st.lists(st.builds(Edge, ends, ends, st.sampled_from(["*", "^1"])), max_size=30))
    return Graph(nodes, tuple(edges))


@given(_graphs(), st.integers(0, 1000))
def test_the_order_in_which_a_graph_was_found_does_not_show(graph: Graph, seed: int) -> None:
    assert canonical(_shuffled(graph, seed)) == canonical(graph)


@given(_graphs())
def test_canonical_twice_is_canonical_once(graph: Graph) -> None:
    assert canonical(canonical(graph)) == canonical(graph)
