"""Constraints as a resolver holds them against each other."""

from hypothesis import given
from hypothesis import strategies as st

from packhouse.ecosystems.composer.links import covered, exactly, read_constraint
from packhouse.ecosystems.composer.versions import key_of

_VERSIONS = (
    "dev-main",
    "dev-fix",
    "0.9.0.0",
    "1.0.0.0-dev",
    "1.0.0.0-beta1",
    "1.0.0.0",
    "1.5.0.0",
    "2.0.0.0",
    "3.1.0.0",
)
_bounds = st.sampled_from(
    [
        "^1.0",
        ">=1.0",
        "<2.0",
        ">1.0",
        "<=1.5",
        "!=1.5",
        "1.0.0",
        "*",
        "dev-main",
        "!=dev-fix",
        "~1.0",
        "2.*",
        ">=2",
        "=3.1",
    ]
)
_constraints = st.lists(st.lists(_bounds, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=3).map(
    " || ".join
)


@given(_constraints, st.sampled_from(_VERSIONS))
def test_whole_and_in_parts_a_constraint_accepts_the_same_versions(text: str, version: str) -> None:
    constraint, key = read_constraint(text), key_of(version)
    assert constraint.whole.matches(key) == constraint.matches(key)
    assert any(part.matches(key) for part in constraint.parts) == constraint.matches(key)


@given(_constraints, _constraints, st.sampled_from(_VERSIONS))
def test_what_covers_two_constraints_accepts_what_one_of_them_does(one: str, other: str, version: str) -> None:
    first, second, key = read_constraint(one), read_constraint(other), key_of(version)
    assert covered((first, second)).matches(key) == (first.matches(key) or second.matches(key))


@given(_constraints, _constraints)
def test_a_range_that_contains_another_accepts_all_of_it(one: str, other: str) -> None:
    outer, inner = read_constraint(one), read_constraint(other)
    if outer.whole.contains(inner.whole):
        assert all(outer.matches(key) for key in map(key_of, _VERSIONS) if inner.matches(key))
    assert outer.whole.contains(outer.whole)


@given(_constraints, _constraints)
def test_what_is_provided_meets_what_is_wanted_both_ways_round(one: str, other: str) -> None:
    first, second = read_constraint(one), read_constraint(other)
    assert first.meets(second) == second.meets(first)


@given(_constraints, st.sampled_from(_VERSIONS))
def test_one_version_is_provided_where_it_would_be_accepted(text: str, version: str) -> None:
    constraint = read_constraint(text)
    assert constraint.meets(exactly(version)) == constraint.matches(key_of(version))


def test_different_spellings_of_the_same_are_one() -> None:
    assert read_constraint("^1.0") is read_constraint(">=1.0 <2.0")
    assert read_constraint("^1 || ^2").text == ">= 1.0.0.0-dev < 3.0.0.0-dev"
    assert len(read_constraint("^1 || ^3").parts) == 2
    assert len(read_constraint("!=1.5").parts) == 1
