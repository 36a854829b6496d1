"""Licences as SPDX expressions, read from what registries and manifests write."""

import re
from collections.abc import Callable
from functools import cache, lru_cache

_COMMON = frozenset(
    {"MIT", "ISC", "Apache-2.0", "BSD-3-Clause", "BSD-2-Clause", "0BSD", "CC0-1.0", "Unlicense", "MPL-2.0", "GPL-3.0"}
)
"""Known without the list."""
_tokens = re.compile(r"[()]|[A-Za-z0-9.+-]+").findall
_is_expression = re.compile(r"[\s()A-Za-z0-9.+-]+").fullmatch
_MAX_LENGTH = 500
_words = re.compile(r"[a-z]+|\d+(?:\.\d+)*").findall
_FILLERS = frozenset(
    {"the", "license", "licence", "licensed", "software", "version", "v", "under", "a", "of", "general"}
)
_NAMES = {
    # By their words, fillers left out; a family without its version or number of clauses is no licence yet.
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache2": "Apache-2.0",
    "asl 2.0": "Apache-2.0",
    "al 2.0": "Apache-2.0",
    "apache 1.1": "Apache-1.1",
    "mit": "MIT",
    "mit x11": "MIT",
    "mit mit": "MIT",
    "expat": "MIT",
    "isc": "ISC",
    "isc iscl": "ISC",
    "bsd 2 clause": "BSD-2-Clause",
    "simplified bsd": "BSD-2-Clause",
    "bsd 2 clause simplified": "BSD-2-Clause",
    "freebsd": "BSD-2-Clause",
    "bsd 3 clause": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause",
    "modified bsd": "BSD-3-Clause",
    "revised bsd": "BSD-3-Clause",
    "bsd 3 clause new or revised": "BSD-3-Clause",
    "eclipse public 1.0": "EPL-1.0",
    "eclipse public 2.0": "EPL-2.0",
    "epl 1.0": "EPL-1.0",
    "epl 2.0": "EPL-2.0",
    "eclipse distribution 1.0": "BSD-3-Clause",
    "edl 1.0": "BSD-3-Clause",
    "mozilla public 1.1": "MPL-1.1",
    "mozilla public 2.0": "MPL-2.0",
    "mozilla public 2.0 mpl 2.0": "MPL-2.0",
    "mpl 1.1": "MPL-1.1",
    "mpl 2.0": "MPL-2.0",
    "gnu lesser public 2.1": "LGPL-2.1-only",
    "lgpl 2.1": "LGPL-2.1-only",
    "gnu lesser public lgpl 2.1": "LGPL-2.1-only",
    "gnu lesser public 3": "LGPL-3.0-only",
    "lgpl 3": "LGPL-3.0-only",
    "gnu lesser public 3 lgplv3": "LGPL-3.0-only",
    "gnu public 2": "GPL-2.0-only",
    "gnu public 3": "GPL-3.0-only",
    "gnu public 3 gplv3": "GPL-3.0-only",
    "gnu affero public 3": "AGPL-3.0-only",
    "common development and distribution 1.0": "CDDL-1.0",
    "cddl 1.0": "CDDL-1.0",
    "cddl 1.1": "CDDL-1.1",
    "cc0 1.0 universal": "CC0-1.0",
    "cc0": "CC0-1.0",
    "cc0 1.0": "CC0-1.0",
    "public domain cc0": "CC0-1.0",
    "unlicense": "Unlicense",
    "unlicense unlicense": "Unlicense",
    "zlib": "Zlib",
    "zlib libpng": "Zlib",
    "boost 1.0": "BSL-1.0",
    "boost 1.0 bsl 1.0": "BSL-1.0",
    "python foundation": "PSF-2.0",
    "wtfpl": "WTFPL",
    "universal permissive 1.0": "UPL-1.0",
    "bouncy castle": "MIT",
    "go": "BSD-3-Clause",
    "w3c": "W3C",
}
_ADDRESSES = {
    "apache.org/licenses/license-2.0": "Apache-2.0",
    "opensource.org/licenses/mit": "MIT",
    "opensource.org/licenses/mit-license": "MIT",
    "opensource.org/license/mit": "MIT",
    "opensource.org/licenses/apache-2.0": "Apache-2.0",
    "opensource.org/licenses/bsd-3-clause": "BSD-3-Clause",
    "opensource.org/licenses/bsd-2-clause": "BSD-2-Clause",
    "eclipse.org/legal/epl-v10": "EPL-1.0",
    "eclipse.org/legal/epl-v20": "EPL-2.0",
    "eclipse.org/legal/epl-2.0": "EPL-2.0",
    "eclipse.org/org/documents/edl-v10": "BSD-3-Clause",
    "mozilla.org/mpl/2.0": "MPL-2.0",
    "mozilla.org/en-us/mpl/2.0": "MPL-2.0",
    "gnu.org/licenses/old-licenses/gpl-2.0": "GPL-2.0-only",
    "gnu.org/licenses/old-licenses/lgpl-2.1": "LGPL-2.1-only",
    "gnu.org/licenses/gpl-3.0": "GPL-3.0-only",
    "gnu.org/licenses/lgpl-3.0": "LGPL-3.0-only",
    "creativecommons.org/publicdomain/zero/1.0": "CC0-1.0",
    "unlicense.org": "Unlicense",
}
_address = re.compile(r"https?://(?:www\.)?([^?#\s]+)", re.IGNORECASE).fullmatch


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


@lru_cache(maxsize=4096)
def name_to_spdx(text: str) -> str | None:
    """Tell which licence a name ("Apache License, Version 2.0") or an address means, as an SPDX expression.

    An expression is read as one; a name that could be several licences is none.
    """
    text = text.strip()
    if len(text) > _MAX_LENGTH:
        return None
    if (found := _address(text)) is not None:
        return _of_address(found[1])
    named = _NAMES.get(" ".join(word for word in _words(text.lower()) if word not in _FILLERS))
    return named or to_spdx(text)


def _of_address(address: str) -> str | None:
    plain = address.lower().rstrip("/")
    for end in (".txt", ".html", ".php", ".en.html"):
        plain = plain.removesuffix(end)
    known = _ADDRESSES.get(plain)
    if known is None and plain.startswith("spdx.org/licenses/"):
        return to_spdx(address.rstrip("/").rpartition("/")[2].removesuffix(".html"))
    return known


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
