"""Version ranges: the same sets of versions as node-semver, kept as intervals of sort keys.

An interval is half open; `above(key)` is the bound just over a key, so that no operator needs to be remembered.
A pre-release inside the bounds only matches if the range names a pre-release of the same major, minor and patch.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.range_syntax import Comparator, Syntax, parse_alternatives
from packhouse.ecosystems.npm.versions import MAX_SAFE_INTEGER, Keys, parse_version, version_key
from packhouse.formats.semver import PRERELEASE, RELEASE, Key, above

_LOWEST: Key = (0, 0, 0, PRERELEASE, 0, 0)
_HIGHEST: Key = (MAX_SAFE_INTEGER + 1,)


class Interval(NamedTuple):
    """The versions from `low` up to, and without, `high`."""

    low: Key
    high: Key
    opened: frozenset[Key]
    """Major, minor and patch whose pre-releases count."""


class Range(Struct, frozen=True):
    """A set of versions."""

    text: str
    """Without sugar, as node-semver's `validRange` writes it; `*` for any version."""
    intervals: tuple[Interval, ...]
    syntax: Syntax

    def matches(self, version: str | Key) -> bool:
        """Tell whether a version, or the key of one, is in the set; a text that is no version is not."""
        key = self._key(version) if isinstance(version, str) else version
        if key is None:
            return False
        for low, high, opened in self.intervals:
            if low <= key < high and (key[3] == RELEASE or key[:3] in opened or self.syntax.include_prerelease):
                return True
        return False

    def max_position(self, ascending: Keys) -> int | None:
        """Find the highest match in ascending keys; given AscendingKeys, few versions are read."""
        return next(self.descending_positions(ascending), None)

    def matching_positions(self, ascending: Keys) -> list[int]:
        """List where the matches stand in ascending keys, lowest first."""
        positions = list(self.descending_positions(ascending))
        positions.reverse()
        return positions

    def descending_positions(self, ascending: Keys) -> Iterator[int]:
        """Walk through the matches in ascending keys, highest first, as far as the caller wants."""
        lowest = min(interval.low for interval in self.intervals)
        for start, end in self._spans(ascending):
            position = end - 1
            while position >= start:
                key = ascending[position]
                if key < lowest:
                    return
                if key[3] == RELEASE or self.syntax.include_prerelease or self.matches(key):
                    yield position
                    position -= 1
                elif any(key[:3] in interval.opened for interval in self.intervals):
                    position -= 1
                else:
                    # A package may have thousands of nightlies: leave all of this major, minor and patch at once.
                    position = bisect_left(ascending, (*key[:3], PRERELEASE), start, position) - 1

    def intersects(self, other: "Range") -> bool:
        """Tell whether there can be a version that is in both."""
        return any(_overlap(self, mine, other, theirs) for mine in self.intervals for theirs in other.intervals)

    def is_subset(self, other: "Range") -> bool:
        """Tell whether every alternative of this range lies within one of the other's."""
        possible = [interval for interval in self.intervals if interval.low < interval.high]
        return all(any(_covers(other, theirs, self, mine) for theirs in other.intervals) for mine in possible)

    def _key(self, version: str) -> Key | None:
        try:
            return version_key(version) if self.syntax.loose else parse_version(version, loose=False).key
        except Invalid:
            return None

    def _spans(self, ascending: Keys) -> list[tuple[int, int]]:
        """Find the runs of positions within the bounds, highest first and without overlaps."""
        if len(self.intervals) == 1:
            # Who walks down meets the lower bound anyway, and mostly stops before.
            high = self.intervals[0].high
            return [(0, bisect_left(ascending, high) if high != _HIGHEST else len(ascending))]
        found = sorted((bisect_left(ascending, low), bisect_left(ascending, high)) for low, high, _ in self.intervals)
        spans: list[tuple[int, int]] = []
        for start, end in found:
            if start >= end:
                continue
            if spans and start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        spans.reverse()
        return spans


def parse_range(text: str, *, loose: bool = True, include_prerelease: bool = False) -> Range:
    """Read a range, loosely unless told otherwise, as the npm client does everywhere; raise Invalid if it is none."""
    return _parse(text, loose, include_prerelease)


def is_range(text: str, *, loose: bool = True) -> bool:
    """Tell whether this is a range, and so cannot be the name of a tag."""
    try:
        _parse(text, loose, False)  # noqa: FBT003 (the cached form takes positions)
    except Invalid:
        return False
    return True


def satisfies(version: str, range_text: str, *, include_prerelease: bool = False, loose: bool = True) -> bool:
    """Tell whether a version is in a range; a text that is no version or no range is never."""
    try:
        return _parse(range_text, loose, include_prerelease).matches(version)
    except Invalid:
        return False


def max_satisfying(versions: Iterable[str], wanted: Range) -> str | None:
    """Choose the highest of unordered versions that is in the range; of equal ones the first."""
    return max(filter(wanted.matches, versions), key=version_key, default=None)


@lru_cache(maxsize=32_768)
def _parse(text: str, loose: bool, include_prerelease: bool) -> Range:  # noqa: FBT001 (cached by position, for speed)
    syntax = Syntax(loose, include_prerelease)
    alternatives = parse_alternatives(text, syntax)
    written = "||".join(" ".join(map(str, comparators)) for comparators in alternatives)
    return Range(written or "*", tuple(_interval(each, syntax) for each in alternatives), syntax)


def _interval(comparators: tuple[Comparator, ...], syntax: Syntax) -> Interval:
    low, high = _LOWEST, _HIGHEST
    for operator, key, _ in comparators:
        if key and operator in {"", ">", ">="}:
            low = max(low, above(key) if operator == ">" else key)
        if key and operator in {"", "<", "<="}:
            high = min(high, key if operator == "<" else above(key))
    opened = frozenset(key[:3] for _, key, _ in comparators if key and key[3] == PRERELEASE)
    if not syntax.include_prerelease and (0, 0, 0) not in opened:
        low = max(low, (0, 0, 0, RELEASE))
    return Interval(low, high, opened)


def _overlap(one: Range, mine: Interval, other: Range, theirs: Interval) -> bool:
    low, high = max(mine.low, theirs.low), min(mine.high, theirs.high)
    if low >= high:
        return False
    if high == above(low) and low[3:4] == (PRERELEASE,):
        # One pre-release is all that they have in common, so that both must want it.
        return one.matches(low) and other.matches(low)
    return True


def _covers(outer: Range, cover: Interval, inner: Range, covered: Interval) -> bool:
    if covered.low < cover.low or covered.high > cover.high:
        return False
    if outer.syntax.include_prerelease:
        return True
    if inner.syntax.include_prerelease:
        return False
    return all(core in cover.opened for core in covered.opened if _has_prereleases(covered, core))


def _has_prereleases(interval: Interval, core: Key) -> bool:
    """Tell whether a pre-release of this core fits in; the lowest of all is -0."""
    lowest, release = (*core, PRERELEASE, 0, 0), (*core, RELEASE)
    return max(lowest, interval.low) < min(release, interval.high)
