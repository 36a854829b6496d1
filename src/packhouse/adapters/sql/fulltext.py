"""What the search reads, written: the full-text index of SQLite (FTS5) over `search_document`, entries and facets.

With `fulltext_search.py` and `fulltext_words.py` the only statements besides `opening.py` that are SQLite's own;
another database brings its own such modules.
"""

from typing import Any

import msgspec

from packhouse.adapters.sql.executor import Row, Work
from packhouse.adapters.sql.fresh_words import words_in
from packhouse.adapters.sql.fulltext_words import CREATE_WORDS, learn_words
from packhouse.adapters.sql.texts import Texts
from packhouse.domain.index import Summary
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.search import Facet
from packhouse.formats.words import fold, parts_of
from packhouse.services.ports import IndexState
from packhouse.services.standing import popularity, quality_of

CREATE_FULLTEXT = (
    "CREATE VIRTUAL TABLE search_fulltext USING fts5(name, parts, keywords, description, "
    "content='search_document', content_rowid='package_id', "
    "tokenize='unicode61 remove_diacritics 2', prefix='2 3')"
)
FULLTEXT_SCHEMA = (CREATE_FULLTEXT, CREATE_WORDS)

_GONE = 8
"""The bit of `special` that hides a package from everybody."""
_WHOLE = 20.0
"""What it counts that a text is the whole of a name."""
_FACETS = 300
"""More of one package are not kept."""
_REQUIRED = 500
"""More packages that one requires are not kept."""

# An FTS5 index over another table's text must be told the old text to forget it (sqlite.org/fts5.html section 6.7).
_FORGET = """
    INSERT INTO search_fulltext (search_fulltext, rowid, name, parts, keywords, description)
    VALUES ('delete', :package_id, :name, :parts, :keywords, :description)
"""
_LEARN = """
    INSERT INTO search_fulltext (rowid, name, parts, keywords, description)
    VALUES (:package_id, :name, :parts, :keywords, :description)
"""
WRITE_ENTRY = """
    INSERT INTO search_entry (package_id, place, special, folded, closeness, popularity, quality, published_at,
        downloads, created_at, recent)
    VALUES (:package_id, :place,
        :gone + coalesce((SELECT 2 + 4 * restricted FROM hosted_package WHERE package_id = :package_id), 0),
        :folded, :closeness, 0.0, :quality, :published_at, 0, :created_at, 0)
    ON CONFLICT (package_id) DO UPDATE SET folded = excluded.folded, closeness = excluded.closeness,
        quality = excluded.quality, published_at = excluded.published_at, created_at = excluded.created_at,
        special = (search_entry.special & 1) | excluded.special
"""
_ADD_PLACE = "INSERT INTO search_place (ecosystem, origin) VALUES (:ecosystem, :origin) RETURNING id"
_FIND_PLACE = "SELECT id FROM search_place WHERE ecosystem = :ecosystem AND origin = :origin"
_MARK = """
    UPDATE search_entry SET special = (special & 7) | :gone
    WHERE package_id = :package_id AND special & 8 <> :gone AND folded <> '' RETURNING package_id
"""
_TURN = "UPDATE meta SET value = value + 1 WHERE name = 'sequence'"
_NAMESAKES = """
    SELECT search_entry.package_id FROM package JOIN search_entry ON search_entry.package_id = package.id
    WHERE package.name = :name AND package.ecosystem = :ecosystem
"""
_MARK_TWIN = "UPDATE search_entry SET special = special | 1 WHERE package_id = :package_id"
# The counter holds a day's number from 0001-01-01 on; SQLite's dates begin with a number from 4714 before.
_DOWNLOADED = """
    SELECT coalesce(sum(count), 0), coalesce(sum(CASE WHEN download_count.day > since.day THEN count END), 0)
    FROM package JOIN download_count ON download_count.package_id = package.id
    JOIN (SELECT coalesce((SELECT date(value + 1721334.5) FROM meta WHERE name = 'aged'), '') AS day) AS since
    WHERE package.name = :name AND package.ecosystem = :ecosystem
"""
_ADD_COUNT = """
    UPDATE search_entry SET downloads = downloads + :count, recent = recent + :recent WHERE package_id IN (
        SELECT package.id FROM package WHERE package.name = :name AND package.ecosystem = :ecosystem
    ) RETURNING package_id, downloads
"""
_RATE = "UPDATE search_entry SET popularity = :popularity WHERE package_id = :package_id"
_COUNT = "UPDATE search_entry SET downloads = :count, recent = :recent WHERE package_id = :package_id"
_ADD_FACET = """
    INSERT INTO search_facet (kind, value, package_id) VALUES (:kind, :value, :package_id) ON CONFLICT DO NOTHING
"""
_DROP_FACET = "DELETE FROM search_facet WHERE kind = :kind AND value = :value AND package_id = :package_id"
_FIND_SUMMARY = "SELECT summary FROM search_document WHERE package_id = :package_id"


def write_summary(text: Texts, package_id: int, state: IndexState, summary: Summary | None) -> Work[None]:
    """Make a package findable by its summary, in the transaction of its index document; without one it is not."""
    rows = yield text.find_search_document, {"package_id": package_id}
    old = (yield from _known(package_id, rows[0])) if rows else None
    found = summary or Summary(PackageKey(state.key.ecosystem, NormalName("")))
    yield from _write_text(text, package_id, found, rows[0] if rows else None)
    place = yield from find_place(state.key, state.origin)
    yield WRITE_ENTRY, entry_of(package_id, place, found, hidden=summary is None or state.gone_at is not None)
    if old is None:
        yield from _mark_twins(state.key)
        yield from count_downloads(package_id, state.key)
    yield from _write_facets(package_id, set() if old is None else facets_of(old), facets_of(found))
    if old is None or old.key.name != found.key.name:
        yield from learn_words(words_in(found.key.name))


def entry_of(package_id: int, place: int, summary: Summary, *, hidden: bool) -> dict[str, Any]:
    """List the columns of a package's entry, by which it is chosen and ranked."""
    return {
        "package_id": package_id,
        "place": place,
        "folded": fold(summary.key.name),
        "closeness": _WHOLE / max(len(summary.key.name), 1),
        "gone": _GONE if hidden else 0,
        "quality": quality_of(summary),
        "published_at": summary.published_at or 0,
        "created_at": summary.created_at or summary.published_at or 0,
    }


def encode_summary(summary: Summary) -> bytes:
    """Write what of a summary has no column."""
    return _encode(msgspec.structs.replace(summary, description="", keywords=()))


def find_place(key: PackageKey, origin: str) -> Work[int]:
    """Find the number of an origin's packages of an ecosystem, or give one."""
    where = {"ecosystem": key.ecosystem, "origin": origin}
    rows = (yield _FIND_PLACE, where) or (yield _ADD_PLACE, where)
    return int(rows[0][0])


def mark_gone(package_id: int, *, gone: bool) -> Work[None]:
    """Show a package no longer, or again."""
    changed = yield _MARK, {"package_id": package_id, "gone": _GONE if gone else 0}
    if changed:
        yield _TURN, {}  # totals are remembered under the last number


def rate(key: PackageKey, count: int, recent: int) -> Work[None]:
    """Let a package stand by how often it was downloaded here, wherever it came from: that much more often."""
    where = {"name": key.name, "ecosystem": key.ecosystem}
    for package_id, downloads in (yield _ADD_COUNT, where | {"count": count, "recent": recent}):
        yield _RATE, {"package_id": package_id, "popularity": popularity(downloads)}


def searched_text(summary: Summary) -> dict[str, Any]:
    """Spell out what can be searched for; a name also by the words that are written together in it."""
    name = str(summary.key.name)
    return {
        "name": name,
        "parts": " ".join(parts_of(name)),
        "keywords": "\n".join(word.replace("\n", " ") for word in summary.keywords),
        "description": summary.description,
    }


def facets_of(summary: Summary) -> set[Facet]:
    """List what can be asked for exactly: keywords, flags, and people by name and address."""
    found: list[Facet] = [("keyword", fold(word)) for word in summary.keywords]
    found += [("flag", flag) for flag in summary.flags]
    found += [("category", fold(category)) for category in summary.categories]
    people = [("author", summary.author), *(("maintainer", person) for person in summary.maintainers)]
    for kind, person in people:
        found += [(kind, fold(known)) for known in (person, summary.emails.get(person, "")) if known]
    return {*found[:_FACETS], *(("requires", name) for name in summary.requires[:_REQUIRED])}


def read_summary(summary: bytes, description: str, keywords: str) -> Summary:
    """Put a summary together again."""
    found = tuple(keywords.split("\n")) if keywords else ()
    return msgspec.structs.replace(_decode(summary), description=description, keywords=found)


def _known(package_id: int, row: Row) -> Work[Summary]:
    ((summary,),) = yield _FIND_SUMMARY, {"package_id": package_id}
    _, _, keywords, description = row
    return read_summary(summary, description, keywords)


def _write_text(text: Texts, package_id: int, summary: Summary, old: Row | None) -> Work[None]:
    columns = {"package_id": package_id, **searched_text(summary)}
    before = None if old is None else dict(zip(columns, (package_id, *old), strict=True))
    yield text.write_search_document, columns | {"summary": encode_summary(summary)}
    if before == columns:
        return
    if before is not None:
        yield _FORGET, before
    yield _LEARN, columns


def _mark_twins(key: PackageKey) -> Work[None]:
    namesakes = yield _NAMESAKES, {"name": key.name, "ecosystem": key.ecosystem}
    if len(namesakes) > 1:
        for (package_id,) in namesakes:
            yield _MARK_TWIN, {"package_id": package_id}


def count_downloads(package_id: int, key: PackageKey) -> Work[None]:
    """Let a package that is new to the search have what was counted before."""
    ((count, recent),) = yield _DOWNLOADED, {"name": key.name, "ecosystem": key.ecosystem}
    if count:
        yield _COUNT, {"package_id": package_id, "count": count, "recent": recent}
        yield _RATE, {"package_id": package_id, "popularity": popularity(count)}


def _write_facets(package_id: int, old: set[Facet], new: set[Facet]) -> Work[None]:
    for kind, value in sorted(old - new):
        yield _DROP_FACET, {"kind": kind, "value": value, "package_id": package_id}
    for kind, value in sorted(new - old):
        yield _ADD_FACET, {"kind": kind, "value": value, "package_id": package_id}


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Summary).decode
