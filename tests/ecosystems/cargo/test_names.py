"""Names in addresses and package URLs."""

import json
import tarfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.cargo.names import (
    identity,
    index_path,
    is_reserved,
    parse_name,
    prefix,
    purl_name,
    spellings,
    to_purl,
)
from tests.shared import shared_path

_names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", fullmatch=True)


@given(_names)
def test_a_canonical_name_stays_as_it_is(name: str) -> None:
    canonical = parse_name(name)
    assert parse_name(canonical) == canonical
    assert identity(canonical) == identity(name)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a", "1/a"),
        ("Ab", "2/ab"),
        ("abc", "3/a/abc"),
        ("Inflector", "in/fl/inflector"),
        ("serde_json", "se/rd/serde_json"),
        ("_x-y", "_x/-y/_x-y"),
    ],
)
def test_the_index_has_a_file_where_cargo_looks_for_it(name: str, path: str) -> None:
    assert index_path(parse_name(name)) == path


def test_the_folder_of_a_name_keeps_its_capitals_for_a_download_address() -> None:
    assert prefix("Inflector") == "In/fl"


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "1a",
        "-a",
        "a.b",
        "a/b",
        "..",
        "a b",
        "a\0",
        "a\n",
        "é",
        "a\u0301",
        "\u017ferde",
        "a" * 65,
        "a%2fb",
        "a\\b",
        "a.git",
    ],
)
def test_what_is_no_name_is_refused_with_a_short_sentence(raw: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_name(raw)
    assert len(str(refused.value)) < 250


@given(st.text(max_size=70))
def test_any_text_is_a_name_or_invalid(text: str) -> None:
    try:
        name = parse_name(text)
    except Invalid:
        return
    assert name.isascii()
    assert ".." not in index_path(name)


def test_hyphen_underscore_and_capitals_make_no_other_crate() -> None:
    assert identity("Foo-Bar_baz") == identity("foo_bar-BAZ") == "foo_bar_baz"


def test_the_other_spellings_are_those_that_cargo_tries() -> None:
    assert list(spellings(parse_name("foo-bar_baz"))) == ["foo_bar_baz", "foo-bar-baz"]
    assert list(spellings(parse_name("foo_bar"))) == ["foo-bar"]
    assert list(spellings(parse_name("serde"))) == []


@pytest.mark.parametrize("name", ["nul", "CON", "com1", "lpt9", "std", "Proc-Macro", "compiler_rt", "rust-installer"])
def test_names_of_devices_and_of_the_compilers_own_crates_are_reserved(name: str) -> None:
    assert is_reserved(name)
    assert parse_name(name)  # reading what somebody published before is no crime


def test_other_names_are_not_reserved() -> None:
    assert not is_reserved("console")
    assert not is_reserved("serde")


def test_a_package_url_has_no_namespace() -> None:
    assert purl_name("", "Serde_JSON") == "serde_json"
    with pytest.raises(Invalid):
        purl_name("team", "serde")


def test_build_metadata_is_escaped_in_a_package_url() -> None:
    assert to_purl("zstd-sys", "2.0.1+zstd.1.5.2") == "pkg:cargo/zstd-sys@2.0.1%2Bzstd.1.5.2"


def test_the_package_url_specifications_own_cases_hold() -> None:
    with tarfile.open(shared_path("data", "fixtures", "vers-purl-tests.tar.xz")) as archive:
        member = next(each for each in archive.getmembers() if each.name.endswith("types/cargo-test.json"))
        file = archive.extractfile(member)
        assert file is not None
        cases: list[dict[str, Any]] = json.load(file)["tests"]
    checked = 0
    for case in cases:
        match case["test_type"]:
            case "parse":
                expected = case["expected_output"]
                assert purl_name(expected["namespace"] or "", expected["name"]) == expected["name"]
                assert to_purl(expected["name"], expected["version"]) == case["input"]
            case "build":
                given_ = case["input"]
                assert to_purl(given_["name"], given_["version"]) == case["expected_output"]
            case "validate":
                assert case["input"] == case["expected_output"]
        checked += 1
    assert checked == len(cases) >= 9
