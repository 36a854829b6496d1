"""The versions that advisories are about, written as npm's ranges.

Clients work out from the range which other versions are affected as well, so it has to say what matching says. They
compare with `includePrerelease` (npm's metavuln-calculator): `<1.2.0` holds 1.2.0-rc.1, as in an OSV record.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from packhouse.domain.advisory import AffectedRange, EventKind, Mention, RangeEvent
from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.versions import version_key

_BEGINNING = "0"
_NO_LIMIT = "*"

Key = Any
"""What versions are sorted by."""


class Point(Struct, frozen=True):
    """A version and its place in the order."""

    key: Key
    text: str


class Span(Struct, frozen=True):
    """Affected versions without a gap; None is the beginning or no end."""

    low: Point | None
    high: Point | None
    inclusive: bool = False
    """Whether the last one is affected as well."""
    mended: bool = False
    """Whether the version at its end is said to be a fix."""


def affected_spans(mentions: Iterable[Mention]) -> list[Span]:
    """Put together what several records say of one package, lowest first and without overlaps."""
    found: list[Span] = []
    for mention in mentions:
        listed = [Span(at, at, inclusive=True) for each in mention.versions if (at := _point(each)) is not None]
        for each in mention.ranges:
            try:
                found += _spans(each)
            except Invalid:
                # As in matching: a list is as good; without one, all versions are meant rather than none.
                if not mention.versions:
                    found.append(Span(None, None))
        found += listed
    return _merged(found)


def write_affected(spans: Iterable[Span]) -> str:
    """Write the affected versions as a range."""
    return " || ".join(_write(span) for span in spans) or "<0.0.0-0"


def write_mended(spans: list[Span]) -> str:
    """Write the versions in which it is mended as a range; empty where none is named."""
    parts = []
    for at, span in enumerate(spans):
        if span.high is None or not span.mended:
            continue
        following = spans[at + 1].low if at + 1 < len(spans) else None
        parts.append(f">={span.high.text}" + (f" <{following.text}" if following is not None else ""))
    return " || ".join(parts)


def _spans(span: AffectedRange) -> list[Span]:
    """Turn the events of one range into spans; raise Invalid for what is no version."""
    if not span.events:
        raise Invalid("a range without events says nothing")
    beginning = RangeEvent("introduced", _BEGINNING) in span.events
    limits = [_parsed(each.version) for each in span.events if each.kind == "limit" and each.version != _NO_LIMIT]
    points = [
        (_parsed(each.version), each.kind)
        for each in span.events
        if each.kind != "limit" and (each.kind, each.version) != ("introduced", _BEGINNING)
    ]
    begun = beginning or not any(kind == "introduced" for _, kind in points)
    points.sort(key=lambda each: (each[0].key, each[1] == "last_affected"))
    limit = max(limits, key=lambda each: each.key, default=None)
    return [cut for each in _walk(points, begun=begun) for cut in _limited(each, limit)]


def _walk(points: Iterable[tuple[Point, EventKind]], *, begun: bool) -> Iterator[Span]:
    """Yield the spans of sorted events, as section "Evaluation" of the OSV schema has it."""
    low: Point | None = None
    for point, kind in points:
        if kind == "introduced":
            if not begun:
                begun, low = True, point
        elif begun:
            last = kind == "last_affected"
            if last or low is None or low.key < point.key:
                yield Span(low, point, inclusive=last, mended=not last)
            begun = False
    if begun:
        yield Span(low, None)


def _limited(span: Span, limit: Point | None) -> Iterator[Span]:
    if limit is None:
        yield span
    elif span.low is None or span.low.key < limit.key:
        ends_before = span.high is not None and (
            span.high.key < limit.key or (span.high.key == limit.key and not span.inclusive)
        )
        yield span if ends_before else Span(span.low, limit)


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Unite what overlaps or touches."""
    beginnings = [each for each in spans if each.low is None]
    others = sorted((each for each in spans if each.low is not None), key=lambda each: each.low and each.low.key)
    merged: list[Span] = []
    for each in (*beginnings, *others):
        last = merged[-1] if merged else None
        if last is None or not _touch(last, each):
            merged.append(each)
        elif _ends_after(each, last):
            merged[-1] = Span(last.low, each.high, each.inclusive, each.mended)
    return merged


def _touch(first: Span, second: Span) -> bool:
    if first.high is None or second.low is None:
        return True
    return bool(second.low.key <= first.high.key)


def _ends_after(one: Span, other: Span) -> bool:
    if other.high is None or one.high is None:
        return other.high is not None
    if one.high.key == other.high.key:
        return one.inclusive and not other.inclusive
    return bool(other.high.key < one.high.key)


def _write(span: Span) -> str:
    low, high = span.low, span.high
    if low is not None and high is not None and low.key == high.key:
        return f"={low.text}"
    parts = [f">={low.text}"] if low is not None else []
    if high is not None:
        parts.append(f"{'<=' if span.inclusive else '<'}{high.text}")
    return " ".join(parts) or "*"


def _point(text: str) -> Point | None:
    try:
        return _parsed(text)
    except Invalid:
        return None


def _parsed(text: str) -> Point:
    # Without build metadata: SemVer 10 has it that this changes nothing.
    plain = text.partition("+")[0]
    return Point(version_key(plain), plain)
