"""Ranges over sorted versions; that they mean what npm says is in test_oracle."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.ranges import is_range, max_satisfying, parse_range, satisfies
from packhouse.ecosystems.npm.versions import AscendingKeys, version_key
from packhouse.formats.semver import Key
from tests.ecosystems.npm.oracle.questions import Inventor


class CountingKeys:
    """Keys that count how many of them were looked at."""

    def __init__(self, versions: list[str]) -> None:
        self.keys = AscendingKeys(versions)
        self.asked: set[int] = set()

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, position: int, /) -> Key:
        self.asked.add(position)
        return self.keys[position]


@given(st.integers(0, 10_000))
def test_positions_are_those_of_the_versions_that_match(seed: int) -> None:
    inventor = Inventor(seed)
    versions = sorted(
        {version for _ in range(30) if satisfies(version := inventor.version(), "*", include_prerelease=True)},
        key=version_key,
    )
    for include_prerelease in (False, True):
        try:
            wanted = parse_range(inventor.range(), include_prerelease=include_prerelease)
        except Invalid:
            continue
        expected = [position for position, version in enumerate(versions) if wanted.matches(version)]
        keys = AscendingKeys(versions)

        assert wanted.matching_positions(keys) == expected
        assert wanted.max_position(keys) == (expected[-1] if expected else None)
        highest = max_satisfying(random.Random(seed).sample(versions, len(versions)), wanted)
        assert (highest and version_key(highest)) == (keys[expected[-1]] if expected else None)


def test_finding_the_highest_reads_few_of_many_versions() -> None:
    keys = CountingKeys(
        [f"{major}.{minor}.{patch}" for major in range(15) for minor in range(15) for patch in range(15)]
    )

    assert parse_range("^7.1.0").max_position(keys) == 8 * 225 - 1
    assert len(keys.asked) < 16


def test_nightlies_are_left_out_without_reading_them() -> None:
    nightlies = [f"2.{minor}.0-nightly.{day}" for minor in range(3) for day in range(1000)]
    keys = CountingKeys(["1.0.0", *nightlies])

    assert parse_range(">=1").max_position(keys) == 0
    assert len(keys.asked) < 60


def test_an_opened_prerelease_counts_among_many() -> None:
    versions = ["1.0.0", *(f"2.0.0-rc.{number}" for number in range(20)), "3.0.0-rc.1"]

    assert parse_range(">=2.0.0-rc.5").matching_positions(AscendingKeys(versions)) == list(range(6, 21))


@pytest.mark.parametrize("text", ["latest", "next", "foo", "1.2.3.4", "^", "~>", ">=", "beta1", "v"])
def test_what_looks_like_a_tag_is_no_range(text: str) -> None:
    assert not is_range(text)
    with pytest.raises(Invalid):
        parse_range(text)


def test_nothing_written_is_any_version() -> None:
    assert parse_range("").text == "*"
    assert satisfies("0.0.0", "")
    assert not satisfies("1.0.0-beta", "")
    assert satisfies("1.0.0-beta", "", include_prerelease=True)


def test_strict_reading_refuses_what_loose_reading_drops() -> None:
    assert satisfies("1.5.0", ">=1.2.3 foo", loose=True)
    assert not is_range(">=1.2.3 foo", loose=False)


def test_no_version_is_in_no_range() -> None:
    assert not satisfies("no version", "*")
    assert not satisfies("1.0.0", "no range")
    assert not parse_range("*").matches("1.0")


def test_a_range_and_its_own_spelling_are_one_set() -> None:
    for seed in range(300):
        text = Inventor(seed).range()
        if not is_range(text):
            continue
        wanted = parse_range(text)
        again = parse_range(wanted.text)
        assert wanted.intervals == again.intervals
        assert wanted.is_subset(again)


@given(st.integers(0, 10_000))
def test_a_subset_matches_nothing_that_the_whole_does_not(seed: int) -> None:
    inventor = Inventor(seed)
    texts = [text for _ in range(4) if is_range(text := inventor.range())]
    versions = [inventor.version() for _ in range(20)]
    for one in map(parse_range, texts):
        for other in map(parse_range, texts):
            inside = [version for version in versions if one.matches(version)]
            if one.is_subset(other):
                assert all(other.matches(version) for version in inside)
            if any(other.matches(version) for version in inside):
                assert one.intersects(other)
                assert other.intersects(one)


def test_prereleases_decide_whether_a_range_lies_within_another() -> None:
    with_prereleases = parse_range("^1.0.0", include_prerelease=True)

    assert parse_range("^1.2.0-beta").is_subset(with_prereleases)
    assert not with_prereleases.is_subset(parse_range("^1.0.0"))
    assert not parse_range("^1.2.0-beta").is_subset(parse_range("^1.0.0"))


def test_nothing_overlaps_with_no_version() -> None:
    assert not parse_range("<0").intersects(parse_range("*"))
    assert parse_range("<0").is_subset(parse_range("^1"))


def test_reading_a_hostile_range_takes_no_time() -> None:
    for text in (
        "1" * 50_000,
        " " * 50_000 + "x",
        "^" * 20_000,
        "1.2.3-" + "a." * 20_000,
        "v=" * 20_000,
        "||" * 5_000,
        "1 - " * 10_000,
    ):
        is_range(text)
