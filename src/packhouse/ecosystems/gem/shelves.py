"""The releases of one gem as candidates: what runs everywhere and what is built for a platform are two of them.

Source: Bundler's resolver, observed: a version's file for the platform is another candidate, above the one for all.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from packhouse.domain.release import PackageRecord, Release
from packhouse.ecosystems.gem.environment import RUBY_ITSELF, RUBYGEMS_ITSELF
from packhouse.ecosystems.gem.facts import GemFacts, facts
from packhouse.ecosystems.gem.gem_sets import Place, requirement_set
from packhouse.ecosystems.gem.names import RUBY
from packhouse.ecosystems.gem.platforms import distance, runs_on
from packhouse.ecosystems.gem.versions import Key, is_prerelease, version_key
from packhouse.resolver.version_sets import VersionSet

_METADATA = (("ruby", RUBY_ITSELF), ("rubygems", RUBYGEMS_ITSELF))


class Need(Struct, frozen=True):
    """What a file asks for."""

    name: str
    range: str


class Variant(Struct, frozen=True):
    """One file of a release."""

    version: str
    platform: str
    needs: tuple[Need, ...]
    """Other gems, and Ruby and RubyGems themselves."""


class Candidate(Struct, frozen=True):
    """What can be chosen: files of one version."""

    place: Place
    version: str
    variants: tuple[Variant, ...]
    prerelease: bool = False

    def needs(self) -> list[Need]:
        """List what it asks for, by name."""
        found = dict.fromkeys(need for variant in self.variants for need in variant.needs)
        return sorted(found, key=lambda need: need.name)

    def installed(self, platform: str) -> Variant:
        """Choose the file that is installed on a platform."""
        fitting = [each for each in self.variants if runs_on(each.platform, platform)] or list(self.variants)
        return min(fitting, key=lambda each: distance(each.platform, platform))


class Asked(Struct, frozen=True):
    """What a candidate needs of a gem, all together."""

    versions: VersionSet
    text: str


class Shelf:
    """One gem."""

    def __init__(self, name: str, record: PackageRecord | None, further: Sequence[Variant] = ()) -> None:
        self.name = name
        self._record = record
        listed = () if record is None else record.versions
        self._further = [each for each in further if each.version not in listed]
        """Files of which the registry knows nothing."""
        self._variants: dict[int, tuple[Variant, ...]] = {}
        self._last: tuple[Release, tuple[Variant, ...]] | None = None
        self._listed: dict[tuple[bool, bool, tuple[str, ...]], list[Candidate]] = {}
        self._asked: dict[tuple[Need, ...], dict[str, Asked]] = {}

    @property
    def is_there(self) -> bool:
        """Tell whether there is such a gem."""
        return bool(self._further) or (self._record is not None and bool(self._record.versions))

    def has_prereleases(self) -> bool:
        """Tell whether there is a pre-release of it."""
        return self._record is not None and bool(self._record.prereleases)

    def candidates(self, platforms: tuple[str, ...], *, prereleases: bool, everywhere: bool) -> list[Candidate]:
        """List what can be chosen, ascending; `everywhere` leaves out what one of the platforms has no file of."""
        key = (prereleases, everywhere, platforms)
        found = self._listed.get(key)
        if found is None:
            found = list(self._list(platforms, prereleases=prereleases, everywhere=everywhere))
            if self._further:
                found += _grouped(
                    self._further,
                    platforms,
                    everywhere=everywhere,
                    prerelease=is_prerelease(self._further[0].version),
                )
                found.sort(key=lambda each: each.place)
            self._listed[key] = found
        return found

    def _list(self, platforms: tuple[str, ...], *, prereleases: bool, everywhere: bool) -> Iterable[Candidate]:
        record = self._record
        if record is None:
            return
        positions: Iterable[int] = range(len(record.versions))
        if record.prereleases and not prereleases and len(record.versions) > 1:
            positions = [at for at in positions if at not in record.prereleases]
        for at in positions:
            variants = self.variants(at)
            if len(variants) == 1 and variants[0].platform == RUBY:
                version = variants[0].version
                yield Candidate((version_key(version), -1), version, variants, at in record.prereleases)
            else:
                yield from _grouped(variants, platforms, everywhere=everywhere, prerelease=at in record.prereleases)

    def asked(self, candidate: Candidate) -> dict[str, Asked]:
        """Tell what a candidate needs of each other gem; the same object for all that need the same."""
        variants = candidate.variants
        needs = variants[0].needs if len(variants) == 1 else tuple(candidate.needs())
        found = self._asked.get(needs)
        if found is None:
            found = self._asked[needs] = ask_all(
                (need.name, need.range) for need in candidate.needs() if need.name != self.name
            )
        return found

    def variants(self, position: int) -> tuple[Variant, ...]:
        """Read the files of the release at a position."""
        found = self._variants.get(position)
        if found is None:
            assert self._record is not None  # noqa: S101 (it has positions)
            found = self._variants[position] = self._read(self._record.release(position))
        return found

    def _read(self, release: Release) -> tuple[Variant, ...]:
        """Read a release; most are like the one before them."""
        last = self._last
        if last is not None and _is_alike(release, last[0]):
            return tuple([Variant(release.version, each.platform, each.needs) for each in last[1]])
        found = read_variants(self.name, release)
        if not any(each.name == self.name for each in release.requirements):
            self._last = release, found
        return found


def read_variants(name: str, release: Release) -> tuple[Variant, ...]:
    """List the files of a release, less those that need another version of their own gem."""
    known = facts(release)
    listed = [_variant(release, known, platform) for platform in sorted(known.platforms or (known.platform or RUBY,))]
    if any(each.name == name for each in release.requirements):
        place = version_key(release.version), -1
        listed = [
            variant
            for variant in listed
            if all(requirement_set(need.range).holds(place) for need in variant.needs if need.name == name)
        ]
    return tuple(listed)


def _is_alike(one: Release, other: Release) -> bool:
    """Tell whether two releases are there for the same platforms and need the same."""
    return one.requirements == other.requirements and one.runtimes == other.runtimes and one.native == other.native


def ask_all(needs: Iterable[tuple[str, str]]) -> dict[str, Asked]:
    """Put together what is asked of the same gem."""
    found: dict[str, Asked] = {}
    for name, text in needs:
        versions, before = requirement_set(text), found.get(name)
        joined = Asked(versions, text)
        if before is not None:
            joined = Asked(before.versions.meet(versions), f"{before.text}, {text}")
        found[name] = joined
    return found


def _variant(release: Release, known: GemFacts, platform: str) -> Variant:
    runtimes: Mapping[str, str] = known.runtimes.get(platform, release.runtimes)
    needs = [
        Need(each.name, each.range)
        for each in release.requirements
        if each.scope == "runtime" and (each.marker is None or platform in each.marker.split(", "))
    ]
    if runtimes:
        needs += [Need(itself, runtimes[name]) for name, itself in _METADATA if name in runtimes]
    return Variant(release.version, platform, tuple(needs))


def _grouped(
    variants: Sequence[Variant], platforms: tuple[str, ...], *, everywhere: bool, prerelease: bool
) -> Iterable[Candidate]:
    """Put together the files that stand and fall together."""
    best = [_best(variants, platform) for platform in platforms]
    if (not all(best)) if everywhere else (not any(best)):
        return
    key: Key = version_key(variants[0].version)
    common = _best(variants, RUBY)
    if common:
        for each in best:
            if each and {*each[0].needs} == {*common[0].needs}:
                common += [variant for variant in each if variant not in common]
        yield Candidate((key, -1), variants[0].version, tuple(common), prerelease)
    own = list(dict.fromkeys(variant for each in best for variant in each))
    if {each.platform for each in own} != {each.platform for each in common}:
        yield Candidate((key, 1), variants[0].version, tuple(own), prerelease)


def _best(variants: Sequence[Variant], platform: str) -> list[Variant]:
    """Choose the files for a platform: several only where they are equally close and need the same."""
    fitting = [each for each in variants if runs_on(each.platform, platform)]
    exact = [each for each in fitting if each.platform == platform]
    if len(fitting) < 2 or exact:
        return exact or fitting
    fitting.sort(key=lambda each: distance(each.platform, platform))
    first = fitting[0]
    least = distance(first.platform, platform)
    return [
        each
        for each in fitting
        if distance(each.platform, platform) == least and sorted(each.needs, key=str) == sorted(first.needs, key=str)
    ]
