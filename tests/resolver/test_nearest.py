"""Nearest wins, and how much work it takes."""

from collections.abc import Iterable

from packhouse.ecosystems.maven.scopes import JavaScopes
from packhouse.resolver.nearest import Reduction, Visit
from packhouse.resolver.turns import number_things, order_things


class Patience:
    """Never cancels, and counts how often it was asked to: once for each release that is entered."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> bool:
        self.asked += 1
        return False


def visit(thing: str, order: int = 1, scope: str = "compile", children: Iterable[Visit] = ()) -> Visit:
    return Visit(thing, order, scope, children=list(children), payload=f"{thing}{order}")


def reduced(children: list[Visit], patience: Patience | None = None) -> Visit:
    root = Visit(None, None, children=children)
    number_things(root)
    order, circles = order_things(root)
    Reduction(root, JavaScopes(), patience or Patience()).reduce(order, circles)
    return root


def told(visit: Visit) -> list[object]:
    return [
        (each.payload, each.scope, told(each)) if each.children else (each.payload, each.scope)
        for each in visit.children
    ]


def ladder(rungs: int) -> list[Visit]:
    """Make layers of three things, of which each needs all three of the next layer."""
    below: list[Visit] = []
    for rung in range(rungs):
        lists = below
        below = [visit(f"{rung}-{place}") for place in range(3)]
        for each in below:
            each.children = [visit(str(other.thing), children=()) for other in lists]
            for copy, other in zip(each.children, lists, strict=True):
                copy.children = other.children  # as all visits of one release share what it leads to
    return below


def test_the_shortest_way_wins_and_of_equal_ways_the_first() -> None:
    far = visit("a", children=[visit("b", children=[visit("c", 3)])])
    near, later = visit("d", children=[visit("c", 1)]), visit("e", children=[visit("c", 2)])
    assert told(reduced([far, near, later])) == [
        ("a1", "compile", [("b1", "compile")]),
        ("d1", "compile", [("c1", "compile")]),
        ("e1", "compile"),
    ]


def test_the_winner_has_the_widest_scope_of_all_ways() -> None:
    runtime = visit("a", scope="runtime", children=[visit("c", 1)])
    compiled = visit("b", children=[visit("d", children=[visit("c", 2)])])
    assert told(reduced([runtime, compiled])) == [
        ("a1", "runtime", [("c1", "compile")]),
        ("b1", "compile", [("d1", "compile")]),
    ]


def test_what_only_a_loser_leads_to_is_gone() -> None:
    loser = visit("c", 2, children=[visit("x")])
    assert told(reduced([visit("a", children=[visit("b", children=[loser])]), visit("c", 1)])) == [
        ("a1", "compile", [("b1", "compile")]),
        ("c1", "compile"),
    ]


def test_a_circle_is_cut_where_it_is_nearest_to_the_root() -> None:
    a, b = visit("a"), visit("b")
    back = visit("a")
    a.children, b.children, back.children = [b], [back, visit("c")], a.children
    assert told(reduced([a])) == [("a1", "compile", [("b1", "compile", [("c1", "compile")])])]


def test_what_was_decided_within_a_circle_counts_once_the_circle_is_cut() -> None:
    # x is in the circle of a and b, and nearer than both ways to y; y leads back to it.
    a, b, x, y = visit("a"), visit("b"), visit("x"), visit("y")
    to_a, to_b, to_x, to_y = visit("a"), visit("b"), visit("x"), visit("y")
    to_a.children, to_b.children, to_x.children, to_y.children = a.children, b.children, x.children, y.children
    a.children += [to_b, to_y]
    b.children += [to_a, to_x]
    x.children += [visit("z", 2)]
    y.children += [to_x, visit("z", 1)]
    found = reduced([a, x])
    assert told(found) == [
        ("a1", "compile", [("b1", "compile"), ("y1", "compile")]),
        ("x1", "compile", [("z2", "compile")]),
    ]


def test_the_work_grows_with_the_graph_and_not_with_its_square() -> None:
    asked = []
    for rungs in (20, 40, 80):
        patience = Patience()
        reduced(ladder(rungs), patience)
        asked.append(patience.asked)
    assert asked[1] <= 2.2 * asked[0]
    assert asked[2] <= 2.2 * asked[1]
