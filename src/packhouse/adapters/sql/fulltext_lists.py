"""Lists in SQLite, ordered by a column: everything is read along an index, in its order and no further than the page.

Where facets or words choose few of all, those few are sorted; where a facet chooses many, the index is read as well.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from packhouse.adapters.sql.executor import Executor, Row
from packhouse.adapters.sql.fulltext import read_summary
from packhouse.adapters.sql.fulltext_conditions import Conditions, conditions
from packhouse.adapters.sql.fulltext_totals import Seen, Totals
from packhouse.domain.search import Facet, Order, Position, SearchQuery, Standing
from packhouse.services.ports import SearchHits
from packhouse.services.standing import maintenance

_COLUMNS: dict[Order, str] = {
    "alphabetical": "folded",
    "downloads": "downloads",
    "recent-downloads": "recent",
    "recent-updates": "published_at",
    "new": "created_at",
}

_ARM = """
    SELECT entry.package_id AS id, entry.{column} AS value
    FROM search_entry AS entry INDEXED BY ix_search_entry_place_{column}_package_id_special
    WHERE entry.place = {place} AND {conditions}
"""
_SORTED = "SELECT entry.package_id AS id, entry.{column} AS value FROM {source} {conditions}"
_WORDED = """
    search_fulltext CROSS JOIN search_entry AS entry ON entry.package_id = search_fulltext.rowid
    WHERE search_fulltext MATCH :match AND
"""
_NAMED_SO = "search_entry AS entry WHERE entry.folded = :exact AND"
_ALL = "search_entry AS entry WHERE"
_AMONG = """
    search_facet CROSS JOIN search_entry AS entry ON entry.package_id = search_facet.package_id
    WHERE search_facet.kind = :leading_kind AND search_facet.value = :leading_value AND
"""
_AFTER = "AND (entry.{column}, entry.package_id) {sign} (:after_value, :after_id)"
_PAGE = """
    WITH page AS MATERIALIZED ({arms} ORDER BY value {way}, id {way} LIMIT :limit OFFSET :offset)
    SELECT page.value, page.id, search_document.summary, search_document.description, search_document.keywords,
        search_place.origin, entry.downloads, entry.recent, entry.created_at, entry.quality, entry.popularity,
        entry.published_at
    FROM page
    JOIN search_entry AS entry ON entry.package_id = page.id
    JOIN search_place ON search_place.id = entry.place
    JOIN search_document ON search_document.package_id = page.id
    ORDER BY page.value {way}, page.id {way}
"""
_COUNT = "SELECT count(*) FROM {source} {conditions}"
_HOW_MANY = """
    SELECT count(*), (SELECT max(package_id) FROM search_entry) FROM search_facet
    WHERE kind = :leading_kind AND value = :leading_value
"""


class Named(Struct, frozen=True):
    """What is asked for by words."""

    text: str
    match: str
    """For the full-text index; empty where the text has no word in it."""


class Asked(Struct, frozen=True):
    """A question and what of all may be shown for it."""

    query: SearchQuery
    named: Named
    seen: Seen


async def list_ordered(database: Executor, totals: Totals, asked: Asked, offset: int, limit: int) -> SearchHits:
    """List what is asked for in the order that is asked for."""
    query = asked.query
    column, descending = _COLUMNS[query.order], query.order != "alphabetical"
    lead = None if asked.named.match else _lead(query)
    walks = await _walks(database, asked, lead, max(offset, 0) + max(limit, 0))
    chosen = _chosen(asked, lead)
    counting = _count(totals, asked, chosen, everything=walks and lead is None)
    if walks:
        whole = conditions(asked.seen.conditions, query, worded=True)
        after = _after(whole, query, column, descending=descending)
        arms = [_ARM.format(column=column, place=place, conditions=after.sql) for place in asked.seen.places]
    else:
        after = _after(chosen.conditions, query, column, descending=descending)
        arms = [_SORTED.format(column=column, source=chosen.source, conditions=after.sql)]
    if not arms:
        return SearchHits(await counting, ())
    page = _PAGE.format(arms=" UNION ALL ".join(arms), way="DESC" if descending else "ASC")
    where = {"limit": max(limit, 0), "offset": max(offset, 0)}
    total, rows = await asyncio.gather(counting, database.scan(page, {**after.parameters, **where}))
    return _hits(total, rows, query)


def read_standing(row: Row | Sequence[Any], query: SearchQuery) -> Standing:
    """Read what stands behind the summary in a row."""
    origin, downloads, recent, created_at, quality, popularity, published_at = row
    rated = maintenance(published_at, query.now)
    return Standing(origin, downloads, recent, created_at, quality, popularity, rated)


def all_of(alternatives: Sequence[Sequence[str]]) -> str:
    """Ask the full-text index for one of each."""
    return " AND ".join(f"({' OR '.join(each)})" for each in alternatives)


class _Chosen(Struct, frozen=True):
    """What few of all are looked at."""

    source: str
    conditions: Conditions


def _chosen(asked: Asked, lead: Facet | None) -> _Chosen:
    query, named = asked.query, asked.named
    if lead is not None:
        rest = conditions(asked.seen.conditions, msgspec.structs.replace(query, facets=query.facets[1:]), worded=True)
        leading = {"leading_kind": lead[0], "leading_value": lead[1]}
        return _Chosen(_AMONG, Conditions(rest.sql, rest.parameters | leading))
    made = conditions(asked.seen.conditions, query, worded=bool(named.match))
    source = _WORDED if named.match else _NAMED_SO if named.text else _ALL
    return _Chosen(source, Conditions(made.sql, {**made.parameters, "match": named.match, "exact": named.text}))


def _after(chosen: Conditions, query: SearchQuery, column: str, *, descending: bool) -> Conditions:
    if query.after is None:
        return chosen
    value, number = query.after
    sql = chosen.sql + _AFTER.format(column=column, sign="<" if descending else ">")
    return Conditions(sql, {**chosen.parameters, "after_value": value, "after_id": number})


def _lead(query: SearchQuery) -> Facet | None:
    """Give the one facet that is asked for first, where it chooses what is looked at."""
    if (
        query.text.strip()
        or query.among is not None
        or not query.facets
        or len(query.facets[0]) != 1
        or len(query.facets[0][0]) != 1
    ):
        return None
    return query.facets[0][0][0]


async def _walks(database: Executor, asked: Asked, lead: Facet | None, wanted: int) -> bool:
    """Tell whether so much is asked for that an index in the order of the list is the quickest way to it."""
    query = asked.query
    if asked.named.text or query.begins or query.among is not None:
        return False
    if all(() in group for group in query.facets):
        return True
    if lead is None or len(query.facets) != 1:
        return False
    rows = await database.scan(_HOW_MANY, {"leading_kind": lead[0], "leading_value": lead[1]})
    having, everything = int(rows[0][0]), int(rows[0][1] or 0)
    # So many of the order are looked at until enough of them have the facet; the other way, all that have it.
    return wanted * everything < having * having


async def _count(totals: Totals, asked: Asked, chosen: _Chosen, *, everything: bool) -> int:
    seen = asked.seen
    if everything:
        return await totals.count_all(Seen(chosen.conditions, seen.places, seen.sequence))
    sql = _COUNT.format(source=chosen.source, conditions=chosen.conditions.sql)
    return await totals.count(seen.sequence, sql, chosen.conditions.parameters)


def _hits(total: int, rows: Sequence[Row], query: SearchQuery) -> SearchHits:
    last: Position | None = (rows[-1][0], int(rows[-1][1])) if rows else None
    hits = tuple((0.0, read_summary(*row[2:5])) for row in rows)
    return SearchHits(total, hits, tuple(read_standing(row[5:], query) for row in rows), last)
