"""Names in addresses, files and package URLs."""

import json
import tarfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.gem.names import full_name, names_of, parse_name, purl_name, to_purl
from tests.shared import shared_path

_names = st.from_regex(r"[A-Za-z0-9._-]{1,40}", fullmatch=True).filter(lambda name: name.strip("."))


@given(_names)
def test_a_name_stays_as_it_is_written(name: str) -> None:
    assert parse_name(name) == name


@pytest.mark.parametrize(
    "raw", ["", ".", "..", "...", "a/b", "a b", "a\0", "a\n", "é", "a%2fb", "a\\b", "a?b", "a" * 256, "@a/b", "a:b"]
)
def test_what_is_no_name_is_refused_with_a_short_sentence(raw: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_name(raw)
    assert len(str(refused.value)) < 250


@given(_names, st.from_regex(r"[0-9]{1,2}(\.[0-9a-z]{1,3}){0,3}", fullmatch=True), st.sampled_from(("ruby", "java")))
def test_the_name_is_among_those_that_its_full_name_may_begin_with(name: str, version: str, platform: str) -> None:
    assert name in names_of(full_name(name, version, platform))


@pytest.mark.parametrize(
    ("full", "names"),
    [
        ("rack-3.0.0", ["rack"]),
        ("a-1.0-java", ["a"]),
        ("acme-2-tools-1.0", ["acme-2-tools", "acme"]),
        ("thing-1.0-x86-mswin32-60", ["thing", "thing-1.0-x86-mswin32"]),
        ("foo-1-2.0", ["foo-1", "foo"]),
        ("no-version", []),
        ("", []),
        ("-1", []),
        ("..-1.0", []),
    ],
)
def test_the_likeliest_name_of_a_full_name_comes_first(full: str, names: list[str]) -> None:
    assert names_of(full) == names


def test_package_urls_have_no_namespace_and_keep_capitals() -> None:
    assert to_purl("RedCloth", "4.3.2") == "pkg:gem/RedCloth@4.3.2"
    assert purl_name("", "RedCloth") == "RedCloth"
    with pytest.raises(Invalid):
        purl_name("acme", "thing")
    with pytest.raises(Invalid):
        to_purl("no/name")


def _cases() -> list[dict[str, Any]]:
    with tarfile.open(shared_path("data", "fixtures", "vers-purl-tests.tar.xz")) as archive:
        found = archive.extractfile("package-url/purl-spec/tests/types/gem-test.json")
        assert found is not None
        tests: list[dict[str, Any]] = json.load(found)["tests"]
    return tests


def test_package_urls_of_the_specification_are_written() -> None:
    built = 0
    for case in _cases():
        fields = case["input"]
        if case["test_type"] == "build" and not case["expected_failure"]:
            expected = case["expected_output"].partition("?")[0]
            assert to_purl(fields["name"], fields["version"] or "") == expected
            assert purl_name(fields["namespace"] or "", fields["name"]) == fields["name"]
            built += 1
    assert built >= 2
