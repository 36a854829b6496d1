"""Kept graphs, whoever keeps them."""

import pytest

from packhouse.domain.graph import Edge, Graph, Node
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.services.dependent_ports import (
    FIRST_PLACE,
    DependentCount,
    DependentPlace,
    GraphPlace,
    GraphTask,
    KeptGraph,
)
from packhouse.services.dependent_ways import way_to, ways_of
from tests.ports.conftest import Store

pytestmark = pytest.mark.anyio

NOW = Moment(1_000)


def _key(name: str, ecosystem: str = "toy") -> PackageKey:
    return PackageKey(ecosystem, NormalName(name))


def _chain(*names: str) -> KeptGraph:
    """Let each need the one behind it."""
    nodes = tuple(Node(_key(name), "1.0") for name in names)
    edges = tuple(Edge(at, at + 1, "*") for at in range(len(names) - 1))
    asked = tuple(sorted(node.package for node in nodes))
    graph = Graph(nodes, edges)
    return KeptGraph("1.0", graph, ways_of(graph), asked=asked, marks=tuple(range(1, len(names) + 1)))


async def _keep(store: Store, *names: str) -> None:
    await store.mark_graphs([_key(names[0])], None, NOW)
    task = next(each for each in await store.list_due_graphs(NOW, 100) if each.key == _key(names[0]))
    await store.write_graph(task, _chain(*names), NOW, None)


async def test_a_place_in_the_log_is_read_back(store: Store) -> None:
    assert await store.read_graph_place() is None
    place = GraphPlace(1_767_225_600_000_000, 2**55 + 1)
    await store.begin_graphs([], place, NOW)
    assert await store.read_graph_place() == place
    await store.mark_graphs([_key("a")], None, NOW)
    assert await store.read_graph_place() == place


async def test_a_graph_is_read_back_as_it_was_written(store: Store) -> None:
    assert await store.find_graph(_key("a")) is None
    await _keep(store, "a", "b", "c")
    found = await store.find_graph(_key("a"))
    assert found is not None
    assert (found.kept, found.made_at, found.due_at) == (_chain("a", "b", "c"), NOW, None)


async def test_what_was_marked_last_is_made_first(store: Store) -> None:
    await store.begin_graphs([_key("old"), _key("older")], None, Moment(1))
    await store.mark_graphs([_key("new")], None, NOW)
    await store.mark_graphs([_key("later")], None, Moment(NOW + 1))
    assert [task.key.name for task in await store.list_due_graphs(NOW, 1)] == ["new"]
    assert await store.count_due_graphs(NOW) == 3
    assert await store.count_due_graphs(Moment(NOW + 1)) == 4


async def test_a_change_concerns_every_graph_that_looked_at_the_package(store: Store) -> None:
    await _keep(store, "a", "b", "c")
    await _keep(store, "d", "c")
    await _keep(store, "e")
    await store.mark_graphs([_key("c")], None, NOW)
    assert {task.key.name for task in await store.list_due_graphs(NOW, 10)} == {"a", "c", "d"}
    await store.begin_graphs([_key("e")], None, NOW)
    assert {task.key.name for task in await store.list_due_graphs(NOW, 10)} == {"a", "c", "d", "e"}


async def test_a_graph_that_was_marked_while_it_was_made_is_made_again(store: Store) -> None:
    await store.mark_graphs([_key("a")], None, NOW)
    (task,) = await store.list_due_graphs(NOW, 10)
    await store.mark_graphs([_key("a")], None, NOW)
    await store.write_graph(task, _chain("a"), NOW, None)
    (again,) = await store.list_due_graphs(NOW, 10)
    assert again.mark > task.mark
    await store.write_graph(again, _chain("a"), NOW, Moment(NOW + 5))
    assert not await store.list_due_graphs(NOW, 10)
    assert [task.key.name for task in await store.list_due_graphs(Moment(NOW + 5), 10)] == ["a"]


async def test_dependents_are_counted_and_listed_direct_ones_first(store: Store) -> None:
    await _keep(store, "a", "b", "c")
    await _keep(store, "b", "c")
    await _keep(store, "d", "b", "c")
    assert await store.count_dependents(_key("c"), "1.0") == DependentCount(1, 2)
    assert await store.count_dependents(_key("b"), "1.0") == DependentCount(2, 0)
    assert await store.count_dependents(_key("c"), "2.0") == DependentCount()
    assert await store.count_dependents(_key("c", "other"), "1.0") == DependentCount()
    assert await store.count_versions(_key("c")) == {"1.0": 3}
    listed = await store.list_dependents(_key("c"), "1.0", FIRST_PLACE, 10)
    assert [(each.key.name, each.relation) for each in listed] == [
        ("b", "direct"),
        ("a", "indirect"),
        ("d", "indirect"),
    ]
    assert [step.package.name for step in way_to(listed[1].ways, _key("c"), "1.0")] == ["a", "b", "c"]
    place = DependentPlace(indirect=True, name="a")
    assert [each.key.name for each in await store.list_dependents(_key("c"), "1.0", place, 10)] == ["d"]
    assert [each.key.name for each in await store.list_dependents(_key("c"), "1.0", FIRST_PLACE, 2)] == ["b", "a"]


async def test_a_graph_that_looked_at_something_hidden_does_not_count(store: Store) -> None:
    await _keep(store, "a", "b", "c")
    await _keep(store, "b", "c")
    hidden = [_key("b")]
    assert await store.count_dependents(_key("c"), "1.0", hidden) == DependentCount()
    assert await store.count_versions(_key("c"), hidden) == {}
    assert not await store.list_dependents(_key("c"), "1.0", FIRST_PLACE, 10, hidden)
    assert await store.list_doubtful("toy", hidden) == [_key("a")]
    assert not await store.list_doubtful("other", hidden)


async def test_what_a_graph_no_longer_has_finds_it_no_more(store: Store) -> None:
    await _keep(store, "a", "b", "c")
    await _keep(store, "a", "c")
    assert await store.count_dependents(_key("b"), "1.0") == DependentCount()
    assert await store.count_dependents(_key("c"), "1.0") == DependentCount(1, 0)
    await store.mark_graphs([_key("b")], None, NOW)
    assert [task.key.name for task in await store.list_due_graphs(NOW, 10)] == ["b"]
    await store.write_graph(GraphTask(_key("a"), 1), KeptGraph(error="gone"), NOW, None)
    assert await store.count_dependents(_key("c"), "1.0") == DependentCount()


async def test_every_name_is_listed_once_page_by_page(store: Store) -> None:
    await _keep(store, "a", "b", "c")
    await _keep(store, "d", "c")
    first = await store.list_graph_names("toy", "", 2)
    rest = await store.list_graph_names("toy", first[-1].name, 10)
    assert [key.name for key in (*first, *rest)] == ["a", "b", "c", "d"]
