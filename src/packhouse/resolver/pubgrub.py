"""PubGrub: decide one package after the other, and learn from every dead end what must never be tried again.

The sets of versions that it works on are bits of a number. Bit 0 stands for "none of them is chosen", so that what is
known of a package is one number (a term), whether it says that one of some versions is chosen, or that none of them is:
both hold where the number's bits are among those of the term.

Source: the description of the algorithm in the solver document of Dart's pub. Where it leaves a choice, such as the
order in which incompatibilities are looked at, the choice is that of the Rust implementation which uv is built on:
of several answers it decides which is found.
"""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Sequence
from heapq import heappop, heappush
from typing import Any, Generic, TypeVar

P = TypeVar("P", bound=Hashable)
Turn = tuple[int, ...]
"""The least is next."""

_MANY = 100
NOT_CHOSEN = 1
"""The bit for a package of which nothing is chosen."""


class Incompatibility:
    """Terms that must not all hold at once, and where this is known from."""

    __slots__ = ("causes", "detail", "number", "reason", "terms")

    def __init__(
        self,
        terms: dict[int, int],
        reason: str,
        detail: object = None,
        causes: "tuple[Incompatibility, Incompatibility] | None" = None,
    ) -> None:
        self.terms = terms
        self.reason = reason
        """root, dependency, none (no version is left), other, or learnt."""
        self.detail = detail
        self.causes = causes
        self.number = 0
        """Its place in the order in which they were added."""


class NoSolution(Exception):
    """Nothing fits; holds the incompatibility that says so."""

    def __init__(self, end: Incompatibility) -> None:
        super().__init__()
        self.end = end


class _Derivation:
    __slots__ = ("cause", "index", "level", "term")

    def __init__(self, index: int, level: int, cause: Incompatibility, term: int) -> None:
        self.index = index
        self.level = level
        self.cause = cause
        self.term = term
        """All that is known of the package from then on."""


class _Known:
    """What is known of one package."""

    __slots__ = ("decision", "derivations", "first_level", "last_level", "term")

    def __init__(self, derivation: _Derivation) -> None:
        self.first_level = self.last_level = derivation.level
        self.derivations = [derivation]
        self.term = derivation.term
        self.decision: tuple[int, int] | None = None
        """When it was decided, and for which bit."""

    def satisfier(self, start: int) -> tuple[Incompatibility | None, int, int]:
        """Find the first assignment after which a term is out of the question: its cause, moment and level."""
        # A term only ever gets narrower.
        place = bisect_left(self.derivations, 1, key=lambda each: not each.term & start)
        if place < len(self.derivations):
            found = self.derivations[place]
            return found.cause, found.index, found.level
        assert self.decision is not None  # noqa: S101 (else the incompatibility was not satisfied)
        return None, self.decision[0], self.last_level


class _Queue:
    """Packages in the order of their turns."""

    def __init__(self) -> None:
        self._turns: dict[int, Turn] = {}
        self._heap: list[tuple[Turn, int]] = []

    def put(self, package: int, turn: Turn) -> None:
        """Put a package in, or change its turn."""
        if self._turns.get(package) != turn:
            self._turns[package] = turn
            heappush(self._heap, (turn, package))

    def pop(self) -> int | None:
        """Take out that whose turn it is; None where there is none."""
        while self._heap:
            turn, package = heappop(self._heap)
            if self._turns.get(package) == turn:
                del self._turns[package]
                return package
        return None

    def clear(self) -> None:
        """Take all out."""
        self._turns.clear()
        self._heap.clear()


class Solver(Generic[P]):
    """The state of one solution under way."""

    def __init__(self, root: P) -> None:
        self.packages: list[P] = []
        self._ids: dict[P, int] = {}
        self._full: list[int] = []
        self._of: list[list[Incompatibility]] = []
        self._dependencies: dict[tuple[int, int, int], Incompatibility] = {}
        self._known: dict[int, _Known] = {}
        self._decided: list[int] = []
        self._index = 0
        self._has_backtracked = False
        self._contradicted: dict[Incompatibility, int] = {}
        """Those that can do nothing any more, in the order of the levels from which on this is so."""
        self._parked: dict[Incompatibility, list[int]] = {}
        """Those of them that no package's list holds for the time being, with the packages."""
        self._added = 0
        self._queue = _Queue()
        self._changed: dict[int, None] = {}
        """Those of which something was learnt on this level."""
        self._is_all_changed = True
        self.steps = 0
        self.root = self.intern(root, 1)
        self._add(Incompatibility({self.root: NOT_CHOSEN}, "root"))

    @property
    def level(self) -> int:
        """How many decisions stand."""
        return len(self._decided)

    def intern(self, package: P, width: int) -> int:
        """Give a package its number; `width` is how many bits its sets of versions have."""
        found = self._ids.get(package)
        if found is None:
            found = self._ids[package] = len(self.packages)
            self.packages.append(package)
            self._full.append((1 << width + 1) - 1)
            self._of.append([])
        return found

    def term(self, package: int) -> int:
        """Return the versions that are left of a package, as a set."""
        return self._known[package].term >> 1

    def solution(self) -> dict[P, int]:
        """Return the bit that was decided for each package."""
        found = {}
        for package in self._decided:
            decision = self._known[package].decision
            if decision is not None:
                found[self.packages[package]] = decision[1]
        return found

    def add_none(self, package: int, reason: str, detail: object = None, versions: int | None = None) -> None:
        """Note that none of some versions can be had; of those that are left where none are told."""
        left = self.term(package) if versions is None else versions
        self._add(Incompatibility({package: left << 1}, reason, detail))

    def add_dependency(self, package: int, versions: int, target: int, wanted: int) -> None:
        """Note a dependency without deciding anything."""
        self._merge(self._dependency(package, versions, target, wanted))

    def decide(self, package: int, bit: int) -> None:
        """Choose a version of a package."""
        known = self._known[package]
        known.decision = self._index, bit
        self._index += 1
        self._decided.append(package)
        known.term = 1 << bit + 1
        known.last_level = self.level
        self._changed.clear()

    def decide_with(
        self, package: int, bit: int, versions: int, dependencies: Iterable[tuple[int, int]]
    ) -> Incompatibility | None:
        """Choose a version with its dependencies, unless one of these is in the way already: return it then."""
        added = [self._dependency(package, versions, target, wanted) for target, wanted in dependencies]
        for each in added:
            self._merge(each)
        if self._has_backtracked:
            exact = 1 << bit + 1
            for each in added:
                if self._is_satisfied(each, package, exact):
                    return each
        self.decide(package, bit)
        return None

    def backtrack_before(self, package: int) -> bool:
        """Take decisions back as far as that on a package; tell whether there was one."""
        if package not in self._decided:
            return False
        self._backtrack(self._decided.index(package))
        return True

    def pick(self, turn: Callable[[P], Turn]) -> int | None:
        """Choose the package that is decided next, that with the least turn; None where all are."""
        for package in self._known if self._is_all_changed else self._changed:
            known = self._known[package]
            if known.decision is None and not known.term & NOT_CHOSEN:
                self._queue.put(package, turn(self.packages[package]))
        self._is_all_changed = False
        return self._queue.pop()

    def propagate(self, package: int) -> list[tuple[int, Incompatibility]]:
        """Derive all that follows from what is newly known of a package; raise NoSolution.

        Returns the conflicts that were met: the package whose assignment was at fault, and what was learnt.
        """
        conflicts: list[tuple[int, Incompatibility]] = []
        waiting = [package]
        while waiting:
            conflict = self._propagate(waiting.pop(), waiting)
            if conflict is not None:
                almost, learnt = self._resolve(conflict, conflicts)
                waiting = [almost]
                self._derive(almost, learnt)
                self._contradicted[learnt] = self.level
        return conflicts

    def _propagate(self, package: int, waiting: list[int]) -> Incompatibility | None:
        """Look at all incompatibilities of a package, the newest first; return one of which all terms hold."""
        idle = 0
        for each in reversed(self._of[package]):
            if each in self._contradicted:
                idle += 1
                continue
            self.steps += 1
            almost = self._relation(each)
            if almost is None:
                return each
            if almost != _INCONCLUSIVE:
                if almost != _CONTRADICTED:
                    if almost not in waiting:
                        waiting.append(almost)
                    self._derive(almost, each)
                self._contradicted[each] = self.level
        if idle > _MANY and idle * 2 > len(self._of[package]):
            self._park(package)
        return None

    def _park(self, package: int) -> None:
        """Put aside what can do nothing until something is taken back."""
        for each in self._of[package]:
            # Nothing is ever taken back of the first level: what is settled there is settled for good.
            if self._contradicted.get(each, 0) > 1:
                self._parked.setdefault(each, []).append(package)
        self._of[package] = [each for each in self._of[package] if each not in self._contradicted]

    def _fetch_back(self, revived: Iterable[Incompatibility]) -> None:
        """Take up again what may do something now, in the old order."""
        packages: set[int] = set()
        for each in revived:
            for package in self._parked.pop(each, ()):
                self._of[package].append(each)
                packages.add(package)
        for package in packages:
            self._of[package].sort(key=lambda each: each.number)

    def _relation(self, incompatibility: Incompatibility) -> int | None:
        """Tell which package alone is left to be settled; None where all terms hold, below 0 where this is no use."""
        almost: int | None = None
        for package, term in incompatibility.terms.items():
            known = self._known.get(package)
            if known is not None:
                if not known.term & ~term:
                    continue
                if not known.term & term:
                    return _CONTRADICTED
            if almost is not None:
                return _INCONCLUSIVE
            almost = package
        return almost

    def _is_satisfied(self, incompatibility: Incompatibility, package: int, exact: int) -> bool:
        for each, term in incompatibility.terms.items():
            known = self._known.get(each)
            held = exact if each == package else known.term if known is not None else None
            if held is None or held & ~term:
                return False
        return True

    def _derive(self, package: int, cause: Incompatibility) -> None:
        term = self._full[package] & ~cause.terms[package]
        known = self._known.get(package)
        if known is None:
            self._known[package] = _Known(_Derivation(self._index, self.level, cause, term))
        else:
            known.term &= term
            known.last_level = self.level
            known.derivations.append(_Derivation(self._index, self.level, cause, known.term))
        self._changed[package] = None
        self._index += 1

    def _resolve(
        self, conflict: Incompatibility, conflicts: list[tuple[int, Incompatibility]]
    ) -> tuple[int, Incompatibility]:
        """Find the root of a conflict, and go back to where it can be avoided; raise NoSolution."""
        current = conflict
        while True:
            if not current.terms or (len(current.terms) == 1 and current.terms.get(self.root, 0) >> 1):
                raise NoSolution(current)
            package, cause, level, previous = self._search_satisfier(current)
            if previous < level:
                self._backtrack(previous)
                if current is not conflict:
                    self._merge(current)
                conflicts.append((package, current))
                return package, current
            assert cause is not None  # noqa: S101 (a decision is alone on its level)
            current = self._prior_cause(current, cause, package)
            conflicts.append((package, current))

    def _search_satisfier(self, incompatibility: Incompatibility) -> tuple[int, Incompatibility | None, int, int]:
        """Find the assignment that satisfied an incompatibility at last, and the level of the one before it."""
        found = {
            package: self._known[package].satisfier(self._full[package] & ~term)
            for package, term in incompatibility.terms.items()
        }
        package = max(found, key=lambda each: found[each][1])
        cause, _, level = found[package]
        known = self._known[package]
        own = self._full[package] & ~cause.terms[package] if cause is not None else known.term
        found[package] = known.satisfier(own & self._full[package] & ~incompatibility.terms[package])
        previous = max(found.values(), key=lambda each: each[1])[2]
        return package, cause, level, max(previous, 1)

    def _prior_cause(self, incompatibility: Incompatibility, cause: Incompatibility, package: int) -> Incompatibility:
        terms = {each: term for each, term in incompatibility.terms.items() if each != package}
        for each, term in cause.terms.items():
            if each != package:
                terms[each] = terms[each] & term if each in terms else term
        union = incompatibility.terms[package] | cause.terms[package]
        if union != self._full[package]:
            terms[package] = union
        return Incompatibility(terms, "learnt", causes=(incompatibility, cause))

    def _backtrack(self, level: int) -> None:
        for package in self._decided[level:]:
            self._known[package].decision = None
        del self._decided[level:]
        for package, known in list(self._known.items()):
            if known.first_level > level:
                del self._known[package]
            elif known.last_level > level:
                while known.derivations[-1].level > level:
                    known.derivations.pop()
                known.last_level = known.derivations[-1].level
                known.term = known.derivations[-1].term
        revived = []
        while self._contradicted:
            each, since = self._contradicted.popitem()
            if since <= level:
                self._contradicted[each] = since
                break
            revived.append(each)
        self._fetch_back(revived)
        self._changed = {package: None for package, known in self._known.items() if known.last_level == level}
        self._queue.clear()
        self._is_all_changed = True
        self._has_backtracked = True

    def _dependency(self, package: int, versions: int, target: int, wanted: int) -> Incompatibility:
        terms = {package: versions << 1}
        if wanted and target != package:
            terms[target] = self._full[target] & ~(wanted << 1)
        elif target == package:
            terms[package] = versions << 1 & ~(wanted << 1)
        return Incompatibility(terms, "dependency", (package, target, wanted))

    def _merge(self, incompatibility: Incompatibility) -> None:
        """Add an incompatibility; the same dependency of several versions of a package becomes one."""
        if incompatibility.reason != "dependency":
            self._add(incompatibility)
            return
        package, target, wanted = _dependency_of(incompatibility)
        past = self._dependencies.get((package, target, wanted))
        if past is not None and package != target:
            self._parked.pop(past, None)
            for each in past.terms:
                if past in self._of[each]:
                    self._of[each].remove(past)
            terms = dict(incompatibility.terms)
            terms[package] |= past.terms[package]
            incompatibility = Incompatibility(terms, "dependency", incompatibility.detail)
        self._dependencies[package, target, wanted] = incompatibility
        self._add(incompatibility)

    def _add(self, incompatibility: Incompatibility) -> None:
        self._added += 1
        incompatibility.number = self._added
        for package in incompatibility.terms:
            self._of[package].append(incompatibility)


_CONTRADICTED = -1
_INCONCLUSIVE = -2


def _dependency_of(incompatibility: Incompatibility) -> tuple[int, int, int]:
    detail: Any = incompatibility.detail
    package, target, wanted = detail
    return package, target, wanted


def leaves(end: Incompatibility) -> Sequence[Incompatibility]:
    """List what was known before anything was learnt and has led to an end, each once, in the order of learning."""
    found: dict[int, Incompatibility] = {}
    seen: set[int] = set()
    waiting = [end]
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if each.causes is None:
            found[id(each)] = each
        else:
            waiting.extend(each.causes)
    return tuple(found.values())
