"""Order of versions, and requirements: by their own words, by cases, and as RubyGems itself answers."""

import json
import os
import random
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.gem.ranges import is_range, parse_range, satisfies
from packhouse.ecosystems.gem.versions import MAX_LENGTH, is_prerelease, parse_segments, release_segments, version_key
from tests.shared import shared_path

ORACLE = Path(__file__).parent / "oracle" / "answer.rb"
_versions = st.from_regex(r"[0-9]{1,2}(\.([0-9]{1,2}|[a-c]{1,2}[0-9]?|0)){0,4}(-[a-c0-9]{1,3})?", fullmatch=True)


def compare(left: str, right: str) -> str:
    one, other = version_key(left), version_key(right)
    return "<" if one < other else ">" if one > other else "="


@pytest.mark.parametrize("file", ["rubygems-versions.txt", "rubygems-versions-generated.txt"])
def test_recorded_comparisons_are_ours_too(file: str) -> None:
    with tarfile.open(shared_path("data", "fixtures", "version-ordering.tar.xz")) as archive:
        found = archive.extractfile(f"sem/{file}")
        assert found is not None
        lines = [line.split() for line in found.read().decode().splitlines() if line.strip()]
    wrong = [(left, sign, right) for left, sign, right in lines if compare(left, right) != sign]
    assert len(lines) > 10
    assert wrong == []


@pytest.mark.parametrize(
    ("left", "sign", "right"),
    [
        ("1", "=", "1.0.0"),
        ("1.0.a", "=", "1.a"),
        ("1.a", "<", "1"),
        ("1.0.0.1", ">", "1"),
        ("1.0.1.a", ">", "1"),
        ("1-1", "=", "1.pre.1"),
        ("1.A", "<", "1.a"),
        ("1.rc10", ">", "1.rc9"),
        ("1.a.0.b", "<", "1.a"),
        ("1.a.0.0.1", "<", "1.a.0.1"),
        ("1.0.0.b.1", ">", "1.0.a.9"),
        ("0", "=", "0.0"),
        ("99999999999999999999", ">", "9999999999999999999"),
        ("01.02", "=", "1.2"),
    ],
)
def test_words_are_below_numbers_and_zeros_at_the_end_count_for_nothing(left: str, sign: str, right: str) -> None:
    assert compare(left, right) == sign
    assert compare(right, left) == {"<": ">", ">": "<", "=": "="}[sign]


@pytest.mark.parametrize(
    "text",
    ["", " ", "a", "v1", ".1", "1.", "1..2", "1_2", "1.0+x", "1-", "1 2", "\u0661", "1\0", "1" * (MAX_LENGTH + 1)],
)
def test_what_is_no_version_is_refused_with_a_short_sentence(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        version_key(text)
    assert len(str(refused.value)) < 250


@given(st.lists(_versions, min_size=3, max_size=3))
def test_the_order_is_total(versions: list[str]) -> None:
    first, second, third = sorted(versions, key=version_key)
    assert compare(first, second) in "<="
    assert compare(first, third) in "<="
    assert compare(second, third) in "<="


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_a_version_or_invalid(version: str, wanted: str) -> None:
    for question in (lambda: version_key(version), lambda: satisfies(version, wanted)):
        try:
            question()
        except Invalid as refused:
            assert len(str(refused)) < 300  # noqa: PT017 (either is right)


@pytest.mark.parametrize(
    ("wanted", "inside", "outside"),
    [
        ("~> 2.2", ["2.2", "2.9.9", "2.3.a"], ["2.1", "3.0.a", "3"]),
        ("~> 2.2.0", ["2.2.0", "2.2.9"], ["2.3.0", "2.3.a"]),
        ("~> 2", ["2", "2.9"], ["3", "3.a"]),
        ("~> 1.0.a", ["1.0.a", "1.0", "1.9"], ["2"]),
        ("~> 0.a", ["0.a", "0.9"], ["1"]),
        ("~>2.0.8", ["2.0.8", "2.0.99"], ["2.1.0.a", "2.1", "2.0.7"]),
        (">= 1, < 2", ["1", "1.9", "2.a"], ["2", "0.9", "1.a"]),
        (">= 1&< 2", ["1"], ["2"]),
        ("!= 1.5", ["1.4", "1.5.1"], ["1.5", "1.5.0"]),
        ("1.0", ["1", "1.0.0"], ["1.0.1"]),
        ("= 1.0", ["1"], ["1.0.a"]),
        ("", ["0", "9"], ["0.a"]),
        ("> 1", ["1.0.1"], ["1", "1.0"]),
        ("<= 1", ["1.0", "0.9"], ["1.1"]),
    ],
)
def test_a_requirement_holds_what_all_of_its_parts_hold(wanted: str, inside: list[str], outside: list[str]) -> None:
    assert [version for version in inside if not satisfies(version, wanted)] == []
    assert [version for version in outside if satisfies(version, wanted)] == []


@pytest.mark.parametrize(
    "text", ["^1", "~ 1", ">< 1", "~> ", ">= 1,", "1 2", ">= x", "=> 1", "1," * 101 + "1", "x" * 9000]
)
def test_what_is_no_requirement_is_refused_with_a_short_sentence(text: str) -> None:
    assert not is_range(text)
    with pytest.raises(Invalid) as refused:
        parse_range(text)
    assert len(str(refused.value)) < 250


def test_a_pre_release_is_chosen_only_where_one_is_named() -> None:
    assert not parse_range("~> 1.0").prerelease
    assert parse_range(">= 1.0.rc1, < 2").prerelease


def test_the_native_range_of_the_vers_cases_has_the_bounds_that_they_give() -> None:
    name = "package-url/vers-spec/tests/gem_range_from_native_test.json"
    with tarfile.open(shared_path("data", "fixtures", "vers-purl-tests.tar.xz")) as archive:
        found = archive.extractfile(name)
        assert found is not None
        (case,) = json.load(found)["tests"]
    bounds = case["expected_output"].removeprefix("vers:gem/").replace("|", ",")
    for version in ("2.0.7", "2.0.8", "2.0.99", "2.1", "2.2"):
        assert satisfies(version, case["input"]["native_range"]) == satisfies(version, bounds)


def _texts(chance: random.Random, count: int) -> list[str]:
    words = ("a", "b", "rc1", "alpha", "pre", "B", "x2y", "0a")

    def one() -> str:
        parts = [str(chance.choice((0, 0, 1, 2, 3, 10)))]
        parts += [
            chance.choice(words) if chance.random() < 0.2 else str(chance.choice((0, 0, 1, 2, 9, 10)))
            for _ in range(chance.randint(0, 4))
        ]
        return ".".join(parts) + (f"-{chance.choice(words)}" if chance.random() < 0.06 else "")

    return [one() for _ in range(count)]


def _questions(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    versions = _texts(chance, 400)
    broken = ["", ".", "1.", "1..2", "a.1", "1_0", "1 .2", " 1.2 ", "1-", "-1", "1.0-"]
    operators = ("=", "!=", "<", "<=", ">", ">=", "~>", "")
    questions = []
    for _ in range(count):
        left = chance.choice(versions if chance.random() < 0.97 else broken)
        match chance.randint(0, 5):
            case 0:
                questions.append(left)
            case 1 | 2:
                questions.append(f"{left}\t{chance.choice(versions)}")
            case _:
                parts = [
                    f"{chance.choice(operators)}{chance.choice(('', ' '))}"
                    f"{chance.choice(versions if chance.random() < 0.97 else broken)}"
                    for _ in range(chance.choice((1, 1, 1, 2, 3)))
                ]
                questions.append(f"{left}\tin\t{','.join(parts)}")
    return questions


def _answer(question: str) -> str:
    words = question.split("\t")
    try:
        if len(words) == 3:
            return str(int(satisfies(words[0], words[2])))
        if len(words) == 2:
            return compare(*words)
        version_key(question)
    except Invalid:
        return "!"
    return "pre" if is_prerelease(question) else "release"


@pytest.mark.client
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_invented_versions_and_requirements_mean_what_rubygems_says(seed: int) -> None:
    if shutil.which("ruby") is None:
        reason = "ruby is needed: it is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    # An empty text is no version here, but 0 there; an empty requirement is any here, and none there.
    asked = [each for each in _questions(seed, 10_000) if all(part.strip() for part in each.split("\t"))]
    answered = subprocess.run(
        ["ruby", str(ORACLE)], input="\n".join(asked), capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()
    assert len(asked) == len(answered) > 9_000
    wrong = [each for each in zip(asked, answered, strict=True) if _answer(each[0]) != each[1]]
    assert wrong == []


@given(_versions)
def test_a_pre_release_is_below_its_release(version: str) -> None:
    release = ".".join(map(str, release_segments(parse_segments(version))))
    assert compare(version, release) == ("<" if is_prerelease(version) else "=")
