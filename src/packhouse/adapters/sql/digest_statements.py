"""Statements about digests of files."""

from sqlalchemy import ClauseElement, Integer, bindparam, func, literal_column, select
from sqlalchemy.engine import Dialect

from packhouse.adapters.sql.schema import ARTIFACT_DIGEST, PACKAGE
from packhouse.adapters.sql.upserts import insert_once


def digests(dialect: Dialect) -> dict[str, ClauseElement]:
    """Build all of them."""
    return {
        "add_digest": insert_once(dialect, ARTIFACT_DIGEST, ("prefix", "package_id", "version")),
        "find_digest": _find(dialect),
    }


def _find(dialect: Dialect) -> ClauseElement:
    """Gather what is found in one row of JSON: a look-up by key, which nobody waits for another thread for."""
    found = (
        select(PACKAGE.c.origin, PACKAGE.c.ecosystem, PACKAGE.c.name, ARTIFACT_DIGEST.c.version)
        .select_from(ARTIFACT_DIGEST.join(PACKAGE, PACKAGE.c.id == ARTIFACT_DIGEST.c.package_id))
        .where(ARTIFACT_DIGEST.c.prefix == bindparam("prefix"))
        .limit(bindparam("limit"))
        .offset(literal_column("0", Integer))
        .subquery("found")
    )
    if dialect.name == "sqlite":
        return select(func.json_group_array(func.json_array(*found.c)))
    return select(func.json_agg(func.json_build_array(*found.c)))
