"""Order of versions, constraints, names and package URLs."""

import json
import tarfile
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.pub.names import parse_name, purl_name, to_purl
from packhouse.ecosystems.pub.ranges import satisfies
from packhouse.ecosystems.pub.versions import version_key
from tests.shared import shared_path


def _lines() -> list[str]:
    with tarfile.open(shared_path("data", "fixtures", "version-ordering.tar.xz")) as archive:
        file = archive.extractfile("sem/pub-versions.txt")
        assert file is not None
        return [line for line in file.read().decode().splitlines() if line and not line.startswith(("#", "//"))]


def test_the_order_of_versions_is_that_of_the_collected_pairs() -> None:
    lines = _lines()
    assert len(lines) > 40
    wrong = []
    for line in lines:
        left, sign, right = line.split(" ")
        one, other = version_key(left), version_key(right)
        if {"<": one < other, ">": one > other, "=": one == other}[sign] is not True:
            wrong.append(line)
    assert wrong == []


def test_build_metadata_counts_in_the_order() -> None:
    ordered = ["1.0.0-dev", "1.0.0-dev+1", "1.0.0", "1.0.0+1", "1.0.0+2", "1.0.0+a", "1.0.1-0", "1.0.1"]
    assert all(version_key(one) < version_key(other) for one, other in pairwise(ordered))


@pytest.mark.parametrize("text", ["", "1", "1.2", "1.2.x", "1.2.3.4", "1.2.3-", "1.2.3+", "a.b.c", "1.2.3 ", "१.0.0"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        version_key(text)


@given(st.text(max_size=30))
def test_any_text_is_a_version_or_refused(text: str) -> None:
    try:
        version_key(text)
    except Invalid:
        return


@pytest.mark.parametrize(
    ("wanted", "inside", "outside"),
    [
        ("any", "0.0.1 1.0.0-dev 9.9.9", ""),
        ("", "1.0.0", ""),
        ("1.2.3", "1.2.3", "1.2.4 1.2.3+1 1.2.3-dev"),
        ("^1.2.3", "1.2.3 1.2.3+1 1.9.0 1.2.4-dev", "1.2.2 2.0.0 2.0.0-dev 1.2.3-dev"),
        ("^0.1.2", "0.1.2 0.1.9", "0.2.0 0.2.0-dev 0.1.1"),
        ("^0.0.3", "0.0.3 0.0.9", "0.1.0"),
        ("^1.0.0-nullsafety.1", "1.0.0-nullsafety.1 1.0.0-nullsafety.2 1.0.0 1.5.0", "1.0.0-nullsafety.0 2.0.0-dev"),
        (">=1.0.0 <2.0.0", "1.0.0 1.9.9-dev 1.9.9", "2.0.0-dev 2.0.0 0.9.0"),
        (">=1.0.0<2.0.0", "1.5.0", "2.0.0"),
        (">=2.0.0-dev.1 <2.0.0", "2.0.0-dev.1 2.0.0-dev.2", "2.0.0 2.0.0-dev.0"),
        ("<=2.0.0", "2.0.0 2.0.0-dev 1.0.0", "2.0.0+1 2.0.1"),
        (">1.0.0", "1.0.0+1 1.0.1", "1.0.0"),
    ],
)
def test_a_constraint_admits_what_pub_admits(wanted: str, inside: str, outside: str) -> None:
    assert [version for version in inside.split() if not satisfies(version, wanted)] == []
    assert [version for version in outside.split() if satisfies(version, wanted)] == []


@pytest.mark.parametrize("wanted", ["latest", "^", ">=", "1.x", "~1.2.0", "1.0.0 ||", "<>1.0.0", "^" * 2000])
def test_what_is_no_constraint_is_refused(wanted: str) -> None:
    with pytest.raises(Invalid):
        satisfies("1.0.0", wanted)


@pytest.mark.parametrize(
    "raw", ["", "9lives", "a-b", "a.b", "../x", "a/b", "a b", "ä", "a" * 65, "a\0", "a%2fb", "x\n"]
)
def test_what_is_no_name_is_refused(raw: str) -> None:
    with pytest.raises(Invalid):
        parse_name(raw)


def test_capitals_in_a_name_are_small_letters() -> None:
    assert parse_name("HTTP_Parser") == "http_parser"


def test_package_urls_are_written_and_read_as_the_collected_cases_have_them() -> None:
    with tarfile.open(shared_path("data", "fixtures", "vers-purl-tests.tar.xz")) as archive:
        file = archive.extractfile("package-url/purl-spec/tests/types/pub-test.json")
        assert file is not None
        cases = json.load(file)["tests"]
    asked = 0
    for case in cases:
        if case["expected_failure"]:
            continue
        parts = case["expected_output"] if case["test_type"] == "parse" else case["input"]
        if isinstance(parts, dict) and not parts["qualifiers"] and not parts["subpath"]:
            asked += 1
            name = purl_name(parts["namespace"] or "", parts["name"])
            purl = case["input"] if case["test_type"] == "parse" else case["expected_output"]
            assert to_purl(name, parts["version"] or "").lower() == purl.lower()
    assert asked >= 4
    with pytest.raises(Invalid):
        purl_name("someone", "thing")
