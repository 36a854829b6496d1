"""Solve as `composer update` does: load the pool, thin it out, state what it says, search."""

from collections.abc import Callable, Iterable, Iterator

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Unresolvable
from packhouse.ecosystems.composer.candidates import Candidate
from packhouse.ecosystems.composer.pool import Pool
from packhouse.ecosystems.composer.preference import Preference
from packhouse.ecosystems.composer.project import Project
from packhouse.ecosystems.composer.statements import state
from packhouse.ecosystems.composer.thinning import thin_out
from packhouse.resolver.clause_search import MAX_STEPS, ClauseSearch, Impossible
from packhouse.resolver.clauses import Clause


class Conduct(Struct, frozen=True):
    """How far a search goes."""

    max_steps: int = MAX_STEPS
    is_cancelled: Callable[[], bool] | None = None


USUAL = Conduct()


class Given(Unresolvable):
    """The search has ended without an answer; `clauses` say why."""

    def __init__(self, clauses: tuple[Clause, ...]) -> None:
        super().__init__("the requirements cannot be met together")
        self.clauses = clauses


class Solution(Struct, frozen=True):
    """What was chosen for a project."""

    project: Project
    chosen: tuple[Candidate, ...]
    """Releases, and the aliases that they are had with; not what was there anyway."""
    for_use: frozenset[str]
    """Names of the packages that are needed without development."""

    def releases(self) -> list[Candidate]:
        """List what a lock file has, by name."""
        return sorted((each for each in self.chosen if each.alias_of is None), key=lambda each: each.name)


def solve(project: Project, loaded: Iterable[Candidate], fixed: list[Candidate], conduct: Conduct = USUAL) -> Solution:
    """Choose for a project; raise Given where Composer gives up, TooHard after too many steps."""
    chosen = _choose(project, Pool(loaded), fixed, conduct, is_thinned=True)
    names = frozenset(each.name for each in chosen)
    if project.plain != project.requires:
        # Composer solves once more with what was chosen, to tell what only development needs.
        without = msgspec.structs.replace(project, requires=project.plain)
        pool = Pool([*fixed, *_as_reloaded(chosen)])
        names = frozenset(each.name for each in _choose(without, pool, fixed, conduct))
    return Solution(project, tuple(chosen), names)


def _as_reloaded(chosen: list[Candidate]) -> Iterator[Candidate]:
    """Put what was chosen in the order in which Composer puts it into another pool: each after its aliases."""
    aliases: dict[Candidate, list[Candidate]] = {}
    for candidate in chosen:
        if candidate.alias_of is not None:
            aliases.setdefault(candidate.alias_of, []).append(candidate)
    for candidate in chosen:
        if candidate.alias_of is None:
            yield from sorted([*aliases.get(candidate, ()), candidate], key=_place)


def _place(candidate: Candidate) -> tuple[bool, bool]:
    return candidate.is_root_alias, candidate.alias_of is None


def check(project: Project, fixed: list[Candidate]) -> None:
    """Hold what is there against itself and what the project requires; raise Given where it does not go together."""
    _choose(project, Pool(fixed), fixed, USUAL)


def _choose(
    project: Project, pool: Pool, fixed: list[Candidate], conduct: Conduct, *, is_thinned: bool = False
) -> list[Candidate]:
    environment = project.environment
    preference = Preference(pool, stable=environment.prefer_stable, lowest=environment.prefer_lowest)
    if is_thinned:
        pool = thin_out(pool, project, fixed, preference)
        preference = Preference(pool, stable=environment.prefer_stable, lowest=environment.prefer_lowest)
    search = ClauseSearch(
        len(pool.candidates),
        state(pool, project, fixed),
        preference.select,
        fixed=frozenset(each.number for each in fixed),
        is_cancelled=conduct.is_cancelled,
        max_steps=conduct.max_steps,
    )
    try:
        numbers = search.run()
    except Impossible as impossible:
        raise Given(tuple(impossible.clauses)) from None
    there = set(fixed)
    return [pool[number] for number in numbers if pool[number] not in there]
