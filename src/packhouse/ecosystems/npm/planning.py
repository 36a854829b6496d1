"""Which records a tree will want: found in waves, so that a server can load many packages at once."""

from collections.abc import Mapping

from packhouse.domain.graph import Graph
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.npm.catalogue import Catalogue
from packhouse.ecosystems.npm.environment import DEFAULT, Environment
from packhouse.ecosystems.npm.resolve import resolve_release
from packhouse.ecosystems.npm.wants import Wants
from packhouse.resolver.tree import Declared
from packhouse.resolver.universe import NotLoaded


class Run:
    """Resolves one release; remembers between the waves how far it has come."""

    def __init__(self, key: PackageKey, version: str, environment: Environment = DEFAULT) -> None:
        self._key = key
        self._version = version
        self._environment = environment
        self._records: dict[PackageKey, PackageRecord | None] = {}
        self._catalogue = Catalogue(self, environment, Wants())
        root = self._catalogue.declare((Requirement(name=key.name, range=version),))
        self._waiting = list(root)
        self._known = {each.want for each in root}

    def find(self, key: PackageKey) -> PackageRecord | None:
        """Return a record that was loaded, None for a package that does not exist; raise NotLoaded."""
        try:
            return self._records[key]
        except KeyError:
            raise NotLoaded(frozenset((key,))) from None

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records."""
        self._records.update(records)

    def needed(self) -> frozenset[PackageKey]:
        """Follow requirements as far as the records go; name those that are needed to go on."""
        missing: set[PackageKey] = set()
        blocked: list[Declared] = []
        waiting, self._waiting = self._waiting, blocked
        for each in waiting:
            try:
                candidate = self._catalogue.pick(each.want)
            except NotLoaded as not_loaded:
                missing |= not_loaded.keys
                blocked.append(each)
                continue
            for further in candidate.declared:
                # The client leaves optional peers to whoever else wants them, and takes bundled ones from the archive.
                if further.kind == "peer-optional" or further.name in candidate.bundled:
                    continue
                if further.want not in self._known:
                    self._known.add(further.want)
                    waiting.append(further)
        return frozenset(missing)

    def resolve(self) -> Graph:
        """Build the tree; raise NotLoaded where it takes a turn that nobody foresaw."""
        return resolve_release(self._key, self._version, self, self._environment)
