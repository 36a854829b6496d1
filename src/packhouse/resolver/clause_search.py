"""Choose candidates so that all clauses hold: guess, follow what must be, learn from every conflict.

The order of guesses decides which of several answers is found: what is asked for at the top comes first, in its order,
then whatever clause is open, round and round. In the end a better choice that an earlier guess passed by is tried.
"""

from collections.abc import Callable, Sequence

from packhouse.domain.errors import TooHard
from packhouse.resolver.clauses import Clause, Literal, Trail, Watches

MAX_STEPS = 2_000_000
"""Decisions that are made at most."""
_TOP = 1
"""The level of what must be, before anything is guessed."""

Prefer = Callable[[Sequence[int], str], Sequence[int]]
"""Orders the candidates that would meet a demand, the best first; may leave the worse ones out."""


class Impossible(Exception):
    """The clauses cannot all hold; `clauses` are those that say so together."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        super().__init__()
        self.clauses = clauses


class Statements:
    """All clauses: what candidates need and exclude, and what is asked for at the top."""

    def __init__(self) -> None:
        self.all: list[Clause] = []
        self.asked: list[Clause] = []
        self.told: list[Clause] = []
        self._known: set[tuple[str, tuple[Literal, ...]]] = set()

    def tell(self, clause: Clause) -> None:
        """Add what a candidate needs or excludes."""
        if self._is_new(clause):
            self.told.append(clause)

    def ask(self, clause: Clause) -> None:
        """Add a demand of the top."""
        if self._is_new(clause):
            self.asked.append(clause)

    def learn(self, clause: Clause) -> None:
        """Add what a conflict taught."""
        self._is_new(clause)

    def _is_new(self, clause: Clause) -> bool:
        literals = clause.literals
        pair = len(literals) == 2 and literals[1] < 0
        identity = ("many" if clause.is_exclusion else "pair" if pair and not clause.basis else "any", literals)
        if identity in self._known:
            return False
        self._known.add(identity)
        self.all.append(clause)
        return True


class ClauseSearch:
    """One search; `run` may be called once."""

    def __init__(
        self,
        candidates: int,
        statements: Statements,
        prefer: Prefer,
        *,
        fixed: frozenset[int] = frozenset(),
        is_cancelled: Callable[[], bool] | None = None,
        max_steps: int = MAX_STEPS,
    ) -> None:
        self.trail = Trail(candidates)
        self._statements = statements
        self._prefer = prefer
        self._fixed = fixed
        """Candidates that are there already; a demand that one of them meets is met by it."""
        self._is_cancelled = is_cancelled
        self._steps_left = max_steps
        self._watches = Watches()
        self._followed = 0
        """How many of the decisions have been followed."""
        self._passed: list[tuple[list[int], int]] = []
        """The candidates that a guess passed by, with the level before it."""

    def run(self) -> list[int]:
        """Choose; raise Impossible, or TooHard."""
        statements = self._statements
        for clause in [*statements.told, *statements.asked]:
            if not clause.literals:
                raise Impossible((clause,))
            self._watches.add(clause)
        self._assert_units()
        self._guess_all()
        return list(self.trail.chosen())

    def _assert_units(self) -> None:
        """Decide what a clause of one literal says outright."""
        for clause in self._statements.all:
            if len(clause.literals) != 1:
                continue
            (literal,) = clause.literals
            if self.trail.is_false(literal):
                reason = next(each for decided, each in self.trail.steps if decided == -literal)
                raise Impossible((clause, reason))
            if self.trail.is_open(literal):
                self.trail.decide(literal, _TOP, clause)

    def _guess_all(self) -> None:
        level, settled = _TOP, _TOP + 1
        while True:
            if level == _TOP:
                self._follow_top()
            if level < settled:
                level, is_done = self._guess_asked(level)
                settled = level + 1
                if not is_done:
                    continue
            settled = min(settled, level)
            level = self._guess_open(level)
            if level < settled:
                continue
            better = self._passed_by()
            if better is None:
                return
            literal, level = better
            self._undo(level)
            level = self._try(level, literal, self.trail.steps[-1][1])

    def _guess_asked(self, level: int) -> tuple[int, bool]:
        """Meet what is asked for at the top; stop where a conflict led back. Tell whether all of it was looked at."""
        asked = self._statements.asked
        for position, clause in enumerate(asked):
            if any(self.trail.is_true(literal) for literal in clause.literals):
                continue
            options = [literal for literal in clause.literals if literal > 0 and self.trail.is_open(literal)]
            options = [each for each in options if each in self._fixed] or options
            if options:
                before = level
                level = self._choose(level, options, clause)
                if level <= before:
                    return level, position + 1 == len(asked)
        return level, True

    def _guess_open(self, level: int) -> int:
        """Go round the clauses until each is met or has no more than one candidate that is open."""
        clauses = self._statements.all
        position = unchanged = 0
        while unchanged < len(clauses):
            if position >= len(clauses):
                position = 0
            clause = clauses[position]
            options = self._open_options(clause)
            position += 1
            unchanged += 1
            if len(options) > 1:
                level = self._choose(level, options, clause)
                unchanged = 0
        return level

    def _open_options(self, clause: Clause) -> list[int]:
        """List the candidates that would meet a clause which is neither met nor idle."""
        levels = self.trail.levels
        options: list[int] = []
        for literal in clause.literals:
            if literal < 0:
                if levels[-literal] <= 0:
                    return []
            elif levels[literal] > 0:
                return []
            elif levels[literal] == 0:
                options.append(literal)
        return options

    def _choose(self, level: int, options: Sequence[int], clause: Clause) -> int:
        best, *others = self._prefer(options, clause.subject)
        if others:
            self._passed.append((others, level))
        return self._try(level, best, clause)

    def _passed_by(self) -> tuple[int, int] | None:
        """Find the earliest guess that passed a candidate by which only later guesses decided about."""
        for others, level in self._passed:
            late = [each for each in others if self.trail.level(each) > level + 1]
            if late:
                return late[-1], level
        return None

    def _try(self, level: int, literal: Literal, reason: Clause) -> int:
        """Guess, and follow it; return the level on which the search goes on after all conflicts."""
        level += 1
        self._decide(literal, level, reason)
        while (broken := self._follow(level)) is not None:
            if level == _TOP:
                raise Impossible(self._blame(broken))
            literal, learnt, level = self._learn(broken, level)
            self._undo(level)
            self._statements.learn(learnt)
            self._watch_learnt(learnt)
            self._decide(literal, level, learnt)
        return level

    def _follow_top(self) -> None:
        broken = self._follow(_TOP)
        if broken is not None:
            raise Impossible(self._blame(broken))

    def _follow(self, level: int) -> Clause | None:
        steps = self.trail.steps
        while self._followed < len(steps):
            broken = self._watches.follow(steps[self._followed][0], level, self.trail)
            self._followed += 1
            if broken is not None:
                return broken
        return None

    def _decide(self, literal: Literal, level: int, reason: Clause) -> None:
        self._steps_left -= 1
        if self._steps_left < 0 or (self._is_cancelled is not None and self._is_cancelled()):
            raise TooHard("whether the requirements can be met together was not found out in the steps allowed")
        self.trail.decide(literal, level, reason)

    def _undo(self, level: int) -> None:
        before = len(self.trail.steps)
        self.trail.undo(level)
        if len(self.trail.steps) != before:
            self._followed = len(self.trail.steps)
        while self._passed and self._passed[-1][1] >= level:
            self._passed.pop()

    def _watch_learnt(self, clause: Clause) -> None:
        """Watch the literal that is to follow, and of the others the one that was decided last."""
        if len(clause.literals) > 2:
            highest = 0
            for literal in clause.literals:
                level = self.trail.level(literal)
                if level > highest:
                    clause.second, highest = literal, level
        self._watches.add(clause)

    def _learn(self, broken: Clause, level: int) -> tuple[Literal, Clause, int]:
        """Find the one decision of this level that, with older ones, led to a conflict; forbid that they come together.

        Return the literal that follows now, the clause, and the level to go back to.
        """
        reading = _Reading(self.trail, level)
        reading.take(broken)
        position = len(self.trail.steps)
        while True:
            position -= 1
            literal, reason = self.trail.steps[position]
            if abs(literal) not in reading.marked:
                continue
            reading.pending -= 1
            if not reading.pending:
                break
            reading.take_reason(reason)
        learnt = Clause([-literal, *reading.older], None)
        learnt.basis = reading.basis(position)
        return -literal, learnt, max([_TOP, *(self.trail.level(each) for each in reading.older)])

    def _blame(self, broken: Clause) -> list[Clause]:
        """Collect the clauses that a conflict at the top comes from, learnt ones taken apart."""
        found: dict[Clause, None] = {}
        _take_apart(broken, found)
        marked = {abs(literal) for literal in broken.literals if self.trail.is_false(literal)}
        for literal, reason in reversed(self.trail.steps):
            if abs(literal) in marked:
                _take_apart(reason, found)
                marked.update(abs(each) for each in reason.literals if self.trail.is_false(each))
        return list(found)


class _Reading:
    """What is read off the trail, backwards, about one conflict."""

    def __init__(self, trail: Trail, level: int) -> None:
        self._trail = trail
        self._level = level
        self.pending = 0
        """How many decisions of this level are still to be accounted for."""
        self.older: list[Literal] = []
        """What of older guesses had a part in it."""
        self.marked: set[int] = set()
        self._top: set[int] = set()
        self._read: list[Clause] = []

    def take(self, clause: Clause) -> None:
        """Account for all that made a clause false, or left one literal of it."""
        self._read.append(clause)
        for literal in clause.literals:
            if self._trail.is_false(literal):
                self._mark(literal)

    def take_reason(self, reason: Clause) -> None:
        """Account for why something was decided; of an exclusion, only one candidate is the reason."""
        if not reason.is_exclusion:
            self.take(reason)
            return
        for literal in reason.literals:
            if abs(literal) not in self.marked and self._trail.is_false(literal):
                self._read.append(reason)
                self._mark(literal)
                break

    def _mark(self, literal: Literal) -> None:
        number = abs(literal)
        if number in self.marked or number in self._top:
            return
        level = self._trail.level(literal)
        if level == _TOP:
            self._top.add(number)
            return
        self.marked.add(number)
        if level == self._level:
            self.pending += 1
        else:
            self.older.append(literal)

    def basis(self, position: int) -> tuple[Clause, ...]:
        """List the clauses that were read, and those by which what had to be from the beginning had to be."""
        if self._top:
            for literal, reason in reversed(self._trail.steps[:position]):
                if abs(literal) in self._top:
                    self._read.append(reason)
                    self._top.update(abs(each) for each in reason.literals if self._trail.is_false(each))
        return tuple(dict.fromkeys(self._read))


def _take_apart(clause: Clause, found: dict[Clause, None]) -> None:
    """Add a clause, or in place of a learnt one what it was learnt from."""
    waiting = [clause]
    seen: set[Clause] = set()
    while waiting:
        each = waiting.pop()
        if each in seen:
            continue
        seen.add(each)
        if each.basis:
            waiting.extend(reversed(each.basis))
        else:
            found[each] = None
