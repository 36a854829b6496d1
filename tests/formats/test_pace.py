"""What reading a pace promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.formats.pace import Pace, parse_pace


@pytest.mark.parametrize(
    ("text", "pace"),
    [
        ("5 then 1/10min", Pace(5, 600)),
        ("30 then 1/min", Pace(30, 60)),
        ("30  then 60 / h", Pace(30, 60)),
        ("1 then 4/s", Pace(1, 0.25)),
        (" off ", None),
    ],
)
def test_a_pace_is_a_burst_and_then_a_rate(text: str, pace: Pace | None) -> None:
    assert parse_pace(text) == pace


@pytest.mark.parametrize(
    "text",
    ["", "5", "5 then", "5 then 1", "0 then 1/min", "5 then 0/min", "5 then 1/0min", "-1 then 1/min", "5 then 1/age"],
)
def test_what_is_no_pace_is_not_guessed_at(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (its message is for nobody)
        parse_pace(text)


@given(st.text(max_size=40))
def test_any_text_is_a_pace_or_a_value_error(text: str) -> None:
    try:
        pace = parse_pace(text)
    except ValueError:
        return
    assert pace is None or (pace.burst > 0 and pace.every_s > 0)
