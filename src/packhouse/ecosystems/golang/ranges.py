"""Ranges of versions, in the words of go's version queries.

`>=v1.2.0, <v2` is an interval, as policies and advisories have it; several of them are joined by `||`. A whole version
alone means just that one, `v1` and `v1.2` all that begin so. The leading v may be left out. A go.mod requires minimums,
of which the highest is chosen: in a record they are written `>=v1.2.0`. Only the order counts: `v2.0.0-rc.1` is below
`v2.0.0` and so in `<v2.0.0`, and in `<v2`, which means the same.

Source: the module reference, sections on version queries and on minimal version selection.
"""

import re
from functools import lru_cache

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.golang.versions import canonical, version_key
from packhouse.formats.semver import Key

_MAX_LENGTH = 1000
_WHOLE = 4
"""Parts of the key of a whole version, at least."""
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
            found.append(_comparison(token[1] or "", text))
        except Invalid:
            raise _no_range(whole) from None
        position = token.end()
    return tuple(found)


def _comparison(operator: str, text: str) -> _Comparison:
    key = version_key(canonical(text))
    # Without an operator, the numbers that are missing may be any.
    missing = 0 if operator or canonical(text) == text else 2 - text.count(".")
    return operator or "=", key[: 3 - missing] if missing else key


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
    return key[: len(bound)] == bound if len(bound) < _WHOLE else key == bound


def _no_range(text: str) -> Invalid:
    return Invalid(f"{text[:80]!r} is no range", "write v1.2.0, v1.2, or '>=v1.2.0, <v2'")
