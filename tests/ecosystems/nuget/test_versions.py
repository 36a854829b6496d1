"""Versions and ranges, as published cases have them."""

import itertools
import json
import tarfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.nuget.ranges import matches, parse_range
from packhouse.ecosystems.nuget.versions import is_prerelease, normalise, parse_version, version_key
from tests.shared import shared_path

_labels = st.lists(st.from_regex(r"0|[1-9][0-9]{0,3}|[A-Za-z-][0-9A-Za-z-]{0,3}", fullmatch=True), max_size=3)
_versions = st.builds(
    lambda numbers, labels: ".".join(map(str, numbers)) + ("-" + ".".join(labels) if labels else ""),
    st.lists(st.integers(0, 3) | st.integers(0, 2**31 - 1), min_size=1, max_size=4),
    _labels,
)


def test_the_order_is_that_of_the_documentation() -> None:
    ordered = [
        *("0", "1.0.1--5", "1.0.1-1", "1.0.1-2", "1.0.1-aaa", "1.0.1-alpha", "1.0.1-alpha.2", "1.0.1-alpha.10"),
        *("1.0.1-beta", "1.0.1-open", "1.0.1-rc.2", "1.0.1-rc.10", "1.0.1-zzz", "1.0.1", "1.0.1.1-a", "1.0.1.1"),
    ]
    assert all(low < high for low, high in itertools.pairwise(map(version_key, ordered)))


def test_published_comparisons_hold() -> None:
    with tarfile.open(shared_path("data", "fixtures", "version-ordering.tar.xz")) as archive:
        file = archive.extractfile("sem/nuget-versions.txt")
        assert file is not None
        lines = [line for line in file.read().decode().splitlines() if line]
    assert lines
    for line in lines:
        left, sign, right = line.split()
        one, other = version_key(left), version_key(right)
        assert {"<": one < other, "=": one == other, ">": one > other}[sign], line


def test_the_cases_of_vers_hold() -> None:
    cases = _cases("package-url/vers-spec/tests/nuget_version_cmp_test.json")
    assert cases
    for case in cases:
        given_versions = case["input"]["versions"]
        if case["test_type"] == "equality":
            one, other = map(version_key, given_versions)
            assert (one == other) is case["expected_output"], case
        else:
            # Some cases have the same version in two spellings.
            keys = sorted(map(version_key, given_versions))
            assert keys == [version_key(version) for version in case["expected_output"]]


@given(_versions)
def test_the_normal_form_is_the_same_version(text: str) -> None:
    assert version_key(normalise(text)) == version_key(text)
    assert normalise(normalise(text)) == normalise(text)


@given(_versions, _versions)
def test_a_bound_is_met_by_what_is_not_below_it(low: str, high: str) -> None:
    assert matches(high, low) == (version_key(low) <= version_key(high))
    assert matches(high, f"({low}, )") == (version_key(low) < version_key(high))
    assert matches(low, f"[{low}]")


@pytest.mark.parametrize(
    ("text", "normal"),
    [("1", "1.0.0"), ("01.002.3.0", "1.2.3"), ("1.0.0.4-Beta.1+abc", "1.0.0.4-beta.1"), ("3.5.8+x", "3.5.8")],
)
def test_addresses_have_a_version_in_its_normal_form(text: str, normal: str) -> None:
    assert normalise(text) == normal


def test_only_labels_make_a_prerelease() -> None:
    assert is_prerelease("1.0-a")
    assert not is_prerelease("1.0+a-b")


def test_what_old_clients_cannot_read_is_told() -> None:
    assert [parse_version(text).needs_semver2 for text in ("1.0.0-beta1", "1.0.0-beta.1", "1.0.0+a", "1.0.0.1")] == [
        *(False, True, True, False)
    ]


@pytest.mark.parametrize(
    "text", ["", "v1", "1.", ".1", "1.2.3.4.5", "1-", "1+", "1-a..b", "1-01", "1\0", "1-ä", "٣.0", "-1", "1" * 300, "a"]
)
def test_what_is_no_version_is_invalid(text: str) -> None:
    with pytest.raises(Invalid):
        version_key(text)
    with pytest.raises(Invalid):
        matches(text, "1.0")


@pytest.mark.parametrize(
    ("wanted", "best"),
    [
        ("1.0", "1.1"),
        ("(1.1, )", "1.2"),
        ("[1.2]", "1.2"),
        ("[1.2, 2.0)", "1.2"),
        ("1.*", "1.2"),
        ("1.*-*", "1.3-b"),
        ("3.*", None),
        ("*", "2.0"),
        ("", "1.1"),
    ],
)
def test_the_lowest_is_chosen_unless_it_floats(wanted: str, best: str | None) -> None:
    assert parse_range(wanted).best(["1.1", "1.2", "1.3-b", "2.0", "2.1-a"]) == best


@pytest.mark.parametrize(
    "wanted", ["[1.0", "1.0]", "[]", "(,)", "[1,2,3]", "a", "1.*.2", "[1.0.*]", "[,1.*]", "*.*", "[" * 999]
)
def test_what_is_no_range_is_invalid(wanted: str) -> None:
    with pytest.raises(Invalid):
        matches("1.0", wanted)


@given(st.text(st.sampled_from("[](),*.-+ 01aZ"), max_size=12))
def test_any_text_is_a_range_or_invalid(text: str) -> None:
    try:
        assert matches("1.0.0", text) in {True, False}
    except Invalid:
        assert text.strip()


def _cases(path: str) -> list[dict[str, Any]]:
    with tarfile.open(shared_path("data", "fixtures", "vers-purl-tests.tar.xz")) as archive:
        file = archive.extractfile(path)
        assert file is not None
        cases: list[dict[str, Any]] = json.loads(file.read())["tests"]
    return cases
