"""Hooks and what they have yet to be told get tables."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "CREATE TABLE hook ( id TEXT NOT NULL, owner TEXT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, disabled TEXT NOT NULL, delivered BIGINT DEFAULT 0 NOT NULL, last_delivery_at BIGINT, response_code BIGINT DEFAULT 0 NOT NULL, body BLOB NOT NULL, CONSTRAINT pk_hook PRIMARY KEY (id) )",  # noqa: E501
    "CREATE INDEX ix_hook_owner ON hook (owner)",
    "CREATE TABLE hook_delivery ( hook_id TEXT NOT NULL, sequence BIGINT NOT NULL, next_at BIGINT NOT NULL, attempts BIGINT NOT NULL, CONSTRAINT pk_hook_delivery PRIMARY KEY (hook_id, sequence) )",  # noqa: E501
    "CREATE INDEX ix_hook_delivery_next_at_sequence_hook_id ON hook_delivery (next_at, sequence, hook_id)",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _STATEMENTS:
        op.execute(sa.text(statement))
