"""Searching by clauses."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import TooHard
from packhouse.resolver.clause_search import ClauseSearch, Impossible, Statements
from packhouse.resolver.clauses import Clause

_CANDIDATES = 8
_literals = st.integers(1, _CANDIDATES).flatmap(lambda number: st.sampled_from([number, -number]))
_clauses = st.lists(
    st.lists(_literals, min_size=1, max_size=4, unique_by=abs).filter(lambda found: min(found) < 0 or len(found) < 2),
    max_size=25,
)
_exclusions = st.lists(st.lists(st.integers(1, _CANDIDATES), min_size=3, max_size=5, unique=True), max_size=3)
_asked = st.lists(st.lists(st.integers(1, _CANDIDATES), min_size=1, max_size=4, unique=True), min_size=1, max_size=4)


def _first(numbers: Sequence[int], _asked: str) -> Sequence[int]:
    return numbers


def _search(
    clauses: Sequence[Sequence[int]], exclusions: Sequence[Sequence[int]], asked: Sequence[Sequence[int]]
) -> ClauseSearch:
    statements = Statements()
    for clause in clauses:
        statements.tell(Clause(clause, "clause"))
    for exclusion in exclusions:
        statements.tell(Clause([-each for each in exclusion], "exclusion", many=True))
    for demand in asked:
        statements.ask(Clause(demand, "demand"))
    return ClauseSearch(_CANDIDATES, statements, _first)


def _holds(
    chosen: frozenset[int],
    clauses: Sequence[Sequence[int]],
    exclusions: Sequence[Sequence[int]],
    asked: Sequence[Sequence[int]],
) -> bool:
    return all(
        any((literal in chosen) if literal > 0 else (-literal not in chosen) for literal in clause)
        for clause in [*clauses, *asked]
    ) and all(len(chosen.intersection(exclusion)) <= 1 for exclusion in exclusions)


@given(_clauses, _exclusions, _asked)
def test_an_answer_meets_all_that_is_said_and_none_is_refused_that_exists(
    clauses: list[list[int]], exclusions: list[list[int]], asked: list[list[int]]
) -> None:
    try:
        chosen = frozenset(_search(clauses, exclusions, asked).run())
    except Impossible:
        everything = (
            frozenset(subset)
            for size in range(_CANDIDATES + 1)
            for subset in itertools.combinations(range(1, _CANDIDATES + 1), size)
        )
        assert not any(_holds(subset, clauses, exclusions, asked) for subset in everything)
    else:
        assert _holds(chosen, clauses, exclusions, asked)


def test_the_first_that_will_do_is_taken() -> None:
    assert set(_search([[-2, 5]], [[2, 3, 4]], [[2, 3]]).run()) == {2, 5}


def test_a_conflict_leads_to_the_next_best() -> None:
    assert set(_search([[-2, 5], [-5, -7]], [], [[2, 3], [7]]).run()) == {3, 7}


def test_what_cannot_be_names_the_clauses_that_say_so() -> None:
    with pytest.raises(Impossible) as impossible:
        _search([[-1, 3], [-2, 4], [-3, -4], [-6, 5]], [], [[1], [2], [5, 6]]).run()
    assert {clause.literals for clause in impossible.value.clauses} >= {(-1, 3), (-2, 4), (-4, -3), (1,), (2,)}
    assert (-6, 5) not in {clause.literals for clause in impossible.value.clauses}


def test_a_search_goes_no_further_than_it_may() -> None:
    statements = Statements()
    for number in range(1, 50):
        statements.ask(Clause([number, number + 50], "demand"))
    with pytest.raises(TooHard):
        ClauseSearch(100, statements, _first, max_steps=10).run()
