"""Requirements on versions, as Gem::Requirement reads them: all of a list must hold."""

import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.gem.versions import (
    Key,
    is_prerelease,
    key_of,
    parse_segments,
    release_segments,
    version_key,
)

ANY = ">= 0"
"""What a requirement is where none is written."""
MAX_PARTS = 100
_MAX_LENGTH = 8192
_HOLDS: Mapping[str, Callable[[Key, Key], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_part = re.compile(r"[ \t\r\n\f\v]*(!=|>=|<=|~>|=|>|<)?[ \t\r\n\f\v]*([^ \t\r\n\f\v]+)[ \t\r\n\f\v]*").fullmatch


class Comparison(Struct, frozen=True):
    """One part of a requirement."""

    operator: str
    version: str
    key: Key
    ceiling: Key = ()
    """Of `~>`: what the release of a version must be below."""

    def holds(self, key: Key, release: Key) -> bool:
        """Tell whether a version does, by its key and that of its release."""
        if self.operator == "~>":
            # A pre-release of the ceiling is no longer what is asked for.
            return key >= self.key and release < self.ceiling
        return _HOLDS[self.operator](key, self.key)


class Range(Struct, frozen=True):
    """A set of versions."""

    text: str
    """As it was written."""
    parts: tuple[Comparison, ...]

    @property
    def prerelease(self) -> bool:
        """Tell whether a pre-release is named: only then do clients choose one."""
        return any(is_prerelease(part.version) for part in self.parts)

    def matches(self, version: str) -> bool:
        """Tell whether a version is in the set; raise Invalid if it is none."""
        key = version_key(version)
        release = key_of(release_segments(parse_segments(version))) if is_prerelease(version) else key
        return all(part.holds(key, release) for part in self.parts)


@lru_cache(maxsize=32_768)
def parse_range(text: str) -> Range:
    """Read a requirement, its parts separated by commas, or by `&` as in the index; raise Invalid if it is none."""
    if len(text) > _MAX_LENGTH:
        raise _no_range(text)
    words = re.split("[,&]", text) if text.strip() else [ANY]
    if len(words) > MAX_PARTS:
        raise _no_range(text)
    return Range(text, tuple(_comparison(word, text) for word in words))


def satisfies(version: str, wanted: str) -> bool:
    """Tell whether a version is what a requirement asks for; raise Invalid if either is none."""
    return parse_range(wanted).matches(version)


def is_range(text: str) -> bool:
    """Tell whether a text is a requirement on versions."""
    try:
        parse_range(text)
    except Invalid:
        return False
    return True


def _comparison(word: str, whole: str) -> Comparison:
    match = _part(word)
    if match is None:
        raise _no_range(whole)
    sign, version = match[1] or "=", match[2]
    try:
        key = version_key(version)
    except Invalid:
        raise _no_range(whole) from None
    return Comparison(sign, version, key, _ceiling(version) if sign == "~>" else ())


def _ceiling(version: str) -> Key:
    """Give the first version beyond `~>`: the last number falls away, the one before it grows."""
    numbers = release_segments(parse_segments(version))
    if len(numbers) > 1:
        numbers.pop()
    numbers[-1] += 1
    return key_of(numbers)


def _no_range(text: str) -> Invalid:
    return Invalid(f"{text[:120]!r} is not a requirement", "a requirement is like ~> 1.2 or >= 1.2, < 3")
