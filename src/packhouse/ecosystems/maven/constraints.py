"""What versions a requirement allows, as Maven's resolver reads it (maven-resolver-util, GenericVersionScheme)."""

from functools import lru_cache

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.maven.generic_versions import Ordered, compare

_BLANKS = "".join(map(chr, range(33)))


class Interval(Struct, frozen=True):
    """Versions between two ends; None for an end that is open for ever."""

    lower: str | None
    upper: str | None
    with_lower: bool
    with_upper: bool

    def contains(self, version: str) -> bool:
        """Tell whether a version is between the ends."""
        if self.lower is not None:
            before = compare(self.lower, version)
            if before > 0 or (before == 0 and not self.with_lower):
                return False
        if self.upper is None:
            return True
        behind = compare(self.upper, version)
        return behind > 0 or (behind == 0 and self.with_upper)


class Allowed(Struct, frozen=True):
    """A union of intervals."""

    text: str
    intervals: tuple[Interval, ...]

    def contains(self, order: Ordered) -> bool:
        """Tell whether a version is in one of them."""
        return self.allows(order.text)

    def allows(self, version: str) -> bool:
        """Tell whether a version, as text, is in one of them."""
        return any(interval.contains(version) for interval in self.intervals)

    def __eq__(self, other: object) -> bool:
        """Tell whether two allow the same, however they are written."""
        return isinstance(other, Allowed) and self.intervals == other.intervals

    def __hash__(self) -> int:
        """Go by the intervals, as equality does."""
        return hash(self.intervals)


@lru_cache(maxsize=4096)
def parse_allowed(text: str) -> Allowed | None:
    """Read a requirement; None where it is a single wish, and raise Invalid for one that Maven refuses."""
    intervals: list[Interval] = []
    rest = text
    while rest.startswith(("[", "(")):
        end = min((at for bracket in ")]" if (at := rest.find(bracket)) >= 0), default=-1)
        if end < 0:
            raise Invalid(f"{text[:80]!r} is no version range: it has no end")
        intervals.append(_interval(text, rest[: end + 1]))
        rest = rest[end + 1 :].strip(_BLANKS)
        if rest.startswith(","):
            rest = rest[1:].strip(_BLANKS)
    if rest and intervals:
        raise Invalid(f"{text[:80]!r} is no version range: {rest[:80]!r} is no interval")
    return Allowed(text, tuple(intervals)) if intervals else None


def _interval(whole: str, text: str) -> Interval:
    with_lower, with_upper = text.startswith("["), text.endswith("]")
    inner = text[1:-1]
    lower, comma, upper = (part.strip(_BLANKS) for part in inner.partition(","))
    if not comma:
        if not (with_lower and with_upper):
            raise Invalid(f"{whole[:80]!r} is no version range: a single version stands between square brackets")
        if lower.endswith(".*"):
            return Interval(f"{lower[:-1]}min", f"{lower[:-1]}max", with_lower=True, with_upper=True)
        return Interval(lower, lower, with_lower=True, with_upper=True)
    if "," in upper:
        raise Invalid(f"{whole[:80]!r} is no version range: it has more than two ends")
    if lower and upper and compare(upper, lower) < 0:
        raise Invalid(f"{whole[:80]!r} is no version range: its upper end is below its lower end")
    return Interval(lower or None, upper or None, with_lower, with_upper)
