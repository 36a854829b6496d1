"""Search in SQLite: the best matches are looked for first, and the others only where those do not fill the page.

A match is of one of four levels: all words are in the name; in name or keywords; anywhere; or, in names, a slip of the
fingers away or within longer words. A level is what its full-text query finds and those before it do not, so that
pages follow one another and nothing is counted twice. What the asker may not see is left out within the statements.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from packhouse.adapters.sql.executor import Executor, Parameters, Row
from packhouse.adapters.sql.fulltext import read_summary
from packhouse.adapters.sql.fulltext_conditions import PLACES, Conditions, conditions, visible
from packhouse.adapters.sql.fulltext_lists import Asked, Named, all_of, list_ordered, read_standing
from packhouse.adapters.sql.fulltext_totals import Seen, Totals
from packhouse.adapters.sql.fulltext_words import has_near, holding_words, near_words
from packhouse.adapters.sql.packages import SqlPort, as_json
from packhouse.domain.index import Summary
from packhouse.domain.search import SearchQuery, SearchScope, Standing
from packhouse.formats.words import fold, words_of
from packhouse.services.ports import SearchHits
from packhouse.services.standing import FORGOTTEN_MS

_CHARACTERS = 400
_WORDS = 12
"""More of a question is not looked at."""
_FEW = 20
"""Where fewer are found, something may have been mistyped."""
_READINGS = 24
"""Names that may have been meant."""
_ALONE = 2
"""Shorter words are not looked for as the beginnings of others: half of all begin with any one letter."""

_NAMED, _TOLD, _ANYWHERE = "{name parts} :", "{name parts keywords} :", ""
_WORTH = {_NAMED: 900.0, _TOLD: 600.0, _ANYWHERE: 300.0}
"""What a match is worth by its level; all that is added within a level is less than what lies between two."""

_SCORE = """
    :worth
    + CASE WHEN (entry.folded = :exact OR entry.folded = :dashed) AND :favoured THEN 180.0
           WHEN entry.folded >= :exact AND entry.folded < :beyond THEN 90.0
           WHEN :readings <> '[]' AND entry.folded IN (SELECT value FROM json_each(:readings)) THEN 90.0
           ELSE 0.0 END
    + min(20.0, :length * entry.closeness)
    + :quality * entry.quality + :popularity * entry.popularity
    + :maintenance * max(0.0, 1.0 - (:now - entry.published_at) / :forgotten)
    + 2.5 * (entry.special & 2)
"""
_MATCHING = """
    search_fulltext CROSS JOIN search_entry AS entry ON entry.package_id = search_fulltext.rowid
    WHERE search_fulltext MATCH :match AND
"""
_NAMED_SO = "search_entry AS entry WHERE entry.folded = :exact AND"
_ALL = "search_entry AS entry WHERE"
# What is sorted are numbers: only the rows of the page are read from the wide tables.
_RANK = """
    WITH page AS MATERIALIZED (
        SELECT entry.package_id AS id, {score} AS score FROM {source} {conditions}
        ORDER BY score DESC, entry.package_id LIMIT :limit OFFSET :offset)
    SELECT page.score, search_document.summary, search_document.description, search_document.keywords,
        search_place.origin, entry.downloads, entry.recent, entry.created_at, entry.quality, entry.popularity,
        entry.published_at
    FROM page
    JOIN search_entry AS entry ON entry.package_id = page.id
    JOIN search_place ON search_place.id = entry.place
    JOIN search_document ON search_document.package_id = page.id
    ORDER BY page.score DESC, page.id
"""
_COUNT = "SELECT count(*) FROM {source} {conditions}"


class SqliteSearch(SqlPort):
    """The search index."""

    def __init__(self, database: Executor) -> None:
        super().__init__(database)
        self._totals = Totals(database)

    async def search(
        self, ecosystem: str, query: SearchQuery, scope: SearchScope, offset: int, limit: int
    ) -> SearchHits:
        """Rank packages: by name, keywords, description, by slips of the fingers where little else is found."""
        text = " ".join(fold(query.text[:_CHARACTERS]).split())
        words = list(dict.fromkeys(words_of(text)))[:_WORDS]
        seen = await self._visible(ecosystem, scope)
        if query.order != "relevance":
            named = Named(text, all_of([[_beginning(word)] for word in words]))
            return await list_ordered(self._database, self._totals, Asked(query, named, seen), offset, limit)
        chosen = conditions(seen.conditions, query, worded=bool(words))
        page = _Page(query, offset, limit)
        parameters = chosen.parameters | _parameters(query, text)
        if words:
            await self._search_words(words, text, chosen, parameters, page, seen.sequence)
        elif query.chooses:
            source = _NAMED_SO if text else _ALL
            page.total = await self._count(source, chosen, parameters)
            await self._rank(source, chosen, parameters, page)
        return page.hits()

    async def count_packages(self, ecosystem: str, scope: SearchScope) -> int:
        """Count the packages of an ecosystem that may be shown."""
        return await self._totals.count_all(await self._visible(ecosystem, scope))

    async def count_downloads(self, ecosystem: str, scope: SearchScope) -> int:
        """Add up the downloads of all packages that may be shown."""
        return await self._totals.sum_downloads(await self._visible(ecosystem, scope))

    async def count_facets(self, ecosystem: str, kind: str, scope: SearchScope) -> dict[str, int]:
        """Count the packages that may be shown by each of their values of a kind of facet."""
        return dict(await self._totals.count_facets(kind, await self._visible(ecosystem, scope)))

    async def may_have_near(self, name: str) -> bool:
        """Tell at little cost that no known name is one slip away; True where one may be, shown or not."""
        return await has_near(self._database, self._database.fresh, name)

    async def _visible(self, ecosystem: str, scope: SearchScope) -> Seen:
        origins = as_json([scope.hosted, *scope.upstreams])
        sequence = await self._totals.sequence()
        await self._database.catch_up()
        (rows,) = await self._database.each(PLACES, [{"origins": origins, "ecosystem": ecosystem}])
        places = tuple(int(number) for (number,) in rows)
        return Seen(visible(ecosystem, scope, places), places, sequence)

    async def _search_words(
        self, words: list[str], text: str, chosen: Conditions, parameters: dict[str, Any], page: "_Page", sequence: int
    ) -> None:
        anywhere = all_of([[_beginning(word)] for word in words])
        total = _COUNT.format(source=_MATCHING, conditions=chosen.sql)
        counting = self._totals.count(sequence, total, {**chosen.parameters, "match": anywhere})
        ranking = self._rank(_MATCHING, chosen, parameters | _level(_NAMED, anywhere, ""), page)
        page.total, _ = await asyncio.gather(counting, ranking)
        for columns, better in ((_TOLD, _NAMED), (_ANYWHERE, _TOLD)):
            if not page.is_full and page.seen < page.total:
                level = _level(columns, anywhere, f"{better} ({anywhere})")
                await self._rank(_MATCHING, chosen, parameters | level, page)
        if page.total < _FEW:
            page.seen = page.total
            await self._widen(words, text, anywhere, chosen, parameters, page)

    async def _widen(
        self,
        words: list[str],
        text: str,
        strict: str,
        chosen: Conditions,
        parameters: dict[str, Any],
        page: "_Page",
    ) -> None:
        """Look for what may have been meant as well, behind what was written."""
        near = [await near_words(self._database, word) for word in words]
        holding = [await holding_words(self._database, word) for word in words]
        if not any(near) and not any(holding):
            return
        meant = [
            [_beginning(word), *(f'{_NAMED} "{other}"' for other in dict.fromkeys((*others, *longer)))]
            for word, others, longer in zip(words, near, holding, strict=True)
        ]
        level = {"match": f"({all_of(meant)}) NOT ({strict})", "worth": 0.0}
        level["readings"] = as_json(_readings(text, words, near))
        seen = page.seen
        await self._rank(_MATCHING, chosen, parameters | level, page)
        further = await self._count(_MATCHING, chosen, parameters | level) if page.is_full else page.seen - seen
        page.total += further

    async def _rank(self, source: str, chosen: Conditions, parameters: Parameters, page: "_Page") -> None:
        """Add the part of a level that is on the page; where none is, find out how many are before it."""
        rows: Sequence[Row] = ()
        if not page.is_full:
            sql = _RANK.format(score=_SCORE, source=source, conditions=chosen.sql)
            rows = await self._database.scan(sql, {**parameters, "offset": page.skipped, "limit": page.left})
        skipped = page.skipped
        if skipped and not rows:
            skipped = await self._count(source, chosen, parameters)
        page.add(skipped, rows)

    async def _count(self, source: str, chosen: Conditions, parameters: Parameters) -> int:
        ((count,),) = await self._database.scan(_COUNT.format(source=source, conditions=chosen.sql), parameters)
        return int(count)


class _Page:
    """The part of all matches that is answered, filled level by level."""

    def __init__(self, query: SearchQuery, offset: int, limit: int) -> None:
        self._query = query
        self._offset = max(offset, 0)
        self._limit = max(limit, 0)
        self._found: list[tuple[float, Summary]] = []
        self._standings: list[Standing] = []
        self.seen = 0
        """Matches of the levels that were looked through."""
        self.total = 0

    @property
    def is_full(self) -> bool:
        """Tell whether nothing is missing."""
        return self.left == 0

    @property
    def left(self) -> int:
        """How many more there is room for."""
        return self._limit - len(self._found)

    @property
    def skipped(self) -> int:
        """How many of the next level stand on the pages before."""
        return max(0, self._offset - self.seen)

    def add(self, skipped: int, rows: Sequence[Row]) -> None:
        """Add what a level has for this page, and how many of it are before; all of it where the page is not full."""
        self.seen += skipped + len(rows)
        for score, summary, description, keywords, *standing in rows:
            self._found.append((float(score), read_summary(summary, description, keywords)))
            self._standings.append(read_standing(standing, self._query))

    def hits(self) -> SearchHits:
        """Answer."""
        return SearchHits(self.total, tuple(self._found), tuple(self._standings))


def _parameters(query: SearchQuery, text: str) -> dict[str, Any]:
    return {
        "exact": text,
        "beyond": text + chr(0x10FFFF) if text else "",
        "length": float(len(text)),
        "dashed": text.replace(" ", "-"),
        "readings": "[]",
        "worth": 0.0,
        "favoured": int(query.favours_exact),
        "now": query.now,
        "forgotten": float(FORGOTTEN_MS),
        **{name: 20.0 * weight for name, weight in msgspec.structs.asdict(query.weights).items()},
    }


def _beginning(word: str) -> str:
    """Write a word as an FTS5 string: nothing in it is an operator, for only letters and digits are left."""
    return f'"{word}"*' if len(word) >= _ALONE else f'"{word}"'


def _level(columns: str, match: str, better: str) -> dict[str, object]:
    """Ask for what matches in some columns, and does not match better."""
    found = f"{columns} ({match})"
    return {"match": f"({found}) NOT ({better})" if better else found, "worth": _WORTH[columns]}


def _readings(text: str, words: list[str], near: list[list[str]]) -> list[str]:
    """Write the text as it may have been meant."""
    found = [text]
    for word, others in zip(words, near, strict=True):
        found += [reading.replace(word, other) for reading in found for other in others]
        found = found[:_READINGS]
    return found[1:]
