"""Turns schema and statements into a module of plain text, so that a running server never imports SQLAlchemy.

`python -m packhouse.adapters.sql.compiled` writes `sqlite_texts.py`; a test holds that the file is what this makes.
"""

import sys
from pathlib import Path

from sqlalchemy import ClauseElement
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from packhouse.adapters.sql.fulltext import FULLTEXT_SCHEMA
from packhouse.adapters.sql.schema import FIRST_ROWS, METADATA
from packhouse.adapters.sql.statements import statements

_HEAD = '''"""Generated of schema.py and statements.py by compiled.py; do not edit."""

# ruff: noqa: E501, S106 (a statement is no secret)

from packhouse.adapters.sql.texts import Texts

'''


def sqlite_module() -> str:
    """Write the module that holds the texts for SQLite."""
    dialect: Dialect = sqlite.dialect(paramstyle="named")
    return f"{_HEAD}SQLITE = {_texts(dialect, FULLTEXT_SCHEMA)}"


def _texts(dialect: Dialect, further_schema: tuple[str, ...]) -> str:
    schema = (*(_text(element, dialect) for element in _schema()), *further_schema, _text(FIRST_ROWS, dialect))
    lines = ["Texts(", "    schema=("]
    lines += [f"        {_quoted(text)}," for text in schema]
    lines.append("    ),")
    lines += [f"    {name}={_quoted(_text(statement, dialect))}," for name, statement in statements(dialect).items()]
    lines.append(")\n")
    return "\n".join(lines)


def _schema() -> list[ExecutableDDLElement]:
    elements: list[ExecutableDDLElement] = []
    for table in METADATA.sorted_tables:
        elements.append(CreateTable(table))
        elements += [CreateIndex(index) for index in sorted(table.indexes, key=lambda index: str(index.name))]
    return elements


def _text(element: ClauseElement, dialect: Dialect) -> str:
    compiled = element.compile(dialect=dialect)
    return " ".join(str(compiled).split())


def _quoted(text: str) -> str:
    return f'"{text}"' if '"' not in text else repr(text)


if __name__ == "__main__":
    target = Path(__file__).with_name("sqlite_texts.py")
    target.write_text(sqlite_module(), encoding="utf-8")
    sys.stdout.write(f"wrote {target.name}\n")
