"""Search over what this server knows: only what the asker may see, in no version that is refused."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from packhouse.domain.actor import ANYONE, Actor
from packhouse.domain.errors import NotFound
from packhouse.domain.index import Index, Summary
from packhouse.domain.package import PackageKey
from packhouse.domain.search import SearchQuery, SearchScope, Standing
from packhouse.domain.view import View
from packhouse.services.ports import Clock, SearchHits, SearchIndex
from packhouse.services.remembered import Remembered
from packhouse.services.snapshot import Snapshot

_COUNTS_FRESH_MS = 60_000
_ANY_USER = Actor("_")
"""Somebody of whom nothing is known but that they have signed in; no account has such a name."""

Judge = Callable[[View, Summary, str], Awaitable[Summary | None]]
"""Shows a summary of an origin as a view may see it; None for a package of which nothing is left."""


class ScopeMaker(Protocol):
    """Decides where somebody may look."""

    async def of(self, view: View) -> SearchScope:
        """Say what whoever asks may see."""


class Reader(Protocol):
    """Reads the documents of what was found: whoever asks may see it, or it would not have been."""

    async def find(self, view: View, key: PackageKey, origin: str) -> Snapshot:
        """Tell what is left of a package that a search has found; raise NotFound or Refused."""

    async def read(self, view: View, snapshot: Snapshot) -> Index:
        """Read the document of what was found, without the releases that are refused; raise NotFound or Refused."""


class Search:
    """Finds packages by words, and by what is exactly known of them."""

    def __init__(
        self, index: SearchIndex, scopes: ScopeMaker, judge: Judge, clock: Clock, reader: Reader | None = None
    ) -> None:
        self._reader = reader
        self._index = index
        self._scopes = scopes
        self._judge = judge
        self._clock = clock
        self._counts = Remembered[dict[str, int]](clock, _COUNTS_FRESH_MS)
        self._counted: set[tuple[str, str]] = set()

    async def find(self, view: View, ecosystem: str, query: SearchQuery | str, offset: int, limit: int) -> SearchHits:
        """Rank packages by how well they match; empty text lists none.

        A package whose releases are all refused is left out of its page, which is that much shorter.
        """
        asked = SearchQuery(query) if isinstance(query, str) else query
        return await self._find(view, ecosystem, asked, await self._scopes.of(view), offset, limit)

    async def find_hosted(self, view: View, ecosystem: str, query: SearchQuery, offset: int, limit: int) -> SearchHits:
        """Do the same among what is published here alone."""
        scope = msgspec.structs.replace(await self._scopes.of(view), upstreams=())
        return await self._find(view, ecosystem, query, scope, offset, limit)

    async def _find(
        self, view: View, ecosystem: str, query: SearchQuery, scope: SearchScope, offset: int, limit: int
    ) -> SearchHits:
        query = msgspec.structs.replace(query, now=self._clock())
        found = await self._index.search(ecosystem, query, scope, offset, limit)
        hits: list[tuple[float, Summary]] = []
        standings: list[Standing] = []
        for (score, summary), standing in zip(found.hits, found.standings, strict=True):
            shown = await self._judge(view, summary, standing.origin)
            if shown is not None:
                hits.append((score, shown))
                standings.append(standing)
        return SearchHits(found.total, tuple(hits), tuple(standings), found.last)

    @property
    def reader(self) -> Reader:
        """Give what reads the documents of hits."""
        if self._reader is None:
            raise NotFound("this search has no documents")
        return self._reader

    async def may_have_near(self, name: str) -> bool:
        """Tell at little cost that no known name is one slip away; True where one may be, shown or not."""
        return await self._index.may_have_near(name)

    async def count(self, view: View, ecosystem: str) -> int:
        """Count the packages that are known and may be seen."""
        return await self._index.count_packages(ecosystem, await self._scopes.of(view))

    async def count_downloads(self, view: View, ecosystem: str) -> int:
        """Add up the downloads of all packages that may be seen."""
        return await self._index.count_downloads(ecosystem, await self._scopes.of(view))

    async def count_facets(self, view: View, ecosystem: str, kind: str) -> dict[str, int]:
        """Count packages by each of their values of a kind of facet, up to a minute ago.

        Restricted ones count for nobody.
        """
        return await self._count_facets(ecosystem, kind, await self._scopes.of(view))

    async def count_hosted_facets(self, view: View, ecosystem: str, kind: str) -> dict[str, int]:
        """Do the same for what is published here alone."""
        scope = msgspec.structs.replace(await self._scopes.of(view), upstreams=())
        return await self._count_facets(ecosystem, kind, scope)

    def expect_counts(self, ecosystem: str, *kinds: str) -> None:
        """Let `prepare` count how many packages have which facet of these kinds."""
        self._counted |= {(ecosystem, kind) for kind in kinds}

    async def prepare(self) -> None:
        """Count what is expected to be asked for, so that nobody has to wait for the first answer.

        Counted is what anybody may see, and what everybody may see who has signed in.
        """
        for ecosystem, kind in sorted(self._counted):
            for actor in (ANYONE, _ANY_USER):
                view = View(actor=actor)
                await self.count_facets(view, ecosystem, kind)
                await self.count_hosted_facets(view, ecosystem, kind)

    async def _count_facets(self, ecosystem: str, kind: str, scope: SearchScope) -> dict[str, int]:
        scope = msgspec.structs.replace(scope, readable=frozenset())
        question = (ecosystem, kind, scope)
        return await self._counts.get(question, lambda: self._index.count_facets(ecosystem, kind, scope))

    async def scope_of(self, view: View) -> SearchScope:
        """Say where a view may look: equal scopes are shown the same."""
        return await self._scopes.of(view)
