"""Versions as NuGet reads and orders them: SemVer 2.0.0 with one to four numbers, whatever the case of the labels.

Source: NuGet's documentation of package versioning; `tests/ecosystems/nuget/oracle` asks NuGet.Versioning itself.
"""

import re

from msgspec import Struct

from packhouse.domain.errors import Invalid

MAX_LENGTH = 256
Key = tuple[int | tuple[int, int | str], ...]

_LARGEST = 2**31 - 1
_parts = re.compile(
    # NuGet lets space stand around every number.
    r"(?P<numbers>\s*[0-9]+\s*(?:\.\s*[0-9]+\s*){0,3})"
    r"(?:-(?P<labels>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
    r"(?:\+(?P<metadata>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?\s*",
    re.ASCII,
).fullmatch
_is_whole = re.compile(r"-?[0-9]+").fullmatch
_has_leading_zero = re.compile(r"0[0-9]+").fullmatch
_RELEASE: Key = (1,)


class Version(Struct, frozen=True):
    """A version, taken apart."""

    numbers: tuple[int, int, int, int]
    labels: tuple[str, ...] = ()
    """Of the pre-release, as written; none for a release."""
    metadata: str = ""

    @property
    def key(self) -> Key:
        """What it is ordered by: numbers, then a release above its pre-releases."""
        return self.numbers + (_labels_key(self.labels) if self.labels else _RELEASE)

    @property
    def normal(self) -> str:
        """The form that addresses have, but for the case: three numbers or four, no metadata."""
        numbers = self.numbers if self.numbers[3] else self.numbers[:3]
        text = ".".join(map(str, numbers))
        return f"{text}-{'.'.join(self.labels)}" if self.labels else text

    @property
    def needs_semver2(self) -> bool:
        """Tell whether clients before 4.3 cannot read it."""
        return len(self.labels) > 1 or bool(self.metadata)


def parse_version(text: str) -> Version:
    """Take a version apart; raise Invalid if it is none."""
    match = _parts(text) if len(text) <= MAX_LENGTH else None
    if match is None:
        raise Invalid(f"{text[:80]!r} is no version")
    numbers, labels, metadata = match.group("numbers", "labels", "metadata")
    found = [int(number) for number in numbers.split(".")]
    found += [0] * (4 - len(found))
    split = tuple(labels.split(".")) if labels else ()
    if any(_has_leading_zero(label) for label in split):
        raise Invalid(f"{text[:80]!r} is no version: a number among its labels begins with a zero")
    return Version((found[0], found[1], found[2], found[3]), split, metadata or "")


def version_key(text: str) -> Key:
    """Make the key that sorts as NuGet compares; raise Invalid if it is no version.

    Numbers may be larger than NuGet's own 32 bits: advisories have such versions.
    """
    return parse_version(text).key


def normalise(text: str) -> str:
    """Write a version as addresses have it, in lower case; raise Invalid if it is none."""
    return parse_version(text).normal.lower()


def is_prerelease(text: str) -> bool:
    """Tell whether a version has labels; raise Invalid if it is none."""
    return bool(parse_version(text).labels)


def _labels_key(labels: tuple[str, ...]) -> Key:
    return (0, *(_label_key(label) for label in labels))


def _label_key(label: str) -> tuple[int, int | str]:
    """Order numbers before words; a number that .NET cannot hold is a word, and one may be negative."""
    if _is_whole(label) and len(label) <= 40 and -_LARGEST - 1 <= (number := int(label)) <= _LARGEST:
        return (0, number)
    return (1, label.lower())
