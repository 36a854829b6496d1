"""Statements about source repositories."""

from sqlalchemy import ClauseElement, Integer, bindparam, literal_column, select
from sqlalchemy.engine import Dialect

from packhouse.adapters.sql.schema import PACKAGE, PACKAGE_PROJECT, PROJECT_FACT, PROJECT_RELATION
from packhouse.adapters.sql.upserts import insert_once, upsert

_NONE = literal_column("0", Integer)
_PLACE = (PACKAGE.c.origin, PACKAGE.c.ecosystem, PACKAGE.c.name)
_RELATION = (
    PROJECT_RELATION.c.project,
    PROJECT_RELATION.c.version,
    PROJECT_RELATION.c.type,
    PROJECT_RELATION.c.rank,
)


def projects(dialect: Dialect) -> dict[str, ClauseElement]:
    """Build all of them."""
    fact = PROJECT_FACT.c
    relation = PROJECT_RELATION.c
    related = PROJECT_RELATION.join(PACKAGE, PACKAGE.c.id == relation.package_id)
    return {
        "add_package_project": insert_once(dialect, PACKAGE_PROJECT, ("prefix", "package_id")),
        "list_project_packages": select(*_PLACE)
        .select_from(PACKAGE_PROJECT.join(PACKAGE, PACKAGE.c.id == PACKAGE_PROJECT.c.package_id))
        .where(PACKAGE_PROJECT.c.prefix == bindparam("prefix"))
        .order_by(*_PLACE)
        .limit(bindparam("limit"))
        .offset(_NONE),
        "add_relation": insert_once(dialect, PROJECT_RELATION, ("project", "rank", "package_id", "version", "type")),
        "list_project_relations": select(*_RELATION, *_PLACE)
        .select_from(related)
        .where(relation.project == bindparam("project"))
        .order_by(relation.rank, *_PLACE, relation.version, relation.type)
        .limit(bindparam("limit"))
        .offset(_NONE),
        "list_release_relations": select(*_RELATION)
        .select_from(related)
        .where(
            PACKAGE.c.name == bindparam("name"),
            PACKAGE.c.ecosystem == bindparam("ecosystem"),
            PACKAGE.c.origin == bindparam("origin"),
            relation.version == bindparam("version"),
        )
        .order_by(relation.rank, relation.project, relation.type),
        "find_project_facts": select(fact.kind, fact.checked_at, fact.etag, fact.body)
        .where(fact.project == bindparam("project"))
        .order_by(fact.kind),
        "write_project_fact": upsert(dialect, PROJECT_FACT, ("project", "kind"), ("checked_at", "etag", "body")),
        "list_projects": select(fact.project)
        .distinct()
        .where(fact.project > bindparam("after"))
        .order_by(fact.project)
        .limit(bindparam("limit"))
        .offset(_NONE),
    }
