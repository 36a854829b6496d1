"""Downloads are counted by version; search entries know when a package was new, and have an index for each order."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import log

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "CREATE TABLE download_count ( package_id INTEGER NOT NULL, day TEXT NOT NULL, version TEXT NOT NULL, count BIGINT NOT NULL, CONSTRAINT pk_download_count PRIMARY KEY (package_id, day, version), CONSTRAINT fk_download_count_package_id FOREIGN KEY(package_id) REFERENCES package (id) )",  # noqa: E501
    "CREATE TABLE search_entry ( package_id INTEGER NOT NULL, place INTEGER NOT NULL, special INTEGER NOT NULL, folded TEXT NOT NULL, closeness FLOAT NOT NULL, popularity FLOAT NOT NULL, quality FLOAT NOT NULL, published_at BIGINT NOT NULL, downloads BIGINT NOT NULL, created_at BIGINT NOT NULL, recent BIGINT NOT NULL, CONSTRAINT pk_search_entry PRIMARY KEY (package_id), CONSTRAINT fk_search_entry_package_id FOREIGN KEY(package_id) REFERENCES package (id), CONSTRAINT fk_search_entry_place FOREIGN KEY(place) REFERENCES search_place (id) )",  # noqa: E501
    "CREATE INDEX ix_search_entry_folded ON search_entry (folded)",
    "CREATE INDEX ix_search_entry_place_created_at_package_id_special ON search_entry (place, created_at, package_id, special)",  # noqa: E501
    "CREATE INDEX ix_search_entry_place_downloads_package_id_special ON search_entry (place, downloads, package_id, special)",  # noqa: E501
    "CREATE INDEX ix_search_entry_place_folded_package_id_special ON search_entry (place, folded, package_id, special)",
    "CREATE INDEX ix_search_entry_place_published_at_package_id_special ON search_entry (place, published_at, package_id, special)",  # noqa: E501
    "CREATE INDEX ix_search_entry_place_recent_package_id_special ON search_entry (place, recent, package_id, special)",
)
_KEPT = (
    "CREATE TEMPORARY TABLE kept_count AS SELECT package_id, day, count FROM download_count",
    "DROP TABLE download_count",
    "CREATE TEMPORARY TABLE kept_entry AS SELECT * FROM search_entry",
    "DROP TABLE search_entry",
)
_FILLED = (
    "INSERT INTO download_count (package_id, day, version, count) SELECT package_id, day, '', count FROM kept_count",
    "DROP TABLE kept_count",
    """
    INSERT INTO search_entry (package_id, place, special, folded, closeness, popularity, quality, published_at,
        downloads, created_at, recent)
    SELECT package_id, place, special, folded, closeness, popularity, quality, published_at, downloads, published_at, 0
    FROM kept_entry
    """,
    "DROP TABLE kept_entry",
)
_COUNTS = """
    SELECT search_entry.package_id, sum(download_count.count),
        coalesce(sum(CASE WHEN download_count.day > :since THEN download_count.count END), 0)
    FROM download_count
    JOIN package AS counted ON counted.id = download_count.package_id
    JOIN package ON package.name = counted.name AND package.ecosystem = counted.ecosystem
    JOIN search_entry ON search_entry.package_id = package.id
    GROUP BY search_entry.package_id
"""
_RATE = "UPDATE search_entry SET downloads = :all, recent = :recent, popularity = :popularity WHERE package_id = :id"
_DATE = "UPDATE search_entry SET created_at = :at WHERE package_id = :id"
_AGED = "INSERT INTO meta (name, value) VALUES ('aged', :day)"


def upgrade() -> None:
    """Make the two tables anew, as SQLite cannot change them, and count again."""
    for statement in (*_KEPT, *_STATEMENTS, *_FILLED):
        op.execute(sa.text(statement))
    today = datetime.now(UTC).date()
    connection = op.get_bind()
    counts = connection.execute(sa.text(_COUNTS), {"since": (today - timedelta(days=90)).isoformat()}).fetchall()
    rates = [
        {"id": number, "all": total, "recent": recent, "popularity": min(1.0, log(1 + total) / log(1_000_001))}
        for number, total, recent in counts
    ]
    if rates:
        connection.execute(sa.text(_RATE), rates)
        connection.execute(sa.text(_AGED), {"day": today.toordinal()})
    dates = list(_dates(connection))
    if dates:
        connection.execute(sa.text(_DATE), dates)


def _dates(connection: sa.Connection) -> Iterator[dict[str, int]]:
    known = connection.execute(sa.text("SELECT package_id, summary FROM search_document")).fetchall()
    for number, summary in known:
        at = msgspec.msgpack.decode(summary).get("created_at")
        if at:
            yield {"id": number, "at": at}
