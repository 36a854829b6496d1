"""Semantic Versioning 2.0 as sort keys."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.formats import semver

_identifiers = st.from_regex(r"(0|[1-9][0-9]{0,30}|[0-9]{0,2}[A-Za-z-][0-9A-Za-z-]{0,4})", fullmatch=True)
_numbers = st.integers(0, 2000) | st.integers(0, 2**70)
_versions = st.builds(
    "{}.{}.{}{}".format,
    *(_numbers for _ in range(3)),
    st.just("") | st.lists(_identifiers, min_size=1, max_size=3).map(lambda parts: "-" + ".".join(parts)),
)


def test_precedence_is_that_of_the_specification() -> None:
    # SemVer 11.2 and 11.4.
    ascending = (
        "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 "
        "2.0.0 2.1.0 2.1.1"
    )
    keys = [semver.parse(version) for version in ascending.split()]
    assert all(low < high for low, high in itertools.pairwise(keys))


@given(_versions)
def test_a_key_is_written_as_the_version_it_was_made_of(version: str) -> None:
    assert semver.render(semver.parse(version)) == version


@given(_versions, _versions)
def test_any_two_keys_compare_and_equal_ones_are_one_version(one: str, other: str) -> None:
    a, b = semver.parse(one), semver.parse(other)
    assert (a < b) + (a > b) + (one == other) == 1


@given(_versions, _versions)
def test_nothing_lies_between_a_key_and_the_bound_above_it(one: str, other: str) -> None:
    a, b = semver.parse(one), semver.parse(other)
    assert (b < semver.above(a)) == (b <= a)


@given(_versions, st.from_regex(r"[0-9A-Za-z-]{1,4}(\.[0-9A-Za-z-]{1,4})?", fullmatch=True))
def test_build_metadata_does_not_count(version: str, build: str) -> None:
    # SemVer 10.
    assert semver.parse(f"{version}+{build}") == semver.parse(version)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "v1.2.3",
            " 1.2.3",
            "1.2.3\n",
            "01.2.3",
            "1.02.3",
            "1.2.03",
            "-1.2.3",
            "+1.2.3",
            "1_0.2.3",
        ),
        *(
            "1.2.3-",
            "1.2.3-01",
            "1.2.3-a..b",
            "1.2.3-a_b",
            "1.2.3+",
            "1.2.3+a..b",
            "1.2.3+a+b",
            "1.2.3beta",
            "\u0661.2.3",
            "1.2.3-é",
        ),
    ],
)
def test_only_semver_to_the_letter_is_parsed(text: str) -> None:
    with pytest.raises(ValueError, match="not a semantic version"):
        semver.parse(text)


def test_a_prerelease_is_told_by_its_key() -> None:
    assert semver.is_prerelease(semver.parse("1.0.0-0"))
    assert not semver.is_prerelease(semver.parse("1.0.0+0"))
