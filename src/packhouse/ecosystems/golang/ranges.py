"""Ranges of versions.

A go.mod knows only minimums, and the highest of all minimums is chosen. Advisories and policies know intervals:
`>=v1.2.0, <v2.0.0`, several of them joined by `||`; a version alone means just that version. The leading v may be left
out.
"""

import re
from functools import lru_cache

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.golang.versions import version_key
from packhouse.formats.semver import Key

_MAX_LENGTH = 1000
_token = re.compile(r"\s*,?\s*(>=|<=|!=|>|<|=)?\s*([^\s,<>=!|]+)").match

_Comparison = tuple[str, Key]


@lru_cache(maxsize=4096)
def parse_range(text: str) -> tuple[tuple[_Comparison, ...], ...]:
    """Read a range as alternatives of comparisons that must all hold; raise Invalid if it is none."""
    if len(text) > _MAX_LENGTH:
        raise _no_range(text)
    return tuple(_comparisons(part.strip(), text) for part in text.split("||"))


def satisfies(version: str, wanted: str) -> bool:
    """Tell whether a version is in a range; raise Invalid if either is none."""
    key = version_key(version)
    return any(all(_holds(key, *each) for each in part) for part in parse_range(wanted))


def _comparisons(part: str, whole: str) -> tuple[_Comparison, ...]:
    if part in {"", "*"}:
        return ()
    found: list[_Comparison] = []
    position = 0
    while position < len(part):
        token = _token(part, position)
        if token is None:
            raise _no_range(whole)
        text = token[2] if token[2].startswith("v") else f"v{token[2]}"
        try:
            found.append((token[1] or "=", version_key(text)))
        except Invalid:
            raise _no_range(whole) from None
        position = token.end()
    return tuple(found)


def _holds(key: Key, operator: str, bound: Key) -> bool:
    match operator:
        case ">=":
            return key >= bound
        case ">":
            return key > bound
        case "<=":
            return key <= bound
        case "<":
            return key < bound
        case "!=":
            return key != bound
    return key == bound


def _no_range(text: str) -> Invalid:
    return Invalid(f"{text[:80]!r} is no range", "write v1.2.0, or '>=v1.2.0, <v2.0.0'")
