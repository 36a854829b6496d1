"""Licences as manifests name them, today's and those of ten years ago, and as SPDX where that can be told."""

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache

from packhouse.domain.release import Licence

_COMMON = frozenset(
    {"MIT", "ISC", "Apache-2.0", "BSD-3-Clause", "BSD-2-Clause", "0BSD", "CC0-1.0", "Unlicense", "MPL-2.0", "GPL-3.0"}
)
"""Known without the list."""
_tokens = re.compile(r"[()]|[A-Za-z0-9.+-]+").findall
_is_expression = re.compile(r"[\s()A-Za-z0-9.+-]+").fullmatch
_MAX_LENGTH = 500
_MAX_LICENCES = 50


def read_licences(licence: object, licences: object) -> tuple[Licence, ...]:
    """Read the field `license` and, where that says nothing, the older `licenses`."""
    for field in (licence, licences):
        found = tuple(dict.fromkeys(_texts(field)))[:_MAX_LICENCES]
        if found:
            return tuple(Licence(text, to_spdx(text)) for text in found)
    return ()


@lru_cache(maxsize=4096)
def to_spdx(text: str) -> str | None:
    """Spell a licence as an SPDX expression; None for what is none, like UNLICENSED or SEE LICENSE IN a file."""
    if text in _COMMON:
        return text
    if len(text) > _MAX_LENGTH or not _is_expression(text):
        return None
    try:
        return _Expression(_tokens(text)).read()
    except _NoExpression:
        return None


def _texts(field: object) -> Iterator[str]:
    if isinstance(field, str):
        if field.strip():
            yield field.strip()
    elif isinstance(field, dict):
        # {"type": "MIT", "url": ...}; some write the type as name.
        yield from _texts(next((field[key] for key in ("type", "name") if isinstance(field.get(key), str)), None))
    elif isinstance(field, list):
        for each in field:
            if isinstance(each, (str, dict)):
                yield from _texts(each)


class _NoExpression(ValueError):
    """The text is something else."""


class _Expression:
    """Reads an expression by the grammar of SPDX 2.3 annex D, in whatever case its identifiers are written.

    Identifiers that SPDX has deprecated, like GPL-3.0, stay: `or later` or `only` is not ours to say.
    """

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens[::-1]

    def read(self) -> str:
        """Read all of it."""
        text = self._either()
        if self._tokens:
            raise _NoExpression
        return text

    def _either(self) -> str:
        return self._chain("OR", lambda: self._chain("AND", self._term))

    def _chain(self, operator: str, operand: Callable[[], str]) -> str:
        parts = [operand()]
        while self._next_is(operator):
            self._tokens.pop()
            parts.append(operand())
        return f" {operator} ".join(parts)

    def _term(self) -> str:
        if self._next_is("("):
            self._tokens.pop()
            inner = self._either()
            if not self._next_is(")"):
                raise _NoExpression
            self._tokens.pop()
            return f"({inner})"
        licence = self._name(_known()[0])
        if self._next_is("WITH"):
            self._tokens.pop()
            licence += f" WITH {self._name(_known()[1])}"
        return licence

    def _name(self, known: dict[str, str]) -> str:
        token = self._tokens.pop().lower() if self._tokens else ""
        if token in known:
            return known[token]
        if token.endswith("+") and token[:-1] in known:
            return f"{known[token[:-1]]}+"
        raise _NoExpression

    def _next_is(self, token: str) -> bool:
        return bool(self._tokens) and self._tokens[-1].upper() == token


@cache
def _known() -> tuple[dict[str, str], dict[str, str]]:
    """Load the identifiers of licences and of exceptions, by their lower case."""
    # A megabyte, and most licences are common ones.
    from license_expression import get_license_index  # type: ignore[import-untyped]  # noqa: PLC0415

    licences: dict[str, str] = {}
    exceptions: dict[str, str] = {}
    for entry in get_license_index():
        names = [entry.get("spdx_license_key"), *entry.get("other_spdx_license_keys", ())]
        for name in names:
            if name and not name.startswith("LicenseRef-"):
                (exceptions if entry.get("is_exception") else licences)[name.lower()] = name
    return licences, exceptions
