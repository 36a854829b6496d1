"""Sets of versions as spans between bounds, so that what databases say of them can be joined, cut and turned round."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct


class Bound(NamedTuple):
    """A place between versions: just before one, or just after it."""

    key: Any
    """What the version is sorted by."""
    after: bool
    text: str


Low: TypeAlias = Bound | None
"""None is below all."""
High: TypeAlias = Bound | None
"""None is above all."""


class Span(Struct, frozen=True):
    """The versions between two bounds."""

    low: Low
    high: High


Spans: TypeAlias = Sequence[Span]
"""In ascending order, none touching the next."""

EVERYTHING: Spans = (Span(None, None),)


def compared(operator: str, key: Any, text: str) -> Spans:  # noqa: ANN401 (sort key)
    """Make the set of all versions that compare like this; raise KeyError for another operator."""
    before, after = Bound(key, after=False, text=text), Bound(key, after=True, text=text)
    return {
        "<": (Span(None, before),),
        "<=": (Span(None, after),),
        ">": (Span(after, None),),
        ">=": (Span(before, None),),
        "=": (Span(before, after),),
        "!=": (Span(None, before), Span(after, None)),
    }[operator]


def union(sets: Iterable[Spans]) -> Spans:
    """Join sets."""
    spans = sorted((span for each in sets for span in each if not _is_empty(span)), key=_from)
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last is not None and (last.high is None or span.low is None or span.low[:2] <= last.high[:2]):
            joined[-1] = Span(last.low, _later(last.high, span.high))
        else:
            joined.append(span)
    return joined


def complement(spans: Spans) -> Spans:
    """Make the set of all other versions."""
    gaps: list[Span] = []
    low: Low = None
    for span in spans:
        if span.low is not None:
            gaps.append(Span(low, span.low))
        if span.high is None:
            return gaps
        low = span.high
    return [*gaps, Span(low, None)]


def intersection(sets: Iterable[Spans]) -> Spans:
    """Make the set of what is in all of some sets; everything, where there are none."""
    return complement(union(complement(union([each])) for each in sets))


def osv_ranges(spans: Spans, kind: str, above: Callable[[str], str]) -> list[dict[str, Any]]:
    """Write spans as ranges of OSV, which can only begin with a version: `above` names the lowest above another."""
    return [{"type": kind, "events": _events(span, above)} for span in spans]


def _events(span: Span, above: Callable[[str], str]) -> list[dict[str, str]]:
    low, high = span.low, span.high
    begin = "0" if low is None else above(low.text) if low.after else low.text
    if high is None:
        return [{"introduced": begin}]
    return [{"introduced": begin}, {"last_affected" if high.after else "fixed": high.text}]


def _is_empty(span: Span) -> bool:
    return span.low is not None and span.high is not None and span.high[:2] <= span.low[:2]


def _from(span: Span) -> tuple[Any, ...]:
    return (0,) if span.low is None else (1, *span.low[:2])


def _later(one: High, other: High) -> High:
    if one is None or other is None:
        return None
    return max(one, other, key=lambda bound: bound[:2])
