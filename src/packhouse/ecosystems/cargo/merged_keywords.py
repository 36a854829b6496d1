"""Keywords of crates that are published here, put in among an upstream's list of its own.

A short list is fetched whole. Of a long one only the page is: what belongs between its entries is put there, so that a
page may have more entries than were asked for, and each keyword is on one page.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from urllib.parse import quote

from packhouse.domain.errors import NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.crate_document import number, text
from packhouse.ecosystems.cargo.listing import Json
from packhouse.ecosystems.cargo.paging import MAX_PAGE, MAX_PER_PAGE, Page, Seek, links_of
from packhouse.ecosystems.cargo.upstream_lists import Listed, UpstreamLists
from packhouse.formats.words import fold
from packhouse.services.assembly import Services

_SHORT = 1_000
"""An upstream's keywords that are fetched whole: ten pages."""
_LONG_AGO = "1970-01-01T00:00:00Z"

Order = Callable[[str], str]
"""What names are compared by."""


class MergedKeywords:
    """Makes pages of both lists; raises what `UpstreamLists` raises."""

    def __init__(self, services: Services, upstream: UpstreamLists) -> None:
        self._services = services
        self._upstream = upstream

    async def page(self, view: View, ours: Mapping[str, int], query: Mapping[str, str], part: Page | Seek) -> Json:
        """Make a page; `ours` are the keywords of crates here with their counts."""
        by_count = query.get("sort") == "crates"
        told = {"sort": "crates"} if by_count else {}
        # One more than the page, to know what comes behind it; no registry turns more pages.
        size = min(part.size + 1, MAX_PAGE * part.size - part.offset)
        theirs = await self._upstream.window(view, "keywords", told, "keywords", part.offset, size)
        if theirs.total <= _SHORT:
            entries = merge(await self._everything(view, theirs.total), ours)
            return paged("keywords", entries, query, part)
        here = [with_count(each, ours.get(keyword_of(each), 0)) for each in theirs.entries[: part.size]]
        if by_count:
            between = _between_counts(theirs, ours, part)
            between = [each for each in between if not await self._is_upstreams(view, each)]
            entries = _in_order([*here, *(keyword_json(each, ours[each]) for each in between)], by_count=True)
        else:
            order = _order_of([keyword_of(each) for each in theirs.entries])
            between = _between_names(theirs, ours, part, order)
            entries = [*here, *(keyword_json(each, ours[each]) for each in between)]
            entries.sort(key=lambda each: order(keyword_of(each)))
        reached = part.offset + part.size
        links = links_of(part, told, theirs.total, reached if reached < theirs.total else None)
        return {"keywords": entries, "meta": {"total": theirs.total + len(ours), **links}}

    async def _everything(self, view: View, total: int) -> list[Json]:
        starts = range(0, total, MAX_PER_PAGE)
        pages = [self._upstream.window(view, "keywords", {}, "keywords", start, MAX_PER_PAGE) for start in starts]
        return [each for page in await asyncio.gather(*pages) for each in page.entries]

    async def _is_upstreams(self, view: View, keyword: str) -> bool:
        key = PackageKey(self._services.ecosystem.key, NormalName(""))
        try:
            await self._services.further.get(view, FurtherKey(key, f"keywords/{quote(keyword, safe='')}"))
        except NotFound:
            return False
        return True


def keyword_json(keyword: str, crates: int) -> Json:
    """Write a keyword."""
    return {"id": keyword, "keyword": keyword, "created_at": _LONG_AGO, "crates_cnt": crates}


def keyword_of(entry: Json) -> str:
    """Read which keyword an entry is of."""
    return fold(text(entry, "id") or "")


def with_count(entry: Json, count: int) -> Json:
    """Add crates to an entry's count."""
    return {**entry, "crates_cnt": (number(entry, "crates_cnt") or 0) + count} if count else entry


def merge(theirs: Iterable[Json], ours: Mapping[str, int]) -> list[Json]:
    """Put two whole lists together."""
    entries = {keyword_of(each): with_count(each, ours.get(keyword_of(each), 0)) for each in theirs}
    entries |= {each: keyword_json(each, count) for each, count in ours.items() if each not in entries}
    return list(entries.values())


def paged(field: str, entries: Sequence[Json], query: Mapping[str, str], part: Page | Seek) -> Json:
    """Write a page of a whole list."""
    ordered = _in_order(entries, by_count=query.get("sort") == "crates")
    told = {name: value for name, value in query.items() if name == "sort"}
    reached = part.offset + part.size
    links = links_of(part, told, len(ordered), reached if reached < len(ordered) else None)
    return {field: ordered[part.offset : reached], "meta": {"total": len(ordered), **links}}


def _in_order(entries: Iterable[Json], *, by_count: bool) -> list[Json]:
    ordered = sorted(entries, key=lambda each: str(each["id"]))
    if by_count:
        ordered.sort(key=lambda each: number(each, "crates_cnt") or 0, reverse=True)
    return ordered


def _between_names(theirs: Listed, ours: Iterable[str], part: Page | Seek, order: Order) -> list[str]:
    """Choose the keywords from the first of the page up to the first of the next one, that are not on it."""
    names = [keyword_of(each) for each in theirs.entries]
    if not names:
        return []
    last = order(names[part.size]) if len(names) > part.size else None
    return [
        each
        for each in ours
        if each not in names
        and (part.offset == 0 or order(each) >= order(names[0]))
        and (last is None or order(each) < last)
    ]


def _between_counts(theirs: Listed, ours: Mapping[str, int], part: Page | Seek) -> list[str]:
    """Choose the keywords that are as frequent as those of the page, and not as rare as what comes behind it."""
    counts = [number(each, "crates_cnt") or 0 for each in theirs.entries]
    names = {keyword_of(each) for each in theirs.entries}
    if not counts:
        return []
    least = counts[part.size] if len(counts) > part.size else -1
    found = [each for each, count in ours.items() if count > least and (part.offset == 0 or count <= counts[0])]
    return sorted((each for each in found if each not in names), key=lambda each: -ours[each])[: part.size]


def _order_of(names: Sequence[str]) -> Order:
    """Find out what a list is in the order of: some databases look at signs only where letters are the same."""
    orders: tuple[Order, ...] = (str, _letters)
    return next((order for order in orders if all(order(a) <= order(b) for a, b in pairwise(names))), str)


def _letters(name: str) -> str:
    return "".join(each for each in name if each.isalnum())
