"""Records as the resolver reads them: which release a range comes to, and what that needs."""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import PackageRecord, Release
from packhouse.ecosystems.nuget.environment import Environment
from packhouse.ecosystems.nuget.facts import facts
from packhouse.ecosystems.nuget.names import parse_name
from packhouse.ecosystems.nuget.ranges import VersionRange, parse_range
from packhouse.ecosystems.nuget.versions import Key, parse_version, version_key
from packhouse.resolver.eclipse import Choice

ECOSYSTEM = "nuget"
_ANY = VersionRange()
_key = lru_cache(1 << 16)(version_key)


class Wish(Struct, frozen=True):
    """A requirement as it is written."""

    name: NormalName
    written: str
    """The id as it is written."""
    range: str
    bounds: VersionRange = _ANY
    fault: str = ""
    """Why nothing could meet it."""

    def __str__(self) -> str:
        """Name it with its range."""
        return f"{self.written} {self.range}".strip()


class Chosen(Struct, frozen=True):
    """A release as it was chosen."""

    key: PackageKey
    version: str
    written: str
    """Its id as it is written."""
    told: "Release | Neighbour"
    """What is known of it."""

    def __str__(self) -> str:
        """Name it."""
        return f"{self.written} {self.version}"


class Neighbour(Struct, frozen=True):
    """Another project that the one that is resolved refers to."""

    name: str
    wishes: tuple[Wish, ...]
    """What it requires and lets through to who refers to it."""
    private: tuple[Wish, ...] = ()
    """What it requires for itself: of that, nothing below it counts either."""
    version: str = "1.0.0"


def read_wish(name: str, text: str) -> Wish:
    """Read a requirement; what cannot be read has a fault."""
    try:
        key = parse_name(name)
    except Invalid as invalid:
        return Wish(NormalName(name.lower()), name, text, fault=invalid.message)
    try:
        return Wish(key, name, text, parse_range(text))
    except Invalid as invalid:
        return Wish(key, name, text, fault=invalid.message)


class Shelf:
    """The releases of one package."""

    def __init__(self, record: PackageRecord) -> None:
        self._record = record
        self._keys: list[Key] | None = None
        self._chosen: dict[int, Release] = {}

    def __len__(self) -> int:
        return len(self._record.versions)

    @property
    def versions(self) -> tuple[str, ...]:
        """All versions, ascending."""
        return self._record.versions

    def key(self, position: int) -> Key:
        """Return the order of a version."""
        return self._ordered()[position]

    def release(self, position: int) -> Release:
        """Decode a release, once."""
        found = self._chosen.get(position)
        if found is None:
            found = self._chosen[position] = self._record.release(position)
        return found

    def find(self, version: str) -> int | None:
        """Look up a version, whatever way it is written."""
        order = version_key(version)
        keys = self._ordered()
        position = bisect_left(keys, order)
        return position if position < len(keys) and keys[position] == order else None

    def best(self, bounds: VersionRange) -> int | None:
        """Find what a range comes to: its lowest release, or its highest that floats."""
        start, end = self._within(bounds)
        if bounds.floats is not None:
            for position in range(end - 1, start - 1, -1):
                version = parse_version(self._record.versions[position])
                if self._counts(position, bounds) and bounds.floats.matches(version):
                    return position
        return next((position for position in range(start, end) if self._counts(position, bounds)), None)

    def has_only_prereleases(self, bounds: VersionRange) -> bool:
        """Tell whether releases are in a range, and all of them are pre-releases."""
        start, end = self._within(bounds)
        return start < end and all(position in self._record.prereleases for position in range(start, end))

    def _counts(self, position: int, bounds: VersionRange) -> bool:
        return position not in self._record.prereleases or bounds.takes_prereleases

    def _within(self, bounds: VersionRange) -> tuple[int, int]:
        keys = self._ordered()
        start, end = 0, len(keys)
        if bounds.lower is not None:
            cut = bisect_left if bounds.with_lower else bisect_right
            start = cut(keys, bounds.lower.key)
        if bounds.upper is not None:
            cut = bisect_right if bounds.with_upper else bisect_left
            end = cut(keys, bounds.upper.key)
        return start, end

    def _ordered(self) -> list[Key]:
        if self._keys is None:
            self._keys = [_key(version) for version in self._record.versions]
        return self._keys


class Catalogue:
    """The packages that are known, and what requirements come to there."""

    def __init__(
        self,
        environment: Environment,
        locked: Mapping[NormalName, str] | None = None,
        neighbours: Iterable[Neighbour] = (),
    ) -> None:
        self.shelves: dict[NormalName, Shelf | None] = {}
        self._environment = environment
        self._locked = locked
        """The only version that counts of each package; None where there is no lock file."""
        self.neighbours = {NormalName(each.name.lower()): each for each in neighbours}
        self._choices: dict[Hashable, Choice] = {}
        self._met: dict[int, tuple[Wish, Choice]] = {}
        self._needs: dict[int, Sequence[Wish]] = {}
        self._wishes: dict[tuple[str, str], Wish] = {}

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records; None says that there is no such package."""
        for key, record in records.items():
            self.shelves[key.name] = Shelf(record) if record is not None else None

    def wish(self, name: str, text: str) -> Wish:
        """Read a requirement, once."""
        found = self._wishes.get((name, text))
        if found is None:
            found = self._wishes[name, text] = read_wish(name, text)
        return found

    def needs(self, choice: Choice) -> Sequence[Wish]:
        """List what a release requires for the framework."""
        found = self._needs.get(id(choice))
        if found is None:
            found = self._needs[id(choice)] = tuple(self._read_needs(choice))
        return found

    def _read_needs(self, choice: Choice) -> Iterable[Wish]:
        told: Release | Neighbour | None = choice.payload.told if choice.payload is not None else None
        if told is None:
            return ()
        if isinstance(told, Neighbour):
            return told.wishes
        group = self._environment.choose(facts(told).groups)
        return (self.wish(each.name, each.range) for each in group.dependencies) if group is not None else ()

    def hidden(self, choice: Choice) -> Sequence[Wish]:
        """List what a project requires for itself alone."""
        neighbour = self.neighbours.get(choice.name)  # type: ignore[call-overload]
        return neighbour.private if neighbour is not None else ()

    def blank(self, wish: Wish) -> Choice:
        """Stand for a requirement whatever it would come to."""
        return self._choice(wish.name, (), None)

    def choose(self, wish: Wish) -> Choice:
        """Find what a requirement comes to; its package must have been loaded."""
        found = self._met.get(id(wish))
        if found is None or found[0] is not wish:
            found = self._met[id(wish)] = (wish, self._find(wish))
        return found[1]

    def _find(self, wish: Wish) -> Choice:
        if neighbour := self.neighbours.get(wish.name):
            return self._project(wish.name, neighbour)
        shelf = self.shelves.get(wish.name)
        position = self._position(shelf, wish) if shelf is not None else None
        if shelf is None or position is None:
            lower = wish.bounds.lower
            return self._choice(wish.name, lower.key if lower is not None else (), None)
        return self._choice(wish.name, shelf.key(position), (shelf, position))

    def _project(self, name: NormalName, neighbour: Neighbour) -> Choice:
        if name not in self._choices:
            chosen = Chosen(PackageKey(ECOSYSTEM, name), neighbour.version, neighbour.name, neighbour)
            self._choices[name] = Choice(name, version_key(neighbour.version), chosen)
        return self._choices[name]

    def _position(self, shelf: Shelf, wish: Wish) -> int | None:
        if wish.fault:
            return None
        if self._locked is not None:
            version = self._locked.get(wish.name)
            return shelf.find(version) if version is not None else None
        return shelf.best(wish.bounds)

    def _choice(self, name: NormalName, order: Key, found: tuple[Shelf, int] | None) -> Choice:
        key = (name, order, found is None)
        known = self._choices.get(key)
        if known is None:
            known = self._choices[key] = Choice(name, order, _chosen(name, *found) if found is not None else None)
        return known


def _chosen(name: NormalName, shelf: Shelf, position: int) -> Chosen:
    release = shelf.release(position)
    return Chosen(PackageKey(ECOSYSTEM, name), shelf.versions[position], facts(release).id or name, release)
