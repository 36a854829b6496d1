"""Search gets entries, facets, and the words of names; all that is known is read into them."""

import re
import unicodedata
from collections.abc import Iterator
from zlib import crc32

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "CREATE TABLE search_place ( id INTEGER NOT NULL, ecosystem TEXT NOT NULL, origin TEXT NOT NULL, CONSTRAINT pk_search_place PRIMARY KEY (id), CONSTRAINT uq_search_place_ecosystem_origin UNIQUE (ecosystem, origin) )",  # noqa: E501
    "CREATE TABLE search_slip ( form BIGINT NOT NULL, word_id INTEGER NOT NULL, CONSTRAINT pk_search_slip PRIMARY KEY (form, word_id) ) WITHOUT ROWID",  # noqa: E501
    "CREATE TABLE search_word ( id INTEGER NOT NULL, word TEXT NOT NULL, CONSTRAINT pk_search_word PRIMARY KEY (id), CONSTRAINT uq_search_word_word UNIQUE (word) )",  # noqa: E501
    "CREATE TABLE search_entry ( package_id INTEGER NOT NULL, place INTEGER NOT NULL, special INTEGER NOT NULL, folded TEXT NOT NULL, closeness FLOAT NOT NULL, popularity FLOAT NOT NULL, quality FLOAT NOT NULL, published_at BIGINT NOT NULL, downloads BIGINT NOT NULL, CONSTRAINT pk_search_entry PRIMARY KEY (package_id), CONSTRAINT fk_search_entry_package_id FOREIGN KEY(package_id) REFERENCES package (id), CONSTRAINT fk_search_entry_place FOREIGN KEY(place) REFERENCES search_place (id) )",  # noqa: E501
    "CREATE INDEX ix_search_entry_folded ON search_entry (folded)",
    "CREATE TABLE search_facet ( kind TEXT NOT NULL, value TEXT NOT NULL, package_id INTEGER NOT NULL, CONSTRAINT pk_search_facet PRIMARY KEY (kind, value, package_id), CONSTRAINT fk_search_facet_package_id FOREIGN KEY(package_id) REFERENCES package (id) ) WITHOUT ROWID",  # noqa: E501
    "CREATE VIRTUAL TABLE search_infix USING fts5(word, content='search_word', content_rowid='id', tokenize='trigram')",
)
# How often each was downloaded counts from its next download on; who wrote it and what is to be known of it from the
# next change of its document on.
_PLACES = """
    INSERT INTO search_place (ecosystem, origin)
    SELECT DISTINCT package.ecosystem, package.origin
    FROM search_document JOIN package ON package.id = search_document.package_id
"""
_ENTRIES = """
    INSERT INTO search_entry (package_id, place, special, folded, closeness, popularity, quality, published_at,
        downloads)
    SELECT package.id, search_place.id,
        EXISTS (SELECT 1 FROM package AS other JOIN search_document AS known ON known.package_id = other.id
            WHERE other.name = package.name AND other.ecosystem = package.ecosystem AND other.id <> package.id)
        + coalesce((SELECT 2 + 4 * restricted FROM hosted_package WHERE hosted_package.package_id = package.id), 0)
        + 8 * (search_document.name = '' OR index_document.gone_at IS NOT NULL),
        lower(search_document.name), 20.0 / max(length(search_document.name), 1), 0.0, 0.5, 0, 0
    FROM search_document
    JOIN package ON package.id = search_document.package_id
    JOIN index_document ON index_document.package_id = package.id
    JOIN search_place ON search_place.ecosystem = package.ecosystem AND search_place.origin = package.origin
"""


def upgrade() -> None:
    """Make the tables and fill them."""
    for statement in _STATEMENTS:
        op.execute(sa.text(statement))
    op.execute(sa.text(_PLACES))
    op.execute(sa.text(_ENTRIES))
    connection = op.get_bind()
    known = connection.execute(sa.text("SELECT package_id, name, keywords, summary FROM search_document")).fetchall()
    facets: set[tuple[str, str, int]] = set()
    words: set[str] = set()
    for package_id, name, keywords, summary in known:
        facets |= {("keyword", _fold(word), package_id) for word in keywords.split("\n") if word}
        people = msgspec.msgpack.decode(summary).get("maintainers", ())
        facets |= {("maintainer", _fold(person), package_id) for person in people}
        words |= set(_words(name))
    _insert("search_facet (kind, value, package_id)", [dict(zip("abc", each, strict=True)) for each in sorted(facets)])
    numbered = list(enumerate(sorted(words), 1))
    _insert("search_word (id, word)", [{"a": number, "b": word} for number, word in numbered])
    _insert("search_infix (rowid, word)", [{"a": number, "b": word} for number, word in numbered])
    slips = {(form, number) for number, word in numbered for form in _slips(word)}
    _insert("search_slip (form, word_id)", [{"a": form, "b": number} for form, number in sorted(slips)])


def _insert(target: str, rows: list[dict[str, object]]) -> None:
    if rows:
        places = ", ".join(f":{name}" for name in rows[0])
        op.get_bind().execute(sa.text(f"INSERT INTO {target} VALUES ({places})"), rows)  # noqa: S608 (constants)


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _words(name: str) -> Iterator[str]:
    words = re.findall(r"[^\W_]+", _fold(name))
    parts = [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]
    for word in (*words, *parts):
        if 3 <= len(word) <= 24:
            yield word


def _slips(word: str) -> set[int]:
    return {crc32(form.encode()) for form in (word, *(word[:at] + word[at + 1 :] for at in range(len(word))))}
