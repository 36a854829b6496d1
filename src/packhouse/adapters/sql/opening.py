"""Opens the SQLite file: makes it if it is not there, and brings an older one up to date.

The usual start reads one row with the standard library; SQLAlchemy and Alembic are imported for an upgrade only.
"""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from packhouse.adapters.sql.faults import translate
from packhouse.adapters.sql.revisions import HEAD, KNOWN, MARK
from packhouse.adapters.sql.sqlite_texts import SQLITE
from packhouse.domain.errors import ConfigError, StorageDamaged

_BUSY_S = 10.0
_MMAP_BYTES = 256 << 20
_PAGE_CACHE_KIB = 8 << 10
_WAL_KEPT_BYTES = 32 << 20


def prepare(path: Path) -> None:
    """Make sure that there is a database of the newest revision; raise ConfigError or StorageDamaged."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = connect(path)
    except (OSError, sqlite3.OperationalError) as error:
        raise ConfigError(f"cannot open the database {path}: {error}", "choose a folder that can be written") from error
    try:
        if _revision(connection, path) is None:
            _create(connection, path)
        if (revision := _revision(connection, path)) != HEAD:
            _upgrade(connection, path, revision)
    except sqlite3.DatabaseError as error:
        raise _unusable(error, path) from error
    finally:
        connection.close()


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open a connection that may be used by any one thread at a time."""
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    settings = (
        f"mmap_size = {_MMAP_BYTES}",
        f"cache_size = -{_PAGE_CACHE_KIB}",
        "foreign_keys = ON",
        "trusted_schema = OFF",
    )
    # A power cut may lose the last commits but damages nothing (sqlite.org/pragma.html#pragma_synchronous).
    # The writer raises it for what must not be lost; macOS has a sync of its own that reaches the disk itself.
    for_writing = (
        "journal_mode = WAL",
        # Where pages are mapped a reader would check all cells of every page each time that it looks at one: measured
        # to double the time of a look-up. What is read has a digest, or is decoded strictly; what is written spreads.
        "cell_size_check = ON",
        "synchronous = NORMAL",
        "fullfsync = ON",
        f"journal_size_limit = {_WAL_KEPT_BYTES}",
    )
    try:
        for setting in (*settings, *(("query_only = ON",) if read_only else for_writing)):
            connection.execute(f"PRAGMA {setting}").fetchall()
    except sqlite3.DatabaseError as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):
            raise
        raise _unusable(error, path) from error
    return connection


def _revision(connection: sqlite3.Connection, path: Path) -> str | None:
    """Read the revision, None of an empty file; raise ConfigError if it is not a database of ours."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return None
    if not {"alembic_version", "package", "index_document"} <= tables:
        raise ConfigError(f"{path} is the database of another program", "name another file, or move that one away")
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None or row[0] not in KNOWN:
        found = "no" if row is None else f"the unknown revision {row[0]} as its"
        raise ConfigError(
            f"{path} has {found} schema: a newer Packhouse has written it",
            "install that version again, or restore the backup made before the upgrade",
        )
    return str(row[0])


def _create(connection: sqlite3.Connection, path: Path) -> None:
    """Make everything at once, unless another process has done it meanwhile."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _revision(connection, path) is None:
            _run(connection, (*SQLITE.schema, *MARK))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _upgrade(connection: sqlite3.Connection, path: Path, revision: str | None) -> None:
    from packhouse.adapters.sql.migrating import upgrade  # noqa: PLC0415 (SQLAlchemy and Alembic: 0.7 s)

    connection.close()
    upgrade(path, revision)


def _run(connection: sqlite3.Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.execute(statement)


def _unusable(error: sqlite3.DatabaseError, path: Path) -> Exception:
    if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_NOTADB:
        hint = "name another file, or move that one away and restore a backup"
        return StorageDamaged(f"{path} is not a database", hint)
    return translate(error, path)
