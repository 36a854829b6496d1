"""What is known of one identifier while pip's search goes on: who needs it, and the candidates that are left."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from packhouse.ecosystems.pypi.needs import Candidate, Fold, Need


class Information(NamedTuple):
    """A need, and who has it; nobody for what the user asks for."""

    need: Need
    parent: Candidate | None


class Told(NamedTuple):
    """Information upon information: what is shared is not copied, however many need the same project."""

    last: Information
    before: "Told | None"


class Criterion:
    """All that is known of one identifier."""

    __slots__ = ("_pin", "_satisfied", "fold", "incompatible", "matches", "told")

    def __init__(self, matches: "Matches", told: Told | None, fold: Fold, incompatible: frozenset[Candidate]) -> None:
        self.matches = matches
        self.told = told
        self.fold = fold
        """All needs in one."""
        self.incompatible = incompatible
        self._pin: Candidate | None = None
        self._satisfied = False

    @property
    def information(self) -> list[Information]:
        """All needs with those who have them, in the order in which they came."""
        found = []
        told = self.told
        while told is not None:
            found.append(told.last)
            told = told.before
        found.reverse()
        return found

    def is_satisfied_by(self, pin: Candidate) -> bool:
        """Tell whether a pin meets all needs; asked again and again, it is worked out once."""
        if self._pin is not pin:
            self._pin = pin
            self._satisfied = self.fold.is_met_by(pin)
        return self._satisfied

    def without(self, identifiers: set[str]) -> "Criterion":
        """Leave out what these needed; the candidates stay those that were left."""
        told: Told | None = None
        fold = Fold()
        for each in self.information:
            if each.parent is None or each.parent.identifier not in identifiers:
                told = Told(each, told)
                fold = fold.joined(each.need, None)
        return Criterion(self.matches, told, fold, self.incompatible)


class Matches:
    """The candidates for an identifier, the best first, found one at a time."""

    __slots__ = ("_found", "_left")

    def __init__(self, source: Iterable[Candidate]) -> None:
        self._left = iter(source)
        self._found: list[Candidate] = []

    def __iter__(self) -> Iterator[Candidate]:
        at = 0
        while True:
            if at == len(self._found):
                try:
                    self._found.append(next(self._left))
                except StopIteration:
                    return
            yield self._found[at]
            at += 1

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None
