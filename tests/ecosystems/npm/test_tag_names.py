"""Names of tags: nobody may be led to another version by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.ranges import is_range
from packhouse.ecosystems.npm.tag_names import MAX_LENGTH, OBJECT_MEMBERS, check_tag


@pytest.mark.parametrize(
    "tag", ["latest", "next", "beta-2", "release_4.x-lts", "v", "rc.1", "canary~", "x" * MAX_LENGTH]
)
def test_words_are_tags(tag: str) -> None:
    check_tag(tag)


@pytest.mark.parametrize(
    "tag",
    [
        *("", ".", "..", "...", "a/b", "../a", "a\\b", "a b", " a", "a\n", "a\0", "é", "a%2f", "a@b", "#", "?"),
        *("1", "1.x", "1.0.0", "v1", "v1.4", "=1", ">1", "^1.0.0", "~1", "*", "x", "X", "1 - 2", "1||2", "1.0.0-beta"),
        *sorted(OBJECT_MEMBERS),
        "x" * (MAX_LENGTH + 1),
        "1" * 100_000,
    ],
)
def test_ranges_paths_and_members_of_objects_are_not(tag: str) -> None:
    with pytest.raises(Invalid, match="is no name for a tag"):
        check_tag(tag)


@given(st.text() | st.from_regex(r"[v=~^<>]*[0-9x*]+(\.[0-9x*]+){0,3}(-[a-z0-9.]+)?", fullmatch=True))
def test_what_can_be_read_as_a_range_is_never_a_tag(tag: str) -> None:
    try:
        check_tag(tag)
    except Invalid:
        return
    assert not is_range(tag)
    assert "/" not in tag
