"""The full-text index of SQLite: FTS5 over `search_document`, which holds the text, so that nothing is stored twice.

The only statements besides `opening.py` that are SQLite's own; another database brings its own such module.
"""

import re
from typing import Any

import msgspec

from packhouse.adapters.sql.executor import Row, Work
from packhouse.adapters.sql.packages import SqlPort
from packhouse.adapters.sql.texts import Texts
from packhouse.domain.index import Summary
from packhouse.services.ports import SearchHits

CREATE_FULLTEXT = (
    "CREATE VIRTUAL TABLE search_fulltext USING fts5(name, parts, keywords, description, "
    "content='search_document', content_rowid='package_id', "
    "tokenize='unicode61 remove_diacritics 2', prefix='2 3')"
)

_WORDS = 12
"""More words of a query are not looked at."""

# An FTS5 index over another table's text must be told the old text to forget it (sqlite.org/fts5.html section 6.7).
_FORGET = """
    INSERT INTO search_fulltext (search_fulltext, rowid, name, parts, keywords, description)
    VALUES ('delete', :package_id, :name, :parts, :keywords, :description)
"""
_LEARN = """
    INSERT INTO search_fulltext (rowid, name, parts, keywords, description)
    VALUES (:package_id, :name, :parts, :keywords, :description)
"""
# The same package of two origins is one result. The name itself comes first, then names that begin like it.
_MATCHES = """
    SELECT package.name AS name, search_document.summary AS summary, search_document.description AS description,
        search_document.keywords AS keywords,
        CASE WHEN lower(package.name) = :exact THEN 2000.0
             WHEN substr(lower(package.name), 1, length(:exact)) = :exact THEN 1000.0
             ELSE 0.0 END - bm25(search_fulltext, 10.0, 6.0, 4.0, 1.0) AS score
    FROM search_fulltext
    JOIN search_document ON search_document.package_id = search_fulltext.rowid
    JOIN package ON package.id = search_document.package_id
    JOIN index_document ON index_document.package_id = package.id
    WHERE search_fulltext MATCH :query AND package.ecosystem = :ecosystem AND index_document.gone_at IS NULL
"""
# Materialized: bm25 can be asked for only where the match itself is made.
_SEARCH = f"""
    WITH found AS MATERIALIZED ({_MATCHES})
    SELECT name, summary, description, keywords, max(score) AS best FROM found
    GROUP BY name ORDER BY best DESC, length(name), name LIMIT :limit OFFSET :offset
"""  # noqa: S608 (put together of constants)
_COUNT = f"WITH found AS MATERIALIZED ({_MATCHES}) SELECT count(DISTINCT name) FROM found"  # noqa: S608


class SqliteSearch(SqlPort):
    """The search index."""

    async def search(self, ecosystem: str, text: str, offset: int, limit: int) -> SearchHits:
        """Rank packages by how well name, keywords and description match; every word must."""
        query = _query(text)
        if not query:
            return SearchHits(0, ())
        where = {"query": query, "exact": text.strip().lower(), "ecosystem": ecosystem}
        ((total,),) = await self._database.scan(_COUNT, where)
        rows = await self._database.scan(_SEARCH, where | {"limit": max(limit, 0), "offset": max(offset, 0)})
        return SearchHits(total, tuple(_hit(row) for row in rows))

    async def count_packages(self, ecosystem: str) -> int:
        """Count the packages known in an ecosystem."""
        ((count,),) = await self._database.scan(self._database.text.count_packages, {"ecosystem": ecosystem})
        return int(count)


def write_summary(text: Texts, package_id: int, summary: Summary) -> Work[None]:
    """Make a package findable by its summary, in the transaction of its index document."""
    columns = {"package_id": package_id, **searched_text(summary)}
    before = yield text.find_search_document, {"package_id": package_id}
    old = [dict(zip(columns, (package_id, *row), strict=True)) for row in before]
    rest = msgspec.structs.replace(summary, description="", keywords=())
    yield text.write_search_document, columns | {"summary": _encode(rest)}
    if old == [columns]:
        return
    for forgotten in old:
        yield _FORGET, forgotten
    yield _LEARN, columns


def searched_text(summary: Summary) -> dict[str, Any]:
    """Spell out what can be searched for; a name also by the words that are written together in it."""
    name = str(summary.key.name)
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    return {
        "name": name,
        "parts": " ".join(parts),
        "keywords": "\n".join(word.replace("\n", " ") for word in summary.keywords),
        "description": summary.description,
    }


def _query(text: str) -> str:
    """Write the words as FTS5 strings: nothing in them is an operator, for only letters and digits are left."""
    words = re.findall(r"[^\W_]+", text)[:_WORDS]
    return " ".join(f'"{word}"*' for word in words)


def _hit(row: Row) -> tuple[float, Summary]:
    _, summary, description, keywords, score = row
    rest = _decode(summary)
    found = tuple(keywords.split("\n")) if keywords else ()
    return float(score), msgspec.structs.replace(rest, description=description, keywords=found)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Summary).decode
