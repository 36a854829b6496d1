"""The versions of one package from one source, and which of them need the same."""

from bisect import bisect_left
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import PackageRecord, Release
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.pub.environment import DART, FLUTTER, Environment
from packhouse.ecosystems.pub.pub_sets import Place, from_to, only, place
from packhouse.ecosystems.pub.ranges import parse_range
from packhouse.ecosystems.pub.versions import version_key
from packhouse.resolver.universe import Universe
from packhouse.resolver.version_sets import NOTHING, VersionSet

ECOSYSTEM = "pub"
HOSTED = "hosted"
_ROOT = "root"
_SDKS = (DART, FLUTTER)


class Listed(Struct):
    """One version, read when somebody asks what it needs."""

    place: Place
    version: str
    record: PackageRecord | None
    """None for what comes from elsewhere."""
    position: int = 0
    is_prerelease: bool = False
    _release: Release | None = None
    _requirements: Sequence[Requirement] | None = None
    refusal: str | None = None
    """What its SDKs say against it, once somebody has asked."""

    def release(self) -> Release | None:
        """Return the whole record of it; None for what comes from elsewhere."""
        if self._release is None and self.record is not None:
            self._release = self.record.release(self.position)
        return self._release

    def requirements(self) -> Sequence[Requirement]:
        """List what it needs to run."""
        if self._requirements is None:
            release = self.release()
            told = () if release is None else release.requirements
            self._requirements = [each for each in told if each.scope in {"runtime", "system"}]
        return self._requirements


class Stock:
    """The versions that there are by name and source, kept from one try to the next."""

    def __init__(self, universe: Universe) -> None:
        self.universe = universe
        self.listed: dict[tuple[str, str], list[Listed]] = {}


class Listing:
    """All versions that may be chosen, ascending."""

    def __init__(
        self,
        name: str,
        source: str,
        stock: Stock,
        environment: Environment,
        *,
        locked: str,
        pinned: str,
        is_overridden: bool,
        root: tuple[str, str],
    ) -> None:
        self.name = name
        self.source = source
        self._environment = environment
        self._is_overridden = is_overridden
        self.fault = ""
        self.is_unknown = False
        """True where no version of it can be told for want of its source."""
        self.versions: list[Listed] = stock.listed.get((name, source), [])
        if not self.versions:
            if source == HOSTED:
                self._list(stock.universe.find(package_key(name)), locked, pinned)
            else:
                self._list_elsewhere(root, locked)
            stock.listed[name, source] = self.versions
        self.places = [each.place for each in self.versions]
        self._locked = next((each for each in self.versions if each.version == locked), None)
        self.is_untouched = self._locked is not None
        """True as long as nothing but the locked version was looked at."""
        self._refused: VersionSet = NOTHING
        self._twins: tuple[int, int, int] = (-1, 0, 0)
        self._told: dict[str, VersionSet] = {}
        self._told_alone: set[str] = set()

    @property
    def title(self) -> str:
        """Name the source."""
        return self.source.partition(" ")[0]

    def count(self, versions: VersionSet) -> int:
        """Count what is left; the locked version alone counts, where it is."""
        if self._locked is not None and versions.holds(self._locked.place):
            return 1
        self.is_untouched = False
        return versions.count(self.places)

    def best(self, versions: VersionSet) -> Listed | None:
        """Choose the locked version, the highest release, or the highest pre-release."""
        if self._locked is not None and versions.holds(self._locked.place):
            return self._locked
        self.is_untouched = False
        highest: Listed | None = None
        for low, high in reversed(list(versions.spans(self.places))):
            for at in range(high - 1, low - 1, -1):
                if not self.versions[at].is_prerelease:
                    return self._first_at(at)
            highest = highest or self._first_at(high - 1)
        return highest

    def _first_at(self, at: int) -> Listed:
        """Return the first of those that stand at the same place."""
        return self.versions[bisect_left(self.places, self.places[at])]

    def is_refused(self, version: Listed) -> bool:
        """Tell whether it was said already that no SDK will do for a version."""
        return self._refused.holds(version.place)

    def refused_around(self, version: Listed) -> tuple[VersionSet, Listed, Listed, str] | None:
        """Find a version and its neighbours for which the SDKs will not do; None where they do."""
        why = self._refusal(version)
        if not why:
            return None
        low = high = bisect_left(self.places, version.place)
        while low > 0 and self._refusal(self.versions[low - 1]):
            low -= 1
        while high + 1 < len(self.versions) and self._refusal(self.versions[high + 1]):
            high += 1
        versions = self._between(low, high)
        self._refused = self._refused.join(versions)
        return versions, self.versions[low], self.versions[high], why

    def alike(self, version: Listed, asked: Requirement) -> tuple[VersionSet, Listed, Listed] | None:
        """Find the neighbours that ask for just the same; None where that was told before."""
        told = self._told.get(asked.name, NOTHING)
        if told.holds(version.place):
            return None
        if self.is_untouched:
            is_told = asked.name in self._told_alone
            self._told_alone.add(asked.name)
            return None if is_told else (only(version.place), version, version)
        low, high = self._alike_in_all(bisect_left(self.places, version.place))
        while low > 0 and self._asks(self.versions[low - 1], asked):
            low -= 1
        while high + 1 < len(self.versions) and self._asks(self.versions[high + 1], asked):
            high += 1
        versions = self._between(low, high)
        self._told[asked.name] = told.join(versions)
        return versions, self.versions[low], self.versions[high]

    def _alike_in_all(self, at: int) -> tuple[int, int]:
        """Find how far the neighbours of a version ask for all that it asks for."""
        found, low, high = self._twins
        if found != at:
            wanted = self.versions[at].requirements()
            low = high = at
            while low > 0 and self._asks_alike(low - 1, wanted):
                low -= 1
            while high + 1 < len(self.versions) and self._asks_alike(high + 1, wanted):
                high += 1
            self._twins = at, low, high
        return low, high

    def _asks_alike(self, at: int, wanted: Sequence[Requirement]) -> bool:
        version = self.versions[at]
        return not self._refusal(version) and version.requirements() == wanted

    def _between(self, low: int, high: int) -> VersionSet:
        above = self.places[high + 1] if high + 1 < len(self.places) else None
        return from_to(self.source, self.places[low] if low else None, above)

    def _asks(self, version: Listed, asked: Requirement) -> bool:
        return not self._refusal(version) and asked in version.requirements()

    def _refusal(self, version: Listed) -> str:
        if version.refusal is None:
            release = version.release()
            if release is None or self._is_overridden:
                version.refusal = ""
            else:
                version.refusal = self._environment.refusal(release.runtimes)
        return version.refusal

    def _list(self, record: PackageRecord | None, locked: str, pinned: str) -> None:
        if record is None:
            self.fault = f"there is no package {self.name}"
            return
        for at, version in enumerate(record.versions):
            try:
                stands = place(self.source, version)
            except Invalid:
                continue
            if at in record.yanked and version != locked and not _is_exactly(pinned, version):
                continue
            self.versions.append(Listed(stands, version, record, at, at in record.prereleases))

    def _list_elsewhere(self, root: tuple[str, str], locked: str) -> None:
        """Take what comes from elsewhere to be there in one version, of which nothing more is known."""
        kind, _, told = self.source.partition(" ")
        version = root[1] if kind == _ROOT else locked or "0.0.0"
        if kind == "unknown" or (kind == "sdk" and (told not in _SDKS or not self._has_sdk(told))):
            self.is_unknown = True
            self.fault = f"{self.name} comes from {self.source}, which is not there"
            return
        self.versions.append(Listed(place(self.source, version), version, None))

    def _has_sdk(self, name: str) -> bool:
        return bool({DART: self._environment.dart, FLUTTER: self._environment.flutter}[name])


def source_of(requirement: Requirement) -> str:
    """Tell where a requirement wants its package from, in one word and what else makes it another one."""
    if requirement.kind == "range" and requirement.raw is None:
        return HOSTED
    told = _read_raw(requirement.raw or "")
    for kind in ("git", "path", "sdk"):
        if kind in told:
            return f"{kind} {msgspec.json.encode(told[kind], order='sorted').decode()}".replace('"', "")
    hosted = told.get("hosted")
    if isinstance(hosted, dict) and "url" in hosted:
        return f"hosted-elsewhere {hosted['url']}"
    if isinstance(hosted, str) and "://" in hosted:
        return f"hosted-elsewhere {hosted}"
    return HOSTED if not told.keys() - {"version", "hosted"} else f"unknown {','.join(sorted(told))}"


def package_key(name: str) -> PackageKey:
    """Make the key of a package."""
    return PackageKey(ECOSYSTEM, NormalName(name))


def _read_raw(raw: str) -> dict[str, object]:
    try:
        found = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return {"unknown": raw}
    return found if isinstance(found, dict) else {"unknown": raw}


def _is_exactly(text: str, version: str) -> bool:
    """Tell whether a constraint is one version, and this."""
    try:
        constraint = parse_range(text)
    except Invalid:
        return False
    return constraint.low is not None and constraint.low == constraint.high == version_key(version)
