"""Trusted publishers, and identities that were used, get tables."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "CREATE TABLE spent_identity ( hash TEXT NOT NULL, expires_at BIGINT NOT NULL, CONSTRAINT pk_spent_identity PRIMARY KEY (hash) )",  # noqa: E501
    "CREATE INDEX ix_spent_identity_expires_at ON spent_identity (expires_at)",
    "CREATE TABLE trusted_publisher ( id INTEGER NOT NULL, origin TEXT NOT NULL, ecosystem TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, owner TEXT NOT NULL, repository TEXT NOT NULL, owner_id TEXT NOT NULL, body BLOB NOT NULL, CONSTRAINT pk_trusted_publisher PRIMARY KEY (id) )",  # noqa: E501
    "CREATE INDEX ix_trusted_publisher_origin_ecosystem_name ON trusted_publisher (origin, ecosystem, name)",
    "CREATE INDEX ix_trusted_publisher_owner_repository ON trusted_publisher (owner, repository)",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _STATEMENTS:
        op.execute(sa.text(statement))
