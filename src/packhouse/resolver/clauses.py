"""Statements about candidates for a search by clauses: numbers stand for candidates, a minus for not having one.

A clause says that at least one of its literals is true; an exclusion says that at most one of many candidates is had.
What is decided is kept in the order in which it was, since what a conflict teaches is read off backwards.
"""

from collections.abc import Iterator, Sequence

Literal = int
"""A candidate's number, or minus that."""


class Clause:
    """At least one literal is true; at most one of the candidates, where it is an exclusion."""

    __slots__ = ("basis", "cause", "first", "is_exclusion", "literals", "second", "subject")

    def __init__(self, literals: Sequence[Literal], cause: object, subject: str = "", *, many: bool = False) -> None:
        self.literals = tuple(sorted(literals))
        self.cause = cause
        """What the statement comes from, in the words of whoever made it."""
        self.subject = subject
        """The name that was asked for, where it is a demand."""
        self.is_exclusion = many
        self.first = self.literals[0] if self.literals else 0
        self.second = self.literals[1] if len(self.literals) > 1 else 0
        """The two literals that are watched: nothing need be looked at while neither is false."""
        self.basis: tuple[Clause, ...] = ()
        """The clauses that it was learnt from."""


class Trail:
    """What is decided, in which order, why, and how deep in guesses."""

    def __init__(self, candidates: int) -> None:
        self.levels = [0] * (candidates + 1)
        """By candidate: how many guesses deep it was decided, negative where it is not had; 0 while it is open."""
        self.steps: list[tuple[Literal, Clause]] = []

    def decide(self, literal: Literal, level: int, reason: Clause) -> None:
        """Take a literal for true."""
        self.levels[abs(literal)] = level if literal > 0 else -level
        self.steps.append((literal, reason))

    def is_true(self, literal: Literal) -> bool:
        """Tell whether a literal is decided to be true."""
        return self.levels[literal] > 0 if literal > 0 else self.levels[-literal] < 0

    def is_false(self, literal: Literal) -> bool:
        """Tell whether a literal is decided to be false."""
        return self.levels[literal] < 0 if literal > 0 else self.levels[-literal] > 0

    def is_open(self, literal: Literal) -> bool:
        """Tell whether nothing is decided."""
        return self.levels[abs(literal)] == 0

    def level(self, literal: Literal) -> int:
        """Tell how deep it was decided; 0 where it was not."""
        return abs(self.levels[abs(literal)])

    def undo(self, level: int) -> None:
        """Forget all that was decided deeper than this."""
        while self.steps and self.level(self.steps[-1][0]) > level:
            self.levels[abs(self.steps.pop()[0])] = 0

    def chosen(self) -> Iterator[int]:
        """List the candidates that are had, the last decided first."""
        return (literal for literal, _ in reversed(self.steps) if literal > 0)


class Watches:
    """Finds the clauses that a decision touches; the newest clause is looked at first."""

    def __init__(self) -> None:
        self._chains: dict[Literal, list[Clause]] = {}
        """The newest last."""

    def add(self, clause: Clause) -> None:
        """Watch a clause of two literals or more."""
        if len(clause.literals) < 2:
            return
        watched = clause.literals if clause.is_exclusion else (clause.first, clause.second)
        for literal in watched:
            self._chains.setdefault(literal, []).append(clause)

    def follow(self, decided: Literal, level: int, trail: Trail) -> Clause | None:
        """Decide all that follows at once from a decision; return the clause that cannot hold then, if there is one."""
        fallen = -decided
        chain = self._chains.get(fallen)
        if not chain:
            return None
        staying: list[Clause] = []
        broken: Clause | None = None
        while chain and broken is None:
            clause = chain.pop()
            if clause.is_exclusion:
                staying.append(clause)
                broken = _exclude(clause, fallen, level, trail)
                continue
            moved = self._watch_another(clause, fallen, trail)
            if moved:
                continue
            staying.append(clause)
            other = clause.second if clause.first == fallen else clause.first
            if trail.is_false(other):
                broken = clause
            elif not trail.is_true(other):
                trail.decide(other, level, clause)
        staying.reverse()
        chain.extend(staying)
        return broken

    def _watch_another(self, clause: Clause, fallen: Literal, trail: Trail) -> bool:
        """Watch another literal in place of one that is false, unless the clause is met or there is none."""
        other = clause.second if clause.first == fallen else clause.first
        if trail.is_true(other):
            return False
        levels = trail.levels
        for literal in clause.literals:
            if literal in (fallen, other):
                continue
            if levels[literal] < 0 if literal > 0 else levels[-literal] > 0:
                continue
            if clause.first == fallen:
                clause.first = literal
            else:
                clause.second = literal
            self._chains.setdefault(literal, []).append(clause)
            return True
        return False


def _exclude(clause: Clause, fallen: Literal, level: int, trail: Trail) -> Clause | None:
    """Decide against all others of an exclusion, now that one is had."""
    for literal in clause.literals:
        if literal == fallen or trail.is_true(literal):
            continue
        if trail.is_false(literal):
            return clause
        trail.decide(literal, level, clause)
    return None
