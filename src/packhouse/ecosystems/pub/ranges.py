"""Version constraints: `any`, `1.2.3`, `^1.2.3`, `>=1.0.0 <2.0.0`.

Source: pub's documentation of dependencies, and pub_semver's rule that `<2.0.0` leaves out `2.0.0-dev` as well.
"""

import re
from functools import lru_cache

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.pub.versions import VersionKey, is_prerelease, version_key
from packhouse.formats import semver

_MAX_LENGTH = 1000
_token = re.compile(r"\s*(\^|>=|<=|>|<)?\s*([^\s<>=^]+)").match


class Constraint(Struct, frozen=True):
    """An interval of versions; None is no bound."""

    low: VersionKey | None = None
    high: VersionKey | None = None
    with_low: bool = False
    with_high: bool = False

    def admits(self, key: VersionKey) -> bool:
        """Tell whether a version lies within."""
        if self.low is not None and (key < self.low or (key == self.low and not self.with_low)):
            return False
        if self.high is None:
            return True
        if key == self.high:
            return self.with_high
        # An upper bound that is a release leaves out its own pre-releases, unless the lower bound is one of them.
        if not self.with_high and is_prerelease(key) and not is_prerelease(self.high) and _same_core(key, self.high):
            low = self.low
            return low is not None and is_prerelease(low) and _same_core(low, self.high) and key < self.high
        return key < self.high


@lru_cache(maxsize=8192)
def parse_range(text: str) -> Constraint:
    """Read a constraint; raise Invalid if it is none."""
    wanted = text.strip()
    if wanted in {"", "any"}:
        return Constraint()
    if len(wanted) > _MAX_LENGTH:
        raise _no_range(text)
    constraint = Constraint()
    position = 0
    while position < len(wanted):
        found = _token(wanted, position)
        if found is None:
            raise _no_range(text)
        constraint = _meet(constraint, _read(found[1] or "", found[2], text))
        position = found.end()
    return constraint


def satisfies(version: str, wanted: str) -> bool:
    """Tell whether a version is in a range; raise Invalid if either is none."""
    return parse_range(wanted).admits(version_key(version))


def _read(operator: str, text: str, whole: str) -> Constraint:
    try:
        key = version_key(text)
    except Invalid:
        raise _no_range(whole) from None
    match operator:
        case "^":
            return Constraint(low=key, with_low=True, high=_next_breaking(key))
        case ">=" | ">":
            return Constraint(low=key, with_low=operator == ">=")
        case "<=" | "<":
            return Constraint(high=key, with_high=operator == "<=")
    return Constraint(low=key, high=key, with_low=True, with_high=True)


def _next_breaking(key: VersionKey) -> VersionKey:
    """Find the first version that may break: the next major one, or the next minor one of a version below 1."""
    major, minor, *_ = key[0]
    if major == 0:
        return (0, int(minor) + 1, 0, semver.RELEASE), ()
    return (int(major) + 1, 0, 0, semver.RELEASE), ()


def _meet(one: Constraint, other: Constraint) -> Constraint:
    low, with_low = one.low, one.with_low
    if other.low is not None and (low is None or other.low > low or (other.low == low and not other.with_low)):
        low, with_low = other.low, other.with_low
    high, with_high = one.high, one.with_high
    if other.high is not None and (high is None or other.high < high or (other.high == high and not other.with_high)):
        high, with_high = other.high, other.with_high
    return Constraint(low, high, with_low, with_high)


def _same_core(one: VersionKey, other: VersionKey) -> bool:
    return one[0][:3] == other[0][:3]


def _no_range(text: str) -> Invalid:
    return Invalid(f"{text[:80]!r} is no version constraint", "write ^1.2.0, '>=1.2.0 <2.0.0' or any")
