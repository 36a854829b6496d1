"""The revisions that a database can have; kept apart from Alembic, which is only imported to move between them."""

KNOWN = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0006",
    "0007",
    "0008",
    "0010",
    "0011",
    "0012",
    "0020",
    "0021",
    "0023",
    "0025",
    "0022",
    "0024",
)
"""Oldest first."""

HEAD = KNOWN[-1]

MARK = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY)",
    f"INSERT INTO alembic_version (version_num) VALUES ('{HEAD}')",  # noqa: S608 (a constant)
)
"""Marks a new database as being of the newest revision, as Alembic does."""
