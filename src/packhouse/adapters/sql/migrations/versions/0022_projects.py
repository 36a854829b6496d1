"""Source repositories get tables, and lead to all packages whose records name them."""

from collections.abc import Iterator

import msgspec
import sqlalchemy as sa
import zstandard
from alembic import op

from packhouse.adapters.sql.projects import project_prefix
from packhouse.domain.project_address import project_anywhere

revision = "0022"
down_revision = "0025"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "CREATE TABLE project_fact ( project TEXT NOT NULL, kind TEXT NOT NULL, checked_at BIGINT NOT NULL, etag TEXT NOT NULL, body BLOB NOT NULL, CONSTRAINT pk_project_fact PRIMARY KEY (project, kind) ) WITHOUT ROWID",  # noqa: E501
    "CREATE TABLE package_project ( prefix BIGINT NOT NULL, package_id INTEGER NOT NULL, CONSTRAINT pk_package_project PRIMARY KEY (prefix, package_id), CONSTRAINT fk_package_project_package_id FOREIGN KEY(package_id) REFERENCES package (id) ) WITHOUT ROWID",  # noqa: E501
    "CREATE TABLE project_relation ( project TEXT NOT NULL, rank INTEGER NOT NULL, package_id INTEGER NOT NULL, version TEXT NOT NULL, type TEXT NOT NULL, CONSTRAINT pk_project_relation PRIMARY KEY (project, rank, package_id, version, type), CONSTRAINT fk_project_relation_package_id FOREIGN KEY(package_id) REFERENCES package (id) ) WITHOUT ROWID",  # noqa: E501
    "CREATE INDEX ix_project_relation_package_id_version ON project_relation (package_id, version)",
)
_ADD = "INSERT INTO package_project VALUES (:prefix, :package_id) ON CONFLICT DO NOTHING"
_RECORDS = "SELECT package_id, body FROM record WHERE package_id > :after ORDER BY package_id LIMIT 100"
_LABELS = ("repository", "issues")


class _Link(msgspec.Struct):
    label: str
    url: str


class _Release(msgspec.Struct):
    links: tuple[_Link, ...] = ()


class _Record(msgspec.Struct):
    releases: tuple[_Release, ...]


def upgrade() -> None:
    """Make the tables and fill the one that records lead to."""
    for statement in _STATEMENTS:
        op.execute(sa.text(statement))
    connection = op.get_bind()
    after = 0
    while page := connection.execute(sa.text(_RECORDS), {"after": after}).all():
        if found := [row for each in page for row in _record(*each)]:
            connection.execute(sa.text(_ADD), found)
        after = page[-1][0]


def _record(package_id: int, body: bytes) -> Iterator[dict[str, int]]:
    """Read the links of a record; one that cannot be read is derived anew in any case."""
    try:
        record = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(body), type=_Record)
    except (zstandard.ZstdError, msgspec.MsgspecError):
        return
    urls = {link.url for release in record.releases for link in release.links if link.label in _LABELS}
    for project in {project_anywhere(url) for url in urls}:
        if project is not None:
            yield {"prefix": project_prefix(project), "package_id": package_id}
