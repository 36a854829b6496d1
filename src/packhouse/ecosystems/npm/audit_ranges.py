"""The versions that advisories are about, written as npm's ranges.

Clients work out from the range which other versions are affected as well, so it has to say what matching says. They
compare with `includePrerelease` (npm's metavuln-calculator): `<1.2.0` holds 1.2.0-rc.1, as in an OSV record.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from packhouse.domain.advisory import AffectedRange, EventKind, Mention
from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.versions import version_key

_BEGINNING = "0"
_NO_LIMIT = "*"
_is_partial = re.compile(r"v?[0-9]+(\.[0-9]+)?", re.ASCII).fullmatch

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
        found += [Span(at, at, inclusive=True) for each in mention.versions if (at := _listed(each)) is not None]
        for each in mention.ranges:
            history = _read(each)
            # As in matching: beside a list, a range that is only half understood is left out.
            if history is not None and not (history.doubtful and mention.versions):
                found += history.spans()
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


class _History(Struct, frozen=True):
    """The events of one range, as far as they can be read."""

    points: tuple[tuple[Point, EventKind], ...]
    limits: tuple[Point, ...]
    begun: bool
    """Whether it begins before all versions."""
    doubtful: bool
    """Whether something is no version: what begins there begins at once, and what ends there does not end."""

    def spans(self) -> list[Span]:
        """Turn it into spans."""
        begun = self.begun or not any(kind == "introduced" for _, kind in self.points)
        points = sorted(self.points, key=lambda each: (each[0].key, each[1] == "last_affected"))
        limit = max(self.limits, key=lambda each: each.key, default=None)
        return [cut for each in _walk(points, begun=begun) for cut in _limited(each, limit)]


def _read(span: AffectedRange) -> _History | None:
    """Read the events of a range; None where there are none, which says nothing."""
    begun = doubtful = False
    points: list[tuple[Point, EventKind]] = []
    limits: list[Point] = []
    for event in span.events:
        if (event.kind, event.version) == ("introduced", _BEGINNING):
            begun = True
        elif (event.kind, event.version) != ("limit", _NO_LIMIT):
            point = _point(event.version)
            if point is None:
                doubtful = True
                begun = begun or event.kind == "introduced"
            elif event.kind == "limit":
                limits.append(point)
            else:
                points.append((point, event.kind))
    return _History(tuple(points), tuple(limits), begun, doubtful) if span.events else None


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


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Unite what overlaps or touches."""
    beginnings = [each for each in spans if each.low is None]
    others = sorted(((each.low.key, at) for at, each in enumerate(spans) if each.low is not None))
    merged: list[Span] = []
    for each in (*beginnings, *(spans[at] for _, at in others)):
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
    """Read a version of a range, in which 0.1 stands for 0.1.0; None for what is none."""
    plain = _without_build(text)
    return _listed(plain + ".0" * (2 - plain.count(".")) if _is_partial(plain) else plain)


def _listed(text: str) -> Point | None:
    plain = _without_build(text)
    try:
        return Point(version_key(plain), plain)
    except Invalid:
        return None


def _without_build(text: str) -> str:
    """Leave build metadata out: SemVer 10 has it that it changes nothing."""
    return text.partition("+")[0]
