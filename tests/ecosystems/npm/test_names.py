"""Names as they stand in paths and package URLs."""

import json
import tarfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.names import from_purl, parse_name, split_scope, to_purl
from tests.shared import shared_path

_parts = st.from_regex(r"[a-z0-9][a-z0-9._~-]{0,12}", fullmatch=True)
_names = st.one_of(_parts, st.builds("@{}/{}".format, _parts, _parts)).filter(
    lambda name: name not in {"node_modules", "favicon.ico"},
)


@pytest.mark.parametrize("raw", ["@scope/name", "%40scope%2fname", "%40scope%2Fname", "@scope%2Fname", "@scope%2fname"])
def test_all_spellings_of_a_scoped_name_are_one_name(raw: str) -> None:
    assert parse_name(raw) == "@scope/name"


@pytest.mark.parametrize(
    "raw", ["%2540scope%252fname", "a%2500", "%2e%2e", "%2fetc", "@a%2f..", "@a%2f%2e%2e", "a%5cb", "%ff"]
)
def test_what_decoding_once_leaves_unsafe_is_refused(raw: str) -> None:
    with pytest.raises(Invalid):
        parse_name(raw)


@pytest.mark.parametrize("raw", ["@../b", "@./b", "a" * 215])
def test_names_that_npm_would_take_but_no_path_should_are_refused(raw: str) -> None:
    with pytest.raises(Invalid):
        parse_name(raw)


def test_names_with_a_hyphen_first_stay_readable() -> None:
    assert parse_name("-") == "-"
    assert parse_name("--save") == "--save"


def test_a_refusal_says_what_is_wrong_and_is_short() -> None:
    with pytest.raises(Invalid, match="longer than 214 characters") as refused:
        parse_name("a" * 5000)
    assert len(str(refused.value)) < 200


@given(st.text(max_size=20))
def test_any_text_is_a_canonical_name_or_invalid(raw: str) -> None:
    try:
        name = parse_name(raw)
    except Invalid:
        return
    assert parse_name(name) == name
    assert ".." not in name.split("/")
    assert "\\" not in name


def test_a_scope_is_split_off_with_its_sign() -> None:
    assert split_scope("@scope/name") == ("@scope", "name")
    assert split_scope("name") == ("", "name")


@given(_names, st.from_regex(r"[0-9]\.[0-9]\.[0-9](-[a-z.]{1,5}[a-z])?(\+[a-z]{1,3})?", fullmatch=True))
def test_package_urls_are_those_of_the_reference_library(name: str, version: str) -> None:
    scope, bare = split_scope(name)
    purl = to_purl(name, version)

    assert purl == PackageURL("npm", scope or None, bare, version).to_string()
    assert from_purl(purl) == (name, version)


def test_capitals_survive_in_package_urls() -> None:
    assert to_purl("JSONStream", "1.0.0") == "pkg:npm/JSONStream@1.0.0"
    assert from_purl("pkg:npm/JSONStream") == ("JSONStream", "")


@pytest.mark.parametrize(
    "purl", ["", "npm/a", "pkg:npm", "pkg:cargo/a@1.0.0", "pkg:npm/a/b@1.0.0", "pkg:npm/%2e%2e@1.0.0"]
)
def test_other_package_urls_are_invalid(purl: str) -> None:
    with pytest.raises(Invalid):
        from_purl(purl)


def test_package_urls_of_the_specification_are_read_and_written() -> None:
    seen = 0
    for case in _specification_cases():
        if case["test_type"] == "parse" and not case["expected_failure"]:
            parts = case["expected_output"]
            expected = f"{parts['namespace']}/{parts['name']}" if parts["namespace"] else parts["name"]
            assert from_purl(case["input"]) == (expected, parts["version"] or "")
            seen += 1
        if case["test_type"] == "build" and not case["input"]["qualifiers"]:
            parts = case["input"]
            name = f"{parts['namespace']}/{parts['name']}" if parts["namespace"] else parts["name"]
            assert to_purl(name, parts["version"]) == case["expected_output"]
            seen += 1
    assert seen >= 8


def _specification_cases() -> list[dict[str, Any]]:
    with tarfile.open(shared_path("data", "fixtures", "vers-purl-tests.tar.xz")) as archive:
        member = archive.extractfile("package-url/purl-spec/tests/types/npm-test.json")
        assert member is not None
        cases: list[dict[str, Any]] = json.load(member)["tests"]
    return cases


@pytest.mark.parametrize("raw", ["a/b", "a/b/c", "a//b", "/a", "a/"])
def test_a_slash_without_a_scope_is_refused(raw: str) -> None:
    with pytest.raises(Invalid, match="slash"):
        parse_name(raw)
