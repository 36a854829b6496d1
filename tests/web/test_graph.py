"""The picture of a graph, and its list."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.graph import Edge, Graph, Node
from packhouse.domain.package import NormalName, PackageKey
from packhouse.web.graph_layout import lay_out
from packhouse.web.graph_outline import outline


def _graph(size: int, *ends: tuple[int, int]) -> Graph:
    nodes = tuple(Node(PackageKey("toy", NormalName(f"n{at}")), "1.0.0") for at in range(size))
    return Graph(nodes, tuple(Edge(source, target, "*") for source, target in ends))


@st.composite
def _graphs(draw: st.DrawFn) -> Graph:
    size = draw(st.integers(1, 60))
    ends = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1))
    return _graph(size, *draw(st.lists(ends, max_size=120)))


def test_columns_go_by_the_distance_from_the_root() -> None:
    layout = lay_out(_graph(4, (0, 1), (0, 2), (1, 3), (2, 3)))
    at = {box.node: box for box in layout.boxes}
    assert at[0].x < at[1].x == at[2].x < at[3].x
    assert [curve.direct for curve in layout.curves] == [True, True, False, False]
    assert layout.hidden == 0


@given(_graphs())
def test_no_two_boxes_overlap_and_all_are_inside(graph: Graph) -> None:
    layout = lay_out(graph)
    for box in layout.boxes:
        assert 0 <= box.x <= layout.width - box.width
        assert 0 <= box.y <= layout.height - box.height
        for other in layout.boxes:
            apart = abs(box.x - other.x) >= min(box.width, other.width) or abs(box.y - other.y) >= box.height
            assert box.node == other.node or apart


@given(_graphs(), st.integers(1, 40))
def test_what_is_left_out_is_counted_and_further_away(graph: Graph, shown: int) -> None:
    layout = lay_out(graph, shown)
    assert len(layout.boxes) <= shown
    assert layout.hidden == len(graph.nodes) - len(layout.boxes)
    everything = {box.node: box.depth for box in lay_out(graph, 10_000).boxes}
    drawn = {box.node for box in layout.boxes}
    deepest = max(everything[node] for node in drawn)
    assert all(depth >= deepest for node, depth in everything.items() if node not in drawn)


def test_many_direct_dependencies_are_cut_at_the_limit() -> None:
    layout = lay_out(_graph(400, *((0, target) for target in range(1, 400))))
    assert (len(layout.boxes), layout.hidden) == (150, 250)


def test_a_long_label_is_cut() -> None:
    graph = Graph((Node(PackageKey("toy", NormalName("x" * 300)), "1" * 300),), ())
    (box,) = lay_out(graph).boxes
    assert box.name == "x" * 27 + "…"
    assert box.width < 300


def test_of_a_long_label_with_a_group_the_end_is_left() -> None:
    graph = Graph((Node(PackageKey("toy", NormalName("org.orchard.boot:orchard-starter-press")), "1.0.0"),), ())
    (box,) = lay_out(graph).boxes
    assert box.name == "….boot:orchard-starter-press"


def _written(graph: Graph, limit: int = 1000) -> list[str]:
    words = {"open": "(", "close": ")", "end": ""}
    lines = outline(graph, limit).lines
    return [f"{line.node}{'*' * line.elsewhere}" if line.step == "item" else words[line.step] for line in lines]


def test_the_list_nests_what_a_node_needs_where_it_is_nearest_to_the_root() -> None:
    graph = _graph(5, (0, 1), (1, 2), (2, 3), (0, 3), (3, 4), (4, 0))
    assert "".join(_written(graph)) == "(1(2(3*))3(4(0*)))"


def test_a_node_without_needs_is_never_elsewhere() -> None:
    assert "".join(_written(_graph(3, (0, 1), (0, 2), (1, 2)))) == "(1(2)2)"


@given(_graphs(), st.integers(0, 50))
def test_lists_close_what_they_open_and_hold_every_edge_that_can_be_reached(graph: Graph, limit: int) -> None:
    whole = outline(graph, 10_000)
    reached = {0}
    while more := {edge.to_node for edge in graph.edges if edge.from_node in reached} - reached:
        reached |= more
    items = sum(line.step == "item" for line in whole.lines)
    assert (items, whole.hidden) == (sum(edge.from_node in reached for edge in graph.edges), 0)
    short = outline(graph, limit)
    steps = Counter(line.step for line in short.lines)
    assert steps["open"] == steps["close"]
    assert steps["item"] == steps["end"] == min(limit, items)


def test_a_chain_of_thousands_is_no_trouble() -> None:
    graph = _graph(5000, *((at, at + 1) for at in range(4999)))
    assert outline(graph).hidden == 1
    assert lay_out(graph).hidden == 4850
