"""What SQLite's result codes mean to an operator."""

import shutil
import sqlite3
from pathlib import Path

from packhouse.domain.errors import StorageDamaged, StorageError, StorageFull

_ROOM_BYTES = 16 << 20
"""With less room than this, a write that failed failed for want of room."""

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_SEE_DOCTOR = "stop the server, then run `packhouse doctor --deep`"


def translate(error: sqlite3.Error, path: Path) -> StorageError:
    """Say what happened to the database in our own words; the caller keeps the cause."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    # The low byte is the kind, the rest says more of it (sqlite.org/rescode.html, "Primary Result Codes").
    kind = code & 0xFF
    if kind == sqlite3.SQLITE_FULL or (kind == sqlite3.SQLITE_IOERR and _no_room(path)):
        return StorageFull(
            f"no space left for the database {path.name}", "free some space; what was stored stays readable"
        )
    if kind in _DAMAGED:
        return StorageDamaged(f"the database {path.name} is damaged: {error}", _SEE_DOCTOR)
    if kind in _BUSY:
        return StorageError(f"the database {path.name} stayed locked by another process", "look for a second server")
    return StorageError(f"the database {path.name} failed: {error}", _SEE_DOCTOR)


def _no_room(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _ROOM_BYTES
    except OSError:
        return False
