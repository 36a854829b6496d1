"""What Bundler brings to PubGrub: which gem is next, which of its candidates is tried first, and what that needs.

Source: Bundler 2.6, observed. The gem with at most one candidate left is next, then the one with the fewest candidates
above what is still allowed; of several the first that was asked for. Of its candidates the highest is tried.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct

from packhouse.domain.package import NormalName, PackageKey
from packhouse.ecosystems.gem.environment import RUBY_ITSELF, RUBYGEMS_ITSELF, Environment
from packhouse.ecosystems.gem.gem_sets import Place, only, requirement_set
from packhouse.ecosystems.gem.names import RUBY
from packhouse.ecosystems.gem.platforms import runs_on
from packhouse.ecosystems.gem.ranges import parse_range
from packhouse.ecosystems.gem.rows import Row, Span, Told
from packhouse.ecosystems.gem.shelves import Candidate, Need, Shelf, Variant, ask_all
from packhouse.ecosystems.gem.versions import version_key
from packhouse.resolver.incompatibilities import Incompatibility, Package, Term
from packhouse.resolver.range_solver import Choice
from packhouse.resolver.universe import NotLoaded, Universe
from packhouse.resolver.version_sets import EVERYTHING, NOTHING, VersionSet

ECOSYSTEM = "gem"
ROOT = ""
_ROOT_PLACE: Place = ((), -1)
_TITLES = {RUBY_ITSELF: "Ruby", RUBYGEMS_ITSELF: "RubyGems"}


class Wish(Struct, frozen=True):
    """What a project asks for."""

    name: str
    range: str = ">= 0"
    platforms: tuple[str, ...] = ()
    """On what alone it counts, as RubyGems names platforms without their versions; empty for everywhere."""
    force_ruby: bool = False
    """True where the file for everywhere is wanted on every platform."""


class Locked(Struct, frozen=True):
    """What a lock file holds in its place."""

    versions: Mapping[str, str] = {}
    """Tried first, but for what is `open`."""
    least: frozenset[str] = frozenset()
    """Names that do not become older, until that turns out to be impossible."""
    exact: frozenset[str] = frozenset()
    """Names that stay as they are, until that turns out to be impossible."""
    files: Mapping[str, tuple[Variant, ...]] = {}
    """What the lock file knows of the gems that it still leads to, whether the registry has them or not."""
    open: frozenset[str] = frozenset()
    """Names whose version no longer meets what the project asks for."""

    is_whole: bool = False
    """True where nothing is to be chosen: the lock file has all that the project asks for."""

    def chosen(self) -> dict[str, Candidate]:
        """Give what the lock file says, as if it had been chosen."""
        found = self.files.items()
        return {name: Candidate((version_key(each[0].version), -1), each[0].version, each) for name, each in found}

    def runs_on(self, platform: str) -> bool:
        """Tell whether there is a file of every gem for a platform."""
        return all(any(runs_on(file.platform, platform) for file in each) for each in self.files.values())

    def preferred(self, name: str) -> str | None:
        """Give the version that is tried first."""
        return None if name in self.open else self.versions.get(name)


class Relaxed(Struct):
    """What was allowed after it turned out that nothing fits."""

    prereleases: set[str]
    loosened: set[str]
    """Gems that need not stay as they are, but not become older."""
    unlocked: set[str]

    def unlock(self, locked: Locked, names: Sequence[str], direct: Collection[str]) -> None:
        """Let go of what is held, as little as may help: of exact versions first, those of no direct wish before."""
        pins = [name for name in names if name in locked.exact and name not in self.loosened]
        indirect = [name for name in pins if name not in direct]
        if pins:
            self.loosened.update(indirect or pins)
        else:
            self.unlocked.update(names)


class Stock:
    """What was read of gems, kept from one try to the next."""

    def __init__(self) -> None:
        self.shelves: dict[str, Shelf] = {}
        self.rows: dict[str, Row] = {}
        """As long as no more is allowed."""


class Bundle:
    """One resolution: a project, what is there, and what holds for each gem."""

    def __init__(
        self,
        wishes: Sequence[Wish],
        universe: Universe,
        environment: Environment,
        locked: Locked,
        relaxed: Relaxed,
        stock: Stock,
    ) -> None:
        self.wishes = wishes
        self.environment = environment
        self._universe = universe
        self._locked = locked
        self.relaxed = relaxed
        self._given = environment.versions()
        self._top: dict[str, Wish] = {each.name: each for each in wishes}
        self._named = {each.name for each in wishes if _names_prerelease(each.range)}
        self._shelves = stock.shelves
        self._rows = stock.rows
        self._told: dict[str, Told] = {}

    # What Policy asks for.

    def turn(self, unsettled: Term) -> tuple[bool, int]:
        """Put what leaves no choice first; raise NotLoaded."""
        name = str(unsettled.package)
        if name == ROOT:
            return False, 0
        return self._row(name).turn(unsettled.versions)

    def choose(self, unsettled: Term) -> Choice[Candidate]:
        """Choose the best candidate of a gem."""
        name = str(unsettled.package)
        if name == ROOT:
            return Choice(ROOT, Candidate(_ROOT_PLACE, "", ()), only(_ROOT_PLACE))
        chosen = self._best(name, self._row(name).downwards(unsettled.versions))
        return Choice(name, None, NOTHING) if chosen is None else Choice(name, chosen, only(chosen.place))

    def facts(self, package: Package, version: Candidate) -> Iterable[Incompatibility]:
        """Tell what a candidate needs, and its neighbours that need the same."""
        name = str(package)
        if name == ROOT:
            yield from self._root_facts()
            return
        for span in self._row(name).untold(version, self._told.setdefault(name, {})):
            said = partial(_say, name, span)
            own = Term(name, positive=True, versions=span.versions)
            terms = (own, Term(span.needed, positive=False, versions=span.asked.versions))
            yield Incompatibility(terms, "dependency", said)

    def missing(self, unsettled: Term) -> Incompatibility:
        """Say that no candidate is left."""
        name = str(unsettled.package)
        return Incompatibility((unsettled,), "none", self._absent(name, unsettled.versions))

    # What Words asks for.

    def releases(self, package: Package, versions: VersionSet) -> str:
        """Name a set of candidates by the versions that there are."""
        name = str(package)
        if versions == EVERYTHING:
            return f"every {_title(name)}"
        row = self._rows.get(name)
        ends = [(row.listed[low], row.listed[high - 1]) for low, high in versions.spans(row.places)] if row else []
        spans = [_span(name, first, last) for first, last in ends]
        if not spans and name in self._given:
            return f"another {_title(name)} than {self._given[name]}"
        if not spans:
            return f"{_title(name)} in a version that there is not"
        shown = spans[:4] + ([f"{len(spans) - 4} more spans of it"] if spans[4:] else [])
        return " or ".join(shown)

    def is_root(self, package: Package) -> bool:
        """Tell whether it is the project."""
        return package == ROOT

    # What else is asked.

    def shelf(self, name: str) -> Shelf:
        """Find a gem; raise NotLoaded."""
        found = self._shelves.get(name)
        if found is None:
            record = self._universe.find(package_key(name)) if name not in self._given else None
            found = self._shelves[name] = Shelf(name, record, self._locked.files.get(name, ()))
        return found

    def prepare(self) -> str:
        """Look for what the project asks for; return what is not there, in a sentence, or nothing."""
        self._require(each.name for each in self.wishes)
        for wish in self.wishes:
            wanted = requirement_set(wish.range)
            if self._row(wish.name).count(wanted) or wish.name in self._given:
                continue
            if wish.name not in self.relaxed.prereleases | self._named and self.shelf(wish.name).has_prereleases():
                self.relaxed.prereleases.add(wish.name)
                del self._rows[wish.name]
                if self._row(wish.name).count(wanted):
                    continue
            return f"the project needs {wish.name} {wish.range}, but {self._absent(wish.name, wanted)}"
        return ""

    def relax(self, names: Iterable[str]) -> bool:
        """Allow more of gems that were in the way; tell whether there was anything to allow."""
        held: list[str] = []
        before = len(self.relaxed.prereleases)
        for name in names:
            if self._base(name) is not None:
                held.append(name)
            elif name not in self._given and not self._allows_prereleases(name) and self.shelf(name).has_prereleases():
                self.relaxed.prereleases.add(name)
        if held:
            self.relaxed.unlock(self._locked, held, self._top)
        is_relaxed = bool(held) or len(self.relaxed.prereleases) > before
        if is_relaxed:
            self._rows.clear()
        return is_relaxed

    def best(self, need: Need) -> Candidate | None:
        """Give the candidate that will likely be chosen for a requirement; raise NotLoaded."""
        return self._row(need.name).highest(requirement_set(need.range))

    def is_given(self, name: str) -> bool:
        """Tell whether something is there already and no gem of the registry."""
        return name in self._given

    def _require(self, names: Iterable[str]) -> None:
        missing: set[PackageKey] = set()
        for name in names:
            try:
                self._row(name)
            except NotLoaded as not_loaded:
                missing |= not_loaded.keys
        if missing:
            raise NotLoaded(frozenset(missing))

    def _row(self, name: str) -> Row:
        """Find what may be chosen of a gem; raise NotLoaded."""
        found = self._rows.get(name)
        if found is None:
            shelf = self.shelf(name)
            found = self._rows[name] = Row(self._list(name, shelf), shelf)
        return found

    def _list(self, name: str, shelf: Shelf) -> list[Candidate]:
        if name in self._given:
            version = self._given[name]
            return [Candidate((version_key(version), -1), version, (Variant(version, RUBY, ()),))]
        wish = self._top.get(name)
        here = self.environment.platform
        platforms = (RUBY,) if wish is not None and wish.force_ruby else (here,)
        listed = shelf.candidates(platforms, prereleases=self._allows_prereleases(name), everywhere=wish is not None)
        base = self._base(name)
        return listed if base is None else [each for each in listed if base.holds(each.place)]

    def _base(self, name: str) -> VersionSet | None:
        """Give what the lock file still allows; None for everything."""
        version = self._locked.versions.get(name)
        if version is None or name in self.relaxed.unlocked:
            return None
        if name in self._locked.exact and name not in self.relaxed.loosened:
            return requirement_set(f"= {version}")
        if name in self._locked.exact or name in self._locked.least:
            return requirement_set(f">= {version}")
        return None

    def _allows_prereleases(self, name: str) -> bool:
        return name in self._named or name in self.relaxed.prereleases or self._is_locked_to_prerelease(name)

    def _is_locked_to_prerelease(self, name: str) -> bool:
        version = self._locked.versions.get(name)
        return version is not None and any(letter.isalpha() for letter in version)

    def _best(self, name: str, downwards: Iterator[Candidate]) -> Candidate | None:
        """Choose what is locked, else the highest; a pre-release only where one is named or there is nothing else."""
        locked = self._locked.preferred(name)
        if locked is not None:
            listed = list(downwards)
            downwards = iter([each for each in listed if each.version == locked] or listed)
        first = next(downwards, None)
        if first is None or not first.prerelease or name in self._named or self._is_locked_to_prerelease(name):
            return first
        return next((each for each in downwards if not each.prerelease), first)

    def _root_facts(self) -> Iterable[Incompatibility]:
        root = Term(ROOT, positive=True, versions=only(_ROOT_PLACE))
        needs = [
            *self.wishes,
            Wish(RUBY_ITSELF, self._given[RUBY_ITSELF]),
            Wish(RUBYGEMS_ITSELF, self._given[RUBYGEMS_ITSELF]),
        ]
        for name, asked in ask_all((wish.name, wish.range) for wish in needs).items():
            needed = Term(name, positive=False, versions=asked.versions)
            said = f"{_title(name)} is {asked.text}" if name in _TITLES else f"the project needs {name} {asked.text}"
            yield Incompatibility((root, needed), "dependency", said)

    def _absent(self, name: str, wanted: VersionSet) -> str:
        if name in self._given:
            return f"{_title(name)} {self._given[name]} is what there is"
        shelf = self.shelf(name)
        if not shelf.is_there:
            return f"there is no gem {name}"
        if self._base(name) is not None:
            return f"no {name} that the lock file allows will do"
        everything = shelf.candidates((self.environment.platform,), prereleases=True, everywhere=False)
        if wanted.count([each.place for each in everything]):
            return f"only pre-releases of {name} would do"
        return f"no release of {name} for {self.environment.platform} will do"


def package_key(name: str) -> PackageKey:
    """Make the key of a gem."""
    return PackageKey(ECOSYSTEM, NormalName(name))


def _names_prerelease(text: str) -> bool:
    return parse_range(text).prerelease


def _say(name: str, span: Span) -> str:
    return f"{_span(name, span.first, span.last)} needs {_title(span.needed)} {span.asked.text}"


def _title(name: str) -> str:
    return _TITLES.get(name, name)


def _span(name: str, first: Candidate, last: Candidate) -> str:
    versions = first.version if first.version == last.version else f"{first.version} to {last.version}"
    return f"{_title(name)} {versions}"
