"""Choose as pip does: one project after the other is pinned to its newest release that fits all that is known by then.

Where nothing fits, pins are taken back: first as far as a project that asks for one of those in conflict, and if this
leads nowhere, pin by pin. The rules are those of pip 26 and of resolvelib; which project comes next decides which of
several answers is found, so that they are followed to the letter.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from packhouse.domain.errors import TooHard, Unresolvable
from packhouse.ecosystems.pypi.catalogue import Catalogue, Missing
from packhouse.ecosystems.pypi.needs import PYTHON, Candidate, Need, NeedMaker, split_identifier

MAX_ROUNDS = 30_000
"""After how many pins a search is given up."""
_PIPS_ROUNDS = 200_000
"""After how many pip does; a tenth of them may go into bold jumps."""
_BOLD_SHARE = 0.1
_OFTEN = 5
"""So many conflicts bring a project to the front."""
_AHEAD = 64
"""How many releases are fetched at a time, at most, where one after the other is rejected."""


class Information(NamedTuple):
    """A need, and who has it; nobody for what the user asks for."""

    need: Need
    parent: Candidate | None


class Criterion:
    """All that is known of one identifier."""

    __slots__ = ("_pin", "_satisfied", "incompatible", "information", "matches")

    def __init__(self, matches: "Matches", information: list[Information], incompatible: frozenset[Candidate]) -> None:
        self.matches = matches
        self.information = information
        self.incompatible = incompatible
        self._pin: Candidate | None = None
        self._satisfied = False

    def is_satisfied_by(self, pin: Candidate) -> bool:
        """Tell whether a pin meets all needs; asked again and again, it is worked out once."""
        if self._pin is not pin:
            self._pin = pin
            self._satisfied = all(need.is_met_by(pin) for need, _ in self.information)
        return self._satisfied


class Matches:
    """The candidates for an identifier, the best first, found one at a time."""

    __slots__ = ("_found", "_left")

    def __init__(self, source: Iterator[Candidate]) -> None:
        self._left = source
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


class State:
    """Pins, in the order in which they were made, and what is known."""

    __slots__ = ("causes", "criteria", "pins")

    def __init__(
        self, pins: dict[str, Candidate], criteria: dict[str, Criterion], causes: Sequence[Information] = ()
    ) -> None:
        self.pins = pins
        self.criteria = criteria
        self.causes: list[Information] = list(causes)

    def copy(self) -> "State":
        """Copy it, so that one of both can go on."""
        return State(self.pins.copy(), self.criteria.copy(), self.causes)


class Conflict(Exception):
    """Nothing fits an identifier."""

    def __init__(self, criterion: Criterion) -> None:
        super().__init__()
        self.criterion = criterion


class Impossible(Unresolvable):
    """Nothing fits, and there is nothing left to take back."""

    def __init__(self, causes: Sequence[Information], pins: dict[str, Candidate]) -> None:
        super().__init__("nothing fits")
        self.causes = tuple(causes)
        self.pins = pins


class PipSearch:
    """One search; it may be stopped by Missing at any time, and goes on once what is missing is there."""

    def __init__(
        self,
        catalogue: Catalogue,
        makers: NeedMaker,
        roots: Sequence[Need],
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._catalogue = catalogue
        self._makers = makers
        self._roots = roots
        self._is_cancelled = is_cancelled
        self._order: dict[str, int] = {}
        for number, need in enumerate(roots):
            self._order.setdefault(need.identifier, number)
        self._states: list[State] = []
        self._saved: list[State] | None = None
        self._is_bold = True
        self._bold_since: int | None = None
        self._round = 0
        self._next = ""
        self._attempted: Criterion | None = None
        self._failures: list[Criterion] = []
        self._counts: dict[str, int] = {}
        self._promoted: set[str] = set()

    def run(self) -> State:
        """Search to the end; raise Missing, Impossible or TooHard."""
        if not self._states:
            self._begin()
        while True:
            if self._round > MAX_ROUNDS:
                raise TooHard(f"no answer after {MAX_ROUNDS} steps")
            if not self._round & 63 and self._is_cancelled():
                raise TooHard("nobody waits for the answer any more")
            if self._give_up_boldness():
                continue
            state = self._states[-1]
            if not self._next:
                unsatisfied = [name for name, each in state.criteria.items() if not _is_pinned(state, name, each)]
                if not unsatisfied:
                    return state
                self._next = self._choose(state, unsatisfied)
            self._pin(state, self._next)
            self._next = ""
            self._round += 1

    def _begin(self) -> None:
        # Needs with extras come last, so that they meet what is known of the project itself.
        roots = sorted(self._roots, key=lambda need: bool(need.extras))
        criteria: dict[str, Criterion] = {}
        try:
            for need in roots:
                self._add(criteria, need, None)
        except Conflict as conflict:
            raise Impossible(conflict.criterion.information, {}) from None
        first = State({}, criteria)
        self._states = [first, first.copy()]

    def _give_up_boldness(self) -> bool:
        """End bold jumps that have gone on for too long; tell whether this round is over with that."""
        if not self._is_bold or self._saved is None:
            return False
        if self._bold_since is None:
            self._bold_since = self._round
            return False
        if self._round - self._bold_since < int((_PIPS_ROUNDS - self._bold_since) * _BOLD_SHARE):
            return False
        self._roll_back()
        self._round += 1
        return True

    def _roll_back(self) -> None:
        self._is_bold = False
        if self._saved is not None:
            self._states, self._saved = self._saved, None

    def _choose(self, state: State, names: Sequence[str]) -> str:
        """Choose what is pinned next: what is in conflict, then what often was, then by how far it is held."""
        if len(names) == 1:
            return names[0]
        narrowed = self._narrow(state, names)
        if len(narrowed) == 1:
            return narrowed[0]
        return min(narrowed, key=lambda name: self._preference(name, state.criteria[name]))

    def _narrow(self, state: State, names: Sequence[str]) -> Sequence[str]:
        in_conflict: set[str] = set()
        for need, parent in state.causes:
            for name in (need.identifier,) if parent is None else (need.identifier, parent.identifier):
                in_conflict.add(name)
                if name not in state.pins:
                    self._counts[name] = self._counts.get(name, 0) + 1
                    if self._counts[name] >= _OFTEN:
                        self._promoted.add(name)
        if PYTHON in names:
            return (PYTHON,)
        found = [name for name in names if name in in_conflict]
        return found or [name for name in names if name in self._promoted] or names

    def _preference(self, name: str, criterion: Criterion) -> tuple[bool, bool, bool, bool, float, bool, str]:
        needs = [need for need, _ in criterion.information]
        return (
            name not in self._promoted,
            not any(need.is_explicit for need in needs),
            not any(need.is_pinned for need in needs),
            not any(need.is_bounded for need in needs),
            self._order.get(name, math.inf),
            not any(need.is_limited for need in needs),
            name,
        )

    def _pin(self, state: State, name: str) -> None:
        satisfied = [key for key, each in state.criteria.items() if _is_pinned(state, key, each)]
        failures = self._attempt(state, name)
        self._attempted = None
        if failures is not None:
            self._resolve_conflict(failures)
            return
        state = self._states[-1]
        lost = {key for key in satisfied if not _is_pinned(state, key, state.criteria[key])}
        if lost:
            for key, each in state.criteria.items():
                kept = [one for one in each.information if one.parent is None or one.parent.identifier not in lost]
                state.criteria[key] = Criterion(each.matches, kept, each.incompatible)
        self._states.append(state.copy())

    def _attempt(self, state: State, name: str) -> list[Criterion] | None:
        """Pin the first candidate whose needs go with what is known; else return what stood in the way of each."""
        criterion = state.criteria[name]
        # What was found out before something was missing need not be found out again.
        failures = self._failures if self._attempted is criterion else []
        self._attempted, self._failures = criterion, failures
        for candidate in islice(criterion.matches, len(failures), None):
            try:
                needs = self._makers.needs_of(candidate)
            except Missing:
                raise self._ahead(criterion, len(failures)) from None
            if needs is None:
                failures.append(criterion)  # pip leaves out what has metadata that it cannot read
                continue
            self._require_shelves(needs)
            criteria = state.criteria.copy()
            try:
                for need in needs:
                    self._add(criteria, need, candidate)
            except Conflict as conflict:
                failures.append(conflict.criterion)
                continue
            state.criteria.update(criteria)
            state.pins.pop(name, None)
            state.pins[name] = candidate
            return None
        return failures or [criterion]

    def _require_shelves(self, needs: Sequence[Need]) -> None:
        missing = {need.name for need in needs if need.name and not self._catalogue.knows(need.name)}
        if missing:
            raise Missing(names=missing)

    def _ahead(self, criterion: Criterion, rejected: int) -> Missing:
        """Ask for more releases at a time the more were rejected."""
        documents = []
        most = 1 + min(rejected * 2, _AHEAD)
        for each in islice(criterion.matches, rejected, rejected + most):
            document = None if each.shelf is None else self._catalogue.fetchable(each.shelf, each.position)
            if document is not None:
                documents.append(document)
        return Missing(documents=documents)

    def _add(self, criteria: dict[str, Criterion], need: Need, parent: Candidate | None) -> None:
        known = criteria.get(need.identifier)
        information = [*known.information, Information(need, parent)] if known else [Information(need, parent)]
        incompatible = known.incompatible if known else frozenset()
        found = self._find(criteria, need.identifier, [each.need for each in information], incompatible)
        criterion = Criterion(found, information, incompatible)
        if not found:
            raise Conflict(criterion)
        criteria[need.identifier] = criterion

    def _find(
        self, criteria: dict[str, Criterion], identifier: str, needs: list[Need], incompatible: frozenset[Candidate]
    ) -> Matches:
        """Find candidates for an identifier: those that a need names, else all that ranges leave."""
        if identifier == PYTHON:
            python = self._makers.python
            is_met = python not in incompatible and all(need.is_met_by(python) for need in needs)
            return Matches(iter((python,) if is_met else ()))
        name, extras = split_identifier(identifier)
        ranges = [need for need in needs if not need.is_explicit]
        explicit = {need.candidate for need in needs if need.candidate is not None}
        if extras:
            base = criteria.get(name)
            for need, _ in base.information if base else ():
                if need.candidate is not None:
                    explicit.add(self._makers.candidate(need.candidate.shelf, need.candidate.position, extras))
                else:
                    ranges.append(need)
        if explicit:
            return Matches(
                each
                for each in explicit
                if each not in incompatible
                and self._makers.allows(each)
                and all(need.is_met_by(each) for need in needs)
            )
        if not ranges:
            return Matches(iter(()))  # whoever needed it was taken back
        return Matches(each for each in self._makers.options(name, extras, ranges) if each not in incompatible)

    def _resolve_conflict(self, failures: list[Criterion]) -> None:
        causes = list({id(each): each for criterion in failures for each in criterion.information}.values())
        pins = self._states[-1].pins
        try:
            is_found = self._backjump(causes)
        except Impossible:
            if self._is_bold and self._saved:
                self._roll_back()
                return
            raise
        if not is_found and self._is_bold and self._saved:
            self._roll_back()
            return
        self._states[-1].causes = causes
        if not is_found:
            raise Impossible(causes, pins)

    def _backjump(self, causes: list[Information]) -> bool:
        """Take pins back until another candidate can be tried; tell whether there is one."""
        involved = {parent.identifier for _, parent in causes if parent is not None}
        involved |= {need.identifier for need, _ in causes}
        pins = self._states[-1].pins
        while len(self._states) >= 3:
            del self._states[-1]
            broken, name, candidate = self._take_back(causes, involved, pins)
            notes = [(key, each.incompatible) for key, each in broken.criteria.items() if each.incompatible]
            notes.append((name, frozenset({candidate})))
            self._states.append(self._states[-1].copy())
            if self._patch(notes):
                return True
        return False

    def _take_back(
        self, causes: list[Information], involved: set[str], pins: dict[str, Candidate]
    ) -> tuple[State, str, Candidate]:
        while True:
            broken = self._states.pop() if self._states else None
            if broken is None or not broken.pins:
                raise Impossible(causes, pins)
            name, candidate = broken.pins.popitem()
            if not self._is_bold and name not in involved:
                return broken, name, candidate
            if self._is_bold and self._saved is None and name not in involved:
                # Once more than the safe way is taken, the way back is kept.
                self._saved = [each.copy() for each in self._states]
            needs = self._makers.needs_of(candidate) or ()
            if not broken.pins or any(need.identifier in involved for need in needs):
                return broken, name, candidate
            if len(self._states) <= 1:
                raise Impossible(causes, pins)

    def _patch(self, notes: list[tuple[str, frozenset[Candidate]]]) -> bool:
        """Apply what was learnt to an earlier state; tell whether anything is left for each identifier."""
        criteria = self._states[-1].criteria
        for name, incompatible in notes:
            known = criteria.get(name)
            if known is None:
                continue
            rejected = known.incompatible | incompatible
            found = self._find(criteria, name, [each.need for each in known.information], rejected)
            if not found:
                return False
            criteria[name] = Criterion(found, list(known.information), rejected)
        return True


def _is_pinned(state: State, name: str, criterion: Criterion) -> bool:
    pin = state.pins.get(name)
    return pin is not None and criterion.is_satisfied_by(pin)


def reachable(state: State) -> dict[str, Candidate]:
    """Keep the pins that a way leads to from what the user asks for."""
    parents = {
        name: {None if each.parent is None else each.parent.identifier for each in criterion.information}
        for name, criterion in state.criteria.items()
    }
    connected: set[str | None] = {None}
    changed = True
    while changed:
        before = len(connected)
        connected.update(name for name, of in parents.items() if not of.isdisjoint(connected))
        changed = len(connected) > before
    return {name: pin for name, pin in state.pins.items() if name in connected}
