"""Version specifiers (PEP 440): `>=1.0,<2`, `~=2.2`, `==1.*`, `!=1.5`, `===1.0-odd`."""

import re
from functools import lru_cache

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.pypi.versions import VersionKey, is_prerelease, public, version_key

_MAX_LENGTH = 2000
_clause = re.compile(r"\s*(===|~=|==|!=|<=|>=|<|>)\s*([^\s,]+)\s*", re.ASCII).fullmatch


class Clause(Struct, frozen=True):
    """One comparison."""

    operator: str
    text: str
    key: VersionKey | None
    """None for `===`, which compares texts."""
    prefix: tuple[int, ...] | None = None
    """The numbers before `.*`, with their zeros."""


@lru_cache(maxsize=8192)
def parse_specifiers(text: str) -> tuple[Clause, ...]:
    """Read a set of comparisons that must all hold; raise Invalid if it is none. Empty text is any version."""
    if len(text) > _MAX_LENGTH:
        raise _no_specifier(text)
    inner = text.strip()
    if inner.startswith("(") and inner.endswith(")"):
        inner = inner[1:-1]
    return tuple(_parse(each, text) for each in inner.split(",") if each.strip())


def satisfies(version: str, wanted: str) -> bool:
    """Tell whether a version is in a range, pre-releases included; raise Invalid if either is none.

    A version that stands alone means just that version.
    """
    try:
        clauses = parse_specifiers(wanted)
    except Invalid:
        clauses = parse_specifiers(f"=={wanted.strip()}")
    key = version_key(version)
    return all(holds(version, key, clause) for clause in clauses)


def _parse(part: str, whole: str) -> Clause:  # noqa: C901 (one rule of the grammar a line)
    found = _clause(part)
    if found is None:
        raise _no_specifier(whole)
    operator, text = found.groups()
    if operator == "===":
        return Clause(operator, text, None)
    prefix = None
    if text.endswith(".*"):
        if operator not in {"==", "!="}:
            raise _no_specifier(whole)
        text = text[:-2]
    starred = found[2].endswith(".*")
    try:
        key = version_key(text)
    except Invalid:
        raise _no_specifier(whole) from None
    if key.local and (starred or operator not in {"==", "!="}):
        raise _no_specifier(whole)
    if starred:
        if is_prerelease(key) or key.post >= 0:
            raise _no_specifier(whole)
        prefix = _numbers(text)
    if operator == "~=" and len(_numbers(text)) < 2:
        raise _no_specifier(whole)
    return Clause(operator, text, key, prefix)


def holds(version: str, key: VersionKey, clause: Clause) -> bool:  # noqa: PLR0911 (one operator a line)
    """Tell whether a version, read and as written, meets one comparison."""
    bound = clause.key
    if bound is None:
        return _spelled(version).lower() == clause.text.lower()
    match clause.operator:
        case "==":
            return _equals(key, bound, clause)
        case "!=":
            return not _equals(key, bound, clause)
        case ">=":
            return public(key) >= bound
        case "<=":
            return public(key) <= bound
        case "~=":
            return public(key) >= bound and _begins(key, bound.epoch, _numbers(clause.text)[:-1])
        case "<":
            return _below(key, bound)
    return _above(key, bound)


def _equals(key: VersionKey, bound: VersionKey, clause: Clause) -> bool:
    if clause.prefix is not None:
        return _begins(key, bound.epoch, clause.prefix)
    return (key if bound.local else public(key)) == bound


def _begins(key: VersionKey, epoch: int, prefix: tuple[int, ...]) -> bool:
    """Tell whether a version's numbers begin with these, missing ones being zeros."""
    padded = key.release + (0,) * (len(prefix) - len(key.release))
    return key.epoch == epoch and padded[: len(prefix)] == prefix


def _spelled(version: str) -> str:
    """Spell a version as PEP 440 normalises it: `===` compares texts."""
    from packaging.version import Version  # noqa: PLC0415 (hardly anybody writes it)

    return str(Version(version))


def _below(key: VersionKey, bound: VersionKey) -> bool:
    """Exclusive order: `<1.0` leaves out the pre-releases of 1.0, unless it names one."""
    if not public(key) < bound:
        return False
    own = (key.epoch, key.release) == (bound.epoch, bound.release) and bound.post in {-1, key.post}
    return is_prerelease(bound) or not (own and is_prerelease(key))


def _above(key: VersionKey, bound: VersionKey) -> bool:
    """Exclusive order: `>1.0` leaves out 1.0+local, and 1.0.post1 unless it names a post-release."""
    if not key > bound or public(key) == bound:
        return False
    own = (key.epoch, key.release, key.pre) == (bound.epoch, bound.release, bound.pre)
    return not (own and bound.post < 0 and key.post >= 0 and bound.dev[0] == 1)


def _numbers(text: str) -> tuple[int, ...]:
    """Read the release's numbers with their zeros."""
    plain = text.lower().lstrip("v").rpartition("!")[2]
    found = re.match(r"[0-9]+(?:\.[0-9]+)*", plain)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def _no_specifier(text: str) -> Invalid:
    return Invalid(f"{text[:80]!r} is no version specifier", "write >=1.0,<2 or ==1.2.*")
