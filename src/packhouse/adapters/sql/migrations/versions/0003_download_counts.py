"""Downloads through this server get a table."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLE = "CREATE TABLE download_count ( package_id INTEGER NOT NULL, day TEXT NOT NULL, count BIGINT NOT NULL, CONSTRAINT pk_download_count PRIMARY KEY (package_id, day), CONSTRAINT fk_download_count_package_id FOREIGN KEY(package_id) REFERENCES package (id) )"  # noqa: E501


def upgrade() -> None:
    """Make the table."""
    op.execute(sa.text(_TABLE))
