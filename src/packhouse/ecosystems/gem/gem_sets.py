"""Requirements as sets on the line of a gem's candidates.

A candidate stands at `(version, -1)` for what runs everywhere and at `(version, 1)` for the files of the platforms
that are resolved for, which may need something else; cuts stand at even numbers beside them.
"""

from functools import lru_cache, reduce

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.gem.ranges import Comparison, parse_range
from packhouse.ecosystems.gem.versions import Key, parse_segments, release_segments, version_key
from packhouse.resolver.version_sets import NOTHING, VersionSet, between

Place = tuple[Key, int]
"""Where a candidate stands: the key of its version, and -1 or 1."""
_BELOW, _ABOVE = -2, 2


@lru_cache(maxsize=32_768)
def requirement_set(text: str) -> VersionSet:
    """Make the set that a requirement asks for; empty for what is none."""
    try:
        parts = parse_range(text).parts
    except Invalid:
        return NOTHING
    return reduce(VersionSet.meet, map(_part_set, parts))


def only(place: Place) -> VersionSet:
    """Make the set of one candidate."""
    key, rank = place
    return between((key, rank - 1), (key, rank + 1))


def from_to(low: Place | None, high: Place | None) -> VersionSet:
    """Make the set from a candidate on to before another."""
    return between(low and (low[0], low[1] - 1), high and (high[0], high[1] - 1))


def _part_set(part: Comparison) -> VersionSet:
    below, above = (part.key, _BELOW), (part.key, _ABOVE)
    alone = between(below, above)
    sets = {
        ">": between(above, None),
        ">=": between(below, None),
        "<": between(None, below),
        "<=": between(None, above),
        "!=": alone.complement(),
        "=": alone,
    }
    return between(below, (_bumped(part.version), _BELOW)) if part.operator == "~>" else sets[part.operator]


def _bumped(version: str) -> Key:
    """Give the lowest pre-release of the first version beyond `~>`, which is left out already."""
    numbers = release_segments(parse_segments(version))
    if len(numbers) > 1:
        numbers.pop()
    numbers[-1] += 1
    return version_key(".".join(map(str, numbers)) + ".A")
