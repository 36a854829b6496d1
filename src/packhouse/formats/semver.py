"""Semantic Versioning 2.0: text to a sort key and back.

A key is a flat tuple, so that Python compares it without calling any of our code:
`(major, minor, patch, 1)` for a release and `(major, minor, patch, 0, kind, identifier, ...)` for a pre-release,
where kind is 0 before a number and 1 before a text. Equal kinds stand before equal types, so that a comparison never
meets a number and a text; a tuple that another one begins with is the lower one, as SemVer 11.4.4 has it.
"""

import re
from collections.abc import Callable

Key = tuple[int | str, ...]
"""Sorts as SemVer 11 says; build metadata is not part of it (SemVer 10)."""

PRERELEASE = 0
"""At position 3 of the key of a version with a pre-release part."""
RELEASE = 1
"""At position 3 of any other key. SemVer 11.3: a version without a pre-release is higher than one with it."""
_NUMBER = 0
_TEXT = 1

_SMALL = {str(number): number for number in range(1000)}
"""Nearly all numbers of all versions; looking one up is checking it, and takes a third of the time of a pattern."""

_CORE = r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
_IDENTIFIER = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_match = re.compile(
    rf"{_CORE}(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
).fullmatch


def parse(text: str) -> Key:
    """Turn a version into its key; raise ValueError if it is not SemVer to the letter."""
    try:
        major, minor, patch = text.split(".")
        return (_SMALL[major], _SMALL[minor], _SMALL[patch], RELEASE)
    except (KeyError, ValueError):
        return _parse_any(text)


def identifiers(prerelease: str, number: Callable[[str], int] = int) -> Key:
    """Make the part of a key that stands for a pre-release like `beta.2`; `number` reads its digits."""
    parts: list[int | str] = []
    for part in prerelease.split("."):
        if part.isdigit():
            parts += (_NUMBER, number(part))
        else:
            parts += (_TEXT, part)
    return tuple(parts)


def render(key: Key) -> str:
    """Write a key as the version that it was made of, without build metadata."""
    core = f"{key[0]}.{key[1]}.{key[2]}"
    return core if key[3] == RELEASE else f"{core}-{'.'.join(map(str, key[5::2]))}"


def is_prerelease(key: Key) -> bool:
    """Tell whether a key is that of a pre-release."""
    return key[3] == PRERELEASE


def above(key: Key) -> Key:
    """Make the bound that lies over this key and under every other key that is over it."""
    # No kind is below 0, so that this sorts before any longer pre-release.
    return (*key, -1)


def _parse_any(text: str) -> Key:
    match = _match(text)
    if match is None:
        message = f"not a semantic version: {text[:80]!r}"
        raise ValueError(message)
    major, minor, patch, prerelease = match.groups()
    if prerelease is None:
        return (int(major), int(minor), int(patch), RELEASE)
    return (int(major), int(minor), int(patch), PRERELEASE, *identifiers(prerelease))
