"""Raw-path routing."""

import pytest

from packhouse.domain.errors import Invalid, NotAllowed, NotFound
from packhouse.http.answers import Answer
from packhouse.http.problems import error_headers
from packhouse.http.router import Router, decode_segments, route


async def _first(**_: str) -> Answer:
    return Answer()


async def _second(**_: str) -> Answer:
    return Answer()


ROUTER = Router([route("-/ping", GET=_first), route("{name}", GET=_second, PUT=_first)])


@pytest.mark.parametrize(
    ("raw", "segments"),
    [
        (b"/npm/@scope%2fname", ["npm", "@scope/name"]),
        (b"/npm/%40scope%2Fname/", ["npm", "@scope/name"]),
        (b"/go/v2.0.0+incompatible", ["go", "v2.0.0+incompatible"]),
        (b"/a%252fb", ["a%2fb"]),
        (b"/", []),
        (b"/a//b", ["a", "", "b"]),
    ],
)
def test_each_segment_is_decoded_exactly_once_after_splitting(raw: bytes, segments: list[str]) -> None:
    assert decode_segments(raw) == segments


@pytest.mark.parametrize("raw", [b"/%ff", b"/%c0%af", b"/\xff"])
def test_a_path_that_is_not_utf8_is_invalid(raw: bytes) -> None:
    with pytest.raises(Invalid):
        decode_segments(raw)


def test_a_literal_segment_wins_over_a_parameter_by_order() -> None:
    assert ROUTER.find("GET", ["-", "ping"]).handler is _first
    assert ROUTER.find("GET", ["express"]).parameters == {"name": "express"}


def test_head_is_answered_where_get_is() -> None:
    assert ROUTER.find("HEAD", ["express"]).handler is _second


def test_an_unknown_method_of_a_known_path_says_which_are_known() -> None:
    with pytest.raises(NotAllowed, match="GET, PUT") as error:
        ROUTER.find("DELETE", ["express"])
    assert error_headers(error.value) == ((b"allow", b"GET, PUT"),)


def test_an_unknown_path_is_not_found_whatever_the_method() -> None:
    with pytest.raises(NotFound):
        ROUTER.find("DELETE", ["a", "b", "c"])


def test_an_empty_segment_is_no_parameter() -> None:
    with pytest.raises(NotFound):
        ROUTER.find("GET", [""])
