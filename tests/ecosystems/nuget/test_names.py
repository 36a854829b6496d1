"""Ids in addresses and package URLs."""

import json
import tarfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.nuget.names import from_purl, lower, parse_name, purl_name, to_purl
from tests.shared import shared_path

_ids = st.from_regex(r"[A-Za-z0-9_]{1,8}([.-][A-Za-z0-9_]{1,8}){0,5}", fullmatch=True)


@given(_ids)
def test_an_id_is_the_same_in_any_case(name: str) -> None:
    assert parse_name(name) == parse_name(name.upper()) == parse_name(name.lower())


@given(_ids)
def test_a_package_url_leads_back(name: str) -> None:
    assert from_purl(to_purl(name, "1.0.0-a.1")) == (parse_name(name), "1.0.0-a.1")


def test_the_cases_of_the_purl_specification_hold() -> None:
    with tarfile.open(shared_path("data", "fixtures", "vers-purl-tests.tar.xz")) as archive:
        file = archive.extractfile("package-url/purl-spec/tests/types/nuget-test.json")
        assert file is not None
        cases: list[dict[str, Any]] = json.loads(file.read())["tests"]
    built = [case for case in cases if case["test_type"] == "build"]
    parsed = [case for case in cases if case["test_type"] == "parse"]
    assert built
    assert parsed
    for case in built:
        assert to_purl(case["input"]["name"], case["input"]["version"]) == case["expected_output"]
    for case in parsed:
        expected = case["expected_output"]
        assert from_purl(case["input"]) == (parse_name(expected["name"]), expected["version"])


@pytest.mark.parametrize(
    "raw",
    [
        *("", ".", "..", "a..b", ".a", "a.", "-a", "a-", "a/b", "a\\b", "../a", "a b", "a\0", "a\n", "a+b", "a%2fb"),
        *("@a/b", "a" * 101, "<a>", "a?b", "a#b"),
    ],
)
def test_what_is_no_id_is_invalid(raw: str) -> None:
    with pytest.raises(Invalid):
        parse_name(raw)
    with pytest.raises(Invalid):
        to_purl(raw)


def test_letters_beyond_ascii_are_lowered_one_by_one() -> None:
    assert lower("ÄПİ") == "äпİ"


def test_a_namespace_means_no_package() -> None:
    assert purl_name("", "A.B") == "a.b"
    with pytest.raises(Invalid):
        purl_name("x", "A.B")


@pytest.mark.parametrize("purl", ["pkg:npm/a", "nuget/a", "pkg:nuget/", "pkg:nuget/x/y"])
def test_other_package_urls_are_invalid(purl: str) -> None:
    with pytest.raises(Invalid):
        from_purl(purl)
