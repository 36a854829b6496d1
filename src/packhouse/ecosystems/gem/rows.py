"""The candidates of one gem in one resolution, and which of them need the same."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from msgspec import Struct

from packhouse.ecosystems.gem.gem_sets import from_to
from packhouse.ecosystems.gem.shelves import Asked, Candidate, Shelf
from packhouse.resolver.version_sets import VersionSet


class Span(Struct, frozen=True):
    """Neighbours that need the same of a gem."""

    needed: str
    asked: Asked
    versions: VersionSet
    """All of them, and what may lie between them."""
    first: Candidate
    last: Candidate


Told = dict[str, set[int]]
"""Positions of which it was told what they need of a gem."""


class Row:
    """What may be chosen of a gem, ascending."""

    def __init__(self, listed: Sequence[Candidate], shelf: Shelf) -> None:
        self.listed = listed
        self.places = [each.place for each in listed]
        self._shelf = shelf

    def turn(self, versions: VersionSet) -> tuple[bool, int]:
        """Tell whether there is a choice in a set, and how many candidates are above all of it."""
        places, cuts = self.places, versions.cuts
        if not cuts:
            return versions.count(places) > 1, 0 if versions.inside else len(places)
        above = 0 if versions.is_open() else len(places) - bisect_left(places, cuts[-1])
        return versions.count(places) > 1, above

    def count(self, versions: VersionSet) -> int:
        """Count what belongs to a set."""
        return versions.count(self.places)

    def downwards(self, versions: VersionSet) -> Iterator[Candidate]:
        """Give what belongs to a set, the highest first; of several at one place the first that was listed."""
        for low, high in reversed(list(versions.spans(self.places))):
            at = high - 1
            while at >= low:
                first = at
                while first > low and self.places[first - 1] == self.places[at]:
                    first -= 1
                yield from self.listed[first : at + 1]
                at = first - 1

    def highest(self, versions: VersionSet) -> Candidate | None:
        """Return the highest that belongs to a set."""
        spans = list(versions.spans(self.places))
        return self.listed[spans[-1][1] - 1] if spans else None

    def untold(self, candidate: Candidate, all_told: Told) -> Iterator[Span]:
        """Tell what a candidate needs, with all neighbours that need the same; but never twice."""
        at = bisect_left(self.places, candidate.place)
        asked = self._shelf.asked(candidate)
        # Most neighbours need the same of all gems.
        low = high = at
        while low > 0 and self._asked(low - 1) is asked:
            low -= 1
        while high + 1 < len(self.listed) and self._asked(high + 1) is asked:
            high += 1
        alike = self._between(low, high) if asked else None
        for needed, each in asked.items():
            told = all_told.get(needed)
            if told is None:
                told = all_told[needed] = set()
            if at in told:
                continue
            first, last = self._reach(needed, each.versions, low, high)
            told.update(range(first, last + 1))
            versions = alike if alike and first == low and last == high else self._between(first, last)
            yield Span(needed, each, versions, self.listed[first], self.listed[last])

    def _reach(self, needed: str, wanted: VersionSet, low: int, high: int) -> tuple[int, int]:
        """Find how far candidates ask just this of a gem, without a gap."""

        def same(at: int) -> bool:
            found = self._asked(at).get(needed)
            return found is not None and found.versions == wanted

        while low > 0 and same(low - 1):
            low -= 1
        while high + 1 < len(self.listed) and same(high + 1):
            high += 1
        return low, high

    def _asked(self, at: int) -> dict[str, Asked]:
        return self._shelf.asked(self.listed[at])

    def _between(self, first: int, last: int) -> VersionSet:
        places = self.places
        below = places[first] if first else None
        above = places[last + 1] if last + 1 < len(places) else None
        return from_to(below, above)
