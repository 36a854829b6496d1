import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.formats.quantity import parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("90s", 90),
        ("5m", 300),
        ("72h", 259_200),
        ("7d", 604_800),
        ("250ms", 0.25),
        ("1.5 h", 5400),
        ("60", 60),
    ],
)
def test_a_duration_is_read_as_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("512", 512), ("10MB", 10_000_000), ("32 MiB", 2**25), ("1.5gb", 1_500_000_000)],
)
def test_a_size_is_read_as_bytes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "h", "-1s", "1e3", "5 parsecs", "5m3s", "inf", "\u0661s", "5MB", "1,5h"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_duration(text)


@given(st.text())
def test_no_text_is_read_as_a_negative_quantity(text: str) -> None:
    for parse in (parse_duration, parse_size):
        try:
            assert parse(text) >= 0
        except ValueError:
            continue
