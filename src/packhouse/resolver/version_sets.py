"""Sets of versions as the places at which they begin and end, on a line that need not be known.

A cut lies between versions, never on one: whoever makes them sees to that, with keys like `(version, side)`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

Cut = Any
"""Where a set begins or ends: anything that compares with its like and with versions."""


class VersionSet(Struct, frozen=True):
    """Whether the lowest version imaginable belongs to it, and every place where that changes, ascending."""

    inside: bool
    cuts: tuple[Cut, ...]

    def complement(self) -> "VersionSet":
        """Return all that does not belong to it."""
        return VersionSet(not self.inside, self.cuts)

    def meet(self, other: "VersionSet") -> "VersionSet":
        """Return what belongs to both."""
        if self is other:
            return self
        if not self.cuts:
            return other if self.inside else self
        if not other.cuts:
            return self if other.inside else other
        if len(other.cuts) == 2 and other.within(self):  # as where one version is chosen of those that are left
            return other
        return _combined(self, other, both=True)

    def join(self, other: "VersionSet") -> "VersionSet":
        """Return what belongs to either."""
        if not self.cuts:
            return self if self.inside else other
        if not other.cuts:
            return other if other.inside else self
        return _combined(self, other, both=False)

    def holds(self, version: Cut) -> bool:
        """Tell whether a version belongs to it."""
        return self.inside ^ (bisect_left(self.cuts, version) % 2 == 1)

    def within(self, other: "VersionSet") -> bool:
        """Tell whether all of it belongs to another."""
        if self is other:
            return True
        inside, cuts = self.inside, self.cuts
        if len(cuts) == 2 and not inside:  # by far the most frequent
            return _is_even(other, cuts[0], cuts[1], inside=True)
        return all(_is_even(other, low, high, inside=True) for low, high in self.runs())

    def apart(self, other: "VersionSet") -> bool:
        """Tell whether it has nothing in common with another."""
        few, many = (self, other) if len(self.cuts) <= len(other.cuts) else (other, self)
        inside, cuts = few.inside, few.cuts
        if len(cuts) == 2 and not inside:
            return _is_even(many, cuts[0], cuts[1], inside=False)
        return all(_is_even(many, low, high, inside=False) for low, high in few.runs())

    def runs(self) -> Iterator[tuple[Cut | None, Cut | None]]:
        """Give the stretches that it is made of, each from cut to cut; None is no bound."""
        cuts: Sequence[Cut | None] = (None, *self.cuts) if self.inside else self.cuts
        for at in range(0, len(cuts), 2):
            yield cuts[at], cuts[at + 1] if at + 1 < len(cuts) else None

    def spans(self, versions: Sequence[Cut]) -> Iterator[tuple[int, int]]:
        """Give the runs of positions in a sorted list that belong to it: the first, and the first behind."""
        start = 0 if self.inside else None
        for cut in self.cuts:
            at = bisect_left(versions, cut)
            if start is None:
                start = at
            else:
                if at > start:
                    yield start, at
                start = None
        if start is not None and len(versions) > start:
            yield start, len(versions)

    def count(self, versions: Sequence[Cut]) -> int:
        """Count the versions of a sorted list that belong to it."""
        total = len(versions) if self.is_open() else 0
        sign = 1 if self.is_open() else -1
        for cut in reversed(self.cuts):
            sign = -sign
            total += sign * bisect_left(versions, cut)
        return total

    def is_open(self) -> bool:
        """Tell whether there is no end to it upwards."""
        return self.inside ^ (len(self.cuts) % 2 == 1)


def between(low: Cut | None, high: Cut | None) -> VersionSet:
    """Make the set from one cut to another; None is no bound."""
    if low is None:
        return EVERYTHING if high is None else VersionSet(inside=True, cuts=(high,))
    if high is None:
        return VersionSet(inside=False, cuts=(low,))
    return VersionSet(inside=False, cuts=(low, high)) if low < high else NOTHING


EVERYTHING = VersionSet(inside=True, cuts=())
NOTHING = VersionSet(inside=False, cuts=())


def _is_even(versions: VersionSet, low: Cut | None, high: Cut | None, *, inside: bool) -> bool:
    """Tell whether everything from one cut to another belongs to a set, or nothing."""
    cuts = versions.cuts
    after = 0 if low is None else bisect_right(cuts, low)
    if (versions.inside ^ (after & 1)) != inside:
        return False
    return after == len(cuts) or (high is not None and bool(cuts[after] >= high))


def _combined(one: VersionSet, other: VersionSet, *, both: bool) -> VersionSet:
    """Walk along two sets and note where what they have together changes."""
    in_one, in_other = one.inside, other.inside
    cuts: list[Cut] = []
    inside = at = (in_one and in_other) if both else (in_one or in_other)
    first, second = one.cuts, other.cuts
    i = j = 0
    while i < len(first) or j < len(second):
        cut = first[i] if j == len(second) or (i < len(first) and first[i] <= second[j]) else second[j]
        if i < len(first) and first[i] == cut:
            in_one = not in_one
            i += 1
        if j < len(second) and second[j] == cut:
            in_other = not in_other
            j += 1
        now = (in_one and in_other) if both else (in_one or in_other)
        if now != at:
            cuts.append(cut)
            at = now
    return VersionSet(inside, tuple(cuts))
