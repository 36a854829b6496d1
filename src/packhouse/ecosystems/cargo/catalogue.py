"""Where cargo's resolver finds candidates, and what each of them asks for."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.cargo.feature_values import DEFAULT, dependency_name
from packhouse.ecosystems.cargo.ranges import parse_range
from packhouse.ecosystems.cargo.shelves import NO_OPTIONS, Crate, Options, Shelf
from packhouse.ecosystems.cargo.targets import DEFAULT_TARGET, check_target
from packhouse.ecosystems.cargo.versions import precedence
from packhouse.formats.semver import Key
from packhouse.resolver.demands import Asked, Candidate, Demand, Features, Opened
from packhouse.resolver.universe import NotLoaded, Universe

ECOSYSTEM = "cargo"
_NO_FEATURES: Features = frozenset()


class Environment(Struct, frozen=True):
    """For what a graph is resolved."""

    target: str = DEFAULT_TARGET
    """The platform that a graph is drawn for; a lock file has all of them."""
    rust: str | None = None
    """The compiler; releases that it cannot build come last, as in resolver 3. None for one that builds all."""
    unified: bool = False
    """True for resolver 1: features are the same for build scripts as for the program."""


DEFAULT_ENVIRONMENT = Environment()
_RESOLVERS = ("1", "2", "3")


def read_environment(told: Mapping[str, str]) -> Environment:
    """Read what is told of target, rust (empty for any) and resolver; raise Invalid.

    The compiler decides what is chosen whatever the resolver: that is what telling one is for.
    """
    resolver = told.get("resolver", "2")
    if resolver not in _RESOLVERS:
        raise Invalid(f"{resolver!r} is no resolver of cargo", f"there are {', '.join(_RESOLVERS)}")
    rust = told.get("rust") or None
    if rust is not None:
        _compiler(rust)
    return Environment(check_target(told.get("target", DEFAULT_TARGET)), rust, unified=resolver == "1")


class CrateDemand(Demand):
    """One entry of a release's dependencies."""

    __slots__ = ("alias", "defaults", "options", "registry", "requirement")

    def __init__(self, requirement: Requirement, registry: str | None, *, defaults: bool) -> None:
        super().__init__(requirement.name, requirement.range)
        self.requirement = requirement
        self.alias = dependency_name(requirement)
        self.registry = registry
        self.defaults = defaults
        self.options: Options | None = None


class Catalogue:
    """Reads records as they are asked for; remembers all that it has read."""

    def __init__(
        self,
        universe: Universe,
        environment: Environment = DEFAULT_ENVIRONMENT,
        kept: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        self._universe = universe
        self._rust: Key | None = _compiler(environment.rust) if environment.rust else None
        self._kept: dict[str, frozenset[str]] = {}
        for name, version in kept:
            self._kept[name.lower()] = self._kept.get(name.lower(), frozenset()) | {version}
        self._shelves: dict[str, Shelf | None] = {}
        self._demands: dict[tuple[Requirement, bool, str | None], CrateDemand] = {}
        self._opened: dict[tuple[Candidate, Features], Opened] = {}
        self._of_crate: dict[Candidate, Sequence[CrateDemand]] = {}
        self.projects: set[Candidate] = set()
        """Candidates whose own development counts."""

    def shelf(self, name: str) -> Shelf | None:
        """Find a crate; raise NotLoaded."""
        try:
            return self._shelves[name]
        except KeyError:
            pass
        normal = name.lower()
        record = self._universe.find(package_key(normal))
        found = None if record is None else Shelf(record, self._rust, self._kept.get(normal, frozenset()))
        self._shelves[name] = self._shelves[normal] = found
        return found

    def demands(self, crate: Candidate) -> Sequence[CrateDemand]:
        """List all that a release may ask for, in its own order."""
        found = self._of_crate.get(crate)
        if found is None:
            found = self._of_crate[crate] = self._read_demands(_crate(crate))
        return found

    def options(self, demand: Demand) -> Options:
        """List what would meet a demand; raise NotLoaded."""
        assert isinstance(demand, CrateDemand)  # noqa: S101 (the only kind that this catalogue makes)
        if demand.options is None:
            shelf = self.shelf(demand.name)
            demand.options = shelf.options(demand.text) if shelf is not None else NO_OPTIONS
        return demand.options

    def pin(self, demand: CrateDemand) -> None:
        """Let a demand for one version be met by that release alone, even if it is yanked."""
        shelf = self.shelf(demand.name)
        demand.options = shelf.exactly(demand.text.removeprefix("=")) if shelf is not None else NO_OPTIONS

    def wanted(self, candidate: Candidate, demand: Demand, features: Features) -> Features:
        """Add the default features, where there are any and the demand does not decline them."""
        assert isinstance(demand, CrateDemand)  # noqa: S101
        if demand.defaults and DEFAULT not in features and DEFAULT in _crate(candidate).features:
            return features | {DEFAULT}
        return features

    def open(self, candidate: Candidate, wanted: Features) -> Opened:
        """List what a release asks for with these features; raise Unfit if it has not all of them, or NotLoaded."""
        found = self._opened.get((candidate, wanted))
        if found is None:
            found = self._opened[candidate, wanted] = self._open(_crate(candidate), wanted)
        return found

    def _open(self, crate: Crate, wanted: Features) -> Opened:
        features, switched = crate.features.close(wanted) if wanted else (_NO_FEATURES, {})
        is_project = crate in self.projects
        asked: list[Asked] = []
        missing: set[PackageKey] = set()
        for demand in self.demands(crate):
            requirement = demand.requirement
            if requirement.scope == "dev" and not is_project:
                continue
            further = switched.get(demand.alias)
            if further is None and requirement.optional:
                continue
            try:
                options = self.options(demand)
            except NotLoaded as not_loaded:
                missing |= not_loaded.keys
                continue
            asked.append(Asked(demand, _joined(requirement.extras, further), options))
        if missing:
            raise NotLoaded(frozenset(missing))
        asked.sort(key=_fewest)
        return Opened(features, tuple(asked))

    def _read_demands(self, crate: Crate) -> Sequence[CrateDemand]:
        plain, registries = crate.facts.plain, crate.facts.registries
        found = []
        for position, requirement in enumerate(crate.release.requirements):
            key = (requirement, position not in plain, registries.get(position))
            demand = self._demands.get(key)
            if demand is None:
                demand = self._demands[key] = CrateDemand(key[0], key[2], defaults=key[1])
            found.append(demand)
        return found


def package_key(name: str) -> PackageKey:
    """Make the key of a crate."""
    return PackageKey(ECOSYSTEM, NormalName(name.lower()))


def accepts(demand: CrateDemand, version: str) -> bool:
    """Tell whether a version is what is asked for."""
    return parse_range(demand.text).matches(version)


def _compiler(text: str) -> Key:
    """Read a compiler's version, which may lack its last number; its own pre-releases count as releases."""
    numbers = text.partition("-")[0]
    return precedence(numbers + ".0" * (2 - numbers.count(".")))


def _joined(extras: Sequence[str], further: set[str] | None) -> Features:
    if further:
        return frozenset(further.union(extras))
    return frozenset(extras) if extras else _NO_FEATURES


def _fewest(asked: Asked) -> int:
    return len(asked.options)


def _crate(candidate: Candidate) -> Crate:
    assert isinstance(candidate, Crate)  # noqa: S101 (the only kind that this catalogue makes)
    return candidate
