"""Versions as node-semver reads and orders them."""

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from packhouse.domain.errors import Invalid
from packhouse.formats import semver
from packhouse.formats.semver import Key

MAX_LENGTH = 256
"""node-semver refuses longer texts, blanks included."""
MAX_SAFE_INTEGER = 2**53 - 1
"""The highest number that its language counts exactly; a higher major, minor or patch is refused."""
BLANKS = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What JavaScript trims and calls white space; Python's own set is another."""

PREFIX = f"[v={BLANKS}]{{0,64}}"
"""What loose spellings have in front; bounded, so that a hostile text costs no more than its length."""
NUMBER = "0|[1-9][0-9]{0,255}"
NUMBER_LOOSE = "[0-9]{1,256}"
_IDENTIFIER = "(?:[0-9]*[A-Za-z-][0-9A-Za-z-]*|0|[1-9][0-9]*)"
PRERELEASE = rf"{_IDENTIFIER}(?:\.{_IDENTIFIER})*"
PRERELEASE_LOOSE = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
BUILD = r"\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
STRICT = rf"v?(?:{NUMBER})\.(?:{NUMBER})\.(?:{NUMBER})(?:-{PRERELEASE})?(?:{BUILD})?"
"""A version by the rules of today, as a regular expression without groups."""
LOOSE = rf"{PREFIX}{NUMBER_LOOSE}\.{NUMBER_LOOSE}\.{NUMBER_LOOSE}(?:-?{PRERELEASE_LOOSE})?(?:{BUILD})?"
"""A version as old packages wrote it: `=1.2.3`, `v 1.2.3`, `01.2.3`, `1.2.3beta`."""

_is_strict = re.compile(STRICT).fullmatch
_is_loose = re.compile(LOOSE).fullmatch
_parts = re.compile(
    rf"{PREFIX}({NUMBER_LOOSE})\.({NUMBER_LOOSE})\.({NUMBER_LOOSE})(?:-?({PRERELEASE_LOOSE}))?(?:{BUILD})?",
).fullmatch
# Any shorter text holds no number over MAX_SAFE_INTEGER: that has 16 digits, and `.0.0` more are needed.
_SURELY_SAFE_LENGTH = 20
_has_large_number = re.compile("[0-9]{16}").search


class Version(NamedTuple):
    """A version that was read."""

    key: Key
    text: str
    """The canonical spelling: no prefix, no leading zeros, no build metadata."""


def parse_version(version: str, *, loose: bool = True) -> Version:
    """Read a version with node-semver's strict or loose grammar; raise Invalid if it is none."""
    if len(version) > MAX_LENGTH:
        raise Invalid(f"a version is at most {MAX_LENGTH} characters long")
    text = version.strip(BLANKS)
    accepted = _is_loose(text) if loose else _is_strict(text)
    match = _parts(text) if accepted else None
    if match is None:
        raise Invalid(f"{version!r} is not a version")
    major, minor, patch = (int(number) for number in match.groups()[:3])
    if max(major, minor, patch) > MAX_SAFE_INTEGER:
        raise Invalid(f"a number in {version!r} is over {MAX_SAFE_INTEGER}")
    core = f"{major}.{minor}.{patch}"
    prerelease = match[4]
    if prerelease is None:
        return Version((major, minor, patch, semver.RELEASE), core)
    key = (major, minor, patch, semver.PRERELEASE, *semver.identifiers(prerelease, _rounded))
    return Version(key, f"{core}-{'.'.join(map(_without_zeros, prerelease.split('.')))}")


def version_key(version: str) -> Key:
    """Make the key that sorts as node-semver compares; raise Invalid if even loosely this is no version."""
    if len(version) < _SURELY_SAFE_LENGTH or (len(version) <= MAX_LENGTH and not _has_large_number(version)):
        try:
            return semver.parse(version)
        except ValueError:
            pass
    return parse_version(version).key


def canonical(version: str, *, loose: bool = False) -> str | None:
    """Spell a version as node-semver's `valid` does; None if it is none."""
    try:
        return parse_version(version, loose=loose).text
    except Invalid:
        return None


def is_valid(version: str, *, loose: bool = False) -> bool:
    """Tell whether this is a version: strictly, as for what is published now, or loosely."""
    return canonical(version, loose=loose) is not None


def clean(version: str, *, loose: bool = False) -> str | None:
    """Spell a version canonically, whatever run of `=` and `v` stands before it; None if it is none."""
    return canonical(version.strip(BLANKS).lstrip("=v"), loose=loose)


def is_prerelease(version: str) -> bool:
    """Tell whether a version has a pre-release part; raise Invalid if it is no version."""
    return semver.is_prerelease(version_key(version))


class Keys(Protocol):
    """Keys by position: a list of them, or what makes them when they are asked for."""

    def __len__(self) -> int: ...
    def __getitem__(self, position: int, /) -> Key: ...


class AscendingKeys:
    """The keys of versions that stand in ascending order, each made when it is first asked for.

    A search by halves among 3,500 versions so reads twelve of them, and the next search hardly any.
    """

    def __init__(self, versions: Sequence[str]) -> None:
        self.versions = versions
        self._keys: list[Key | None] = [None] * len(versions)

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, position: int, /) -> Key:
        key = self._keys[position]
        if key is None:
            key = self._keys[position] = version_key(self.versions[position])
        return key


def _rounded(digits: str) -> int:
    number = int(digits)
    # node-semver compares by JavaScript's numbers, so that 9007199254740993 and ...992 are one.
    return number if number <= MAX_SAFE_INTEGER else int(float(number))


def _without_zeros(identifier: str) -> str:
    if identifier.isdigit() and int(identifier) < MAX_SAFE_INTEGER:
        return str(int(identifier))
    return identifier
