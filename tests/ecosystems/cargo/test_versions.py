"""Versions as cargo orders them."""

import itertools
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.cargo.ranges import MAX_COMPARATORS, is_range, parse_range, satisfies
from packhouse.ecosystems.cargo.versions import is_prerelease, precedence, version_key
from tests.shared import shared_path

_identifiers = st.from_regex(r"0|[1-9][0-9]{0,3}|[a-z-]{1,3}", fullmatch=True)
_versions = st.builds(
    "{}.{}.{}{}{}".format,
    *(st.integers(0, 2**64 - 1) | st.integers(0, 3) for _ in range(3)),
    st.just("") | st.lists(_identifiers, min_size=1, max_size=3).map(lambda parts: "-" + ".".join(parts)),
    st.just("") | st.lists(_identifiers, min_size=1, max_size=2).map(lambda parts: "+" + ".".join(parts)),
)


def test_the_order_is_that_of_the_specification_with_build_metadata_last() -> None:
    ordered = [
        *("0.0.0-0", "0.0.0", "1.0.0-0", "1.0.0-1", "1.0.0-10", "1.0.0--", "1.0.0-alpha", "1.0.0-alpha+build"),
        *("1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.0+0"),
        *("1.0.0+00", "1.0.0+1", "1.0.0+01", "1.0.0+2", "1.0.0+a", "1.0.0+a.1", "1.0.1", "1.1.0", "10.0.0"),
    ]
    keys = [version_key(version) for version in ordered]
    assert all(low < high for low, high in itertools.pairwise(keys))


@given(_versions, _versions)
def test_build_metadata_only_decides_where_nothing_else_does(left: str, right: str) -> None:
    if precedence(left) != precedence(right):
        assert (version_key(left) < version_key(right)) == (precedence(left) < precedence(right))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "v1.2.3",
            "01.2.3",
            "1.2.3-01",
            "1.2.3-",
            "1.2.3+",
            " 1.2.3",
            "1.2.3\n",
            "1.2.\u0661",
        ),
        *("18446744073709551616.0.0", "0.0.99999999999999999999", "1" * 5000 + ".0.0", "0.0.0-" + "9" * 5000),
    ],
)
def test_what_is_no_version_is_invalid(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        version_key(text)
    assert len(str(refused.value)) < 250


def test_the_highest_number_is_that_of_64_bits() -> None:
    assert version_key("18446744073709551615.0.0") > version_key("18446744073709551614.9.9")
    assert satisfies("18446744073709551615.0.0", "*")
    assert satisfies("18446744073709551615.0.0", "^18446744073709551615")


def test_a_prerelease_is_told_by_its_hyphen_alone() -> None:
    assert is_prerelease("1.0.0-rc.1+x")
    assert not is_prerelease("1.0.0+x-y")


@pytest.mark.parametrize(
    "text", ["1, " * MAX_COMPARATORS + "1", "^" * 5000, "1" * 5000, "1." * 3000, " " * 100_000 + "!"]
)
def test_long_texts_are_refused_quickly(text: str) -> None:
    assert not is_range(text)


@given(_versions)
def test_every_version_meets_the_requirement_of_itself(version: str) -> None:
    core = version.partition("+")[0]
    for operator in ("", "=", "^", "~", ">=", "<="):
        assert satisfies(version, f"{operator}{core}")
    for operator in (">", "<"):
        assert not satisfies(version, f"{operator}{core}")


@given(st.text(alphabet="0123456789.*xX^~<>=, -+ab", max_size=20))
def test_any_text_is_a_requirement_or_invalid(text: str) -> None:
    try:
        wanted = parse_range(text)
    except Invalid:
        return
    assert wanted.text == text


def test_recorded_orderings_hold() -> None:
    with tarfile.open(shared_path("data", "fixtures", "version-ordering.tar.xz")) as archive:
        file = archive.extractfile("sem/semver-versions.txt")
        assert file is not None
        lines = file.read().decode().splitlines()
    checked = 0
    for line in lines:
        if len(line.split(" ")) != 3:
            continue
        left, operator, right = line.split(" ")
        try:
            keys = version_key(left), version_key(right)
        except Invalid:  # the file is for loose readers as well
            continue
        if operator == "<":
            assert keys[0] < keys[1], line
        elif operator == ">":
            assert keys[0] > keys[1], line
        checked += 1
    assert checked > 20
