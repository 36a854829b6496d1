"""Ranges as Maven reads them."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.maven.ranges import matches, parse_range, satisfies
from tests.ecosystems.maven.asking import ask

_VERSIONS: tuple[str, ...] = (
    "1",
    "1.0",
    "1.1",
    "1.2",
    "1.10",
    "2",
    "2.0-alpha",
    "2.0-rc1",
    "2.0-SNAPSHOT",
    "2.0.1",
    "3-sp",
    "3",
    "0",
)
_VERSIONS += ("0.1", "1.5-jre", "4.0.0.Final")


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ("1.0", "[1.0]"),
        ("1", "[1.0]"),
        ("1.5", "[1.0,2.0)"),
        ("2.0-alpha", "[1.0,2.0)"),
        ("0.1", "(,1.0]"),
        ("3", "(,1.0],[1.2,)"),
        ("9", "1.0"),
        ("9", "(,)"),
        ("1", "[1.0,1]"),
    ],
)
def test_a_version_between_the_ends_is_in_the_range(version: str, wanted: str) -> None:
    assert satisfies(version, wanted)


@pytest.mark.parametrize(
    ("version", "wanted"),
    [("2.0", "[1.0,2.0)"), ("1.0", "(1.0,2.0)"), ("1.1", "(,1.0],[1.2,)"), ("1.1", "[1.0]"), ("1.0-rc1", "[1.0,)")],
)
def test_a_version_outside_is_not(version: str, wanted: str) -> None:
    assert not satisfies(version, wanted)


@pytest.mark.parametrize(
    "wanted", ["[1.0", "(1.0]", "(1.0)", "[2.0,1.0]", "[1.0,1.0)", "(1,1.0]", "[1,2],[1.5,3]", "[1,2],3", "[1,),[2,3]x"]
)
def test_what_maven_refuses_is_no_range(wanted: str) -> None:
    with pytest.raises(Invalid):
        parse_range(wanted)


def test_a_version_in_a_rule_is_that_version() -> None:
    assert matches("1.0.0", "1.0")
    assert not matches("1.1", "1.0")
    assert matches("1.1", "[1.0,2.0)")


def test_a_range_without_end_is_refused() -> None:
    with pytest.raises(Invalid):
        parse_range("[1,2]," * 1000)


@given(st.text(alphabet="[](), 12.-a", max_size=20))
def test_any_text_is_a_range_or_invalid(text: str) -> None:
    try:
        satisfies("1", text)
    except Invalid:
        return


def test_ranges_hold_what_mavens_own_class_says() -> None:
    questions = list(_questions(random.Random(7225), 12_000))
    answers = ask([("contains", *question) for question in questions])
    assert set(answers) == {"true", "false", "invalid"}
    wrong = [(q, answer) for q, answer in zip(questions, answers, strict=True) if _ours(*q) != answer]
    assert wrong == []


def _ours(wanted: str, version: str) -> str:
    try:
        return "true" if satisfies(version, wanted) else "false"
    except Invalid:
        return "invalid"


def _questions(source: random.Random, count: int) -> Iterator[tuple[str, str]]:
    versions = _VERSIONS

    def interval() -> str:
        ends = (
            sorted(source.sample(range(len(versions)), 2)) if source.random() < 0.6 else source.choices(range(9), k=2)
        )
        low, high = ("" if source.random() < 0.2 else versions[end] for end in ends)
        inner = low if source.random() < 0.2 else f"{low},{source.choice(['', ' '])}{high}"
        return source.choice("[(") + inner + source.choice("])")

    for _ in range(count):
        parts = [interval() for _ in range(source.choice([1, 1, 1, 2, 3]))]
        wanted = source.choice([",", ", ", ""]).join(parts)
        if source.random() < 0.1:
            wanted = source.choice([source.choice(versions), wanted + source.choice(versions), wanted[:-1], ""])
        yield wanted, source.choice(versions)
