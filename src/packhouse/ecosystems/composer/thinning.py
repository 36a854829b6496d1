"""Thin the pool out: of versions that differ in nothing but their number, Composer keeps the one that it prefers."""

from collections.abc import Iterable, Iterator

from packhouse.ecosystems.composer.candidates import Candidate, Link
from packhouse.ecosystems.composer.links import Constraint, Part
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
        for candidate in pool.candidates:
            for link in candidate.links.requires:
                _add(self._required, link.target, link.constraint)
            for link in candidate.links.conflicts:
                _add(self._excluded, link.target, link.constraint)
            if candidate.alias_of is not None:
                self._aliases.setdefault(candidate.alias_of, []).append(candidate)

    def keep(self, candidate: Candidate) -> None:
        """Keep a candidate, and what can only be had along with it."""
        self.kept |= {candidate, candidate.base, *self._aliases.get(candidate.base, ())}

    def keep_best(self) -> None:
        """Keep the best of those that are alike, for every range that somebody requires."""
        alike: dict[tuple[str, _Like, _Like], list[int]] = {}
        fixed = frozenset(self.kept)
        for candidate in self._pool.candidates:
            if candidate not in fixed:
                says = _says(candidate)
                for name in candidate.own_names:
                    for ranges in self._ranges(name, candidate):
                        alike.setdefault((name, ranges, says), []).append(candidate.number)
        for numbers in alike.values():
            for number in self._preference.select(numbers, ""):
                self.keep(self._pool[number])

    def _ranges(self, name: str, candidate: Candidate) -> Iterator[_Like]:
        """Tell, for each range that is required of a name, in which ranges the candidate is that count with it."""
        required = self._required.get(name)
        if not required:
            return
        # Composer holds what is replaced against the replacing version.
        replaced = tuple(
            link.constraint.text for link in candidate.links.replaces if link.constraint.matches(candidate.key)
        )
        excluded = tuple(part for part in self._excluded.get(name, ()) if part.matches(candidate.key))
        for part in required:
            ranges = ((part,) if part.matches(candidate.key) else ()) + replaced + excluded
            if ranges:
                yield ranges


def _add(ranges: _Ranges, name: str, constraint: Constraint) -> None:
    found = ranges.setdefault(name, {})
    for part in constraint.parts:
        found[part] = None


def _says(candidate: Candidate) -> _Like:
    links = candidate.links
    return tuple(_sorted(each) for each in (links.requires, links.conflicts, links.replaces, links.provides))


def _sorted(links: tuple[Link, ...]) -> tuple[tuple[str, str], ...]:
    # Of several links to one name, as aliases have them, only the last counts.
    return tuple(sorted({link.target: link.constraint.text for link in links}.items()))
