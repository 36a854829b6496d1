"""Moves an older database to the newest revision, by Alembic; imported only when that is needed."""

import logging
import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

log = logging.getLogger(__name__)

_SCRIPTS = Path(__file__).with_name("migrations")


def upgrade(path: Path, revision: str | None, target: str = "head") -> None:
    """Run the migrations that are missing, all in one transaction; two processes at once are fine."""
    log.info("upgrading the database from revision %s", revision)
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    event.listen(engine, "connect", _leave_transactions_alone)
    event.listen(engine, "begin", _begin_immediately)
    try:
        with engine.begin() as connection:
            config = configuration()
            config.attributes["connection"] = connection
            command.upgrade(config, target)
    finally:
        engine.dispose()


def configuration() -> Config:
    """Tell Alembic where the migrations are; there is no ini file."""
    config = Config()
    # A percent sign would begin an interpolation.
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _leave_transactions_alone(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself, and not before statements that define tables.
    connection.isolation_level = None


def _begin_immediately(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
