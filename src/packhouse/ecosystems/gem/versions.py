"""Versions as RubyGems reads and orders them.

A version is a list of numbers and words, whatever separates them. Where one list is longer, the other goes on with
zeros; a word is below every number, so that it makes a version a pre-release.
"""

import re
from functools import lru_cache

from packhouse.domain.errors import Invalid

Key = tuple[int | str, ...]

MAX_LENGTH = 1000
"""Of a version; the public registry takes far shorter ones."""
_PATTERN = r"[0-9]+(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
_is_version = re.compile(rf"[ \t\r\n\f\v]*{_PATTERN}[ \t\r\n\f\v]*").fullmatch
is_prefix = re.compile(r"[0-9]").match
"""Tell whether a text begins like a version."""
_is_plain = re.compile(r"[0-9]+(?:\.[0-9]+)*").fullmatch
_segments = re.compile(r"[0-9]+|[A-Za-z]+").findall
_has_word = re.compile(r"[A-Za-z-]").search
_BLANK = " \t\r\n\f\v"

_WORD, _END, _NUMBER = 0, 1, 2
"""Kinds of what comes next in a key, ascending: a word, nothing but zeros, a number above zero."""


@lru_cache(maxsize=65_536)
def version_key(version: str) -> Key:
    """Make the key that sorts as Gem::Version compares; raise Invalid if this is no version."""
    segments = parse_segments(version)
    # Zeros that end the numbers, or the whole, count for nothing: 1.0.a is 1.a, and 1.0 is 1.
    numbers = _leading(segments)
    return (*_key(_trimmed(segments[:numbers]) + _trimmed(segments[numbers:])), _END)


def parse_segments(version: str) -> list[int | str]:
    """Read the numbers and words of a version; raise Invalid if it is none."""
    if len(version) > MAX_LENGTH or not _is_version(version):
        raise Invalid(f"{version[:80]!r} is not a version", "a version is like 1.2.3 or 1.2.3.rc1")
    if _is_plain(version):
        return [int(part) for part in version.split(".")]
    # A dash stands for ".pre.".
    text = version.strip(_BLANK).replace("-", ".pre.")
    return [int(part) if part[0] <= "9" else part for part in _segments(text)]


def release_segments(segments: list[int | str]) -> list[int]:
    """Give the numbers before the first word: the version that a pre-release comes before."""
    return [part for part in segments[: _leading(segments)] if isinstance(part, int)]


def is_prerelease(version: str) -> bool:
    """Tell whether there is a word in a version."""
    return _has_word(version) is not None


def key_of(numbers: list[int]) -> Key:
    """Make the key of a version that has numbers only."""
    return (*_key(_trimmed(list(numbers))), _END)


def _leading(segments: list[int | str]) -> int:
    """Count the numbers before the first word."""
    return next((at for at, part in enumerate(segments) if isinstance(part, str)), len(segments))


def _trimmed(segments: list[int | str]) -> list[int | str]:
    while segments and segments[-1] == 0:
        segments.pop()
    return segments


def _key(segments: list[int | str]) -> list[int | str]:
    """Write segments so that tuples compare as the endless lists do: zeros are counted with what follows them.

    After the same beginning, a word is below the end, and the sooner the lower; a number is above it, and the
    sooner the higher.
    """
    key: list[int | str] = []
    zeros = 0
    for part in segments:
        if part == 0:
            zeros += 1
            continue
        key += (_WORD, zeros, part) if isinstance(part, str) else (_NUMBER, -zeros, part)
        zeros = 0
    return key
