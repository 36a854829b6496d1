"""The order of versions where ranges are worked out, beside that of maven-resolver itself."""

import random

import pytest

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.maven.constraints import parse_allowed
from packhouse.ecosystems.maven.generic_versions import Ordered, compare
from tests.ecosystems.maven.asking import run

_PIECES = (
    "0", "1", "01", "2", "10", "20240101123", ".", ".", "-", "_", "a", "b", "m", "alpha", "Beta", "milestone", "rc",
    "CR", "snapshot", "ga", "final", "RELEASE", "sp", "jre", "xyz", "min", "max", "x",
)  # fmt: skip


def test_any_two_versions_compare_as_in_maven_resolver() -> None:
    chance = random.Random(7)
    pairs = [[_version(chance), _version(chance)] for _ in range(4000)]
    pairs += [[left, left + chance.choice(_PIECES)] for left, _ in pairs[:2000]]
    theirs = run("Generic.java", "".join(f"{left}\t{right}\n" for left, right in pairs)).split()
    missed = [
        (left, right, answer)
        for (left, right), answer in zip(pairs, theirs, strict=True)
        if _sign(compare(left, right)) != int(answer)
    ]
    assert missed == []


@pytest.mark.parametrize("versions", ["1.0-alpha 1.0-beta 1.0-rc1 1.0-SNAPSHOT 1.0 1.0-sp 1.0-jre 1.0.1 1.10"])
def test_words_stand_around_the_bare_release(versions: str) -> None:
    expected = versions.split()
    mixed = random.Random(1).sample(expected, len(expected))
    assert sorted(mixed, key=Ordered) == expected


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("[1.0,2.0)", "1.0 1.9 2.0-alpha", "2.0 0.9"),
        ("(,1.0],[1.2,)", "0.1 1.0 1.2 7", "1.1"),
        ("[1.2.*]", "1.2.0 1.2.9 1.2-jre", "1.3 1.1"),
        ("[1.0]", "1.0 1 1.0.0-ga", "1.0.1"),
    ],
)
def test_a_range_allows_what_is_between_its_ends(text: str, inside: str, outside: str) -> None:
    allowed = parse_allowed(text)
    assert allowed is not None
    assert [allowed.allows(version) for version in inside.split()] == [True] * len(inside.split())
    assert [allowed.allows(version) for version in outside.split()] == [False] * len(outside.split())


@pytest.mark.parametrize("text", ["[1.0", "[1,2,3]", "(1)", "[2,1]", "[1,2]x"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_allowed(text)


def _version(chance: random.Random) -> str:
    return "".join(chance.choice(_PIECES) for _ in range(chance.randint(1, 6)))


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
