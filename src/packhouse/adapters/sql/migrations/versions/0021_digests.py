"""Digests of files get a table, and lead to all files that are known already."""

from collections.abc import Iterator

import msgspec
import sqlalchemy as sa
import zstandard
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_TABLE = "CREATE TABLE artifact_digest ( prefix BIGINT NOT NULL, package_id INTEGER NOT NULL, version TEXT NOT NULL, CONSTRAINT pk_artifact_digest PRIMARY KEY (prefix, package_id, version), CONSTRAINT fk_artifact_digest_package_id FOREIGN KEY(package_id) REFERENCES package (id) ) WITHOUT ROWID"  # noqa: E501
_ADD = "INSERT INTO artifact_digest VALUES (:prefix, :package_id, :version) ON CONFLICT DO NOTHING"
_FILES = "SELECT id, package_id, version, digests FROM artifact WHERE id > :after ORDER BY id LIMIT 1000"
_RECORDS = "SELECT package_id, body FROM record WHERE package_id > :after ORDER BY package_id LIMIT 100"

Row = dict[str, object]


class _Digest(msgspec.Struct):
    algorithm: str
    value: str


class _Artifact(msgspec.Struct):
    digests: tuple[_Digest, ...] = ()


class _Release(msgspec.Struct):
    version: str
    artifacts: tuple[_Artifact, ...] = ()


class _Record(msgspec.Struct):
    releases: tuple[_Release, ...]


def upgrade() -> None:
    """Make the table and fill it."""
    op.execute(sa.text(_TABLE))
    connection = op.get_bind()
    for query, rows_of in ((_FILES, _file), (_RECORDS, _record)):
        after = 0
        while page := connection.execute(sa.text(query), {"after": after}).all():
            if found := [row for each in page for row in rows_of(*each)]:
                connection.execute(sa.text(_ADD), found)
            after = page[-1][0]


def _file(_: int, package_id: int, version: str, digests: bytes) -> Iterator[Row]:
    for each in msgspec.msgpack.decode(digests, type=tuple[_Digest, ...]):
        yield _row(each, package_id, version)


def _record(package_id: int, body: bytes) -> Iterator[Row]:
    """Read the digests of a record; one that cannot be read is derived anew in any case."""
    try:
        record = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(body), type=_Record)
    except (zstandard.ZstdError, msgspec.MsgspecError):
        return
    for release in record.releases:
        for artifact in release.artifacts:
            for each in artifact.digests:
                yield _row(each, package_id, release.version)


def _row(digest: _Digest, package_id: int, version: str) -> Row:
    prefix = int.from_bytes(bytes.fromhex(digest.value[:16]), "big", signed=True)
    return {"prefix": prefix, "package_id": package_id, "version": version}
