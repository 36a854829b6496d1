"""Invitations to own packages get a table."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "CREATE TABLE invitation ( origin TEXT NOT NULL, ecosystem TEXT NOT NULL, name TEXT NOT NULL, invitee TEXT NOT NULL, id TEXT NOT NULL, inviter TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, CONSTRAINT pk_invitation PRIMARY KEY (origin, ecosystem, name, invitee), CONSTRAINT uq_invitation_id UNIQUE (id) )",  # noqa: E501
    "CREATE INDEX ix_invitation_invitee ON invitation (invitee)",
)


def upgrade() -> None:
    """Make the table."""
    for statement in _STATEMENTS:
        op.execute(sa.text(statement))
