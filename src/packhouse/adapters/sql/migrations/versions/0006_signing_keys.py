"""The keys with which this server signs get a table."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLE = "CREATE TABLE signing_key ( keyid TEXT NOT NULL, private_key BLOB NOT NULL, public_key BLOB NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT, CONSTRAINT pk_signing_key PRIMARY KEY (keyid) )"  # noqa: E501


def upgrade() -> None:
    """Make the table."""
    op.execute(sa.text(_TABLE))
