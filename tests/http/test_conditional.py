"""Conditional and partial requests."""

import pytest

from packhouse.domain.package import Moment
from packhouse.http.answers import Answer
from packhouse.http.conditional import byte_range, http_date, is_unchanged

ANSWER = Answer(body=b"0123456789", etag='"abc"', changed_at=Moment(1_700_000_000_500))


@pytest.mark.parametrize("header", ['"abc"', 'W/"abc"', '"x", "abc"', "*"])
def test_a_matching_tag_means_unchanged(header: str) -> None:
    assert is_unchanged(ANSWER, header, "")


@pytest.mark.parametrize("header", ['"abcd"', "abc", '"x"', '""'])
def test_another_tag_means_changed(header: str) -> None:
    assert not is_unchanged(ANSWER, header, "")


def test_a_tag_counts_more_than_a_date() -> None:
    assert not is_unchanged(ANSWER, '"old"', http_date(1_900_000_000_000).decode())


def test_a_date_counts_in_whole_seconds() -> None:
    assert is_unchanged(ANSWER, "", http_date(1_700_000_000_000).decode())
    assert not is_unchanged(ANSWER, "", http_date(1_699_999_999_000).decode())


@pytest.mark.parametrize("date", ["yesterday", "Thu, 99 Nov 2023 22:13:20 GMT", "0", "Sun, 01 Jan 99999 00:00:00 GMT"])
def test_a_date_that_is_none_means_changed(date: str) -> None:
    assert not is_unchanged(ANSWER, "", date)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-3", (0, 4)),
        ("bytes=4-", (4, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-30", (0, 10)),
        ("bytes=8-100", (8, 10)),
        ("bytes=0-0,5-6", None),
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("items=0-3", None),
        ("bytes=a-b", None),
    ],
)
def test_a_range_is_read_as_the_standard_says(header: str, wanted: tuple[int, int] | None) -> None:
    assert byte_range(ANSWER, header, "") == wanted


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_beyond_the_end_cannot_be_satisfied(header: str) -> None:
    with pytest.raises(ValueError, match="bytes"):
        byte_range(ANSWER, header, "")


def test_a_range_of_an_older_file_is_answered_with_the_whole() -> None:
    assert byte_range(ANSWER, "bytes=0-3", '"older"') is None
    assert byte_range(ANSWER, "bytes=0-3", '"abc"') == (0, 4)
