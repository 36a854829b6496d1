"""What manifests ask for; that it is understood as npm does is in test_oracle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.npm.requirements import Spec, parse_requirement, requirement


def test_an_alias_is_the_package_behind_it() -> None:
    assert parse_requirement("old", "npm:@real/name@^1.0.0") == Spec(
        kind="range", name="@real/name", text="^1.0.0", raw="npm:@real/name@^1.0.0", alias="old"
    )
    assert requirement("old", "npm:real", "runtime") == Requirement(name="real", range="*", alias="old", raw="npm:real")


def test_a_workspace_is_told_by_its_protocol() -> None:
    assert parse_requirement("sibling", "workspace:^") == Spec("workspace", "sibling", "^", "workspace:^")


@pytest.mark.parametrize(
    ("spec", "asked"),
    [
        ("user/repository#semver:^1.2", "^1.2"),
        ("user/repository#semver:%5E1", "^1"),
        ("git+ssh://git@host.example:user/repository.git#v2", "v2"),
        ("https://github.com/user/repository/tree/dev", "dev"),
        ("gist:1234", ""),
    ],
)
def test_of_git_the_commit_or_range_is_read(spec: str, asked: str) -> None:
    found = parse_requirement("thing", spec)
    assert (found.kind, found.text) == ("git", asked)


@pytest.mark.parametrize(
    "spec",
    [
        "a b",
        "foo:bar",
        "npm:npm:a@1",
        "npm:a/b",
        "npm:a@file:x",
        "ssh://host.example/a",
        "u/r#a::b",
        "@scope",
        "git+https://[x/y",
        "https://",
    ],
)
def test_what_npm_refuses_is_invalid(spec: str) -> None:
    with pytest.raises(Invalid):
        parse_requirement("thing", spec)


def test_a_bad_name_is_invalid() -> None:
    with pytest.raises(Invalid):
        parse_requirement("../thing", "^1")


def test_what_cannot_be_understood_is_kept_as_written() -> None:
    assert requirement("thing", "portal:../x", "dev", optional=True) == Requirement(
        name="thing", range="portal:../x", scope="dev", optional=True, kind="unknown"
    )


def test_what_is_not_in_the_registry_is_kept_as_written() -> None:
    assert requirement("thing", "user/repository#semver:^1", "runtime").range == "user/repository#semver:^1"
    assert requirement("thing", "file:../x.tgz", "runtime").kind == "file"
    assert requirement("thing", "https://host.example/x.tgz", "runtime").kind == "url"


def test_blanks_around_a_range_do_not_count_but_are_kept() -> None:
    assert requirement("thing", " ^1 ", "peer") == Requirement(name="thing", range="^1", scope="peer", raw=" ^1 ")


@given(st.text(max_size=30))
def test_any_text_is_understood_or_invalid(spec: str) -> None:
    try:
        found = parse_requirement("thing", spec)
    except Invalid:
        return
    assert found.raw == spec
