"""Statements about kept graphs."""

from sqlalchemy import ClauseElement, Text, literal_column, select, text
from sqlalchemy.engine import Dialect

from packhouse.adapters.sql.schema import GRAPH, GRAPH_BODY, GRAPH_NAME, META
from packhouse.adapters.sql.upserts import upsert

_PLACE = ("graph_position", "graph_marker")
_ID = "(SELECT id FROM graph_name WHERE name = :name AND ecosystem = :ecosystem)"
_AFTER = "coalesce((SELECT id FROM graph_name WHERE name = :after AND ecosystem = :ecosystem), 0)"
_CLEAN = """user_id NOT IN (
    SELECT looked.user_id FROM json_each(:hidden) AS hidden
    JOIN graph_name ON graph_name.name = hidden.value AND graph_name.ecosystem = :ecosystem
    JOIN graph_use AS looked ON looked.used_id = graph_name.id)"""
"""A graph is found by the package that it is of, too."""


def graphs(dialect: Dialect) -> dict[str, ClauseElement]:
    """Build all of them."""
    return {
        "read_graph_place": select(META.c.name, META.c.value).where(
            META.c.name.in_([literal_column(f"'{each}'", Text) for each in _PLACE])
        ),
        "write_graph_place": upsert(dialect, META, ("name",), ("value",)),
        # Sets the name to itself where it is there, so that there always is an id to return.
        "write_graph_name": upsert(dialect, GRAPH_NAME, ("name", "ecosystem"), ("name",)).returning(GRAPH_NAME.c.id),
        "find_graph_name": text("SELECT id FROM graph_name WHERE name = :name AND ecosystem = :ecosystem"),
        "mark_graph": text(
            "INSERT INTO graph (name_id, mark, due_at) VALUES (:id, 1, :at)"
            " ON CONFLICT (name_id) DO UPDATE SET mark = graph.mark + 1, due_at = excluded.due_at"
        ),
        "mark_graph_users": text(
            "UPDATE graph SET mark = mark + 1, due_at = :at"
            " WHERE name_id IN (SELECT user_id FROM graph_use WHERE used_id = :id)"
        ),
        "list_due_graphs": text(
            "SELECT ecosystem, name, mark FROM graph JOIN graph_name ON graph_name.id = graph.name_id"
            " WHERE due_at <= :now ORDER BY due_at DESC, name_id LIMIT :limit"
        ),
        "count_due_graphs": text("SELECT count(*) FROM graph WHERE due_at <= :now"),
        "settle_graph": text(
            "UPDATE graph SET made_at = :made_at, due_at = CASE WHEN mark = :mark THEN :due_at ELSE due_at END"
            " WHERE name_id = :id"
        ),
        "read_graph_body": select(GRAPH_BODY.c.body).where(GRAPH_BODY.c.name_id == text(":id")),
        "write_graph_body": upsert(dialect, GRAPH_BODY, ("name_id",), ("body",)),
        "add_graph_use": text(
            "INSERT INTO graph_use (used_id, version, relation, user_id)"
            " VALUES (:used_id, :version, :relation, :user_id) ON CONFLICT DO NOTHING"
        ),
        "drop_graph_use": text(
            "DELETE FROM graph_use WHERE used_id = :used_id AND version = :version"
            " AND relation = :relation AND user_id = :user_id"
        ),
        "drop_graph_uses": text("DELETE FROM graph_use WHERE user_id = :id"),
        "find_graph": select(GRAPH.c.due_at, GRAPH.c.made_at, GRAPH_BODY.c.body)
        .join(GRAPH_BODY, GRAPH_BODY.c.name_id == GRAPH.c.name_id)
        .where(GRAPH.c.name_id == text(_ID)),
        "count_dependents": text(
            f"SELECT relation, count(*) FROM graph_use WHERE used_id = {_ID}"  # noqa: S608 (constants)
            f" AND version = :version AND relation > 0 AND {_CLEAN} GROUP BY relation"
        ),
        "count_dependents_by_version": text(
            f"SELECT version, count(*) FROM graph_use WHERE used_id = {_ID}"  # noqa: S608 (constants)
            f" AND version > '' AND {_CLEAN} GROUP BY version"
        ),
        "list_dependents": text(
            "SELECT ecosystem, user.name, relation, body FROM graph_use"  # noqa: S608 (constants)
            " JOIN graph_name AS user ON user.id = user_id JOIN graph_body ON graph_body.name_id = user_id"
            f" WHERE used_id = {_ID} AND version = :version AND (relation, user_id) > (:relation, {_AFTER})"
            f" AND {_CLEAN} ORDER BY relation, user_id LIMIT :limit"
        ),
        "list_graph_names": text(
            "SELECT name FROM graph_name WHERE name > :after AND ecosystem = :ecosystem ORDER BY name LIMIT :limit"
        ),
        "list_doubtful": text(
            "SELECT DISTINCT user.name FROM json_each(:hidden) AS hidden"
            " JOIN graph_name AS used ON used.name = hidden.value AND used.ecosystem = :ecosystem"
            " JOIN graph_use ON used_id = used.id JOIN graph_name AS user ON user.id = user_id"
            " WHERE user.name NOT IN (SELECT value FROM json_each(:hidden)) ORDER BY user.name"
        ),
    }
