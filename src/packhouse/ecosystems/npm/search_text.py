"""What stands in a search: words, and qualifiers such as `maintainer:ada` or `not:unstable`."""

import re
from collections.abc import Callable

from packhouse.domain.search import Facet, SearchQuery, Weights
from packhouse.formats.words import fold

_LONGEST = 2000
"""Characters that are looked at."""
_QUALIFIERS = 20
"""More of a kind are not looked at."""
_FLAGS = frozenset({"unstable", "insecure", "deprecated"})
# Each character is looked at twice at most: no part can match what another one may.
_tokens = re.compile(r'(?:([a-z-]+):)?("[^"]*"|\S+)').findall


class _Reading:
    """Collects what is asked for."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.facets: list[tuple[tuple[Facet, ...], ...]] = []
        self.without: list[Facet] = []
        self.begins = ""
        self.favours_exact = True

    def author(self, value: str) -> bool:
        """Ask for an author, by name or address."""
        self.facets.append(((("author", value),),))
        return True

    def maintainer(self, value: str) -> bool:
        """Ask for one of the maintainers."""
        self.facets.append(((("maintainer", value),),))
        return True

    def scope(self, value: str) -> bool:
        """Ask for packages of a scope."""
        self.begins = f"@{value.removeprefix('@')}/"
        return True

    def keywords(self, value: str) -> bool:
        """Ask for keywords: `a,b` for either, `a+b` for both, `-c` for none of it."""
        parts = [part for part in value.split(",") if part.strip("-+")][:_QUALIFIERS]
        self.without += [("keyword", part[1:]) for part in parts if part.startswith("-")]
        wanted = [part for part in parts if not part.startswith("-")]
        groups = [[each for each in part.split("+") if each][:_QUALIFIERS] for part in wanted]
        if groups:
            self.facets.append(tuple(tuple(("keyword", each) for each in group) for group in groups))
        return bool(parts)

    def having(self, value: str) -> bool:
        """Ask for a flag."""
        if value in _FLAGS:
            self.facets.append(((("flag", value),),))
        return value in _FLAGS

    def lacking(self, value: str) -> bool:
        """Ask for what has not a flag."""
        if value in _FLAGS:
            self.without.append(("flag", value))
        return value in _FLAGS

    def exact(self, value: str) -> bool:
        """Say whether a package of exactly this name comes first."""
        self.favours_exact = value != "false"
        return value in {"true", "false"}


_QUALIFIED: dict[str, Callable[[_Reading, str], bool]] = {
    "author": _Reading.author,
    "maintainer": _Reading.maintainer,
    "scope": _Reading.scope,
    "keywords": _Reading.keywords,
    "is": _Reading.having,
    "not": _Reading.lacking,
    "boost-exact": _Reading.exact,
}


def read_search(text: str, weights: Weights) -> SearchQuery:
    """Read a search; a qualifier that is none, or says nothing, is words like any other."""
    reading = _Reading()
    for name, quoted in _tokens(text[:_LONGEST]):
        value = quoted.strip('"')
        read = _QUALIFIED.get(name)
        if read is None or not value or not read(reading, fold(value)):
            reading.words.append(f"{name} {value}" if name else value)
    return SearchQuery(
        text=" ".join(reading.words),
        facets=tuple(reading.facets[:_QUALIFIERS]),
        without=tuple(reading.without[:_QUALIFIERS]),
        begins=reading.begins,
        favours_exact=reading.favours_exact,
        weights=weights,
    )
