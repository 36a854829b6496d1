"""Environment markers (PEP 508): read once, then asked of many environments.

Source: the dependency specifiers specification. A comparison is one of versions where the variable is one and the other
side makes a specifier, else one of texts.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.pypi.specifiers import parse_specifiers, satisfies

Holds = Callable[[Mapping[str, str], frozenset[str]], bool]
"""Asks variables of an environment, and the extras that are asked for."""

_VERSIONS = frozenset({"python_version", "python_full_version", "implementation_version", "platform_release"})
_VARIABLES = _VERSIONS | {
    "extra", "implementation_name", "os_name", "platform_machine", "platform_python_implementation",
    "platform_system", "platform_version", "sys_platform",
}  # fmt: skip
_OLD = {
    "os.name": "os_name",
    "sys.platform": "sys_platform",
    "platform.version": "platform_version",
    "platform.machine": "platform_machine",
    "platform.python_implementation": "platform_python_implementation",
    "python_implementation": "platform_python_implementation",
}
"""Spellings before PEP 508."""
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "==": lambda left, right: left == right,
    "===": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
    "in": lambda left, right: left in right,
    "not in": lambda left, right: left not in right,
}
_token = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<sign>===|~=|==|!=|<=|>=|<|>|\(|\))|(?P<word>not\s+in|[A-Za-z_.]+))"""
)
_MAX_DEPTH = 50


class Comparison(NamedTuple):
    """A variable beside a text; turned where the text stands first and is looked for in the variable."""

    variable: str
    sign: str
    value: str
    is_turned: bool = False


class Joined(NamedTuple):
    """Markers with one word between them."""

    word: str
    parts: "tuple[Marker, ...]"


Marker = Comparison | Joined


@lru_cache(maxsize=16384)
def read_marker(text: str) -> Holds:
    """Read a marker; raise Invalid if it is none."""
    return _compile(parse_marker(text))


def parse_marker(text: str) -> Marker:
    """Take a marker apart; raise Invalid if it is none."""
    reader = _Reader(text)
    found = reader.either(0)
    if reader.rest():
        raise _no_marker(text)
    return found


@lru_cache(maxsize=16384)
def without_extras(text: str) -> str:
    """Write a marker as it is once its extras are asked for; empty where nothing else is left of it."""
    left = _simplify(parse_marker(text))
    return "" if left is None else _write(left)


def _simplify(marker: Marker) -> Marker | None:
    """Leave comparisons with an extra out, as true."""
    if isinstance(marker, Comparison):
        return None if marker.variable == "extra" else marker
    parts = [_simplify(part) for part in marker.parts]
    left = tuple(part for part in parts if part is not None)
    if not left or (marker.word == "or" and len(left) < len(parts)):
        return None
    return left[0] if len(left) == 1 else Joined(marker.word, left)


def _write(marker: Marker) -> str:
    if isinstance(marker, Comparison):
        return f"{marker.variable} {marker.sign} {marker.value!r} {marker.is_turned or ''}".strip()
    return f" {marker.word} ".join(sorted(f"({_write(part)})" for part in marker.parts))


def _compile(marker: Marker) -> Holds:
    if isinstance(marker, Comparison):
        return _of_comparison(marker)
    parts = [_compile(part) for part in marker.parts]
    if marker.word == "or":
        return lambda variables, extras: any(part(variables, extras) for part in parts)
    return lambda variables, extras: all(part(variables, extras) for part in parts)


def _of_comparison(marker: Comparison) -> Holds:
    if marker.is_turned:
        return _turned(marker.value, marker.sign, marker.variable)
    return _of_variable(marker.variable, marker.sign, marker.value)


def holds(text: str, variables: Mapping[str, str], extras: frozenset[str]) -> bool:
    """Tell whether a marker holds where any of these extras, or none, is asked for; raise Invalid if it is none."""
    return read_marker(text)(variables, extras)


def normal_extra(name: str) -> str:
    """Spell an extra so that two spellings of the same are equal (PEP 685)."""
    return re.sub(r"[-_.]+", "-", name).lower()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        at = 0
        stripped = text.rstrip()
        while at < len(stripped):
            found = _token.match(stripped, at)
            if found is None or found.lastgroup is None:
                raise _no_marker(text)
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()
        self._tokens.reverse()

    def rest(self) -> int:
        return len(self._tokens)

    def either(self, depth: int) -> Marker:
        parts = [self._both(depth)]
        while self._takes("or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Joined("or", tuple(parts))

    def _both(self, depth: int) -> Marker:
        parts = [self._one(depth)]
        while self._takes("and"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))

    def _one(self, depth: int) -> Marker:
        if self._takes("("):
            if depth > _MAX_DEPTH:
                raise _no_marker(self._text)
            inner = self.either(depth + 1)
            if not self._takes(")"):
                raise _no_marker(self._text)
            return inner
        left, operator, right = self._next(), self._next(), self._next()
        sign = re.sub(r"\s+", " ", operator[1])
        if sign not in _TEXTS and sign != "~=":
            raise _no_marker(self._text)
        return _compare(left, sign, right, self._text)

    def _takes(self, word: str) -> bool:
        if self._tokens and self._tokens[-1][1] == word and self._tokens[-1][0] != "text":
            self._tokens.pop()
            return True
        return False

    def _next(self) -> tuple[str, str]:
        if not self._tokens:
            raise _no_marker(self._text)
        return self._tokens.pop()


def _compare(left: tuple[str, str], sign: str, right: tuple[str, str], text: str) -> Marker:
    if left[0] == "text" and right[0] == "word":
        name, value = _variable(right[1], text), left[1][1:-1]
        if sign in {"in", "not in"}:
            return Comparison(name, sign, value, is_turned=True)
        return Comparison(name, _TURNED.get(sign, sign), value)
    if left[0] == "word" and right[0] == "text":
        return Comparison(_variable(left[1], text), sign, right[1][1:-1])
    raise _no_marker(text)


def _variable(word: str, text: str) -> str:
    name = _OLD.get(word, word)
    if name not in _VARIABLES:
        raise _no_marker(text)
    return name


def _of_variable(name: str, sign: str, value: str) -> Holds:
    if name == "extra":
        return _of_extra(sign, normal_extra(value))
    if name in _VERSIONS and sign not in {"in", "not in"}:
        wanted = f"{sign}{value}"
        return lambda variables, _: _version_holds(variables[name], wanted, sign, value)
    compare = _TEXTS.get(sign)
    if compare is None:
        return lambda _variables, _extras: False
    return lambda variables, _: compare(variables[name], value)


@lru_cache(maxsize=4096)
def _version_holds(version: str, wanted: str, sign: str, value: str) -> bool:
    try:
        parse_specifiers(wanted)
    except Invalid:
        compare = _TEXTS.get(sign)
        return compare is not None and compare(version, value)
    try:
        return satisfies(version, wanted)
    except Invalid:
        return False  # the release of a kernel is seldom a version


def _turned(value: str, sign: str, name: str) -> Holds:
    """Look for a text in a variable."""
    compare = _TEXTS[sign]
    if name == "extra":
        return lambda _, extras: any(compare(value, extra) for extra in extras or ("",))
    return lambda variables, _: compare(value, variables[name])


def _of_extra(sign: str, value: str) -> Holds:
    if sign in {"==", "==="}:
        return lambda _, extras: value in extras
    if sign == "!=":
        return lambda _, extras: not extras or any(extra != value for extra in extras)
    compare = _TEXTS.get(sign, _TEXTS["=="])
    return lambda _, extras: any(compare(extra, value) for extra in extras or ("",))


def _no_marker(text: str) -> Invalid:
    return Invalid(f"{text[:200]!r} is no environment marker", """write python_version < "3.12" or extra == "tests" """)
