"""Version constraints: `^1.2`, `~1.2.3`, `1.0.*`, `1.0 - 2.0`, `>=1.0 <2.0 || ^3`, `dev-main`, `@beta`.

Source: Composer's article on versions; agreement is tested with Composer itself. A bound that names no stability
includes or excludes the development versions of its release, as the table of that article says.
"""

import re
from functools import lru_cache

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.composer.versions import VersionKey, key_of, normalise

_MAX_LENGTH = 1000
_OR = re.compile(r"\s*\|\|?\s*")
_HYPHEN = re.compile(r"([^\s,]+) +- +([^\s,]+)")
_FLAG = re.compile(r"([^,\s]*?)@(stable|RC|beta|alpha|dev)", re.IGNORECASE)
_REFERENCE = re.compile(r"(dev-[^,\s@]+?|[^,\s@]+?\.x-dev)#.+", re.IGNORECASE)
_ANY = re.compile(r"(v)?[xX*](\.[xX*])*", re.IGNORECASE)
_WILDCARD = re.compile(r"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:\.[xX*])+", re.ASCII)
_PARTS = re.compile(
    r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.(\d+))?"
    r"(?P<stability>[._-]?(?:stable|beta|b|RC|alpha|a|patch|pl|p)(?:[.-]?\d++)*+(?:[.-]?dev)?|[.-]?dev)?"
    r"(?P<branch>\.[xX*][.-]?dev)?(?:\+\S+)?",
    re.IGNORECASE | re.ASCII,
)
_piece = re.compile(r"[\s,]*([^\s,]+ +- +[^\s,]+|[^\s,]+)").match
_COMPARED = re.compile(r"(<>|!=|>=|<=|==|=|>|<)?\s*(.*)", re.DOTALL)
_HAS_STABILITY = re.compile(r"-[._-]?(?:(?:stable|beta|b|rc|alpha|a|patch|pl|p)(?:[.-]?\d++)*+)?(?:[.-]?dev)?$|dev$")


class Comparison(Struct, frozen=True):
    """One bound; operator one of == != >= <= > <."""

    operator: str
    key: VersionKey
    normal: str = ""
    """The version as Composer keeps it."""


Alternative = tuple[Comparison, ...]
"""All must hold; none of them is any version."""


@lru_cache(maxsize=8192)
def parse_constraint(text: str) -> tuple[Alternative, ...]:
    """Read a constraint as alternatives; raise Invalid if it is none."""
    if len(text) > _MAX_LENGTH or not text.strip() or not text.isprintable():
        raise _no_constraint(text)
    try:
        return tuple(_alternative(part, text) for part in _OR.split(text.strip()))
    except (Invalid, IndexError):
        raise _no_constraint(text) from None


def satisfies(version: str, wanted: str) -> bool:
    """Tell whether a version is in a range; raise Invalid if either is none."""
    key = key_of(normalise(version))
    return holds(key, parse_constraint(wanted))


def holds(key: VersionKey, alternatives: tuple[Alternative, ...]) -> bool:
    """Tell whether a version is in a range that has been read."""
    return any(all(_holds(key, each) for each in part) for part in alternatives)


def _alternative(text: str, whole: str) -> Alternative:
    if not text.strip():
        raise _no_constraint(whole)
    if _HYPHEN.fullmatch(text.strip()):
        return _one(text.strip())
    comparisons: list[Comparison] = []
    for part in _pieces(text.strip()):
        comparisons += _one(part)
    return tuple(comparisons)


def _pieces(text: str) -> list[str]:
    """Split at commas and blanks, but not behind an operator, nor within `x as y` and `a - b`."""
    plain = re.sub(r"([<>=!~^]) +", r"\1", text)
    plain = re.sub(r" +as +\S+", "", plain)
    pieces: list[str] = []
    position = 0
    while position < len(plain):
        found = _piece(plain, position)
        if found is None:
            break
        pieces.append(found[1])
        position = found.end()
    if re.search(r",\s*,|^\s*,|,\s*$", text):
        raise _no_constraint(text)
    return pieces


def _one(text: str) -> Alternative:
    text, flag = _without_flag(text)
    text = reference[1] if (reference := _REFERENCE.fullmatch(text)) else text
    if (any_version := _ANY.fullmatch(text)) is not None:
        return (_bound(">=", "0.0.0.0-dev"),) if any_version[1] or any_version[2] else ()
    if text.startswith("~"):
        return _tilde(text[1:])
    if text.startswith("^"):
        return _caret(text[1:])
    if (wild := _WILDCARD.fullmatch(text)) is not None:
        return _wildcard(wild)
    if (hyphen := _HYPHEN.fullmatch(text)) is not None:
        return _hyphen(hyphen[1], hyphen[2])
    return _compared(text, flag)


def _without_flag(text: str) -> tuple[str, str]:
    found = _FLAG.fullmatch(text)
    if found is None:
        return text, ""
    flag = found[2].lower()
    return found[1] or "*", "" if flag == "stable" else {"rc": "RC"}.get(flag, flag)


def _parts(text: str) -> tuple[re.Match[str], list[int], str]:
    """Read a version's numbers; return them with the suffix that a bound without a stability gets."""
    found = _PARTS.fullmatch(text)
    if found is None:
        raise Invalid(f"{text[:80]!r} is no version")
    numbers = [int(each) for each in found.groups()[:4] if each is not None]
    return found, numbers, "" if found["stability"] or found["branch"] else "-dev"


def _tilde(text: str) -> Alternative:
    found, numbers, suffix = _parts(text)
    length = len(numbers) + (1 if found["branch"] else 0)
    high = _next(numbers, max(1, length - 1))
    return _bound(">=", normalise(text + suffix)), _bound("<", high)


def _caret(text: str) -> Alternative:
    found, numbers, suffix = _parts(text)
    del found
    at = next((place for place, number in enumerate(numbers[:2], 1) if number), min(len(numbers), 3))
    return _bound(">=", normalise(text + suffix)), _bound("<", _next(numbers, at))


def _wildcard(found: re.Match[str]) -> Alternative:
    numbers = [int(each) for each in found.groups() if each is not None]
    high = _bound("<", _next(numbers, len(numbers)))
    if not any(numbers):
        return (high,)
    return _bound(">=", f"{_padded(numbers)}-dev"), high


def _hyphen(low: str, high: str) -> Alternative:
    _, _, suffix = _parts(low)
    _, numbers, open_end = _parts(high)
    lower = _bound(">=", normalise(low) + suffix)
    if len(numbers) > 2 or not open_end:
        return lower, _bound("<=", normalise(high))
    return lower, _bound("<", _next(numbers, len(numbers)))


def _compared(text: str, flag: str) -> Alternative:
    found = _COMPARED.fullmatch(text)
    operator, wanted = (found[1] or "==", found[2]) if found else ("==", text)
    operator = {"=": "==", "<>": "!="}.get(operator, operator)
    normal = _normal(wanted)
    if operator != "==" and flag and "-" not in normal:
        normal += f"-{flag}"
    elif operator in {"<", ">="} and not _HAS_STABILITY.search(wanted.lower()) and not wanted.startswith("dev-"):
        normal += "-dev"
    return (_bound(operator, normal),)


def _normal(wanted: str) -> str:
    try:
        return normalise(wanted)
    except Invalid:
        # A branch that is written with its stability behind it, as `feature-dev`.
        if wanted.endswith("-dev") and re.fullmatch(r"[0-9a-zA-Z./-]+", wanted):
            return normalise(f"dev-{wanted[:-4]}")
        raise


def _next(numbers: list[int], at: int) -> str:
    """Write the development version of what comes next in this place, counted from 1."""
    padded = (numbers + [0] * 4)[:at]
    padded[-1] += 1
    return f"{_padded(padded)}-dev"


def _padded(numbers: list[int]) -> str:
    return ".".join(str(number) for number in (numbers + [0] * 4)[:4])


def _bound(operator: str, normal: str) -> Comparison:
    return Comparison(operator, key_of(normal), normal)


def _holds(key: VersionKey, comparison: Comparison) -> bool:  # noqa: PLR0911 (one operator a line)
    bound = comparison.key
    if key[0] == 0 or bound[0] == 0:  # branches are equal or different, nothing else
        return (key == bound) if comparison.operator == "==" else comparison.operator == "!=" and key != bound
    match comparison.operator:
        case "==":
            return key == bound
        case "!=":
            return key != bound
        case ">=":
            return key >= bound
        case "<=":
            return key <= bound
        case ">":
            return key > bound
    return key < bound


def _no_constraint(text: str) -> Invalid:
    return Invalid(f"{text[:80]!r} is no version constraint", "write ^1.2, ~1.2.3, 1.0.*, '>=1.0 <2.0' or dev-branch")
