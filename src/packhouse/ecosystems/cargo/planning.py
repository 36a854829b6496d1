"""Which records a resolution will want: found in waves, so that a server can load many crates at once."""

from packhouse.domain.graph import Graph
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.cargo.catalogue import DEFAULT_ENVIRONMENT, Catalogue, Environment
from packhouse.ecosystems.cargo.resolve import Conduct, resolve_release
from packhouse.resolver.demands import Candidate, Features, Unfit
from packhouse.resolver.universe import Loaded, NotLoaded


class Plan(Loaded):
    """Follows the best option of every demand through the records that are there."""

    def __init__(
        self, environment: Environment = DEFAULT_ENVIRONMENT, kept: frozenset[tuple[str, str]] = frozenset()
    ) -> None:
        super().__init__()
        self.catalogue = Catalogue(self, environment, kept)
        self._waiting: list[tuple[Candidate, Features]] = []
        self._seen: set[tuple[Candidate, Features]] = set()

    def follow(self, candidate: Candidate, features: Features) -> None:
        """Follow what a candidate asks for, if that was not done yet."""
        if (candidate, features) not in self._seen:
            self._seen.add((candidate, features))
            self._waiting.append((candidate, features))

    def needed(self) -> frozenset[PackageKey]:
        """Follow as far as the records go; name those that are needed to go on."""
        missing: set[PackageKey] = set()
        blocked: list[tuple[Candidate, Features]] = []
        while self._waiting:
            step = self._waiting.pop()
            try:
                opened = self.catalogue.open(*step)
            except NotLoaded as not_loaded:
                missing |= not_loaded.keys
                blocked.append(step)
                continue
            except Unfit:
                continue
            for demand, features, options in opened.asked:
                if options:
                    best = options[0]
                    self.follow(best, self.catalogue.wanted(best, demand, features))
        self._waiting = blocked
        return frozenset(missing)


class Run(Plan):
    """The resolution of one release."""

    def __init__(self, key: PackageKey, version: str, environment: Environment = DEFAULT_ENVIRONMENT) -> None:
        super().__init__(environment)
        self._key = key
        self._version = version
        self._environment = environment
        self._is_begun = False
        self._is_cancelled = False

    def needed(self) -> frozenset[PackageKey]:
        """Begin with the release itself, once its record is there."""
        if not self._is_begun:
            try:
                shelf = self.catalogue.shelf(self._key.name)
            except NotLoaded as not_loaded:
                return not_loaded.keys
            self._is_begun = True
            for crate in shelf.exactly(self._version) if shelf is not None else ():
                self.follow(crate, frozenset({"default"}) if "default" in crate.features else frozenset())
        return super().needed()

    def cancel(self) -> None:
        """Let a search that is under way end soon, with TooHard; from any thread."""
        self._is_cancelled = True

    def resolve(self) -> Graph:
        """Resolve; raise NotLoaded where it takes a turn that nobody foresaw."""
        conduct = Conduct(is_cancelled=lambda: self._is_cancelled)
        return resolve_release(self._key, self._version, self.catalogue, self._environment, conduct)
