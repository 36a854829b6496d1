"""What the candidates of a pool say, as clauses, in the order in which Composer states them."""

from collections import deque
from collections.abc import Iterable

from msgspec import Struct

from packhouse.ecosystems.composer.candidates import Candidate, Link
from packhouse.ecosystems.composer.pool import Pool
from packhouse.ecosystems.composer.project import Project
from packhouse.resolver.clause_search import Statements
from packhouse.resolver.clauses import Clause


class Requires(Struct, frozen=True):
    """A candidate requires something; None stands for the project."""

    owner: Candidate | None
    link: Link
    providers: tuple[Candidate, ...]
    """What would do."""


class Excludes(Struct, frozen=True):
    """A candidate conflicts with another."""

    owner: Candidate
    other: Candidate
    link: Link


class OneOf(Struct, frozen=True):
    """Only one of many may have a name."""

    name: str


class There(Struct, frozen=True):
    """A candidate is there anyway: the project itself, or part of the platform."""

    candidate: Candidate


class Together(Struct, frozen=True):
    """An alias and its release are had together."""

    alias: Candidate


def state(pool: Pool, project: Project, fixed: Iterable[Candidate]) -> Statements:
    """State all that follows from what a project requires."""
    stating = _Stating(pool, project)
    for candidate in fixed:
        stating.state_all(candidate)
        stating.statements.ask(Clause([candidate.number], There(candidate), candidate.name))
    for name, link in project.requires.items():
        if not project.environment.is_ignored(name):
            stating.ask(link)
    stating.state_aliases()
    stating.state_conflicts()
    return stating.statements


class _Stating:
    def __init__(self, pool: Pool, project: Project) -> None:
        self.statements = Statements()
        self._pool = pool
        self._environment = project.environment
        self._stated: dict[int, Candidate] = {}
        self._by_name: dict[str, list[Candidate]] = {}

    def ask(self, link: Link) -> None:
        """State what the project requires; where nothing would do, the clause is empty."""
        providers = self._pool.providers(link.target, link.constraint)
        for candidate in providers:
            self.state_all(candidate)
        cause = Requires(None, link, tuple(providers))
        self.statements.ask(Clause([each.number for each in providers], cause, link.target))

    def state_all(self, first: Candidate) -> None:
        """State what a candidate requires, and all that would do for it, breadth first."""
        waiting = deque((first,))
        while waiting:
            candidate = waiting.popleft()
            if candidate.number in self._stated:
                continue
            self._stated[candidate.number] = candidate
            if candidate.alias_of is None:
                for name in candidate.own_names:
                    self._by_name.setdefault(name, []).append(candidate)
            else:
                waiting.append(candidate.alias_of)
                self._state_alias(candidate, candidate.alias_of)
                if not candidate.has_own_requires:
                    continue
            for link in candidate.links.requires:
                if not self._environment.is_ignored(link.target):
                    waiting.extend(self._require(candidate, link))

    def _require(self, candidate: Candidate, link: Link) -> list[Candidate]:
        providers = self._pool.providers(link.target, link.constraint)
        if candidate not in providers:
            literals = [-candidate.number, *(each.number for each in providers)]
            self.statements.tell(Clause(literals, Requires(candidate, link, tuple(providers)), link.target))
        return providers

    def _state_alias(self, alias: Candidate, base: Candidate) -> None:
        cause = Together(alias)
        self.statements.tell(Clause([-alias.number, base.number], cause))
        self.statements.tell(Clause([-base.number, alias.number], cause))

    def state_aliases(self) -> None:
        """State what can only be had along with what was stated."""
        for candidate in self._pool.candidates:
            base = candidate.alias_of
            if base is not None and (candidate.is_root_alias or base.number in self._stated):
                self.state_all(candidate)

    def state_conflicts(self) -> None:
        """State who cannot be had together."""
        for candidate in self._stated.values():
            for link in candidate.links.conflicts:
                if link.target in self._by_name and not self._environment.is_ignored(link.target):
                    self._exclude(candidate, link)
        for name, candidates in self._by_name.items():
            if len(candidates) > 1:
                literals = [-each.number for each in candidates]
                self.statements.tell(Clause(literals, OneOf(name), many=len(candidates) > 2))

    def _exclude(self, candidate: Candidate, link: Link) -> None:
        for other in self._pool.providers(link.target, link.constraint):
            # An alias that has the name by what it provides is had with its release, which is excluded as well.
            if other is not candidate and (other.alias_of is None or other.name == link.target):
                self.statements.tell(Clause([-candidate.number, -other.number], Excludes(candidate, other, link)))
