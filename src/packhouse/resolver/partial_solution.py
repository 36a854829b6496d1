"""What PubGrub holds to be true for now: decisions, and what follows from them, in the order of time."""

from bisect import bisect_left
from typing import Generic, TypeVar

from msgspec import Struct

from packhouse.resolver.incompatibilities import Incompatibility, Package, Term

V = TypeVar("V")


class Assignment(Struct, eq=False):
    """One term that is held to be true."""

    term: Term
    cause: Incompatibility | None
    """What it follows from; None for a decision."""
    level: int
    index: int
    so_far: Term
    """This and all earlier ones of its package in one."""
    is_held: bool = True
    asleep: list[tuple[Package, Incompatibility]] = []
    """What need not be looked at, for the sake of a package, as long as this is held."""


class Unsettled(Struct, frozen=True):
    """A package that is needed and not decided."""

    coming: int
    """Higher, the later it came to be needed."""
    term: Term
    """What is held to be true of it."""


class PartialSolution(Generic[V]):
    """Terms by package, and a version for each package that was decided."""

    def __init__(self, *, moves_back: bool) -> None:
        self.decisions: dict[Package, V] = {}
        self.last: dict[Package, Assignment] = {}
        """The last assignment by package, which holds all that is known of it."""
        self._order: list[Package] = []
        self._assignments: list[Assignment] = []
        self._by_package: dict[Package, list[Assignment]] = {}
        self._wanted: dict[Package, int] = {}
        """The packages that are needed, each with a number that is higher the later it came."""
        self._comings = 0
        self._changed: dict[Package, None] = {}
        self._moves_back = moves_back

    @property
    def level(self) -> int:
        """How many decisions were made."""
        return len(self._order)

    def news(self) -> list[Unsettled]:
        """List what is needed and not decided and has changed since this was last asked."""
        changed, self._changed = self._changed, {}
        return [
            Unsettled(self._wanted[package], self.last[package].so_far)
            for package in changed
            if package in self._wanted and package not in self.decisions
        ]

    def is_news(self, unsettled: Unsettled) -> bool:
        """Tell whether what was said to be unsettled still is, and just so."""
        coming, package = unsettled.coming, unsettled.term.package
        return (
            self._wanted.get(package) == coming
            and package not in self.decisions
            and self.last[package].so_far is unsettled.term
        )

    def satisfies(self, term: Term) -> bool:
        """Tell whether a term is true."""
        last = self.last.get(term.package)
        return last is not None and last.so_far.implies(term)

    def derive(self, term: Term, cause: Incompatibility) -> Assignment:
        """Hold a term to be true since it follows."""
        return self._add(term, cause)

    def decide(self, term: Term, version: V) -> None:
        """Choose a version."""
        self.decisions[term.package] = version
        self._order.append(term.package)
        self._add(term, None)

    def satisfier(self, term: Term) -> Assignment:
        """Find the first assignment with which a term that is true became so."""
        listed = self._by_package[term.package]
        return listed[bisect_left(listed, 1, key=lambda each: int(each.so_far.implies(term)))]

    def backtrack(self, level: int) -> list[tuple[Package, Incompatibility]]:
        """Forget all that came after so many decisions; give what slept on account of that."""
        touched: set[Package] = set()
        roused: list[tuple[Package, Incompatibility]] = []
        while self._assignments and self._assignments[-1].level > level:
            gone = self._assignments.pop()
            gone.is_held = False
            roused += gone.asleep
            package = gone.term.package
            touched.add(package)
            listed = self._by_package[package]
            listed.pop()
            if listed:
                self.last[package] = listed[-1]
            else:
                del self.last[package]
            if not listed or not listed[-1].so_far.positive:
                self._wanted.pop(package, None)
        while len(self._order) > level:
            del self.decisions[self._order.pop()]
        if self._moves_back:
            self._move_back(touched)
        self._changed.update(dict.fromkeys(touched))
        return roused

    def _move_back(self, touched: set[Package]) -> None:
        """Let packages that lost a term come last, as they came among themselves."""
        kept = [package for package in touched if package in self._wanted]
        kept.sort(key=lambda package: next(each.index for each in self._by_package[package] if each.so_far.positive))
        for package in kept:
            self._come(package)

    def _add(self, term: Term, cause: Incompatibility | None) -> Assignment:
        package = term.package
        before = self.last.get(package)
        so_far = term if before is None else before.so_far.both(term)
        assignment = Assignment(term, cause, len(self._order), len(self._assignments), so_far)
        self._assignments.append(assignment)
        self._by_package.setdefault(package, []).append(assignment)
        self.last[package] = assignment
        if so_far.positive:
            self._changed[package] = None
            if package not in self._wanted:
                self._come(package)
        return assignment

    def _come(self, package: Package) -> None:
        self._comings += 1
        self._wanted[package] = self._comings
