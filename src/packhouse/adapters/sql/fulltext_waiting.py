"""New packages that the search is yet to learn: many of them in one transaction, soon after they were published.

A package waits if it has a `search_document` and no `search_entry`. No search shows it then, to anybody; whoever
searches has the waiting ones learnt first. What waits when the process dies is found again by the next one, since
`meta` says up to which package all were learnt, and a package waits only if its row was made with it.
"""

from collections.abc import Sequence

from packhouse.adapters.sql.executor import Row, Work
from packhouse.adapters.sql.fresh_words import words_in
from packhouse.adapters.sql.fulltext import (
    WRITE_ENTRY,
    count_downloads,
    encode_summary,
    entry_of,
    facets_of,
    find_place,
    read_summary,
    searched_text,
)
from packhouse.adapters.sql.fulltext_words import learn_words
from packhouse.adapters.sql.packages import as_json
from packhouse.adapters.sql.texts import Texts
from packhouse.domain.index import Summary
from packhouse.domain.package import NormalName, PackageKey

_AT_ONCE = 64
"""Packages of one transaction: some 20 ms during which nobody else writes."""
_WAITING = """
    SELECT document.package_id, document.summary, document.description, document.keywords,
        package.origin, package.ecosystem, package.name, index_document.gone_at
    FROM search_document AS document
    JOIN package ON package.id = document.package_id
    JOIN index_document ON index_document.package_id = document.package_id
    WHERE NOT EXISTS (SELECT 1 FROM search_entry WHERE search_entry.package_id = document.package_id)
        AND document.package_id > :after AND document.package_id <= :last
    ORDER BY document.package_id LIMIT :limit
"""
_LEARNT_TO = "SELECT value FROM meta WHERE name = 'searchable'"
_LAST = "SELECT coalesce(max(package_id), 0) FROM search_document"
_LEARNT = """
    INSERT INTO meta (name, value) VALUES ('searchable', :last)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
_LEARN = """
    INSERT INTO search_fulltext (rowid, name, parts, keywords, description)
    SELECT package_id, search_document.name, parts, keywords, description FROM json_each(:ids) AS fresh
    JOIN search_document ON search_document.package_id = fresh.value
"""
_ADD_FACETS = """
    INSERT INTO search_facet (kind, value, package_id)
    SELECT json_extract(fresh.value, '$[0]'), json_extract(fresh.value, '$[1]'), json_extract(fresh.value, '$[2]')
    FROM json_each(:facets) AS fresh WHERE true
    ON CONFLICT DO NOTHING
"""
_MARK_TWINS = """
    UPDATE search_entry SET special = special | 1 WHERE package_id IN (
        SELECT twin.id FROM json_each(:ids) AS fresh JOIN package ON package.id = fresh.value
        JOIN package AS twin ON twin.name = package.name AND twin.ecosystem = package.ecosystem
        WHERE EXISTS (SELECT 1 FROM package AS other JOIN search_entry ON search_entry.package_id = other.id
            WHERE other.name = package.name AND other.ecosystem = package.ecosystem AND other.id <> package.id))
"""
_COUNTED = """
    SELECT package.id, package.ecosystem, package.name FROM json_each(:ids) AS fresh
    JOIN package ON package.id = fresh.value
    WHERE EXISTS (SELECT 1 FROM package AS other JOIN download_count ON download_count.package_id = other.id
        WHERE other.name = package.name AND other.ecosystem = package.ecosystem)
"""


def put_off(text: Texts, package_id: int, summary: Summary) -> Work[None]:
    """Let a package wait whose row was made in this transaction."""
    columns = {"package_id": package_id, **searched_text(summary), "summary": encode_summary(summary)}
    yield text.write_search_document, columns


def learn_one(package_id: int) -> Work[None]:
    """Learn a package if it waits, so that it can be changed like any other."""
    yield from _learn((yield _WAITING, {"after": package_id - 1, "last": package_id, "limit": 1}))


def learn_waiting() -> Work[bool]:
    """Learn the packages that wait, as many as one transaction should; tell whether there may be more."""
    known = yield _LEARNT_TO, {}
    ((last,),) = yield _LAST, {}
    after = known[0][0] if known else 0
    if last == after:
        return False
    rows = yield _WAITING, {"after": after, "last": last, "limit": _AT_ONCE}
    yield from _learn(rows)
    is_more = len(rows) == _AT_ONCE
    yield _LEARNT, {"last": rows[-1][0] if is_more else last}
    return is_more


def _learn(rows: Sequence[Row]) -> Work[None]:
    if not rows:
        return
    facets: list[tuple[str, str, int]] = []
    words: set[str] = set()
    for package_id, packed, description, keywords, origin, ecosystem, name, gone_at in rows:
        summary = read_summary(packed, description, keywords)
        place = yield from find_place(PackageKey(ecosystem, NormalName(name)), origin)
        yield WRITE_ENTRY, entry_of(package_id, place, summary, hidden=gone_at is not None)
        facets += [(kind, value, package_id) for kind, value in facets_of(summary)]
        words.update(words_in(summary.key.name))
    ids = as_json([row[0] for row in rows])
    yield _LEARN, {"ids": ids}
    yield _ADD_FACETS, {"facets": as_json(facets)}
    yield _MARK_TWINS, {"ids": ids}
    for package_id, ecosystem, name in (yield _COUNTED, {"ids": ids}):
        yield from count_downloads(package_id, PackageKey(ecosystem, NormalName(name)))
    yield from learn_words(sorted(words))
