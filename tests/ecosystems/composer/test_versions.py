"""Versions and constraints mean what Composer says."""

import json
import random
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.composer.constraints import satisfies
from packhouse.ecosystems.composer.names import parse_document_name, parse_name, purl_name, to_purl
from packhouse.ecosystems.composer.versions import normalise, stability, version_key
from tests.shared import shared_path

LIBRARY = Path("/usr/share/php/Composer/Semver/autoload.php")
ORACLE = Path(__file__).parent / "oracle" / "answer.php"
_BRANCHES = ["dev-master", "dev-main", "master", "trunk", "dev-feature/x", "1.x-dev", "2.0.x-dev", "v1.x-dev", "foo"]
_DATES = ["2010.01.02", "20100102", "2010-01-02-10-20-30", "201903.0", "20100102-203040-p1"]
_WORDS = ["beta", "alpha", "RC", "rc", "a", "b", "p", "pl", "patch", "stable", "dev"]
_ODD = ["dev-master", "1.x-dev", "*", "@dev", "2.0@beta", ">=1.0@beta", "dev-main#abcdef", "1.0.x-dev", "v*", "x.x"]


def ask(questions: Sequence[tuple[str, ...]]) -> list[str]:
    """Ask Composer's own library; skip where it is not installed."""
    php = shutil.which("php")
    if php is None or not LIBRARY.exists():
        pytest.skip("composer is not installed: its own answers are not compared")
    text = "".join("\t".join(question) + "\n" for question in questions)
    done = subprocess.run([php, str(ORACLE), str(LIBRARY)], input=text, capture_output=True, text=True, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(questions)
    return answers


def _numbers(chance: random.Random, most: int) -> str:
    return ".".join(chance.choice(["0", "1", "2", "3", "10", "01"]) for _ in range(chance.randint(1, most)))


def _version(chance: random.Random) -> str:
    if chance.random() < 0.06:
        return chance.choice(_BRANCHES + _DATES)
    text = chance.choice(["", "", "", "v"]) + _numbers(chance, 4)
    if chance.random() < 0.35:
        text += chance.choice(["-", ".", "", "_"]) + chance.choice(_WORDS) + chance.choice(["", "1", ".2", "-3", "10"])
    if chance.random() < 0.08:
        text += chance.choice(["-dev", ".dev", "dev"])
    if chance.random() < 0.05:
        text += chance.choice(["+build", "@beta", " as 1.0.0", "#abc", "-foo"])
    return text


def _constraint(chance: random.Random) -> str:
    def one() -> str:
        if (kind := chance.random()) < 0.15:
            return _numbers(chance, 3) + chance.choice([".*", ".x"])
        version = _numbers(chance, 4)
        if chance.random() < 0.25:
            version += chance.choice(["-", ".", ""]) + chance.choice(["beta", "alpha1", "RC2", "dev", "p1"])
        if kind < 0.23:
            return f"{version} - {_numbers(chance, 4)}"
        if kind < 0.28:
            return chance.choice(_ODD)
        return chance.choice(["^", "~", ">=", "<=", ">", "<", "=", "==", "!=", "<>", "", "", "^", "~", ">= "]) + version

    return chance.choice([" || ", "|", ", ", " ", ","]).join(one() for _ in range(chance.choice([1, 1, 1, 2])))


def _normal(version: str) -> str:
    try:
        return normalise(version)
    except Invalid:
        return "invalid"


def _valid(chance: random.Random, count: int) -> list[str]:
    return [version for version in (_version(chance) for _ in range(count)) if _normal(version) != "invalid"]


def test_versions_are_normalised_as_composer_does() -> None:
    versions = [_version(random.Random(seed)) for seed in range(4000)]
    answers = ask([("normalise", version) for version in versions])
    assert [version for version, answer in zip(versions, answers, strict=True) if _normal(version) != answer] == []


def test_normalised_versions_are_as_stable_as_composer_says() -> None:
    versions = [normalise(version) for version in _valid(random.Random(1), 2000)]
    answers = ask([("stability", version) for version in versions])
    assert [version for version, answer in zip(versions, answers, strict=True) if stability(version) != answer] == []


def test_versions_are_ordered_as_php_orders_them() -> None:
    chance = random.Random(7225)
    versions = [version for version in _valid(chance, 4000) if not normalise(version).startswith("dev-")]
    pairs = [(chance.choice(versions), chance.choice(versions)) for _ in range(6000)]
    for (one, other), answer in zip(pairs, ask([("compare", *pair) for pair in pairs]), strict=True):
        left, right = version_key(one), version_key(other)
        assert (left > right) - (left < right) == int(answer), (one, other)


def test_constraints_admit_what_composer_admits() -> None:
    chance = random.Random(7225)
    versions = _valid(chance, 2000)
    questions = [(chance.choice(versions), _constraint(chance)) for _ in range(12_000)]
    answers = ask([("satisfies", *question) for question in questions])
    for (version, wanted), answer in zip(questions, answers, strict=True):
        try:
            ours = "yes" if satisfies(version, wanted) else "no"
        except Invalid:
            ours = "invalid"
        assert ours == answer, (version, wanted)
    assert answers.count("yes") > 1000


def test_collected_orderings_hold_but_where_composer_fills_up_the_numbers() -> None:
    lines: list[str] = []
    with tarfile.open(shared_path("data", "fixtures", "version-ordering.tar.xz")) as archive:
        for name in ("sem/packagist-versions.txt", "sem/packagist-versions-generated.txt"):
            file = archive.extractfile(name)
            assert file is not None
            lines += [line for line in file.read().decode().splitlines() if line[:1] not in {"", "#", "/"}]
    asked, otherwise = 0, []
    for line in lines:
        left, _, rest = line.partition(" ")
        sign, _, right = rest.partition(" ")
        if "invalid" in {_normal(left), _normal(right)} or not (version_key(left)[0] and version_key(right)[0]):
            continue
        asked += 1
        one, other = version_key(left), version_key(right)
        if not {"<": one < other, ">": one > other, "=": one == other}[sign]:
            # The pairs are PHP's, of texts as they are; Composer compares them with four numbers.
            otherwise.append((left, right, (one > other) - (one < other)))
    assert asked > 500
    answers = ask([("compare", left, right) for left, right, _ in otherwise])
    assert [each for each, answer in zip(otherwise, answers, strict=True) if each[2] != int(answer)] == []


@given(st.text(max_size=40))
def test_any_text_is_a_version_or_a_constraint_or_refused(text: str) -> None:
    _normal(text)
    try:
        satisfies("1.0.0", text)
    except Invalid:
        return


@pytest.mark.parametrize(
    "raw", ["", "a", "a/", "/b", "a/b/c", "../b", "a//b", "ä/b", "a/b\0", "-a/b", "a/b~dev", "a b/c"]
)
def test_what_is_no_name_is_refused(raw: str) -> None:
    with pytest.raises(Invalid):
        parse_name(raw)


def test_capitals_are_small_letters_and_branches_have_a_document_of_their_own() -> None:
    assert parse_name("Monolog/Monolog") == "monolog/monolog"
    assert parse_document_name("Monolog/Monolog~dev") == "monolog/monolog~dev"
    assert to_purl("monolog/monolog~dev", "dev-main") == "pkg:composer/monolog/monolog@dev-main"


def test_package_urls_are_written_and_read_as_the_collected_cases_have_them() -> None:
    with tarfile.open(shared_path("data", "fixtures", "vers-purl-tests.tar.xz")) as archive:
        file = archive.extractfile("package-url/purl-spec/tests/types/composer-test.json")
        assert file is not None
        cases = json.load(file)["tests"]
    asked = 0
    for case in cases:
        parts = case["expected_output"] if case["test_type"] == "parse" else case["input"]
        if case["expected_failure"] or not isinstance(parts, dict) or not parts["namespace"]:
            continue
        asked += 1
        purl = case["expected_output"] if case["test_type"] == "build" else case["input"]
        assert to_purl(purl_name(parts["namespace"], parts["name"]), parts["version"] or "").lower() == purl.lower()
    assert asked >= 2
