"""Statements about digests of files."""

from sqlalchemy import ClauseElement, Integer, bindparam, literal_column, select
from sqlalchemy.engine import Dialect

from packhouse.adapters.sql.schema import ARTIFACT_DIGEST, PACKAGE
from packhouse.adapters.sql.upserts import insert_once


def digests(dialect: Dialect) -> dict[str, ClauseElement]:
    """Build all of them."""
    found = ARTIFACT_DIGEST.join(PACKAGE, PACKAGE.c.id == ARTIFACT_DIGEST.c.package_id)
    return {
        "add_digest": insert_once(dialect, ARTIFACT_DIGEST, ("prefix", "package_id", "version")),
        "find_digest": select(PACKAGE.c.origin, PACKAGE.c.ecosystem, PACKAGE.c.name, ARTIFACT_DIGEST.c.version)
        .select_from(found)
        .where(ARTIFACT_DIGEST.c.prefix == bindparam("prefix"))
        .limit(bindparam("limit"))
        .offset(literal_column("0", Integer)),
    }
