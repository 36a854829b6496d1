"""The texts that the server runs are those of the schema and the statements."""

from sqlalchemy.dialects import postgresql

import packhouse.adapters.sql.sqlite_texts
from packhouse.adapters.sql.compiled import sqlite_module
from packhouse.adapters.sql.statements import statements


def test_the_texts_are_what_the_statements_compile_to() -> None:
    written = packhouse.adapters.sql.sqlite_texts.__loader__.get_source("packhouse.adapters.sql.sqlite_texts")  # type: ignore[union-attr]
    assert written == sqlite_module(), "run python -m packhouse.adapters.sql.compiled"


def test_every_statement_can_be_said_to_postgresql() -> None:
    dialect = postgresql.dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]
    for statement in statements(dialect).values():
        assert str(statement.compile(dialect=dialect))


def test_every_parameter_is_one_that_somebody_gives() -> None:
    """What a statement binds by itself gets a number as its name, and its value does not reach the text."""
    written = sqlite_module()
    assert not [line for line in written.splitlines() if ":param_" in line]
