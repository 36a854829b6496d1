"""How moments, sizes and addresses read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.package import Moment
from packhouse.web.wording import count, safe_link, size, when

NOW = Moment(1_767_225_600_000)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (3 * 3600, "3 hours ago"),
        (86_400, "1 day ago"),
        (29 * 86_400, "29 days ago"),
        (65 * 86_400, "2 months ago"),
        (800 * 86_400, "2 years ago"),
        (-7200, "in 2 hours"),
    ],
)
def test_a_moment_is_told_from_now(seconds: int, text: str) -> None:
    told = when(Moment(NOW - seconds * 1000), NOW)
    assert told is not None
    assert told.ago == text


def test_a_moment_is_also_told_exactly() -> None:
    told = when(NOW, NOW)
    assert told is not None
    assert (told.day, told.iso) == ("2026-01-01", "2026-01-01T00:00:00Z")
    assert when(None, NOW) is None


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1500, "1.5 KB"),
        (648_000, "648 KB"),
        (9_800_000, "9.8 MB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_a_size_is_told_in_the_unit_that_fits(number: int, text: str) -> None:
    assert size(number) == text


def test_one_thing_is_singular() -> None:
    assert [count(number, "package") for number in (0, 1, 1848)] == ["0 packages", "1 package", "1,848 packages"]


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://orchard.example/a?b=c#d", "https://orchard.example/a?b=c#d"),
        ("HTTP://orchard.example", "HTTP://orchard.example"),
        ("git+https://orchard.example/a.git", "https://orchard.example/a.git"),
        ("mailto:ann@orchard.example", "mailto:ann@orchard.example"),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)", None),
        (" javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("git+javascript:alert(1)", None),
        ("data:text/html,<script>", None),
        ("vbscript:x", None),
        ("file:///etc/passwd", None),
        ("git+ssh://git@orchard.example/a.git", None),
        ("//orchard.example", None),
        ("http:orchard", None),
        ("https://[broken", None),
        ("orchard.example", None),
        ("", None),
    ],
)
def test_only_harmless_addresses_are_linked(url: str, target: str | None) -> None:
    assert safe_link(url) == target


@given(st.text())
def test_whatever_is_linked_has_a_harmless_scheme(text: str) -> None:
    assert (safe_link(text) or "http:").lower().startswith(("http:", "https:", "mailto:"))
