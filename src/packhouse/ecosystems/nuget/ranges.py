"""Ranges of versions as NuGet reads them: `1.0` is that or higher, `[1.0,2.0)` an interval, `1.*` and `1.0-*` float.

A floating range is satisfied by everything from its lowest version up, as NuGet.Versioning has it: where no version
floats within the pattern, the lowest one above it is chosen. `best` is that choice.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.nuget.versions import Key, Version, parse_version, version_key

MAX_LENGTH = 512

# As many numbers as are fixed, an asterisk in place of the next; or all that is fixed of a pre-release and an asterisk.
_floats_numbers = re.compile(r"(?P<numbers>(?:[0-9]+\.){0,3})\*(?:-(?P<prefix>[0-9A-Za-z.-]*)\*)?", re.ASCII).fullmatch
_floats_labels = re.compile(r"(?P<numbers>[0-9]+(?:\.[0-9]+){0,3})-(?P<prefix>[0-9A-Za-z.-]*)\*", re.ASCII).fullmatch


class Pattern(Struct, frozen=True):
    """What floats."""

    numbers: tuple[int, ...]
    """Those that are fixed."""
    prefix: str | None
    """How the labels of a pre-release begin, in lower case; None where pre-releases do not count."""
    lowest: Version

    def matches(self, version: Version) -> bool:
        """Tell whether a version is one of those that the pattern stands for."""
        if version.numbers[: len(self.numbers)] != self.numbers:
            return False
        if not version.labels:
            return True
        return self.prefix is not None and ".".join(version.labels).lower().startswith(self.prefix)


class VersionRange(Struct, frozen=True):
    """An interval; a bound is None where there is none."""

    lower: Version | None = None
    upper: Version | None = None
    with_lower: bool = True
    with_upper: bool = False
    floats: Pattern | None = None

    def satisfied_by(self, version: Version) -> bool:
        """Tell whether a version is within the bounds."""
        return self.satisfied_by_key(version.key)

    def best(self, versions: Iterable[str]) -> str | None:
        """Choose as NuGet does: the lowest, or the highest that floats; pre-releases only where they are meant."""
        found = [(version.key, version, text) for text in versions if self._counts(version := parse_version(text))]
        if self.floats is not None:
            floating = [each for each in found if self.floats.matches(each[1])]
            if floating:
                return max(floating, key=_first)[2]
        return min(found, key=_first)[2] if found else None

    def satisfied_by_key(self, key: Key) -> bool:
        """Tell whether a version is within the bounds, given what it is ordered by."""
        if self.lower is not None:
            least = self.lower.key
            if key < least or (key == least and not self.with_lower):
                return False
        if self.upper is None:
            return True
        most = self.upper.key
        return key < most or (key == most and self.with_upper)

    def _counts(self, version: Version) -> bool:
        if not self.satisfied_by_key(version.key):
            return False
        return not version.labels or self.takes_prereleases

    @property
    def takes_prereleases(self) -> bool:
        """Tell whether a pre-release may be chosen: one of the bounds is one."""
        return any(bound is not None and bound.labels for bound in (self.lower, self.upper))


def _first(found: tuple[Key, Version, str]) -> Key:
    return found[0]


@lru_cache(maxsize=4096)
def parse_range(text: str) -> VersionRange:
    """Read a range, empty for any version; raise Invalid if it is none."""
    if len(text) > MAX_LENGTH:
        raise _no_range(text)
    trimmed = text.strip()
    if not trimmed:
        # The registration protocol: a dependency without a range takes any version.
        return VersionRange()
    try:
        return _interval(trimmed) if trimmed[0] in "[(" else _from(trimmed)
    except Invalid:
        raise _no_range(text) from None


def matches(version: str, wanted: str) -> bool:
    """Tell whether a version is in a range; raise Invalid if they are none."""
    key = version_key(version)
    return parse_range(wanted).satisfied_by_key(key)


def _no_range(text: str) -> Invalid:
    return Invalid(f"{text[:80]!r} is no version range", "write 1.0, [1.0], [1.0,2.0) or 1.*")


def _interval(text: str) -> VersionRange:
    if text[-1] not in "])":
        raise _no_range(text)
    parts = text[1:-1].split(",")
    if len(parts) > 2 or not any(parts):
        raise _no_range(text)
    lower, upper = (part.strip() for part in (parts[0], parts[-1]))
    floats = _pattern(lower) if "*" in lower else None
    bound = floats.lowest if floats else parse_version(lower) if lower else None
    return VersionRange(
        lower=bound,
        upper=parse_version(upper) if upper else None,
        with_lower=text[0] == "[",
        with_upper=text[-1] == "]",
        floats=floats,
    )


def _from(text: str) -> VersionRange:
    if "*" in text:
        floats = _pattern(text)
        return VersionRange(floats.lowest, floats=floats)
    return VersionRange(parse_version(text))


def _pattern(text: str) -> Pattern:
    match = _floats_numbers(text) or _floats_labels(text)
    if match is None:
        raise _no_range(text)
    numbers, prefix = match.group("numbers", "prefix")
    fixed = tuple(int(number) for number in numbers.split(".") if number)
    if match.re.pattern.startswith("(?P<numbers>[0-9]"):
        fixed += (0,) * (4 - len(fixed))
    written = ".".join(map(str, fixed)) or "0"
    if prefix is None:
        return Pattern(fixed, None, parse_version(written))
    # The lowest pre-release that begins so.
    labels = prefix if prefix and prefix[-1] != "." else f"{prefix}0"
    return Pattern(fixed, prefix.lower(), parse_version(f"{written}-{labels}"))
