"""Candidates in the order of their versions, so that those in a range are found without looking at all."""

from bisect import bisect_left
from collections.abc import Iterable

from packhouse.ecosystems.composer.candidates import Candidate
from packhouse.ecosystems.composer.links import Part


class Ordered:
    """Candidates of one name."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        found = list(candidates)
        self._branches = [each for each in found if each.key[0] == 0]
        self._numbered = sorted((each for each in found if each.key[0] != 0), key=lambda each: each.key)
        self._places = [(each.key, 0) for each in self._numbered]

    def within(self, part: Part) -> list[Candidate]:
        """List those in a range."""
        found = [each for each in self._branches if part.matches(each.key)] if self._branches else []
        for low, high in part.spans:
            found += self._numbered[bisect_left(self._places, low) : bisect_left(self._places, high)]
        return found
