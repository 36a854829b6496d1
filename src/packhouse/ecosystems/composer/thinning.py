"""Thin the pool out: of versions that differ in nothing but their number, Composer keeps the one that it prefers."""

from collections.abc import Iterable, Iterator

from packhouse.ecosystems.composer.candidates import Candidate
from packhouse.ecosystems.composer.links import Constraint, Part
from packhouse.ecosystems.composer.ordered import Ordered
from packhouse.ecosystems.composer.pool import Pool
from packhouse.ecosystems.composer.preference import Preference
from packhouse.ecosystems.composer.project import Project

_Ranges = dict[str, dict[Part, None]]
_Like = tuple[object, ...]
"""What versions have in common that are alike."""


def thin_out(pool: Pool, project: Project, fixed: Iterable[Candidate], preference: Preference) -> Pool:
    """Make the pool that is solved, of all that was loaded."""
    thinning = _Thinning(pool, project, preference)
    for candidate in fixed:
        thinning.keep(candidate)
    thinning.keep_best()
    return Pool(candidate for candidate in pool.candidates if candidate in thinning.kept)


class _Thinning:
    def __init__(self, pool: Pool, project: Project, preference: Preference) -> None:
        self._pool = pool
        self._preference = preference
        self._required: _Ranges = {}
        self._excluded: _Ranges = {}
        self._aliases: dict[Candidate, list[Candidate]] = {}
        self.kept: set[Candidate] = set()
        for name, link in project.requires.items():
            _add(self._required, name, link.constraint)
        added: set[tuple[str, Constraint]] = set()
        for candidate in pool.candidates:
            for link in candidate.links.requires:
                if (link.target, link.constraint) not in added:
                    added.add((link.target, link.constraint))
                    _add(self._required, link.target, link.constraint)
            for link in candidate.links.conflicts:
                _add(self._excluded, link.target, link.constraint)
            if candidate.alias_of is not None:
                self._aliases.setdefault(candidate.alias_of, []).append(candidate)

    def keep(self, candidate: Candidate) -> None:
        """Keep a candidate, and what can only be had along with it."""
        base = candidate.base
        self.kept.add(base)
        if base in self._aliases:
            self.kept.update(self._aliases[base])
        self.kept.add(candidate)

    def keep_best(self) -> None:
        """Keep the best of those that are alike, for every range that somebody requires."""
        fixed = frozenset(self.kept)
        by_name: dict[str, list[Candidate]] = {}
        says: dict[Candidate, int] = {}
        numbers: dict[_Like, int] = {}
        for candidate in self._pool.candidates:
            if candidate not in fixed:
                says[candidate] = numbers.setdefault(candidate.links.said, len(numbers))
                for name in candidate.own_names:
                    by_name.setdefault(name, []).append(candidate)
        for name in by_name.keys() & self._required.keys():
            alike: dict[tuple[_Like, int], list[int]] = {}
            for candidate, ranges in self._ranges(name, by_name[name]):
                alike.setdefault((ranges, says[candidate]), []).append(candidate.number)
            self._keep_preferred(alike.values())

    def _keep_preferred(self, alike: Iterable[list[int]]) -> None:
        for numbers in alike:
            for number in self._preference.select(numbers, ""):
                self.keep(self._pool[number])

    def _ranges(self, name: str, candidates: list[Candidate]) -> Iterator[tuple[Candidate, _Like]]:
        """Tell, for each range that is required of a name, in which ranges the candidates are that count with it."""
        ordered = Ordered(candidates)
        further: dict[Candidate, _Like] = {}
        for candidate in candidates:
            if not candidate.links.replaces:
                continue
            # Composer holds what is replaced against the replacing version.
            links = (link for link in candidate.links.replaces if link.constraint.matches(candidate.key))
            replaced = tuple(link.constraint.text for link in links)
            if replaced:
                further[candidate] = replaced
        for part in self._excluded.get(name, ()):
            for candidate in ordered.within(part):
                further[candidate] = (*further.get(candidate, ()), part)
        yield from further.items()
        for number, part in enumerate(self._required[name]):
            alone = (number,)
            for candidate in ordered.within(part):
                yield candidate, (number, *further[candidate]) if candidate in further else alone


def _add(ranges: _Ranges, name: str, constraint: Constraint) -> None:
    found = ranges.setdefault(name, {})
    for part in constraint.parts:
        found[part] = None
