"""What pip's search has pinned and knows, and the way back: a change costs what it changes, not what there is."""

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from packhouse.ecosystems.pypi.criteria import Criterion, Information
from packhouse.ecosystems.pypi.needs import Candidate

Turn = tuple[bool, bool, bool, float, bool, str]
_LAST = float("inf")


class _Change(NamedTuple):
    name: str
    before: Criterion | Candidate | None
    after: Criterion | Candidate


class Step:
    """What changed from one pin to the next, in its order."""

    __slots__ = ("causes", "changes", "pinned")

    def __init__(self, causes: Sequence[Information]) -> None:
        self.causes = causes
        """What was in conflict the last time."""
        self.changes: list[_Change] = []
        self.pinned = ""
        """What was pinned last."""


class Ground:
    """Pins and criteria as they stand after all steps; the last step is under way."""

    def __init__(self, order: Mapping[str, int]) -> None:
        self._order = order
        self.criteria: dict[str, Criterion] = {}
        self.pins: dict[str, Candidate] = {}
        self.open: set[str] = set()
        """Identifiers without a pin that meets all needs."""
        self._rejecting: set[str] = set()
        self._turns: dict[str, Turn] = {}
        self._queue: list[tuple[Turn, str]] = []
        self.steps = [Step(())]

    def know(self, name: str, criterion: Criterion) -> None:
        """Set what is known of an identifier."""
        self._set(name, self.criteria.get(name), criterion)

    def pin(self, name: str, candidate: Candidate) -> None:
        """Pin an identifier."""
        self._set(name, self.pins.get(name), candidate)

    def advance(self) -> None:
        """Begin the next step."""
        self.steps.append(Step(self.steps[-1].causes))

    def take_back(self) -> None:
        """Undo the last step; the one before it is the last then."""
        for change in reversed(self.steps.pop().changes):
            self._put(change.name, change.before, is_pin=isinstance(change.after, Candidate))

    def last_pin(self) -> tuple[str, Candidate]:
        """Tell what the last step has pinned."""
        name = self.steps[-1].pinned
        return name, self.pins[name]

    def return_to(self, steps: Sequence[Step]) -> None:
        """Undo all, and take these steps instead; the last of them is under way again."""
        while self.steps:
            self.take_back()
        self.steps = list(steps)
        for step in steps:
            for change in step.changes:
                self._put(change.name, change.after, is_pin=isinstance(change.after, Candidate))

    def rejected(self) -> list[tuple[str, frozenset[Candidate]]]:
        """List the candidates that have failed already, by identifier."""
        return [(name, self.criteria[name].incompatible) for name in self._rejecting]

    def next_turn(self) -> str:
        """Tell which open identifier comes first by how far it is held."""
        while True:
            turn, name = self._queue[0]
            if name in self.open and self._turns[name] == turn:
                return name
            heappop(self._queue)

    def turn(self, name: str) -> Turn:
        """Tell when it is an identifier's turn: first what leaves the least to choose."""
        fold = self.criteria[name].fold
        return (
            not fold.explicit,
            not fold.is_pinned,
            not fold.is_bounded,
            self._order.get(name, _LAST),
            not fold.is_limited,
            name,
        )

    def _set(self, name: str, before: Criterion | Candidate | None, after: Criterion | Candidate) -> None:
        step = self.steps[-1]
        step.changes.append(_Change(name, before, after))
        if is_pin := isinstance(after, Candidate):
            step.pinned = name
        self._put(name, after, is_pin=is_pin)

    def _put(self, name: str, value: Criterion | Candidate | None, *, is_pin: bool) -> None:
        if isinstance(value, Candidate):
            self.pins[name] = value
        elif isinstance(value, Criterion):
            self.criteria[name] = value
            self._note_rejected(name, value)
        elif is_pin:
            del self.pins[name]
        else:
            del self.criteria[name]
            self._rejecting.discard(name)
            self.open.discard(name)
        self._note_open(name)

    def _note_rejected(self, name: str, criterion: Criterion) -> None:
        if criterion.incompatible:
            self._rejecting.add(name)
        else:
            self._rejecting.discard(name)

    def _note_open(self, name: str) -> None:
        criterion, pin = self.criteria.get(name), self.pins.get(name)
        if criterion is None:
            return
        if pin is not None and criterion.is_satisfied_by(pin):
            self.open.discard(name)
            return
        turn = self.turn(name)
        if name not in self.open or self._turns[name] != turn:
            self.open.add(name)
            self._turns[name] = turn
            heappush(self._queue, (turn, name))
