"""The first schema.

A new database gets the newest schema at once (`opening.py`); this is run only where a test builds one step by step.
"""

# ruff: noqa: E501

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SCHEMA = (
    "CREATE TABLE meta ( name TEXT NOT NULL, value BIGINT NOT NULL, CONSTRAINT pk_meta PRIMARY KEY (name) )",
    "CREATE TABLE package ( id INTEGER NOT NULL, origin TEXT NOT NULL, ecosystem TEXT NOT NULL, name TEXT NOT NULL, CONSTRAINT pk_package PRIMARY KEY (id), CONSTRAINT uq_package_name_ecosystem_origin UNIQUE (name, ecosystem, origin) )",
    "CREATE TABLE upstream_switch ( name TEXT NOT NULL, enabled INTEGER NOT NULL, CONSTRAINT pk_upstream_switch PRIMARY KEY (name) )",
    "CREATE TABLE artifact ( id INTEGER NOT NULL, package_id INTEGER NOT NULL, filename TEXT NOT NULL, version TEXT NOT NULL, sha256 TEXT NOT NULL, size_bytes BIGINT NOT NULL, digests BLOB NOT NULL, stored_at BIGINT NOT NULL, CONSTRAINT pk_artifact PRIMARY KEY (id), CONSTRAINT uq_artifact_package_id_filename UNIQUE (package_id, filename), CONSTRAINT fk_artifact_package_id FOREIGN KEY(package_id) REFERENCES package (id) )",
    "CREATE TABLE event ( sequence INTEGER NOT NULL, package_id INTEGER NOT NULL, kind TEXT NOT NULL, at BIGINT NOT NULL, version TEXT NOT NULL, detail BLOB, CONSTRAINT pk_event PRIMARY KEY (sequence), CONSTRAINT fk_event_package_id FOREIGN KEY(package_id) REFERENCES package (id) )",
    "CREATE INDEX ix_event_package_id_sequence ON event (package_id, sequence)",
    "CREATE TABLE index_body ( package_id INTEGER NOT NULL, body BLOB NOT NULL, CONSTRAINT pk_index_body PRIMARY KEY (package_id), CONSTRAINT fk_index_body_package_id FOREIGN KEY(package_id) REFERENCES package (id) )",
    "CREATE TABLE index_document ( package_id INTEGER NOT NULL, generation BIGINT NOT NULL, digest TEXT NOT NULL, checked_at BIGINT NOT NULL, changed_at BIGINT NOT NULL, etag TEXT, last_modified TEXT, gone_at BIGINT, CONSTRAINT pk_index_document PRIMARY KEY (package_id), CONSTRAINT fk_index_document_package_id FOREIGN KEY(package_id) REFERENCES package (id) )",
    "CREATE UNIQUE INDEX ix_index_document_generation ON index_document (generation)",
    "CREATE TABLE record ( package_id INTEGER NOT NULL, generation BIGINT NOT NULL, body BLOB NOT NULL, CONSTRAINT pk_record PRIMARY KEY (package_id), CONSTRAINT fk_record_package_id FOREIGN KEY(package_id) REFERENCES package (id) )",
    "CREATE TABLE rendered ( id INTEGER NOT NULL, package_id INTEGER NOT NULL, variant TEXT NOT NULL, generation BIGINT NOT NULL, encoding TEXT NOT NULL, etag TEXT NOT NULL, changed_at BIGINT NOT NULL, body BLOB NOT NULL, CONSTRAINT pk_rendered PRIMARY KEY (id), CONSTRAINT uq_rendered_package_id_variant UNIQUE (package_id, variant), CONSTRAINT fk_rendered_package_id FOREIGN KEY(package_id) REFERENCES package (id) )",
    "CREATE TABLE search_document ( package_id INTEGER NOT NULL, name TEXT NOT NULL, parts TEXT NOT NULL, keywords TEXT NOT NULL, description TEXT NOT NULL, summary BLOB NOT NULL, CONSTRAINT pk_search_document PRIMARY KEY (package_id), CONSTRAINT fk_search_document_package_id FOREIGN KEY(package_id) REFERENCES package (id) )",
    "CREATE VIRTUAL TABLE search_fulltext USING fts5(name, parts, keywords, description, content='search_document', content_rowid='package_id', tokenize='unicode61 remove_diacritics 2', prefix='2 3')",
    "INSERT INTO meta (name, value) VALUES ('sequence', 0)",
)


def upgrade() -> None:
    """Make every table."""
    for statement in _SCHEMA:
        op.execute(sa.text(statement))
