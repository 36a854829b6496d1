"""Requirements on versions: the same sets as cargo's `VersionReq`, each kept as one interval of sort keys.

All comparators of a requirement must hold, so that their intervals intersect in one. A pre-release inside it only
matches where some comparator names a pre-release of the same major, minor and patch, and none of the others leaves
such ones out. Read from the library's documentation, and checked against the library itself (tests, oracle).
"""

import re
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.cargo.versions import MAX_NUMBER, precedence
from packhouse.formats.semver import PRERELEASE, RELEASE, Key, above, identifiers

MAX_COMPARATORS = 32
_MAX_LENGTH = 4096
_WILDCARD = "*"
"""The operator of `1.2.*`, written without one; an operator before it counts instead."""
_LOWEST: Key = (0,)
_HIGHEST: Key = (MAX_NUMBER + 2,)

_NUMBER = r"(0|[1-9][0-9]*)"
_OTHER = "[*xX]"
_IDENTIFIER = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_PRERELEASE = rf"{_IDENTIFIER}(?:\.{_IDENTIFIER})*"
_BUILD = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_COMPARATOR = (
    rf"(=|>=?|<=?|~|\^)? *{_NUMBER}"
    rf"(?:\.(?:{_NUMBER}(?:\.(?:{_NUMBER}(?:-({_PRERELEASE}))?(?:\+{_BUILD})?|({_OTHER})))?|({_OTHER})(?:\.{_OTHER})?))?"
    " *"
)
_ANY = rf" *{_OTHER} *"
# Compiled when first needed, and kept by `re`: start-up time.


class Range(Struct, frozen=True):
    """A set of versions."""

    text: str
    """As it was written."""
    low: Key
    high: Key
    """The first key that is over the set."""
    opened: frozenset[Key] = frozenset()
    """Major, minor and patch whose pre-releases count."""

    def matches(self, version: str) -> bool:
        """Tell whether a version is in the set; raise Invalid if it is none."""
        return self.holds(precedence(version))

    def holds(self, key: Key) -> bool:
        """Tell whether the version of a key, made by `precedence`, is in the set."""
        return self.low <= key < self.high and (key[3] == RELEASE or key[:3] in self.opened)


@lru_cache(maxsize=32_768)
def parse_range(text: str) -> Range:
    """Read a requirement; raise Invalid if it is none."""
    if re.fullmatch(_ANY, text):
        return Range(text, _LOWEST, _HIGHEST)
    words = text[:_MAX_LENGTH].lstrip(" ").split(",")
    if len(text) > _MAX_LENGTH or len(words) > MAX_COMPARATORS:
        raise Invalid(f"{text[:120]!r} is longer than any requirement", f"at most {MAX_COMPARATORS} comparators")
    bounds = [_bound(_read(word.lstrip(" "), text)) for word in words]
    opened = {bound.named for bound in bounds if bound.named}
    return Range(
        text,
        max(bound.low for bound in bounds),
        min(bound.high for bound in bounds),
        frozenset(triple for triple in opened if not any(bound.closes(triple) for bound in bounds)),
    )


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


class _Comparator(NamedTuple):
    operator: str
    numbers: tuple[int, ...]
    """Major, and minor and patch where they are written."""
    prerelease: str


class _Bound(NamedTuple):
    low: Key
    high: Key
    named: Key = ()
    """Major, minor and patch of the pre-release that the comparator names."""
    closed: tuple[int, ...] | None = None
    """Versions beginning with these numbers match as releases only."""

    def closes(self, triple: Key) -> bool:
        return self.closed is not None and triple[: len(self.closed)] == self.closed


def _read(word: str, whole: str) -> _Comparator:
    match = re.fullmatch(_COMPARATOR, word)
    if match is None:
        raise Invalid(f"{whole[:120]!r} is not a version requirement", "a requirement is like ^1.2, ~1.2.3 or >=1, <3")
    operator, major, minor, patch, prerelease, *others = match.groups()
    numbers = tuple(int(number) for number in (major, minor, patch) if number is not None)
    if max(numbers) > MAX_NUMBER:
        raise Invalid(f"a number in {whole[:120]!r} is over {MAX_NUMBER}")
    if operator is None:
        operator = _WILDCARD if any(others) else "^"
    return _Comparator(operator, numbers, prerelease or "")


def _bound(comparator: _Comparator) -> _Bound:
    operator, numbers, prerelease = comparator
    if len(numbers) < 3:
        low, high = _span(operator, numbers, _first(numbers), _first(_next(numbers)))
        # Of a part of a version, the library compares pre-releases as if each were under all releases that begin so.
        closed = {">=": numbers, "<=": numbers, "~": numbers, "=": (), _WILDCARD: ()}.get(operator)
        return _Bound(low, high, closed=closed)
    key: Key = (*numbers, PRERELEASE, *identifiers(prerelease)) if prerelease else (*numbers, RELEASE)
    low, high = _span(operator, numbers, key, above(key))
    return _Bound(low, high, named=numbers if prerelease else ())


def _span(operator: str, numbers: tuple[int, ...], first: Key, beyond: Key) -> tuple[Key, Key]:
    """Give the ends of an interval, by the first key that the comparator's version stands for and that beyond them."""
    match operator:
        case ">":
            low, high = beyond, _HIGHEST
        case ">=":
            low, high = first, _HIGHEST
        case "<":
            low, high = _LOWEST, first
        case "<=":
            low, high = _LOWEST, beyond
        case "^":
            low, high = first, _first(_next(_leading(numbers)))
        case "~":
            low, high = first, _first(_next(numbers[:2]))
        case _:
            low, high = first, beyond
    return low, high


def _leading(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Give the numbers up to the first that is not zero: a caret leaves that one as it is."""
    for position, number in enumerate(numbers):
        if number:
            return numbers[: position + 1]
    return numbers


def _next(numbers: tuple[int, ...]) -> tuple[int, ...]:
    return (*numbers[:-1], numbers[-1] + 1)


def _first(numbers: tuple[int, ...]) -> Key:
    """Give the key below all versions that begin with these numbers."""
    return (*numbers, *(0,) * (3 - len(numbers)), PRERELEASE)
