"""Versions as node-semver orders them."""

import itertools
import re
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.versions import (
    AscendingKeys,
    canonical,
    clean,
    is_prerelease,
    is_valid,
    parse_version,
    version_key,
)
from tests.shared import shared_path

_identifiers = st.from_regex(r"[0-9A-Za-z-]{1,4}", fullmatch=True)
_versions = st.builds(
    "{}.{}.{}{}{}".format,
    *(st.integers(0, 2**53 - 1) | st.integers(0, 3) for _ in range(3)),
    st.just("") | st.lists(_identifiers, min_size=1, max_size=3).map(lambda parts: "-" + ".".join(parts)),
    st.just("") | _identifiers.map("+{}".format),
)


@given(_versions)
def test_the_fast_way_and_the_grammar_give_the_same_key(version: str) -> None:
    assert version_key(version) == parse_version(version).key


@given(_versions)
def test_the_canonical_spelling_is_the_same_version(version: str) -> None:
    text = canonical(version, loose=True)
    assert text is not None
    assert version_key(text) == version_key(version)
    assert is_valid(text)


@given(st.text(max_size=30) | st.from_regex(r"[v= ]*[0-9.]{1,8}[-+0-9a-z.]{0,8}", fullmatch=True))
def test_any_text_is_a_version_or_invalid(text: str) -> None:
    try:
        key = version_key(text)
    except Invalid:
        assert canonical(text, loose=True) is None
        return
    assert key == parse_version(text).key


@pytest.mark.parametrize("text", ["v1.2.3", "=1.2.3", " 1.2.3", "1.2.3\n", "= v 1.2.3", "01.02.03", "1.2.3+build"])
def test_loose_spellings_have_the_key_of_the_plain_one(text: str) -> None:
    assert version_key(text) == version_key("1.2.3")


def test_a_prerelease_needs_no_hyphen_in_old_packages() -> None:
    assert version_key("1.2.3beta") == version_key("1.2.3-beta")
    assert not is_valid("1.2.3beta")


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.2", "1.2.3.4", "latest", "1.2.x", "1.2.3+", "٣.2.1", "1.2.9007199254740992", "0.0.0-" + "a" * 251],
)
def test_other_texts_are_no_versions(text: str) -> None:
    with pytest.raises(Invalid):
        version_key(text)
    assert not is_valid(text, loose=True)


def test_the_longest_version_is_one() -> None:
    assert version_key("0.0.0-" + "a" * 250)[-1] == "a" * 250


def test_cleaning_takes_away_what_stands_around() -> None:
    assert clean("  =v1.2.3  ") == "1.2.3"
    assert clean("1.2.3-01") is None
    assert clean("1.2.3-01", loose=True) == "1.2.3-1"


def test_a_prerelease_is_known_by_its_text() -> None:
    assert is_prerelease("1.0.0-0")
    assert not is_prerelease("1.0.0+a-b")


def test_recorded_orderings_hold() -> None:
    compared = 0
    for left, sign, right in _ordering_lines():
        if "9999999999999999" in left:
            # SemVer has no limit, npm has.
            assert not is_valid(left, loose=True)
            continue
        a, b = version_key(left), version_key(right)
        assert {"<": a < b, ">": a > b, "=": a == b}[sign], f"{left} {sign} {right}"
        compared += 1
    assert compared > 30


def test_keys_are_only_made_where_they_are_asked_for() -> None:
    keys = AscendingKeys(["1.0.0", "no version", "2.0.0"])

    assert len(keys) == 3
    assert keys[0] < keys[2]
    with pytest.raises(Invalid):
        keys[1]


@given(st.lists(_versions, min_size=3, max_size=6))
def test_the_order_is_total(versions: list[str]) -> None:
    keys = sorted(map(version_key, versions))
    assert all(low <= high for low, high in itertools.combinations(keys, 2))


def _ordering_lines() -> list[tuple[str, str, str]]:
    with tarfile.open(shared_path("data", "fixtures", "version-ordering.tar.xz")) as archive:
        member = archive.extractfile("sem/semver-versions.txt")
        assert member is not None
        text = member.read().decode()
    return re.findall(r"^(\S+) ([<>=]) (\S+)$", text, re.MULTILINE)
