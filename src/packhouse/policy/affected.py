"""Tells whether an advisory is about a version, as section "Evaluation" of the OSV schema has it.

Where a record leaves the question open, the answer is yes: whoever asks would rather read one advisory too many.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from packhouse.domain.advisory import EventKind, Mention, RangeEvent
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import Invalid

_NO_POINTS = frozenset((("introduced", "0"), ("limit", "*")))
"""Before all versions, also those that are below what the ecosystem has for 0; and behind all."""
_A_PAIR = 2
_is_partial = re.compile(r"v?[0-9]+(\.[0-9]+)?", re.ASCII).fullmatch

Key = Any
"""What an ecosystem's versions are sorted by."""


class Interval(Struct, frozen=True, gc=False):
    """Versions from one on, up to another."""

    low: Key
    """None for the beginning."""
    high: Key
    """None where there is no end."""
    ends_with: bool
    """Whether the last one belongs to it."""
    fixed: str = ""
    """The version at its end, where that is said to be mended; as the record writes it."""

    def holds(self, key: Key) -> bool:
        """Tell whether a version is in it."""
        if self.low is not None and key < self.low:
            return False
        return self.high is None or key < self.high or (self.ends_with and key == self.high)


class Asked(Struct, frozen=True):
    """A version that is asked about, with its keys worked out once."""

    version: str
    key: Key
    """None for what is no version of the ecosystem: only lists can name it."""
    precedence: Key
    """Its key without build metadata, by which SemVer compares."""


class Shared:
    """What the advisories about one package share, since they name the same versions again and again."""

    def __init__(self, ecosystem: Ecosystem) -> None:
        self.spell = ecosystem.osv_version
        self._key = ecosystem.version_key
        self._keys: dict[str, Key] = {}
        self.bounds: dict[str, Key] = {}
        """Keys by versions as ranges write them."""
        self.precedence_bounds: dict[str, Key] = {}
        """The same as SemVer compares, without build metadata."""
        self._lists: list[tuple[str, ...]] = []
        self._by_key: dict[Key, set[str]] | None = None
        self._last: tuple[Asked, frozenset[str]] | None = None

    def add(self, listed: tuple[str, ...]) -> None:
        """Note versions that an advisory lists."""
        self._lists.append(listed)
        self._by_key = self._last = None

    def alike(self, asked: Asked) -> frozenset[str]:
        """Return the texts, of all that were listed, that mean the same version."""
        # All advisories are asked about one version after the other.
        if self._last is not None and self._last[0] is asked:
            return self._last[1]
        if asked.key is None:
            found = frozenset(each for listed in self._lists for each in listed if self.spell(each) == asked.version)
        else:
            found = frozenset(self._listed().get(asked.key, ()))
        self._last = (asked, found)
        return found

    def key(self, version: str) -> Key | None:
        """Make the key of a version; None for what is none."""
        try:
            return self._keys[version]
        except KeyError:
            pass
        try:
            key = self._key(version)
        except Invalid:
            key = None
        self._keys[version] = key
        return key

    def _listed(self) -> dict[Key, set[str]]:
        if self._by_key is None:
            self._by_key = {}
            for text in set().union(*self._lists):
                key = self.key(self.spell(text))
                if key is not None:
                    self._by_key.setdefault(key, set()).add(text)
        return self._by_key


class Prepared:
    """What an advisory says of a package, ready to be compared with."""

    def __init__(self, ecosystem: Ecosystem, mention: Mention, shared: Shared | None = None) -> None:
        self.mention = mention
        self._shared = Shared(ecosystem) if shared is None else shared
        self._intervals: tuple[Sequence[Interval], Sequence[Interval]] | None = None
        self._oddities: list[str] = []
        if mention.versions:
            self._shared.add(mention.versions)

    @property
    def oddities(self) -> Sequence[str]:
        """Sentences on what of it cannot be compared with."""
        self._prepare()
        return self._oddities

    def affects(self, asked: Asked) -> bool:
        """Tell whether the advisory is about a version."""
        # What is listed as it is written needs no comparison.
        return asked.version in self.mention.versions or self.spans(asked) or self.lists(asked)

    def spans(self, asked: Asked) -> bool:
        """Tell whether a version is in one of the ranges."""
        if asked.key is None:
            return False
        by_order, by_precedence = self._intervals or self._prepare()
        for each in by_order:
            if each.holds(asked.key):
                return True
        return any(each.holds(asked.precedence) for each in by_precedence) if by_precedence else False

    def lists(self, asked: Asked) -> bool:
        """Tell whether a version is one of those listed, in whatever spelling."""
        listed = self.mention.versions
        return bool(listed) and (asked.version in listed or not self._shared.alike(asked).isdisjoint(listed))

    def fixed_above(self, asked: Asked) -> tuple[Key, str] | None:
        """Find the lowest version above this one that is said to be mended, with its key; None where none is."""
        if asked.key is None:
            return None
        found = [
            (each.high, self._shared.spell(each.fixed))
            for intervals, key in zip(self._prepare(), (asked.key, asked.precedence), strict=True)
            for each in intervals
            if each.fixed and key < each.high
        ]
        return min(found, default=None)

    def _prepare(self) -> tuple[Sequence[Interval], Sequence[Interval]]:
        """Work the ranges out, those by the ecosystem's order and those by SemVer's, when first needed."""
        if self._intervals is None:
            found: tuple[list[Interval], list[Interval]] = ([], [])
            for span in self.mention.ranges:
                by_semver = span.kind == "semver"
                bounds = self._shared.precedence_bounds if by_semver else self._shared.bounds
                doubts = len(self._oddities)
                keys = [self._bound(event, bounds, by_semver=by_semver) for event in span.events]
                # Beside a list, a range that is only half understood would only add versions that are not affected.
                if len(self._oddities) == doubts or not self.mention.versions:
                    found[by_semver].extend(_intervals(span.events, keys))
            self._intervals = found
        return self._intervals

    def _bound(self, event: RangeEvent, bounds: dict[str, Key], *, by_semver: bool) -> Key | None:
        """Make the key of a version at which something happens; for what is none, None and an oddity."""
        text = event.version
        if (event.kind, text) in _NO_POINTS:
            return None
        if (key := bounds.get(text)) is not None:
            return key
        version = self._shared.spell(_without_build(text) if by_semver else text)
        key = self._shared.key(version)
        if key is None and _is_partial(version):
            # Some databases write 0.1 for 0.1.0 where SemVer knows no such version.
            key = self._shared.key(version + ".0" * (2 - version.count(".")))
        if key is None:
            self._oddities.append(f"{text[:80]!r} in a range is no version")
        else:
            bounds[text] = key
        return key


def ask(ecosystem: Ecosystem, version: str) -> Asked:
    """Work out the keys of a version."""
    shared = Shared(ecosystem)
    spelled = shared.spell(version)
    key = shared.key(spelled)
    if key is None or "+" not in spelled:
        return Asked(spelled, key, key)
    return Asked(spelled, key, shared.key(_without_build(spelled)))


def _intervals(events: Sequence[RangeEvent], keys: Sequence[Key | None]) -> Sequence[Interval]:
    """Turn a history into intervals; what ends at a version that cannot be read does not end.

    The specification goes through the sorted events for each version. The same intervals come out when it is gone
    through once: an event of an interval that is open, or of none, changes nothing.
    """
    if len(events) == _A_PAIR and events[0].kind == "introduced" and events[1].kind == "fixed":  # as nearly all are
        low, high = keys
        if low is None or high is None or low < high:
            return (Interval(low, high, ends_with=False, fixed="" if high is None else events[1].version),)
    points: list[tuple[Key, EventKind, str]] = []
    limits: list[Key] = []
    begun = False
    for event, key in zip(events, keys, strict=True):
        if key is None:
            begun = begun or event.kind == "introduced"
        elif event.kind == "limit":
            limits.append(key)
        else:
            points.append((key, event.kind, event.version))
    if not events:
        return ()
    # Every range has an `introduced` (schema: affected[].ranges[].events); one without begins at the beginning.
    begun = begun or not any(kind == "introduced" for _, kind, _ in points)
    # What is said of one version stays in the record's order, but for a last one, which may be the first as well.
    points.sort(key=lambda point: (point[0], point[1] == "last_affected"))
    found = list(_walk(points, begun=begun))
    return list(_limited(found, max(limits))) if limits else found


def _walk(points: list[tuple[Key, EventKind, str]], *, begun: bool) -> Iterator[Interval]:
    """Yield the intervals of sorted events."""
    low: Key = None
    for key, kind, version in points:
        if kind == "introduced":
            if not begun:
                begun, low = True, key
        elif begun:
            last = kind == "last_affected"
            if last or low is None or low < key:
                yield Interval(low, key, ends_with=last, fixed="" if last else version)
            begun = False
    if begun:
        yield Interval(low, None, ends_with=False)


def _limited(intervals: Iterable[Interval], limit: Key) -> Iterator[Interval]:
    """Cut intervals off at the highest limit: a version is affected if it is before any of them."""
    for each in intervals:
        if each.low is not None and not each.low < limit:
            continue
        if each.high is None or limit < each.high or (each.ends_with and limit == each.high):
            yield Interval(each.low, limit, ends_with=False)
        else:
            yield each


def _without_build(version: str) -> str:
    return version.partition("+")[0]
