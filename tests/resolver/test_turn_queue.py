"""Whose turn it is: the least turn, of equal ones what came first, and never what is no longer so."""

import pytest

from packhouse.domain.package import NormalName, PackageKey
from packhouse.resolver.incompatibilities import Incompatibility, Term
from packhouse.resolver.partial_solution import PartialSolution
from packhouse.resolver.turn_queue import TurnQueue
from packhouse.resolver.universe import NotLoaded
from packhouse.resolver.version_sets import EVERYTHING, VersionSet, between

CAUSE = Incompatibility((), "dependency")


def wanted(name: str, versions: VersionSet = EVERYTHING) -> Term:
    """Want a package."""
    return Term(name, positive=True, versions=versions)


def key(name: str) -> PackageKey:
    """Name a package."""
    return PackageKey("made", NormalName(name))


def test_the_least_turn_is_first_and_of_equal_ones_what_came_first() -> None:
    solution: PartialSolution[int] = PartialSolution(moves_back=False)
    queue = TurnQueue(solution, lambda term: {"late": 2}.get(str(term.package), 1))
    for name in ("late", "first", "second"):
        solution.derive(wanted(name), CAUSE)
    order = []
    while term := queue.first():
        order.append(term.package)
        solution.decide(term, 1)
    assert order == ["first", "second", "late"]


def test_what_is_known_anew_of_a_package_counts_and_what_was_taken_back_does_not() -> None:
    solution: PartialSolution[int] = PartialSolution(moves_back=False)
    queue = TurnQueue(solution, lambda term: len(term.versions.cuts))
    solution.derive(wanted("free"), CAUSE)
    solution.decide(wanted("decided"), 1)
    solution.derive(wanted("free", between(1.5, 2.5)), CAUSE)
    solution.derive(wanted("other", between(1.5, None)), CAUSE)
    first = queue.first()
    assert first is not None
    assert first.package == "other"
    solution.backtrack(0)
    assert queue.first() == wanted("free")


def test_all_that_is_not_loaded_is_named_at_once() -> None:
    def turn(term: Term) -> int:
        raise NotLoaded(frozenset((key(str(term.package)),)))

    solution: PartialSolution[int] = PartialSolution(moves_back=False)
    for name in ("a", "b"):
        solution.derive(wanted(name), CAUSE)
    with pytest.raises(NotLoaded) as missing:
        TurnQueue(solution, turn).first()
    assert missing.value.keys == {key("a"), key("b")}


def test_a_queue_does_not_grow_with_what_is_no_longer_so() -> None:
    solution: PartialSolution[int] = PartialSolution(moves_back=False)
    queue = TurnQueue(solution, lambda term: str(term.package))
    solution.derive(wanted("a"), CAUSE)
    for _ in range(1000):
        assert queue.first() == wanted("a")
        solution.decide(wanted("other"), 1)
        solution.derive(wanted("b"), CAUSE)
        queue.first()
        solution.backtrack(0)
    assert queue.size() < 200
