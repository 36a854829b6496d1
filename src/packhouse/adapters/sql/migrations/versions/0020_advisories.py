"""Advisories get tables."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0012"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "CREATE TABLE advisory ( id INTEGER NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL, modified_at BIGINT NOT NULL, withdrawn_at BIGINT, malicious INTEGER NOT NULL, digest TEXT NOT NULL, generation BIGINT NOT NULL, CONSTRAINT pk_advisory PRIMARY KEY (id), CONSTRAINT uq_advisory_name_source UNIQUE (name, source) )",  # noqa: E501
    "CREATE UNIQUE INDEX ix_advisory_generation ON advisory (generation)",
    "CREATE INDEX ix_advisory_source_name ON advisory (source, name)",
    "CREATE TABLE advisory_alias ( alias TEXT NOT NULL, advisory_id INTEGER NOT NULL, CONSTRAINT pk_advisory_alias PRIMARY KEY (alias, advisory_id), CONSTRAINT fk_advisory_alias_advisory_id FOREIGN KEY(advisory_id) REFERENCES advisory (id) )",  # noqa: E501
    "CREATE INDEX ix_advisory_alias_advisory_id ON advisory_alias (advisory_id)",
    "CREATE TABLE advisory_body ( advisory_id INTEGER NOT NULL, body BLOB NOT NULL, CONSTRAINT pk_advisory_body PRIMARY KEY (advisory_id), CONSTRAINT fk_advisory_body_advisory_id FOREIGN KEY(advisory_id) REFERENCES advisory (id) )",  # noqa: E501
    "CREATE TABLE advisory_mention ( name TEXT NOT NULL, ecosystem TEXT NOT NULL, advisory_id INTEGER NOT NULL, body BLOB NOT NULL, CONSTRAINT pk_advisory_mention PRIMARY KEY (name, ecosystem, advisory_id), CONSTRAINT fk_advisory_mention_advisory_id FOREIGN KEY(advisory_id) REFERENCES advisory (id) )",  # noqa: E501
    "CREATE INDEX ix_advisory_mention_advisory_id ON advisory_mention (advisory_id)",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _STATEMENTS:
        op.execute(sa.text(statement))
