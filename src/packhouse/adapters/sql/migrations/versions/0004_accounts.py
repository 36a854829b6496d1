"""Accounts and packages that are published here get tables."""

# ruff: noqa: E501

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SCHEMA = (
    "CREATE TABLE account ( name TEXT NOT NULL, identity TEXT NOT NULL, revision BIGINT NOT NULL, body BLOB NOT NULL, CONSTRAINT pk_account PRIMARY KEY (name), CONSTRAINT uq_account_identity UNIQUE (identity) )",
    "CREATE TABLE audit_entry ( sequence INTEGER NOT NULL, at BIGINT NOT NULL, user TEXT NOT NULL, subject TEXT NOT NULL, body BLOB NOT NULL, CONSTRAINT pk_audit_entry PRIMARY KEY (sequence) )",
    "CREATE INDEX ix_audit_entry_subject_sequence ON audit_entry (subject, sequence)",
    "CREATE INDEX ix_audit_entry_user_sequence ON audit_entry (user, sequence)",
    "CREATE TABLE organisation ( name TEXT NOT NULL, revision BIGINT NOT NULL, body BLOB NOT NULL, CONSTRAINT pk_organisation PRIMARY KEY (name) )",
    "CREATE TABLE role_grant ( id TEXT NOT NULL, created_at BIGINT NOT NULL, body BLOB NOT NULL, CONSTRAINT pk_role_grant PRIMARY KEY (id) )",
    'CREATE TABLE token ( "key" TEXT NOT NULL, hash TEXT NOT NULL, user TEXT NOT NULL, last_used_at BIGINT, body BLOB NOT NULL, CONSTRAINT pk_token PRIMARY KEY ("key"), CONSTRAINT uq_token_hash UNIQUE (hash) )',
    "CREATE INDEX ix_token_user ON token (user)",
    "CREATE TABLE hosted_package ( package_id INTEGER NOT NULL, revision BIGINT NOT NULL, restricted INTEGER NOT NULL, removed_at BIGINT, body BLOB NOT NULL, CONSTRAINT pk_hosted_package PRIMARY KEY (package_id), CONSTRAINT fk_hosted_package_package_id FOREIGN KEY(package_id) REFERENCES package (id) )",
    "CREATE INDEX ix_hosted_package_restricted ON hosted_package (restricted)",
    "CREATE TABLE package_owner ( package_id INTEGER NOT NULL, user TEXT NOT NULL, CONSTRAINT pk_package_owner PRIMARY KEY (package_id, user), CONSTRAINT fk_package_owner_package_id FOREIGN KEY(package_id) REFERENCES package (id) )",
    "CREATE INDEX ix_package_owner_user ON package_owner (user)",
    "CREATE TABLE star ( package_id INTEGER NOT NULL, user TEXT NOT NULL, CONSTRAINT pk_star PRIMARY KEY (package_id, user), CONSTRAINT fk_star_package_id FOREIGN KEY(package_id) REFERENCES package (id) )",
    "CREATE INDEX ix_star_user ON star (user)",
    "CREATE TABLE version_claim ( package_id INTEGER NOT NULL, version TEXT NOT NULL, CONSTRAINT pk_version_claim PRIMARY KEY (package_id, version), CONSTRAINT fk_version_claim_package_id FOREIGN KEY(package_id) REFERENCES package (id) )",
    "INSERT INTO meta (name, value) VALUES ('accounts', 0)",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _SCHEMA:
        op.execute(sa.text(statement))
