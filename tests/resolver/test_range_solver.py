"""PubGrub over made-up worlds: what it chooses, that it finds an answer wherever there is one, and that it ends."""

import threading
from collections.abc import Iterable, Mapping
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packhouse.domain.errors import TooHard
from packhouse.resolver.conclusions import tell
from packhouse.resolver.incompatibilities import Incompatibility, Package, Term
from packhouse.resolver.range_solver import MAX_STEPS, Choice, Manner, NoSolution, Solver
from packhouse.resolver.sentences import split_steps
from packhouse.resolver.version_sets import NOTHING, VersionSet, between

World = Mapping[str, Mapping[int, Mapping[str, tuple[int, int]]]]
"""Packages, their versions, and what each needs: from a version, to before another."""
ROOT = "the project"
MANNERS = (Manner(), Manner(goes_on=True), Manner(moves_back=True))


class Made:
    """Chooses in a made-up world: the package with the fewest versions left, the highest of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sorted: dict[Package, list[int]] = {}

    def turn(self, unsettled: Term) -> int:
        """Take turns as pub does."""
        return unsettled.versions.count(self.versions(unsettled.package))

    def choose(self, unsettled: Term) -> Choice[int]:
        """Choose as pub does."""
        left = [at for span in unsettled.versions.spans(self.versions(unsettled.package)) for at in span]
        if not left:
            return Choice(unsettled.package, None, NOTHING)
        highest = self.versions(unsettled.package)[left[-1] - 1]
        return Choice(unsettled.package, highest, between(highest - 0.5, highest + 0.5))

    def versions(self, package: Package) -> list[int]:
        """List the versions that there are, ascending."""
        if package not in self.sorted:
            self.sorted[package] = sorted(self.world.get(str(package), {}))
        return self.sorted[package]

    def facts(self, package: Package, version: int) -> Iterable[Incompatibility]:
        """Tell what a version needs."""
        own = Term(package, positive=True, versions=between(version - 0.5, version + 0.5))
        for name, (low, high) in self.world[str(package)][version].items():
            needed = Term(name, positive=False, versions=between(low - 0.5, high - 0.5))
            yield Incompatibility((own, needed), "dependency", f"{package} {version} needs {name} {low} to {high}")

    def missing(self, unsettled: Term) -> Incompatibility:
        """Say that nothing is left."""
        return Incompatibility((unsettled,), "none", f"there is no {unsettled.package} like that")

    def releases(self, package: Package, versions: VersionSet) -> str:
        """Name a set."""
        listed = self.versions(package)
        runs = [f"{listed[low]} to {listed[high - 1]}" for low, high in versions.spans(listed)]
        return f"{package} {' or '.join(runs) or 'of no version'}"

    def is_root(self, package: Package) -> bool:
        """Tell whether it is the project."""
        return package == ROOT


def solve(world: World, manner: Manner = MANNERS[0], max_steps: int = MAX_STEPS) -> dict[str, int]:
    """Solve, without the root."""
    found = Solver(Made(world), ROOT, manner, max_steps=max_steps).solve()
    return {str(package): version for package, version in found.items() if package != ROOT}


def fits(world: World, chosen: Mapping[str, int]) -> bool:
    """Tell whether all that is needed is chosen."""
    return all(
        low <= chosen.get(name, -1) < high
        for package, version in chosen.items()
        for name, (low, high) in world[package][version].items()
    )


@pytest.mark.parametrize("manner", MANNERS)
def test_the_highest_that_fits_is_chosen(manner: Manner) -> None:
    world: World = {
        ROOT: {0: {"a": (1, 9), "b": (1, 9)}},
        "a": {1: {"shared": (2, 4)}},
        "b": {1: {"shared": (3, 5)}},
        "shared": {2: {}, 3: {}, 4: {}, 5: {}},
    }
    assert solve(world, manner) == {"a": 1, "b": 1, "shared": 3}


@pytest.mark.parametrize("manner", MANNERS)
def test_it_goes_back_past_what_has_nothing_to_do_with_a_conflict(manner: Manner) -> None:
    world: World = {
        ROOT: {0: {"c": (1, 3), "y": (2, 3)}},
        "a": {1: {"x": (1, 9)}},
        "b": {1: {"x": (0, 2)}},
        "c": {1: {}, 2: {"a": (0, 9), "b": (0, 9)}},
        "x": {0: {}, 1: {"y": (1, 2)}, 2: {}},
        "y": {1: {}, 2: {}},
    }
    assert solve(world, manner) == {"c": 1, "y": 2}


def test_why_nothing_fits_is_told_step_by_step() -> None:
    world: World = {
        ROOT: {0: {"a": (1, 2), "b": (1, 2)}},
        "a": {1: {"shared": (1, 2)}},
        "b": {1: {"shared": (2, 3)}},
        "shared": {1: {}, 2: {}},
    }
    with pytest.raises(NoSolution) as caught:
        solve(world)
    told = tell(caught.value.incompatibility, Made(world))
    assert told.startswith("Since ")
    assert "a 1 needs shared 1 to 2" in told
    assert "b 1 needs shared 2 to 3" in told
    assert told.endswith("nothing fits.")


def test_a_long_chain_is_told_in_few_steps_and_a_conclusion_that_is_used_again_has_a_number() -> None:
    chain: World = {f"c{at}": {1: {f"c{at + 1}": (1, 2)}} for at in range(30)}
    world: World = {
        ROOT: {0: {"c0": (1, 2), "end": (2, 3)}},
        **chain,
        "c30": {1: {"end": (1, 2)}},
        "end": {1: {}, 2: {}},
    }
    with pytest.raises(NoSolution) as caught:
        solve(world)
    told = split_steps(tell(caught.value.incompatibility, Made(world)))
    assert 2 < len(told) < 15
    assert [step.split()[0] for step in told] == [f"({number})" for number in range(1, len(told) + 1)]
    for number in range(1, len(told)):
        assert any(f"({number})" in later for later in told[number:])
    assert told[-1].endswith("nothing fits.")


def test_a_search_ends_after_its_steps() -> None:
    ring = {f"p{n}": {v: {f"p{(n + 1) % 9}": (v + 1, v + 2)} for v in range(20)} for n in range(9)}
    world: World = {ROOT: {0: {"p0": (0, 20)}}, **ring}
    with pytest.raises(TooHard):
        solve(world, max_steps=10)


def test_a_search_ends_when_nobody_waits() -> None:
    ring = {f"p{n}": {v: {f"p{(n + 1) % 9}": (v + 1, v + 2)} for v in range(300)} for n in range(9)}
    world: World = {ROOT: {0: {"p0": (0, 300)}}, **ring}
    nobody_waits = threading.Event()
    solver = Solver(Made(world), ROOT, Manner(), is_cancelled=nobody_waits.is_set)
    ended: list[BaseException] = []

    def run() -> None:
        try:
            solver.solve()
        except (TooHard, NoSolution) as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    nobody_waits.set()
    thread.start()
    thread.join(20)
    assert [type(each) for each in ended] == [TooHard]
    assert solver.steps <= 64


def test_ten_thousand_versions_of_which_none_fits_end_soon() -> None:
    world: World = {
        ROOT: {0: {"many": (0, 10_000), "one": (1, 2)}},
        "many": {version: {"one": (2 + version % 2, 4)} for version in range(10_000)},
        "one": {1: {}, 2: {}, 3: {}},
    }
    with pytest.raises(NoSolution) as caught:
        solve(world)
    assert len(tell(caught.value.incompatibility, Made(world))) < 20_000


_NAMES = ("a", "b", "c", "d")
_needs = st.dictionaries(
    st.sampled_from(_NAMES), st.tuples(st.integers(0, 3), st.integers(1, 4)).filter(lambda span: span[0] < span[1]),
    max_size=2,
)  # fmt: skip
_versions = st.dictionaries(st.integers(0, 3), _needs, max_size=4)
_worlds = st.fixed_dictionaries({ROOT: st.fixed_dictionaries({0: _needs}), **dict.fromkeys(_NAMES, _versions)})


@settings(max_examples=300, deadline=None)
@given(_worlds, st.sampled_from(MANNERS))
def test_an_answer_is_found_wherever_there_is_one(world: World, manner: Manner) -> None:
    try:
        found = solve(world, manner)
    except NoSolution:
        found = None
    every = [[None, *sorted(world[name])] for name in _NAMES]
    answers = (
        {name: version for name, version in zip(_NAMES, each, strict=True) if version is not None}
        for each in product(*every)
    )
    some = any(fits(world, {ROOT: 0, **answer}) for answer in answers)
    assert (found is not None) == some
    assert found is None or fits(world, {ROOT: 0, **found})


_sets = st.lists(st.integers(0, 9).map(lambda cut: cut - 0.5), unique=True).map(sorted).flatmap(
    lambda cuts: st.booleans().map(lambda inside: VersionSet(inside, tuple(cuts)))
)  # fmt: skip


@given(_sets, _sets)
def test_sets_of_versions_combine_as_sets_do(one: VersionSet, other: VersionSet) -> None:
    line = list(range(-1, 11))

    def members(versions: VersionSet) -> set[int]:
        return {version for version in line if versions.holds(version)}

    assert members(one.meet(other)) == members(one) & members(other)
    assert members(one.join(other)) == members(one) | members(other)
    assert members(one.complement()) == set(line) - members(one)
    assert one.within(other) == (members(one) <= members(other))
    assert one.apart(other) == (not members(one) & members(other))
    assert one.count(line) == len(members(one))
    assert one.count(line[::2]) == len(members(one) & set(line[::2]))


def test_each_package_is_weighed_when_it_changes_and_not_at_each_step() -> None:
    class Counting(Made):
        weighed = 0

        def turn(self, unsettled: Term) -> int:
            self.weighed += 1
            return super().turn(unsettled)

    names = [f"p{number}" for number in range(300)]
    made = Counting({ROOT: {1: dict.fromkeys(names, (1, 9))}, **{name: {1: {}, 2: {}} for name in names}})
    assert set(Solver(made, ROOT, MANNERS[0]).solve().values()) == {1, 2}
    assert made.weighed <= 2 * len(names)
