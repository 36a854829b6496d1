"""Which records a tree will want: found in waves, so that a server can load many packages at once."""

from collections.abc import Iterable

from packhouse.domain.graph import Graph
from packhouse.domain.package import PackageKey
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.npm.catalogue import Catalogue
from packhouse.ecosystems.npm.environment import DEFAULT, Environment
from packhouse.ecosystems.npm.resolve import resolve_release
from packhouse.ecosystems.npm.wants import Wants
from packhouse.resolver.tree import Declared, Want
from packhouse.resolver.universe import Loaded, NotLoaded

_Step = tuple[Declared, bool]
"""What is wanted, and whether only the peers of what it leads to are."""


class Plan(Loaded):
    """Follows requirements through the records that are there; remembers between the waves how far it has come."""

    def __init__(self, requirements: Iterable[Requirement], environment: Environment = DEFAULT) -> None:
        super().__init__()
        self._catalogue = Catalogue(self, environment, Wants())
        self._waiting: list[_Step] = []
        self._known: set[tuple[Want, bool]] = set()
        for each in self._catalogue.declare(requirements, dev=True):
            self._go(each, peers_only=each.kind == "peer-optional")

    def needed(self) -> frozenset[PackageKey]:
        """Follow requirements as far as the records go; name those that are needed to go on."""
        missing: set[PackageKey] = set()
        blocked: list[_Step] = []
        while self._waiting:
            step = self._waiting.pop()
            each, peers_only = step
            try:
                candidate = self._catalogue.pick(each.want)
            except NotLoaded as not_loaded:
                missing |= not_loaded.keys
                blocked.append(step)
                continue
            for further in candidate.declared:
                if further.name in candidate.bundled or (peers_only and not further.is_peer):
                    continue
                # Optional peers are tried out, with their peers, but not placed.
                self._go(further, peers_only=peers_only or further.kind == "peer-optional")
        self._waiting = blocked
        return frozenset(missing)

    def cancel(self) -> None:
        """Do nothing: a tree is placed once, without going back, and ends soon."""

    def _go(self, declared: Declared, *, peers_only: bool) -> None:
        if (declared.want, peers_only) not in self._known:
            self._known.add((declared.want, peers_only))
            self._waiting.append((declared, peers_only))


class Run(Plan):
    """The resolution of one release."""

    def __init__(self, key: PackageKey, version: str, environment: Environment = DEFAULT) -> None:
        super().__init__((Requirement(name=key.name, range=version),), environment)
        self._key = key
        self._version = version
        self._environment = environment

    def resolve(self) -> Graph:
        """Build the tree; raise NotLoaded where it takes a turn that nobody foresaw."""
        return resolve_release(self._key, self._version, self, self._environment, self._catalogue)
