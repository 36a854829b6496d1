"""Lists of the upstream's Web API, any window of them, without what is refused and what is published here."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct

from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.crate_document import number, objects, text
from packhouse.ecosystems.cargo.insight import pages_of
from packhouse.ecosystems.cargo.listing import Json, crate_of_hit
from packhouse.ecosystems.cargo.names import parse_name
from packhouse.ecosystems.cargo.paging import DEFAULT_PER_PAGE, write_query
from packhouse.ecosystems.cargo.visible import Visible, read_found
from packhouse.services.assembly import Services


class Listed(Struct, frozen=True):
    """A part of an upstream's list."""

    entries: Sequence[Json]
    total: int
    valid_until: int
    document: Json
    """The first page of it."""


class UpstreamLists:
    """Asks for windows of lists; all methods may raise NotFound, NotTold or an UpstreamError."""

    def __init__(self, services: Services, visible: Visible) -> None:
        self._services = services
        self._visible = visible

    async def search(self, view: View, wanted: str, offset: int, limit: int) -> Listed:
        """Search the registry by relevance; what it says of each crate is no more than a search shows."""
        window = (offset, limit) if limit else (0, DEFAULT_PER_PAGE)
        told = (await self._services.insights.search(view, wanted, *window)).value
        found = [crate_of_hit(hit, wanted) for hit in told.hits[:limit]]
        seen = await self._visible.checked(view, await self._not_ours(view, found))
        crates = [await self._visible.as_written(view, each) for each in seen]
        return Listed(crates, len(told.hits) if told.total is None else told.total, 0, {})

    async def crates(self, view: View, told: Mapping[str, str], offset: int, limit: int) -> Listed:
        """List crates as the registry does."""
        part = await self.window(view, "crates", told, "crates", offset, limit)
        seen = await self._visible.checked(view, await self._not_ours(view, part.entries))
        return Listed(seen, part.total, part.valid_until, part.document)

    async def window(
        self, view: View, path: str, told: Mapping[str, str], field: str, offset: int, limit: int, about: str = ""
    ) -> Listed:
        """Take any window of a list that comes in pages."""
        pages, size, skipped = pages_of(offset, limit) if limit else pages_of(0, DEFAULT_PER_PAGE)
        if not pages:
            raise NotFound("the upstream's list does not go so far")
        key = PackageKey(self._services.ecosystem.key, parse_name(about) if about else NormalName(""))
        queries = [write_query({**told, "page": str(page), "per_page": str(size)}) for page in pages]
        further = [FurtherKey(key, f"{path}?{query}") for query in queries]
        found = await asyncio.gather(*(self._services.further.get(view, each) for each in further))
        documents = [read_found(each) for each in found]
        entries = [each for document in documents for each in objects(document, field)][skipped : skipped + limit]
        meta = documents[0].get("meta")
        total = (number(meta, "total") if isinstance(meta, dict) else None) or len(entries)
        first = documents[0] if len(documents) == 1 else {**documents[0], "more": documents[1:]}
        return Listed(entries, total, min(each.valid_until for each in found), first)

    async def _not_ours(self, view: View, crates: Sequence[Json]) -> list[Json]:
        """Leave out what is published here, shown or not: what is elsewhere of that name is another crate."""
        return [each for each in crates if not await self.is_ours(view, text(each, "name") or text(each, "id") or "")]

    async def is_ours(self, view: View, name: str) -> bool:
        """Tell whether a crate is published here, in whatever spelling."""
        try:
            key = PackageKey(self._services.ecosystem.key, parse_name(name))
        except Invalid:
            return False
        return await self._services.access.is_ours(view, key)
