"""Resolved graphs are kept, and found by what is in them."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "CREATE TABLE graph_name ( id INTEGER NOT NULL, ecosystem TEXT NOT NULL, name TEXT NOT NULL, CONSTRAINT pk_graph_name PRIMARY KEY (id), CONSTRAINT uq_graph_name_name_ecosystem UNIQUE (name, ecosystem) )",  # noqa: E501
    "CREATE TABLE graph ( name_id INTEGER NOT NULL, mark BIGINT NOT NULL, due_at BIGINT, made_at BIGINT, CONSTRAINT pk_graph PRIMARY KEY (name_id), CONSTRAINT fk_graph_name_id FOREIGN KEY(name_id) REFERENCES graph_name (id) )",  # noqa: E501
    "CREATE INDEX ix_graph_due_at ON graph (due_at)",
    "CREATE TABLE graph_body ( name_id INTEGER NOT NULL, body BLOB NOT NULL, CONSTRAINT pk_graph_body PRIMARY KEY (name_id), CONSTRAINT fk_graph_body_name_id FOREIGN KEY(name_id) REFERENCES graph_name (id) )",  # noqa: E501
    "CREATE TABLE graph_use ( used_id INTEGER NOT NULL, version TEXT NOT NULL, relation INTEGER NOT NULL, user_id INTEGER NOT NULL, CONSTRAINT pk_graph_use PRIMARY KEY (used_id, version, relation, user_id), CONSTRAINT fk_graph_use_used_id FOREIGN KEY(used_id) REFERENCES graph_name (id), CONSTRAINT fk_graph_use_user_id FOREIGN KEY(user_id) REFERENCES graph_name (id) ) WITHOUT ROWID",  # noqa: E501
)


def upgrade() -> None:
    """Make the tables; graphs are made once the server runs."""
    for statement in _STATEMENTS:
        op.execute(sa.text(statement))
