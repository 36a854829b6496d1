"""Sets of versions as cuts: what they say of every version is what the versions themselves say."""

from hypothesis import given
from hypothesis import strategies as st

from packhouse.resolver.version_sets import VersionSet

VERSIONS = range(12)
"""Cuts lie between them, at halves."""
sets = st.builds(
    lambda inside, cuts: VersionSet(inside=inside, cuts=tuple(each - 0.5 for each in sorted(cuts))),
    st.booleans(),
    st.sets(st.sampled_from(VERSIONS[1:]), max_size=6),
)


def held(versions: VersionSet) -> set[int]:
    """List what belongs to a set, one by one."""
    return {each for each in VERSIONS if versions.holds(each)}


@given(sets, sets)
def test_what_two_sets_have_in_common_and_together_is_what_their_versions_have(
    one: VersionSet, other: VersionSet
) -> None:
    assert held(one.meet(other)) == held(one) & held(other)
    assert held(one.join(other)) == held(one) | held(other)
    assert held(one.complement()) == set(VERSIONS) - held(one)


@given(sets, sets)
def test_a_set_is_within_or_apart_from_another_where_its_versions_are(one: VersionSet, other: VersionSet) -> None:
    assert one.within(other) == (held(one) <= held(other))
    assert one.apart(other) == (not held(one) & held(other))


@given(sets, st.sets(st.sampled_from(VERSIONS)))
def test_versions_are_counted_as_they_are_listed(one: VersionSet, there: set[int]) -> None:
    listed = sorted(there)
    spans = [listed[at] for low, high in one.spans(listed) for at in range(low, high)]
    assert spans == sorted(held(one) & there)
    assert one.count(listed) == len(spans)
    above = {each for each in listed if each > max(held(one), default=-1)} if held(one) else there
    assert one.above().count(listed) == len(above)
