"""Similar names, facts of releases and container images get tables; names are known from the event log on."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0023"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "CREATE TABLE image_repository ( id INTEGER NOT NULL, registry TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL, CONSTRAINT pk_image_repository PRIMARY KEY (id), CONSTRAINT uq_image_repository_registry_name UNIQUE (registry, name) )",  # noqa: E501
    "CREATE TABLE image_chain ( chain BLOB NOT NULL, repository_id INTEGER NOT NULL, CONSTRAINT pk_image_chain PRIMARY KEY (chain, repository_id), CONSTRAINT fk_image_chain_repository_id FOREIGN KEY(repository_id) REFERENCES image_repository (id) ) WITHOUT ROWID",  # noqa: E501
    "CREATE TABLE release_fact ( name TEXT NOT NULL, ecosystem TEXT NOT NULL, version TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, written_at BIGINT NOT NULL, body BLOB NOT NULL, CONSTRAINT pk_release_fact PRIMARY KEY (name, ecosystem, version, kind) )",  # noqa: E501
    "CREATE TABLE similar_name ( id INTEGER NOT NULL, ecosystem TEXT NOT NULL, name TEXT NOT NULL, downloads BIGINT NOT NULL, weight INTEGER NOT NULL, listed INTEGER NOT NULL, CONSTRAINT pk_similar_name PRIMARY KEY (id), CONSTRAINT uq_similar_name_name_ecosystem UNIQUE (name, ecosystem) )",  # noqa: E501
    "CREATE TABLE similar_form ( form BIGINT NOT NULL, below INTEGER NOT NULL, name_id INTEGER NOT NULL, CONSTRAINT pk_similar_form PRIMARY KEY (form, below, name_id), CONSTRAINT fk_similar_form_name_id FOREIGN KEY(name_id) REFERENCES similar_name (id) ) WITHOUT ROWID",  # noqa: E501
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _STATEMENTS:
        op.execute(sa.text(statement))
