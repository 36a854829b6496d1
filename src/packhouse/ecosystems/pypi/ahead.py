"""What a search will very likely want, found in waves, so that a server can fetch much at once."""

from packhouse.domain.errors import Invalid
from packhouse.domain.further import FurtherKey
from packhouse.ecosystems.pypi.catalogue import Catalogue, Missing
from packhouse.ecosystems.pypi.needs import names_prerelease
from packhouse.ecosystems.pypi.shelves import Shelf
from packhouse.ecosystems.pypi.wanted import Wanted

_MOST = 20_000
"""How many steps are looked ahead at most."""


class Ahead:
    """Follows the best release of every project as far as its records and documents go."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._masks: dict[str, int] = {}
        self._takes_pre: set[str] = set()
        self._waiting: list[tuple[str, str, frozenset[str]]] = []
        self._seen: set[tuple[str, str, frozenset[str]]] = set()
        self._done: set[tuple[str, int, frozenset[str]]] = set()
        self._steps = 0

    def follow(self, name: str, text: str, extras: frozenset[str]) -> None:
        """Follow what a need leads to, if that was not done yet."""
        if (name, text, extras) not in self._seen and self._steps < _MOST:
            self._seen.add((name, text, extras))
            self._waiting.append((name, text, extras))
            self._steps += 1

    def look(self) -> tuple[frozenset[str], frozenset[FurtherKey]]:
        """Follow as far as it goes; name the projects and documents that are needed to go on."""
        names: set[str] = set()
        documents: set[FurtherKey] = set()
        blocked: list[tuple[str, str, frozenset[str]]] = []
        while self._waiting:
            step = self._waiting.pop()
            try:
                self._take(*step)
            except Missing as missing:
                names |= missing.names
                documents |= missing.documents
                blocked.append(step)
            except Invalid:
                continue
        self._waiting = blocked
        return frozenset(names), frozenset(documents)

    def _take(self, name: str, text: str, extras: frozenset[str]) -> None:
        shelf = self._catalogue.shelf(name)
        if shelf is None:
            return
        mask = self._masks.get(name, shelf.all) & shelf.within(text)
        if names_prerelease(text):
            self._takes_pre.add(name)
        if not mask:
            return
        self._masks[name] = mask
        position = self._best(shelf, mask)
        if position is None or (name, position, extras) in self._done:
            return
        wanted = self._catalogue.wanted(shelf, position, extras)
        self._done.add((name, position, extras))
        for each in wanted:
            self._follow(each)

    def _best(self, shelf: Shelf, mask: int) -> int | None:
        pools = (mask,) if shelf.name in self._takes_pre else (mask & ~shelf.prereleases, mask & shelf.prereleases)
        for pool in pools:
            left = pool
            while left:
                position = left.bit_length() - 1
                pick = shelf.pick(position)
                if pick is not None and pick.is_usable:
                    return position
                left ^= 1 << position
        return None

    def _follow(self, wanted: Wanted) -> None:
        if not wanted.url:
            self.follow(wanted.name, wanted.range, wanted.extras)
