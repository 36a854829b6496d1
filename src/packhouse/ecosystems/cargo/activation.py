"""Which of the chosen releases are built for one platform: cargo's second pass over features.

The first pass chooses for all platforms at once, and takes weak features for strong ones. This one follows features
again from the root, without what does not count on the target; build dependencies are another program, so that their
features do not become those of the crate itself, unless they are unified as in resolver 1. That a crate is a procedural
macro, and so is built for another program too, cannot be told from an index.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from packhouse.ecosystems.cargo.catalogue import Catalogue, CrateDemand, Environment
from packhouse.ecosystems.cargo.feature_values import DEFAULT, Value, read_value
from packhouse.ecosystems.cargo.shelves import Crate
from packhouse.ecosystems.cargo.targets import counts
from packhouse.resolver.backtracking import Chosen


class Unit(NamedTuple):
    """A release, for the program or for what builds it."""

    crate: Crate
    builds: bool


class Used(NamedTuple):
    """A dependency that is built."""

    owner: Unit
    demand: CrateDemand
    target: Unit


class Activation:
    """Follows features and dependencies from one release."""

    def __init__(self, chosen: Chosen, catalogue: Catalogue, environment: Environment) -> None:
        self._catalogue = catalogue
        self._environment = environment
        self._met: dict[tuple[object, object], Crate] = {
            (link.owner, link.demand): link.target for link in chosen.links if isinstance(link.target, Crate)
        }
        self._features: dict[Unit, set[str]] = {}
        self._switched: dict[Unit, set[str]] = {}
        """Names of optional dependencies by unit."""
        self._deferred: dict[tuple[Unit, str], set[str]] = {}
        self._waiting: list[tuple[Unit, tuple[Value, ...]]] = []
        self._uses: dict[Unit, list[Used]] = {}

    def run(self, root: Crate, features: Iterable[str]) -> list[Used]:
        """List what is built, from the root on, in the order in which it is met."""
        start = Unit(root, builds=False)
        self._waiting.append((start, tuple(read_value(each) for each in features)))
        while self._waiting:
            unit, values = self._waiting.pop()
            if unit not in self._features:
                self._features[unit] = set()
                self._enter(unit)
            for value in values:
                self._switch(unit, value)
        return self._built(start)

    @property
    def features(self) -> Mapping[Unit, set[str]]:
        """What is switched on in each unit."""
        return self._features

    def _built(self, start: Unit) -> list[Used]:
        found: list[Used] = []
        seen, waiting = {start}, [start]
        for unit in waiting:
            switched = self._switched.get(unit, ())
            for used in self._uses.get(unit, ()):
                requirement = used.demand.requirement
                # What unified features switch on is there for the other platforms; it is not built on this one.
                if (requirement.optional and used.demand.alias not in switched) or not self._counts(used.demand):
                    continue
                found.append(used)
                if used.target not in seen:
                    seen.add(used.target)
                    waiting.append(used.target)
        return found

    def _counts(self, demand: CrateDemand) -> bool:
        return counts(demand.requirement.marker, self._environment.target)

    def _enter(self, unit: Unit) -> None:
        uses = self._uses[unit] = list(self._list(unit))
        for used in uses:
            if not used.demand.requirement.optional:
                self._want(used)

    def _list(self, unit: Unit) -> Iterable[Used]:
        unified = self._environment.unified
        for demand in self._catalogue.demands(unit.crate):
            requirement = demand.requirement
            target = self._met.get((unit.crate, demand))
            if target is None or requirement.scope == "dev" or not (unified or self._counts(demand)):
                continue
            builds = not unified and (unit.builds or requirement.scope == "build")
            yield Used(unit, demand, Unit(target, builds))

    def _want(self, used: Used) -> None:
        demand = used.demand
        values = [Value(feature=each) for each in demand.requirement.extras]
        if demand.defaults:
            values.append(Value(feature=DEFAULT))
        self._waiting.append((used.target, tuple(values)))

    def _switch(self, unit: Unit, value: Value) -> None:
        """Follow one entry of a feature's list."""
        if value.feature:
            self._switch_feature(unit, value.feature)
        elif value.inner:
            self._switch_inner(unit, value)
        else:
            self._switch_dependency(unit, value.dependency)

    def _switch_feature(self, unit: Unit, feature: str) -> None:
        features = self._features[unit]
        if feature in features or feature not in unit.crate.features:
            return
        features.add(feature)
        self._waiting.append((unit, tuple(unit.crate.features.values(feature))))

    def _switch_dependency(self, unit: Unit, name: str) -> None:
        self._switched.setdefault(unit, set()).add(name)
        deferred = self._deferred.pop((unit, name), ())
        for used in self._uses[unit]:
            if used.demand.alias == name:
                self._waiting.append((used.target, tuple(read_value(each) for each in deferred)))
                self._want(used)

    def _switch_inner(self, unit: Unit, value: Value) -> None:
        for used in self._uses[unit]:
            if used.demand.alias != value.dependency:
                continue
            if used.demand.requirement.optional:
                if value.weak and value.dependency not in self._switched.get(unit, ()):
                    self._deferred.setdefault((unit, value.dependency), set()).add(value.inner)
                    continue
                self._switch_dependency(unit, value.dependency)
                if not value.weak:
                    self._switch_feature(unit, value.dependency)
            self._waiting.append((used.target, (read_value(value.inner),)))
