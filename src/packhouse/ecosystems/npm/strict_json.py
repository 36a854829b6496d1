"""JSON from a publisher, read only where every reader would read the same."""

import json
from collections import Counter
from typing import Any

import msgspec

from packhouse.domain.errors import Invalid, TooLarge

MAX_MARKS = 200_000
"""How many colons and how many commas a document may have: no more members and elements can be made of it."""
MAX_DEPTH = 64
"""Comparing and writing what is nested deeper could fail later, where nobody expects it."""
_LARGEST = 2**63 - 1


def check_marks(text: bytes | bytearray, what: str) -> None:
    """Raise TooLarge where decoding would make so many values that memory runs short."""
    if text.count(b":") > MAX_MARKS or text.count(b",") > MAX_MARKS:
        raise TooLarge(f"{what} has more than {MAX_MARKS} members or elements")


def read_strict(text: bytes | bytearray, what: str) -> Any:  # noqa: ANN401 (whatever a stranger wrote)
    """Decode a text; raise Invalid for what JSON does not have, or what programs read differently."""
    check_marks(text, what)
    try:
        # Knows no NaN, no lone surrogates and no number beyond all bounds, all of which the other would let pass.
        msgspec.json.decode(text)
        value = _decode(text.decode())
    except _Twice as error:
        raise Invalid(f"{what} has the key {str(error)[:100]!r} twice", "remove one of them") from None
    except _Forbidden as error:
        raise Invalid(f"{what} has {error}, which no program can be trusted with", "remove it") from None
    except RecursionError:
        raise Invalid(f"{what} is nested too deeply") from None
    except ValueError as error:
        raise Invalid(f"{what} is no JSON: {error}") from error
    # What has no more brackets than that cannot be nested deeper.
    if text.count(b"[") + text.count(b"{") > MAX_DEPTH and not _is_shallow(value):
        raise Invalid(f"{what} is nested more than {MAX_DEPTH} deep") from None
    return value


class _Twice(ValueError):
    """A key stands twice in one object."""


class _Forbidden(ValueError):
    """A value that JSON allows and programs stumble over."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _Twice(next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1))
    # In JavaScript, assigning it changes what all objects are.
    if "__proto__" in members:
        raise _Forbidden("the key __proto__")
    return members


def _is_shallow(value: object) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)  # type: ignore[attr-defined]
            if isinstance(child, dict | list)
        ]
        if not level:
            return True
    return False


def _bounded(digits: str) -> int:
    # 19 digits and a sign; `int` itself takes quadratic time for many.
    if len(digits) > 20 or abs(number := int(digits)) > _LARGEST:
        raise _Forbidden("a number of more than 64 bits")
    return number


_decode = json.JSONDecoder(object_pairs_hook=_unique, parse_int=_bounded).decode
