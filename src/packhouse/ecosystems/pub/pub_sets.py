"""Constraints as sets on the line of a package's versions, source by source.

A package of one name is another one in each source. All of them stand on one line, behind one another: what is said of
one source says nothing of the others, but that they are not chosen.
"""

from functools import lru_cache

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.pub.ranges import parse_range
from packhouse.ecosystems.pub.versions import VersionKey, is_prerelease, version_key
from packhouse.resolver.version_sets import NOTHING, VersionSet, between

Place = tuple[str, int, VersionKey, int]
"""Where a version stands: its source, 1, its key, 0."""
_BEGIN, _WITHIN, _END = 0, 1, 2


def place(source: str, version: str) -> Place:
    """Tell where a version stands."""
    return source, _WITHIN, version_key(version), 0


@lru_cache(maxsize=16_384)
def constraint_set(source: str, text: str) -> VersionSet:
    """Make the set that a constraint asks for; empty for what is none."""
    try:
        constraint = parse_range(text)
    except Invalid:
        return NOTHING
    low, high = constraint.low, constraint.high
    begin = (source, _BEGIN) if low is None else (source, _WITHIN, low, -1 if constraint.with_low else 1)
    if high is None:
        return between(begin, (source, _END))
    if not constraint.with_high and not is_prerelease(high) and not high[1] and not _is_own(low, high):
        high = _first_prerelease(high)
    return between(begin, (source, _WITHIN, high, 1 if constraint.with_high else -1))


def all_of(source: str) -> VersionSet:
    """Make the set of everything in a source."""
    return between((source, _BEGIN), (source, _END))


def only(at: Place) -> VersionSet:
    """Make the set of one version."""
    return between((*at[:3], -1), (*at[:3], 1))


def from_to(source: str, low: Place | None, high: Place | None) -> VersionSet:
    """Make the set from a version on to before another."""
    begin = (source, _BEGIN) if low is None else (*low[:3], -1)
    return between(begin, (source, _END) if high is None else (*high[:3], -1))


def lacks_one(source: str, versions: VersionSet) -> bool:
    """Tell whether a set is a whole source but for one version."""
    match versions.cuts:
        case ((begin, 0), (_, _, one, -1), (_, _, other, 1), (_, 2)):
            return bool(begin == source and one == other)
    return False


def _is_own(low: VersionKey | None, high: VersionKey) -> bool:
    """Tell whether the lower bound is a pre-release of the upper one: then its pre-releases are meant."""
    return low is not None and is_prerelease(low) and low[0][:3] == high[0][:3]


@lru_cache(maxsize=4096)
def _first_prerelease(high: VersionKey) -> VersionKey:
    return version_key(".".join(map(str, high[0][:3])) + "-0")
