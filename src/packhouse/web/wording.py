"""Moments, sizes and foreign addresses as people read them."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from msgspec import Struct

from packhouse.domain.package import Moment

_UNITS = ((365 * 86_400, "year"), (30 * 86_400, "month"), (86_400, "day"), (3600, "hour"), (60, "minute"))
_MULTIPLES = ("bytes", "KB", "MB", "GB", "TB")


class When(Struct, frozen=True):
    """A moment, for a `time` element."""

    ago: str
    """Seen from now, e.g. 3 days ago."""
    day: str
    iso: str


def when(moment: Moment | None, now: Moment) -> When | None:
    """Word a moment; None stays None."""
    if moment is None:
        return None
    at = datetime.fromtimestamp(moment // 1000, UTC)
    return When(_ago((now - moment) // 1000), at.strftime("%Y-%m-%d"), at.strftime("%Y-%m-%dT%H:%M:%SZ"))


def size(size_bytes: int) -> str:
    """Word a number of bytes, with at most one decimal."""
    value = float(size_bytes)
    for unit in _MULTIPLES[:-1]:
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} {_MULTIPLES[-1]}"


def count(number: int, noun: str) -> str:
    """Word a number of things whose plural ends in s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def safe_link(url: str) -> str | None:
    """Return the address to link to; None for one that only may be shown.

    A browser runs `javascript:` and opens `data:` in our name, so that only what is known to be harmless is linked.
    """
    text = url.strip().removeprefix("git+")
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname)
    except ValueError:
        return None
    if parts.scheme in ("http", "https") and named:
        return text
    return text if parts.scheme == "mailto" and "@" in parts.path else None


def _ago(seconds: int) -> str:
    ahead = seconds < 0
    for length, unit in _UNITS:
        number = abs(seconds) // length
        if number:
            return f"in {count(number, unit)}" if ahead else f"{count(number, unit)} ago"
    return "just now"
