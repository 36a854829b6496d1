"""Minimal version selection on graphs of letters: `a1` is version 1 of a."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from packhouse.resolver.minimal_versions import Module, ModuleGraph, Needs, Roots, Selection

World = Mapping[str, Needs]


def mod(text: str) -> Module:
    return Module(text.rstrip("0123456789"), text.lstrip("abcdefghijklmnopqrstuvwxyz"))


def mods(text: str) -> tuple[Module, ...]:
    return tuple(mod(each) for each in text.split())


def whole(text: str) -> Needs:
    """Make a module that does not list all that its packages need."""
    return Needs(mods(text), pruned=False)


def listed(text: str) -> Needs:
    """Make a module that lists all that its packages need."""
    return Needs(mods(text), pruned=True)


def select(roots: Roots, world: World) -> Selection:
    selection = Selection("main", roots, lambda _, version: int(version))
    while wanted := selection.wanted():
        selection.take({each: world.get("".join(each), Needs()) for each in wanted})
    return selection


def chosen(roots: Roots, world: World) -> str:
    return " ".join("".join(each) for each in select(roots, world).graph.chosen())


def test_of_each_module_the_highest_minimum_is_chosen_and_no_higher_one() -> None:
    world = {"a1": whole("c1"), "b1": whole("c2"), "c9": whole("")}
    assert chosen(Roots(mods("a1 b1"), pruned=False), world) == "a1 b1 c2"


def test_what_a_version_that_is_not_chosen_requires_counts_as_well() -> None:
    world = {"a1": whole("c1"), "b1": whole("c2"), "c1": whole("d5")}
    assert chosen(Roots(mods("a1 b1"), pruned=False), world) == "a1 b1 c2 d5"


def test_behind_a_module_that_lists_all_nothing_is_read() -> None:
    selection = select(Roots(mods("a1"), pruned=True), {"a1": listed("b1"), "b1": listed("c1")})
    assert selection.graph.chosen() == list(mods("a1 b1"))
    assert selection.needs(mod("b1")) is None


def test_behind_a_module_that_does_not_list_all_everything_is_read() -> None:
    world = {"a1": whole("b1"), "b1": listed("c1"), "c1": listed("d1"), "d1": listed("e1")}
    # Although b1 itself lists all: what needs it does not.
    assert chosen(Roots(mods("a1"), pruned=True), world) == "a1 b1 c1 d1 e1"
    assert chosen(Roots(mods("a1"), pruned=False), world) == "a1 b1 c1 d1 e1"


def test_a_cycle_ends() -> None:
    world = {"a1": whole("b1"), "b1": whole("a2 main3"), "a2": whole("b1")}
    assert chosen(Roots(mods("a1"), pruned=False), world) == "a2 b1"


def test_a_root_that_is_not_the_highest_is_raised_and_what_that_reveals_is_read() -> None:
    world = {"a1": listed("b2"), "b1": listed(""), "b2": listed("c1"), "c1": listed("d1")}
    selection = select(Roots(mods("a1 b1"), pruned=True), world)
    assert selection.graph.roots.modules == mods("a1 b2")
    assert selection.graph.chosen() == list(mods("a1 b2 c1"))


def test_where_nothing_is_pruned_only_roots_that_nothing_implies_are_kept() -> None:
    world = {"a1": whole("b2"), "b1": whole(""), "b2": whole("c1"), "c1": whole("")}
    selection = select(Roots(mods("a1 b1"), pruned=False), world)
    assert selection.graph.roots.modules == mods("a1")
    direct = select(Roots(mods("a1 b1"), pruned=False, direct=frozenset({"b"})), world)
    assert direct.graph.roots.modules == mods("a1 b2")


def test_roots_named_twice_and_the_main_module_itself_are_no_roots() -> None:
    world = {"a1": whole("b1"), "a2": whole(""), "main7": whole("")}
    assert select(Roots(mods("a1 a2 main7"), pruned=True), world).graph.roots.modules == mods("a2")
    # Where nothing is pruned, what was selected on account of the lower one stays.
    assert select(Roots(mods("a1 a2 main7"), pruned=False), world).graph.roots.modules == mods("a2 b1")


def test_with_a_fault_no_root_is_raised_and_the_way_to_it_is_told() -> None:
    world = {"a1": listed("b2 x1"), "b1": whole("c1"), "c1": Needs(fault="gone"), "b2": listed("")}
    graph = select(Roots(mods("a1 b1"), pruned=True), world).graph
    assert graph.roots.modules == mods("a1 b1")
    assert graph.faults == {mod("c1"): "gone"}
    assert graph.path_to(mod("c1")) == [Module("main", ""), *mods("b1 c1")]
    assert graph.path_to(mod("z1")) == []


def test_a_graph_is_read_as_far_as_it_is_known() -> None:
    graph = ModuleGraph(Module("main", ""), Roots(mods("a1 b1"), pruned=False), lambda _, version: int(version))
    assert graph.read({}) == set(mods("a1 b1"))
    assert graph.read({mod("a1"): whole("c1")}) == set(mods("b1 c1"))
    assert graph.read({mod("b1"): whole(""), mod("c1"): whole("")}) == set()
    assert list(graph.walk()) == [Module("main", ""), *mods("a1 b1 c1")]


def test_a_chain_of_ten_thousand_is_no_deeper_than_one() -> None:
    world = {f"a{number}": whole(f"a{number + 1}") for number in range(1, 10_000)}
    selection = Selection("main", Roots(mods("a1 a2"), pruned=False), lambda _, version: int(version))
    selection.take({mod(name): needs for name, needs in world.items()} | {mod("a10000"): whole("")})
    assert selection.wanted() == set()
    assert selection.graph.chosen() == list(mods("a10000"))


_modules = st.sampled_from([f"{path}{version}" for path in "abcde" for version in (1, 2, 3)])
_worlds = st.dictionaries(_modules, st.lists(_modules, max_size=4).map(" ".join).map(whole), max_size=15)


@given(_worlds, st.lists(_modules, min_size=1, max_size=4, unique_by=lambda each: each[0]))
def test_where_nothing_is_pruned_the_choice_is_the_highest_of_all_that_is_reached(
    world: World, roots: list[str]
) -> None:
    reached = set(roots)
    while more := {"".join(each) for one in reached for each in world.get(one, Needs()).requires} - reached:
        reached |= more
    highest = {name[0]: name for name in sorted(reached)}
    expected = [highest[path] for path in sorted(highest)]
    assert chosen(Roots(mods(" ".join(sorted(roots))), pruned=False), world) == " ".join(expected)


@given(_worlds, st.lists(_modules, min_size=1, max_size=4, unique_by=lambda each: each[0]))
def test_pruned_roots_end_at_their_selected_versions(world: World, roots: list[str]) -> None:
    pruned = {name: Needs(needs.requires, pruned=len(needs.requires) % 2 == 0) for name, needs in world.items()}
    selection = select(Roots(mods(" ".join(sorted(roots))), pruned=True), pruned)
    assert selection.graph.roots_are_selected()
    assert {each.path for each in selection.graph.roots.modules} == {name[0] for name in roots}
