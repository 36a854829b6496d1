import json
import tarfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.maven.names import parse_name, purl_name, split_name, to_purl
from tests.shared import shared_path

_groups = st.from_regex(r"[a-zA-Z0-9_-]{1,6}(\.[a-zA-Z0-9_-]{1,6}){0,3}", fullmatch=True)
_ELSEWHERE: tuple[str, ...] = (
    ":",
    "a",
    "a:",
    ":a",
    "a:b:c",
    "a:..",
    "a:.",
    "..:a",
    "a..b:c",
    ".a:b",
    "a.:b",
    "a/b:c",
    "a:b/c",
)
_ELSEWHERE += ("a\\b:c", "a:b\0", "a:b\n", "a b:c", "a:\u00e4", "a:%2e")
_artifacts = st.from_regex(r"[a-zA-Z0-9_-][a-zA-Z0-9_.-]{0,12}", fullmatch=True)


def test_names_are_case_sensitive() -> None:
    assert parse_name("HTTPClient:HTTPClient") != parse_name("httpclient:httpclient")


@pytest.mark.parametrize("name", ["junit:junit", "org.scala-lang:scala-library", "a.b_c:d_2.13", "x:_", "x:.x"])
def test_what_the_validator_of_maven_allows_is_a_name(name: str) -> None:
    assert parse_name(name) == name


@pytest.mark.parametrize(
    "raw",
    ["", *_ELSEWHERE, "a" * 400 + ":b"],
)
def test_what_would_lead_to_another_folder_is_no_name(raw: str) -> None:
    with pytest.raises(Invalid):
        parse_name(raw)


@given(st.text(max_size=30))
def test_any_text_is_a_name_or_invalid(raw: str) -> None:
    try:
        name = parse_name(raw)
    except Invalid:
        return
    assert name == raw
    assert ".." not in name.partition(":")[0]


@given(_groups, _artifacts, st.just("") | st.from_regex(r"[0-9]{1,2}[.][0-9](-[a-zA-Z+]{1,4})?", fullmatch=True))
def test_package_urls_are_those_of_the_reference_library(group: str, artifact: str, version: str) -> None:
    assert to_purl(f"{group}:{artifact}", version) == PackageURL("maven", group, artifact, version).to_string()
    assert purl_name(group, artifact) == parse_name(f"{group}:{artifact}")
    assert split_name(parse_name(f"{group}:{artifact}")) == (group, artifact)


def test_a_package_url_without_a_group_is_invalid() -> None:
    with pytest.raises(Invalid, match="group"):
        purl_name("", "thing")


def test_package_urls_of_the_specification_are_written() -> None:
    seen = 0
    for case in _specification_cases():
        parts = case["input"]
        if case["test_type"] != "build" or parts["qualifiers"] or parts["subpath"] or not parts["namespace"]:
            continue
        assert to_purl(f"{parts['namespace']}:{parts['name']}", parts["version"] or "") == case["expected_output"]
        seen += 1
    assert seen >= 2


def _specification_cases() -> list[dict[str, Any]]:
    with tarfile.open(shared_path("data", "fixtures", "vers-purl-tests.tar.xz")) as archive:
        member = archive.extractfile("package-url/purl-spec/tests/types/maven-test.json")
        assert member is not None
        cases: list[dict[str, Any]] = json.load(member)["tests"]
    return cases
