"""Ranges of versions as Maven writes them: `[1.0,2.0)`, `(,1.0],[1.2,)`, `[1.0]`.

A version without brackets is a wish: Maven takes it where nothing else is said, and any other where something is.
So every version is in it. (maven-artifact, VersionRange and Restriction.)
"""

from functools import lru_cache

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.maven.versions import Key, version_key

MAX_LENGTH = 2000


class Restriction(Struct, frozen=True):
    """One interval; None for an end that is open for ever."""

    lower: Key | None = None
    lower_inclusive: bool = False
    upper: Key | None = None
    upper_inclusive: bool = False

    def contains(self, key: Key) -> bool:
        """Tell whether a version is between the ends."""
        if self.lower is not None and (key < self.lower or (key == self.lower and not self.lower_inclusive)):
            return False
        return self.upper is None or key < self.upper or (key == self.upper and self.upper_inclusive)


class Range(Struct, frozen=True):
    """A range that was read."""

    restrictions: tuple[Restriction, ...]
    wished: str = ""
    """The version that is asked for without brackets."""

    def contains(self, version: str) -> bool:
        """Tell whether a version is in one of the intervals; raise Invalid if it is none."""
        key = version_key(version)
        return any(restriction.contains(key) for restriction in self.restrictions)


def satisfies(version: str, wanted: str) -> bool:
    """Tell whether a version is in a range, both as text; raise Invalid if they are none."""
    return parse_range(wanted).contains(version)


def matches(version: str, wanted: str) -> bool:
    """Tell whether a rule that names a range means a version; raise Invalid if they are none.

    Whoever writes a version without brackets into a rule means that version, and wishes for nothing.
    """
    found = parse_range(wanted)
    if found.wished:
        return version_key(version) == version_key(found.wished)
    return found.contains(version)


@lru_cache(maxsize=2048)
def parse_range(text: str) -> Range:
    """Read a range; raise Invalid for one that Maven refuses."""
    if len(text) > MAX_LENGTH:
        raise Invalid(f"a range is at most {MAX_LENGTH} characters long")
    restrictions: list[Restriction] = []
    rest = text
    while rest.startswith(("[", "(")):
        end = min((at for bracket in ")]" if (at := rest.find(bracket)) >= 0), default=-1)
        if end < 0:
            raise _bad(text, "it has no end")
        restriction = _restriction(text, rest[: end + 1])
        if restrictions:
            _check_order(text, restrictions[-1], restriction)
        restrictions.append(restriction)
        rest = rest[end + 1 :].strip(_BLANKS)
        if rest.startswith(","):
            rest = rest[1:].strip(_BLANKS)
    if not rest:
        return Range(tuple(restrictions))
    if restrictions:
        raise _bad(text, "only intervals in brackets can be put together")
    version_key(rest)
    return Range((Restriction(),), rest)


# What Java's trim takes off: every character up to the space.
_BLANKS = "".join(map(chr, range(33)))


def _restriction(text: str, interval: str) -> Restriction:
    lower_inclusive, upper_inclusive = interval.startswith("["), interval.endswith("]")
    inner = interval[1:-1].strip(_BLANKS)
    lower, comma, upper = (part.strip(_BLANKS) for part in inner.partition(","))
    if not comma:
        if not (lower_inclusive and upper_inclusive):
            raise _bad(text, "a single version stands between square brackets")
        key = version_key(inner)
        return Restriction(key, lower_inclusive=True, upper=key, upper_inclusive=True)
    low = version_key(lower) if lower else None
    high = version_key(upper) if upper else None
    if low is not None and high is not None:
        if high < low:
            raise _bad(text, "its upper end is below its lower end")
        if high == low and not (lower_inclusive and upper_inclusive):
            raise _bad(text, "nothing is between its ends")
    return Restriction(low, lower_inclusive, high, upper_inclusive)


def _check_order(text: str, before: Restriction, after: Restriction) -> None:
    """Refuse an interval that begins before the end of the one before it, where that has one."""
    if before.upper is not None and (after.lower is None or after.lower < before.upper):
        raise _bad(text, "its intervals overlap")


def _bad(text: str, why: str) -> Invalid:
    return Invalid(f"{text[:80]!r} is no version range: {why}", "e.g. [1.0,2.0) or (,1.0],[1.2,)")
