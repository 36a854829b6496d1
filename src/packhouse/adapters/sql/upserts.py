"""What statements are put together of; the one thing that dialects spell by themselves, though alike."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Insert, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect


def upsert(
    dialect: Dialect, table: Table, keys: Sequence[str], columns: Sequence[str], newer: str | None = None
) -> Insert:
    """Insert a row or replace its columns, `newer`: only by a row that is not older than the one there."""
    insert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    statement: Any = insert(table).values(values(*keys, *columns))  # the two Insert classes share no base with this
    excluded = statement.excluded
    condition = None if newer is None else table.c[newer] <= excluded[newer]
    upsert: Insert = statement.on_conflict_do_update(
        index_elements=list(keys), set_={column: excluded[column] for column in columns}, where=condition
    )
    return upsert


def insert_once(dialect: Dialect, table: Table, columns: Sequence[str]) -> Insert:
    """Insert a row unless one with a key of it is there; only what was inserted is returned."""
    insert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    statement: Any = insert(table).values(values(*columns))
    once: Insert = statement.on_conflict_do_nothing().returning(*table.primary_key.columns)
    return once


def values(*columns: str) -> dict[str, Any]:
    """Name a parameter after each column."""
    return {column: bindparam(column) for column in columns}
