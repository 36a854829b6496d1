"""PubGrub over ranges: decide on one version after the other, learn from each conflict, go back as far as that tells.

What is said of versions is said of ranges, whether there are such versions or not, as in pub and in Bundler. Which
package is next and which of its versions is tried first decides which of several answers is found; that is the
policy's. Source: the description of pub's solver (doc/solver.md of dart-lang/pub).
"""

from collections.abc import Callable, Iterable
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeVar

from msgspec import Struct

from packhouse.domain.errors import TooHard
from packhouse.resolver.incompatibilities import Incompatibility, Package, Term, concluded
from packhouse.resolver.knowledge import Knowledge
from packhouse.resolver.partial_solution import Assignment, PartialSolution
from packhouse.resolver.turn_queue import TurnQueue
from packhouse.resolver.version_sets import EVERYTHING, VersionSet

V = TypeVar("V")

MAX_STEPS = 100_000
"""How many decisions and conflicts there are at most."""
_STEPS_BETWEEN = 64
"""How often a search looks whether anybody still waits for it."""


class Choice(Struct, Generic[V], frozen=True):
    """What to try next; without a version where none is left."""

    package: Package
    version: V | None
    versions: VersionSet
    """The set that has this version alone."""


class Policy(Protocol[V]):
    """What an ecosystem brings."""

    def turn(self, unsettled: Term) -> Any:  # noqa: ANN401 (what sorts, alike for all packages)
        """Tell what decides which of the packages that are needed is next, the least; may raise NotLoaded."""

    def choose(self, unsettled: Term) -> Choice[V]:
        """Choose a version of the package whose turn it is; may raise NotLoaded."""

    def facts(self, package: Package, version: V) -> Iterable[Incompatibility]:
        """Tell what follows from a version; what was told before may be left out."""

    def missing(self, unsettled: Term) -> Incompatibility:
        """Say that no version is left."""


class Manner(NamedTuple):
    """In what implementations of the algorithm differ."""

    goes_on: bool = False
    """True where what else speaks of a package is still looked at after a conflict."""
    moves_back: bool = False
    """True where packages that lost a term by a step back come last among those that are needed."""


class NoSolution(Exception):
    """Nothing fits; holds the conclusion that says so."""

    def __init__(self, incompatibility: Incompatibility) -> None:
        super().__init__("nothing fits")
        self.incompatibility = incompatibility


class Solver(Generic[V]):
    """One search, from a root on."""

    def __init__(
        self,
        policy: Policy[V],
        root: Package,
        manner: Manner,
        *,
        root_versions: VersionSet = EVERYTHING,
        is_cancelled: Callable[[], bool] | None = None,
        max_steps: int = MAX_STEPS,
    ) -> None:
        self._policy = policy
        self._root_versions = root_versions
        self._root = root
        self._manner = manner
        self._is_cancelled = is_cancelled
        self._max_steps = max_steps
        self._knowledge = Knowledge()
        self._solution: PartialSolution[V] = PartialSolution(moves_back=manner.moves_back)
        self._queue: TurnQueue[V] = TurnQueue(self._solution, policy.turn)
        self.steps = 0

    def solve(self) -> dict[Package, V]:
        """Choose; raise NoSolution, TooHard where that takes too long, or what the policy raises."""
        root = Term(self._root, positive=False, versions=self._root_versions)
        self._knowledge.add(Incompatibility((root,), "root"))
        self._propagate(self._root)
        while unsettled := self._queue.first():
            self._count()
            self._propagate(self._decide(unsettled))
        return self._solution.decisions

    def _count(self) -> None:
        self.steps += 1
        if self.steps > self._max_steps:
            raise TooHard(f"whether all requirements can be met was not found out in {self.steps - 1:,} steps")
        if self._is_cancelled is not None and self.steps % _STEPS_BETWEEN == 0 and self._is_cancelled():
            raise TooHard("nobody waits for the answer any more")

    def _decide(self, unsettled: Term) -> Package:
        """Choose a version, unless that would be a conflict at once; return the package."""
        choice = self._policy.choose(unsettled)
        package, version = choice.package, choice.version
        if version is None:
            self._knowledge.add(self._policy.missing(unsettled))
            return package
        is_conflict = False
        for fact in self._policy.facts(package, version):
            if fact.is_void():
                continue
            self._knowledge.add(fact)
            is_conflict = is_conflict or self._follows(fact, package)
        if not is_conflict:
            self._solution.decide(Term(package, positive=True, versions=choice.versions), version)
        return package

    def _follows(self, fact: Incompatibility, package: Package) -> bool:
        """Tell whether all that is said of other packages than one is true."""
        for term in fact.terms:  # noqa: SIM110 (a generator takes twice the time)
            if term.package != package and not self._solution.satisfies(term):
                return False
        return True

    def _propagate(self, package: Package) -> None:
        """Draw all conclusions from what is new of a package."""
        changed: dict[Package, None] = {package: None}
        while changed:
            package = next(iter(changed))
            del changed[package]
            quiet: list[tuple[Incompatibility, Assignment]] = []
            for incompatibility in self._knowledge.awake(package):
                against = incompatibility.against
                if against is not None and against.is_held:
                    quiet.append((incompatibility, against))
                    continue
                found = self._infer(incompatibility)
                if isinstance(found, Term):
                    changed.setdefault(found.package)
                elif isinstance(found, Assignment):
                    incompatibility.against = found
                    quiet.append((incompatibility, found))
                elif found == "conflict":
                    self._knowledge.sleep(package, quiet)
                    quiet = []
                    changed = self._recover(incompatibility)
                    if not self._manner.goes_on:
                        break
            self._knowledge.sleep(package, quiet)

    def _recover(self, incompatibility: Incompatibility) -> dict[Package, None]:
        """Go back from a conflict and draw the first conclusion there; return the package that it is about."""
        after = self._infer(self._resolve(incompatibility))
        return {after.package: None} if isinstance(after, Term) else {}

    def _infer(self, incompatibility: Incompatibility) -> "Term | Assignment | Literal['conflict'] | None":
        """Derive the contrary of the only term that is not true yet; tell if all are true, or what is against one."""
        open_term: Term | None = None
        last = self._solution.last.get
        for term in incompatibility.terms:
            held = last(term.package)
            if held is not None:
                if held.so_far.implies(term):
                    continue
                if held.so_far.excludes(term):
                    return held
            if open_term is not None:
                return None
            open_term = term
        if open_term is None:
            return "conflict"
        derived = open_term.inverse()
        incompatibility.against = self._solution.derive(derived, incompatibility)
        return derived

    def _resolve(self, incompatibility: Incompatibility) -> Incompatibility:
        """Find out what led to a conflict, and go back to before it; raise NoSolution if there is no such time."""
        is_new = False
        while not self._is_failure(incompatibility):
            self._count()
            conflict = _Conflict(incompatibility, self._solution)
            satisfier = conflict.satisfier
            if conflict.level < satisfier.level or satisfier.cause is None:
                self._knowledge.wake(self._solution.backtrack(conflict.level))
                if is_new:
                    self._knowledge.add(incompatibility)
                return incompatibility
            terms = [term for term in incompatibility.terms if term != conflict.term]
            terms += [term for term in satisfier.cause.terms if term.package != satisfier.term.package]
            if conflict.rest is not None:
                terms.append(conflict.rest.inverse())
            incompatibility = concluded(terms, self._root, incompatibility, satisfier.cause)
            is_new = True
        raise NoSolution(incompatibility)

    def _is_failure(self, incompatibility: Incompatibility) -> bool:
        terms = incompatibility.terms
        return not terms or (len(terms) == 1 and terms[0].package == self._root)


class _Conflict(Generic[V]):
    """Which term of an incompatibility came true last, with what, and before which decision it would be open again."""

    def __init__(self, incompatibility: Incompatibility, solution: PartialSolution[V]) -> None:
        first, *others = incompatibility.terms
        self.term = first
        self.satisfier = solution.satisfier(first)
        self.level = 1
        self.rest = self._rest(solution)
        for term in others:
            satisfier = solution.satisfier(term)
            if satisfier.index > self.satisfier.index:
                self.level = max(self.level, self.satisfier.level)
                self.term, self.satisfier = term, satisfier
                self.rest = self._rest(solution)
            else:
                self.level = max(self.level, satisfier.level)

    def _rest(self, solution: PartialSolution[V]) -> Term | None:
        """Find what the last assignment alone does not say of the term: something earlier must have."""
        rest = self.satisfier.term.without(self.term)
        if rest is not None:
            self.level = max(self.level, solution.satisfier(rest.inverse()).level)
        return rest
