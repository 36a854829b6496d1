"""The releases of one crate as candidates, and which of them a requirement lets in."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import partial
from typing import overload

from packhouse.domain.errors import Invalid
from packhouse.domain.release import PackageRecord, Release
from packhouse.ecosystems.cargo.facts import CargoFacts, facts, links
from packhouse.ecosystems.cargo.feature_values import FeatureTable
from packhouse.ecosystems.cargo.ranges import Range, parse_range
from packhouse.ecosystems.cargo.versions import precedence
from packhouse.formats.semver import Key
from packhouse.resolver.demands import Candidate


class Crate(Candidate):
    """One release, read when it is first tried: most are only passed by."""

    __slots__ = ("_facts", "_features", "_read", "_release")

    def __init__(self, name: str, version: str, slot: object, claim: str | None, read: Callable[[], Release]) -> None:
        super().__init__(name, version, slot, claim)
        self._read = read
        self._release: Release | None = None
        self._facts: CargoFacts | None = None
        self._features: FeatureTable | None = None

    @property
    def release(self) -> Release:
        """The whole record of it."""
        if self._release is None:
            self._release = self._read()
        return self._release

    @property
    def facts(self) -> CargoFacts:
        """What only cargo knows of it."""
        if self._facts is None:
            self._facts = facts(self.release)
        return self._facts

    @property
    def features(self) -> FeatureTable:
        """What it has to be switched on."""
        if self._features is None:
            self._features = FeatureTable(self.facts.features, self.release.requirements)
        return self._features


def slot_of(name: str, version: str) -> tuple[str, Key]:
    """Give what releases share of which only one is chosen: those that a caret requirement holds to be the same."""
    numbers = precedence(version)[:3]
    for position, number in enumerate(numbers):
        if number:
            return name, numbers[: position + 1]
    return name, numbers


class Shelf:
    """One crate; yanked releases are there only where `kept` names them."""

    def __init__(self, record: PackageRecord, rust: Key | None = None, kept: frozenset[str] = frozenset()) -> None:
        self._record = record
        self._rust = rust
        self._kept = kept
        self._crates: dict[int, Crate] = {}
        self._hidden = record.yanked
        if kept and record.yanked:
            self._hidden = frozenset(each for each in record.yanked if record.versions[each] not in kept)

    def crate(self, position: int) -> Crate:
        """Return the candidate at a position of the record."""
        found = self._crates.get(position)
        if found is None:
            record = self._record
            name, version = record.key.name, record.versions[position]
            claim = links(record.releases[position])
            read = partial(record.release, position)
            found = self._crates[position] = Crate(name, version, slot_of(name, version), claim, read)
        return found

    def options(self, wanted: str) -> "Options":
        """List what a requirement lets in, the best first: what is kept, what the compiler can build, the highest."""
        try:
            found = parse_range(wanted)
        except Invalid:
            return Options(self, ())
        positions = self._positions(found)
        positions.reverse()
        if self._rust is not None and self._record.runtimes:
            positions.sort(key=self._is_too_new)
        if self._kept:
            positions.sort(key=lambda each: self._record.versions[each] not in self._kept)
        return Options(self, positions)

    def exactly(self, version: str) -> "Options":
        """List the one release of a version, yanked or not."""
        versions = self._record.versions
        return Options(self, (versions.index(version),) if version in versions else ())

    def _positions(self, found: Range) -> list[int]:
        record = self._record
        low = bisect_left(record.versions, found.low, key=precedence)
        high = bisect_left(record.versions, found.high, low, key=precedence)
        hidden, prereleases = self._hidden, record.prereleases
        if not hidden and not prereleases:
            return list(range(low, high))
        return [
            each
            for each in range(low, high)
            if each not in hidden and (each not in prereleases or found.holds(precedence(record.versions[each])))
        ]

    def _is_too_new(self, position: int) -> bool:
        least = self._record.runtimes[position]
        if least is None or self._rust is None:
            return False
        try:
            return not parse_range(least).holds(self._rust)
        except Invalid:
            return False


class Options(Sequence[Crate]):
    """Positions on a shelf; a release is read only when it is looked at."""

    __slots__ = ("_positions", "_shelf")

    def __init__(self, shelf: Shelf | None, positions: Sequence[int]) -> None:
        self._shelf = shelf
        self._positions = positions

    def __len__(self) -> int:
        return len(self._positions)

    @overload
    def __getitem__(self, index: int) -> Crate: ...

    @overload
    def __getitem__(self, index: slice) -> "Options": ...

    def __getitem__(self, index: int | slice) -> "Crate | Options":
        if isinstance(index, slice):
            return Options(self._shelf, self._positions[index])
        position = self._positions[index]
        if self._shelf is None:
            raise IndexError(index)
        return self._shelf.crate(position)


NO_OPTIONS = Options(None, ())
"""Of a crate that there is not."""
