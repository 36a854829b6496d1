"""Versions as Maven orders them."""

import json
import random
import re
import tarfile
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.maven.versions import is_prerelease, is_snapshot, version_key
from tests.ecosystems.maven.asking import ask
from tests.shared import shared_path

_WORDS = "alpha beta b a m milestone rc cr snapshot SNAPSHOT sp ga final RELEASE jre x Final pre 0 1 2 10 00 01 2024 é"
_OF_OLD_RULES = {"2.0.a", "2.0.0.a"}
"""Since Maven 3.8.7 a word at the end behind a period is as one behind a hyphen (MNG-7559)."""
_versions = st.lists(st.tuples(st.sampled_from([".", "-", "", "_"]), st.sampled_from(_WORDS.split())), max_size=5).map(
    lambda parts: "1" + "".join(sign + word for sign, word in parts)
)


def sign(left: str, right: str) -> int:
    first, second = version_key(left), version_key(right)
    return (first > second) - (first < second)


@pytest.mark.parametrize(
    "ascending",
    [
        "1-alpha-1 1-alpha-2 1-beta 1-milestone 1-rc 1-SNAPSHOT 1 1-sp 1-xyz 1-1 1.1",
        "1.0-alpha-1-SNAPSHOT 1.0-alpha-1 1.0",
        "2.0.1-xyz 2.0.1-123 2.1",
        "9 10 99999999999999999999 100000000000000000000",
        "1.9 1.10 1.11-rc1 1.11 1.11.1",
    ],
)
def test_releases_stand_between_what_is_before_and_what_is_behind_them(ascending: str) -> None:
    for lower, higher in pairwise(ascending.split()):
        assert sign(lower, higher) < 0, (lower, higher)


@pytest.mark.parametrize(
    "equal", ["1 1.0 1.0.0 1-ga 1.Final 1-0 1.RELEASE 01 1.", "1a1 1-alpha-1 1.0-Alpha1 1.alpha1", "1cr 1rc 1-RC 1.CR"]
)
def test_spellings_of_one_version_have_one_key(equal: str) -> None:
    assert len({version_key(version) for version in equal.split()}) == 1


@given(st.text(max_size=40) | _versions)
def test_any_text_has_a_key_that_compares_with_any_other(text: str) -> None:
    try:
        key = version_key(text)
    except Invalid:
        assert "\0" in text
        return
    for other in ("1", "1-alpha", "1.x.2", "0-0.sp", ""):
        assert (key < version_key(other)) + (key == version_key(other)) + (key > version_key(other)) == 1


def test_a_version_without_end_is_none() -> None:
    with pytest.raises(Invalid):
        version_key("1" * 257)


@given(_versions, _versions)
def test_case_does_not_matter(left: str, right: str) -> None:
    assert sign(left.upper(), right) == sign(left, right)


@pytest.mark.parametrize("version", ["1.0-SNAPSHOT", "2.0.0.Alpha1", "1.0-M2", "5.0.0.RC1", "1.0b3", "3-ea+1", "1-pre"])
def test_what_comes_before_a_release_is_told(version: str) -> None:
    assert is_prerelease(version)


@pytest.mark.parametrize("version", ["1.0", "33.0-jre", "33.0-android", "5.6.15.Final", "r03", "1.0-sp1", "2.0.mr1"])
def test_what_is_a_release_is_told(version: str) -> None:
    assert not is_prerelease(version)


def test_a_snapshot_is_told_by_its_end() -> None:
    assert is_snapshot("1.0-SNAPSHOT")
    assert not is_snapshot("1.0-20260101.120000-1")


def test_the_order_of_real_versions_is_known() -> None:
    wrong = []
    count = 0
    for left, relation, right in _real():
        count += 1
        if {"<": -1, "=": 0, ">": 1}[relation] != sign(left, right):
            wrong.append((left, relation, right))
    assert count > 7000
    # A few lines were written down by the rules of another release of Maven.
    assert len(wrong) < count / 500, wrong


def test_versions_of_the_vers_specification_stand_in_their_order() -> None:
    with tarfile.open(shared_path("data", "fixtures", "vers-purl-tests.tar.xz")) as archive:
        member = archive.extractfile("package-url/vers-spec/tests/maven_version_cmp_test.json")
        assert member is not None
        cases = json.load(member)["tests"]
    compared = [case for case in cases if case["test_type"] == "comparison"]
    assert len(compared) > 10
    for case in compared:
        if not _OF_OLD_RULES.intersection(case["input"]["versions"]):
            assert sorted(case["input"]["versions"], key=version_key) == case["expected_output"]


def test_real_versions_stand_in_the_order_of_mavens_own_class() -> None:
    pairs = [(left, right) for left, _, right in _real()]
    answers = ask([("compare", *pair) for pair in pairs])
    assert [pair for pair, answer in zip(pairs, answers, strict=True) if int(answer) != sign(*pair)] == []


def test_only_where_mavens_own_order_contradicts_itself_is_ours_another() -> None:
    pairs = list(_invented(random.Random(7225), 12_000))
    answers = ask([("compare", *pair) for pair in pairs])
    others = [(*pair, int(answer)) for pair, answer in zip(pairs, answers, strict=True) if int(answer) != sign(*pair)]
    assert len(others) < len(pairs) / 20
    questions = [
        ("compare", *pair)
        for left, right, _ in others
        for between in _between(left, right)
        for pair in ((left, between), (between, right))
    ]
    found = iter(ask(questions))
    for left, right, answer in others:
        chains = [(int(next(found)), int(next(found))) for _ in _between(left, right)]
        assert any(_contradicts(answer, *chain) for chain in chains), (left, right)


def _contradicts(answer: int, first: int, second: int) -> bool:
    """Tell whether a step over a third version leads elsewhere than the direct answer."""
    if answer == 0:
        return (first, second) != (0, 0) and first * second >= 0
    return first * answer <= 0 and second * answer <= 0


def _between(left: str, right: str) -> list[str]:
    return sorted({text[:end] for text in (left, right) for end in range(1, len(text))})


def _invented(source: random.Random, count: int) -> Iterator[tuple[str, str]]:
    words = [*_WORDS.split(), "Android", "20240101"]

    def invent() -> str:
        parts = (source.choice(["", ".", ".", "-"]) + source.choice(words) for _ in range(source.randint(1, 5)))
        return source.choice(["0", "1", "1", "2", "1.0"]) + "".join(parts)

    for number in range(count):
        left = invent()
        at = source.randrange(len(left))
        near = left[:at] + source.choice(["0", "1", ".", "-", "sp", "a", ""]) + left[at + 1 :]
        right = (invent(), left + source.choice([".", "-", ""]) + source.choice(words), near)[number % 3]
        yield left, right


def _real() -> Iterator[tuple[str, str, str]]:
    with tarfile.open(shared_path("data", "fixtures", "version-ordering.tar.xz")) as archive:
        for name in ("sem/maven-versions.txt", "sem/maven-versions-generated.txt"):
            member = archive.extractfile(name)
            assert member is not None
            for line in member.read().decode().splitlines():
                if match := re.fullmatch(r"(\S+) ([<=>]) (\S+)", line):
                    yield match[1], match[2], match[3]
