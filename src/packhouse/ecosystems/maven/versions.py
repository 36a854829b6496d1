"""Versions as Maven orders them (ComparableVersion of maven-artifact 3; its rules stand in the POM reference).

Maven reads any text as a version: items between periods, and a list within the list behind every hyphen and every
change between digits and letters. It compares two of them item by item, and what one of them lacks counts as nothing:
`1-alpha` < `1` < `1-sp` < `1-1` < `1.1`. Here that becomes a key that sorts as it is, in one flat tuple.

Maven's comparison is no order where both differ in shape and one has a zero or a list in the place of the other's
word: to Maven `1.0.alpha` < `1` < `1.sp` < `1.0.alpha`. A key cannot say that; it goes by which of the two is before
the bare release and which behind it.
"""

import re

from packhouse.domain.errors import Invalid

MAX_LENGTH = 256
Key = tuple[int | str, ...]

# What stands first in an item's part of the key. At each place "nothing more" is _END.
_WORD = 10  # alpha, beta, milestone, rc, snapshot: 10 to 14
_RELEASE_BEFORE = 25  # an empty word (ga, final, release), and what follows it is before a release
_LIST_BEFORE = 30
_ZERO_BEFORE = 45
_END = 50
_RELEASE_BEHIND = 55
_SP = 60
_OTHER = 61
_LIST_BEHIND = 70
_ZERO_BEHIND = 75
_NUMBER = 80

_EARLY = {"alpha": 0, "beta": 1, "milestone": 2, "rc": 3, "cr": 3, "snapshot": 4}
_RELEASES = frozenset({"", "ga", "final", "release"})
_SHORT = {"a": "alpha", "b": "beta", "m": "milestone"}
_RELEASE_KEY: Key = (_END,)

_is_plain = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,7}").fullmatch
# A run of digits, a run of others, or one of the two signs; `\d` is what Java calls a digit, too.
_tokens = re.compile(r"\d+|[^\d.-]+|[.-]").findall

Item = int | str
_DOT = "."
_SIGNS = frozenset(".-")


def version_key(version: str) -> Key:
    """Make the key that sorts as Maven compares; raise Invalid for what no version can be."""
    if _is_plain(version):
        numbers = [int(part) for part in version.split(".")]
        while numbers and not numbers[-1]:
            numbers.pop()
        return _numbers(numbers, _RELEASE_KEY)
    if len(version) > MAX_LENGTH or "\0" in version:
        raise Invalid(f"a version is at most {MAX_LENGTH} characters long and has no NUL")
    key, sign = _RELEASE_KEY, 0
    lists = _lists(version.lower())
    for position in range(len(lists) - 1, -1, -1):
        key, sign = _list_key(lists[position], key, sign)
        if position and sign:
            key = (_LIST_BEHIND if sign > 0 else _LIST_BEFORE, *key)
    return key


def is_prerelease(version: str) -> bool:
    """Tell whether a version is marked as one that comes before a release, by Maven's words or by usual ones."""
    return _is_early(version) is not None


def is_snapshot(version: str) -> bool:
    """Tell whether a version is one whose files change."""
    return version.upper().endswith("-SNAPSHOT") or version == "SNAPSHOT"


_is_early = re.compile(
    r"(?:^|[0-9._+-])(?:alpha|beta|milestone|rc|cr|snapshot|pre|preview|ea|dev|nightly|[abm](?=[0-9]))"
    r"(?:[^a-z]|$)",
    re.IGNORECASE,
).search


def _numbers(numbers: list[int], rest: Key) -> Key:
    """Write numbers of which the last is not zero."""
    return (*[_NUMBER + number if number else _ZERO_BEHIND for number in numbers], *rest)


def _lists(version: str) -> list[list[Item]]:
    """Take a version apart: each list is the last item of the one before it."""
    lists: list[list[Item]] = [[]]
    tokens = _tokens(version)
    before = _DOT  # what a sign follows that follows nothing
    for position, token in enumerate(tokens):
        if token in _SIGNS:
            if before in _SIGNS:
                lists[-1].append(0)
            if token not in _DOT:
                lists.append([])
        else:
            following = tokens[position + 1] if position + 1 < len(tokens) else ""
            if before not in _SIGNS or (lists[-1] and _begins_list(token, following)):
                lists.append([])  # digits behind letters, or letters behind digits
            lists[-1].append(int(token) if token[0].isdecimal() else _word(token, following))
        before = token
    return lists


def _begins_list(token: str, following: str) -> bool:
    """Tell whether `.x` is read as `-x`: a word at the end or before a digit (MNG-7559)."""
    return not token[0].isdecimal() and (not following or following[0].isdecimal())


def _word(text: str, following: str) -> str:
    return _SHORT.get(text, text) if following[:1].isdecimal() else text


def _list_key(items: list[Item], rest: Key, sign: int) -> tuple[Key, int]:
    """Write a list before the rest of the key, and tell whether it is before (-1), as good as (0) or behind nothing.

    `rest` is its last list, if that has a sign.
    """
    end = len(items)
    while end and (items[end - 1] == 0 or items[end - 1] in _RELEASES):
        end -= 1  # trailing nothings, also those before the last list
    parts: list[int | str] = list(rest)[::-1] if sign else [_END]
    for item in reversed(items[:end]):
        sign = _put_number(parts, item, sign) if isinstance(item, int) else _put_word(parts, item, sign)
    return tuple(parts[::-1]), sign


def _put_number(parts: list[int | str], number: int, sign: int) -> int:
    if number:
        parts.append(_NUMBER + number)
        return 1
    parts.append(_ZERO_BEHIND if sign > 0 else _ZERO_BEFORE)
    return sign


def _put_word(parts: list[int | str], word: str, sign: int) -> int:
    early = _EARLY.get(word)
    if early is not None:
        parts.append(_WORD + early)
        return -1
    if word in _RELEASES:
        parts.append(_RELEASE_BEHIND if sign > 0 else _RELEASE_BEFORE)
        return sign
    if word == "sp":
        parts.append(_SP)
    else:
        parts += [word, _OTHER]
    return 1
