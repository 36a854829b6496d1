"""Documents beside the index get a table."""

# ruff: noqa: E501

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLE = "CREATE TABLE further_document ( id INTEGER NOT NULL, package_id INTEGER NOT NULL, path TEXT NOT NULL, content_type TEXT NOT NULL, etag TEXT, last_modified TEXT, checked_at BIGINT NOT NULL, changed_at BIGINT NOT NULL, body BLOB NOT NULL, CONSTRAINT pk_further_document PRIMARY KEY (id), CONSTRAINT uq_further_document_package_id_path UNIQUE (package_id, path), CONSTRAINT fk_further_document_package_id FOREIGN KEY(package_id) REFERENCES package (id) )"


def upgrade() -> None:
    """Make the table."""
    op.execute(sa.text(_TABLE))
