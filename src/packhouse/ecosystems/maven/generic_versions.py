"""Versions as Maven's resolver orders them where it works out ranges (maven-resolver-util 1.6, GenericVersion).

It is not the order of `versions`: here `1.0.1` and `1-0-1` are one version, and a word that nobody knows is behind
the bare release by itself, whatever follows it.
"""

import re
from functools import lru_cache

_QUALIFIERS = {
    "alpha": -5,
    "beta": -4,
    "milestone": -3,
    "cr": -2,
    "rc": -2,
    "snapshot": -1,
    "ga": 0,
    "final": 0,
    "release": 0,
    "sp": 1,
}
_SHORT = {"a": -5, "b": -4, "m": -3}
_MIN, _QUALIFIER, _WORD, _NUMBER, _MAX = 0, 2, 3, 4, 8
Item = tuple[int, int | str]
_ENDS: dict[str, Item] = {"min": (_MIN, -1), "max": (_MAX, 1)}
# Each sign ends an item, if only an empty one; so does a change between digits and others.
_tokens = re.compile(r"(?P<digits>\d+)(?P<cut>[._-]?)|(?P<word>[^\d._-]+)(?P<end>[._-]?)|[._-]").finditer


def compare(left: str, right: str) -> int:
    """Tell which of two versions is before the other."""
    these, those = _items(left), _items(right)
    is_number = True
    for this, that in zip(these, those, strict=False):
        if _is_number(this) != _is_number(that):
            index = _common(these, those)
            return (
                _padding(these, index, is_number)
                if is_number == _is_number(this)
                else -_padding(those, index, is_number)
            )
        if this != that:
            return -1 if this < that else 1
        is_number = _is_number(this)
    common = min(len(these), len(those))
    return _padding(these, common, None) if len(these) > common else -_padding(those, common, None)


class Ordered:
    """A version that sorts so."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __lt__(self, other: "Ordered") -> bool:
        """Tell whether it is before another."""
        return compare(self.text, other.text) < 0

    def __gt__(self, other: "Ordered") -> bool:
        """Tell whether it is behind another."""
        return compare(self.text, other.text) > 0


def _common(these: tuple[Item, ...], those: tuple[Item, ...]) -> int:
    return next(at for at, (one, other) in enumerate(zip(these, those, strict=False)) if one != other)


def _is_number(item: Item) -> bool:
    return item[0] not in (_QUALIFIER, _WORD)


def _sign(item: Item) -> int:
    """Compare an item with nothing."""
    value = item[1]
    return 1 if isinstance(value, str) else (value > 0) - (value < 0)


def _padding(items: tuple[Item, ...], start: int, is_number: bool | None) -> int:  # noqa: FBT001 (None: of any kind)
    """Compare what is left of a version with nothing."""
    for item in items[start:]:
        if is_number is not None and is_number != _is_number(item):
            break
        if sign := _sign(item):
            return sign
    return 0


@lru_cache(maxsize=1 << 15)
def _items(version: str) -> tuple[Item, ...]:
    items: list[Item] = []
    text = version or "0"
    for match in _tokens(text):
        digits, word = match["digits"], match["word"]
        if digits:
            items.append((_NUMBER, int(digits)))
        elif word:
            items.append(
                _word(word.lower(), text[match.end() :][:1] if not match["end"] else "", match.end() >= len(text))
            )
        else:
            items.append((_NUMBER, 0))
    _trim(items)
    return tuple(items)


def _word(word: str, following: str, is_last: bool) -> Item:  # noqa: FBT001 (a private step)
    if is_last and word in _ENDS:
        return _ENDS[word]
    if following and word in _SHORT:
        return (_QUALIFIER, _SHORT[word])
    known = _QUALIFIERS.get(word)
    return (_WORD, word) if known is None else (_QUALIFIER, known)


def _trim(items: list[Item]) -> None:
    """Take out nothings that stand at the end of a run of numbers or of words."""
    kind: bool | None = None
    end = len(items) - 1
    for at in range(len(items) - 1, 0, -1):
        item = items[at]
        if _is_number(item) != kind:
            end, kind = at, _is_number(item)
        if end == at and (at == len(items) - 1 or _is_number(items[at - 1]) == _is_number(item)) and not _sign(item):
            del items[at]
            end -= 1
