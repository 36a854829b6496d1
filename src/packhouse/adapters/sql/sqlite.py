"""Runs statements on SQLite: point reads in the event loop's thread, scans beside it, writes in one thread.

A point read takes about as long as handing it to a thread would, so that it stays where it is.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from queue import LifoQueue
from typing import TypeVar

from packhouse.adapters.sql.executor import Parameters, Row, Work
from packhouse.adapters.sql.faults import translate
from packhouse.adapters.sql.fresh_words import FreshWords
from packhouse.adapters.sql.fulltext_waiting import learn_waiting
from packhouse.adapters.sql.opening import connect, prepare
from packhouse.adapters.sql.sqlite_texts import SQLITE
from packhouse.adapters.sql.sqlite_writer import SqliteWriter
from packhouse.domain.errors import StorageDamaged, StorageError

T = TypeVar("T")

_SLICE = 128
"""Look-ups done in one go before the event loop gets its turn."""
_COUNTED_DAMAGE = 100
_SCAN_CACHE_KIB = 24 << 10
_SCANNERS = 2
"""Queries that run at the same time: what is found, and how much there is of it."""


class Sqlite:
    """The executor for SQLite."""

    text = SQLITE

    def __init__(self, path: Path) -> None:
        prepare(path)
        self.fresh = FreshWords()
        self._path = path
        # Whichever was used last is used first: it has in memory what the next one reads.
        self._scanners: LifoQueue[sqlite3.Connection] = LifoQueue()
        try:
            self._reader = connect(path, read_only=True)
            for _ in range(_SCANNERS):
                self._scanners.put(_connect_for_scans(path))
            self._writer = SqliteWriter(connect(path), path, learn_waiting, self.fresh.clear)
        except sqlite3.Error as error:
            raise translate(error, path) from error

    async def one(self, sql: str, parameters: Parameters) -> Row | None:
        """Read one row in this thread."""
        try:
            row: Row | None = self._reader.execute(sql, parameters).fetchone()
        except sqlite3.Error as error:
            raise self._fault(error) from error
        return row

    async def several(self, sql: str, parameters: Sequence[Parameters]) -> Sequence[Row | None]:
        """Look up slice by slice, so that other requests get their turn."""
        rows: list[Row | None] = []
        for start in range(0, len(parameters), _SLICE):
            if start:
                await asyncio.sleep(0)
            rows += [await self.one(sql, each) for each in parameters[start : start + _SLICE]]
        return rows

    async def each(self, sql: str, parameters: Sequence[Parameters]) -> Sequence[Sequence[Row]]:
        """Query slice by slice, so that other requests get their turn."""
        rows: list[Sequence[Row]] = []
        for start in range(0, len(parameters), _SLICE):
            if start:
                await asyncio.sleep(0)
            try:
                rows += [self._reader.execute(sql, each).fetchall() for each in parameters[start : start + _SLICE]]
            except sqlite3.Error as error:
                raise self._fault(error) from error
        return rows

    async def scan(self, sql: str, parameters: Parameters) -> Sequence[Row]:
        """Run a query in a thread, on one of the connections that are there for that."""
        return await asyncio.to_thread(self._scan, sql, parameters)

    async def scan_apart(self, sql: str, parameters: Parameters) -> Sequence[Row]:
        """Run a query in a thread, on a connection of its own."""
        return await asyncio.to_thread(self._scan_apart, sql, parameters)

    async def write(self, work: Callable[[], Work[T]], *, durable: bool = False, rests: bool = False) -> T:
        """Queue a transaction for the writer thread and wait for its commit."""
        return await self._writer.write(work, durable=durable, rests=rests)

    async def catch_up(self) -> None:
        """Do what writes have left for later."""
        await self._writer.catch_up()

    async def check(self, *, deep: bool) -> list[str]:
        """Let SQLite look at its own pages, indexes and references; `deep` compares the full-text index too."""
        pragma = f"integrity_check({_COUNTED_DAMAGE})" if deep else f"quick_check({_COUNTED_DAMAGE})"
        try:
            found = [str(line) for (line,) in await self.scan(f"PRAGMA {pragma}", {})]
            damage = [f"the database {self._path.name} is damaged: {line}" for line in found if line != "ok"]
            dangling = await self.scan("PRAGMA foreign_key_check", {})
            damage += [f"row {row} of table {table} refers to a missing {parent}" for table, row, parent, _ in dangling]
            if deep:
                await self.catch_up()
                await self.write(_compare_fulltext)
        except StorageDamaged as error:
            return [str(error)]
        return damage

    def close(self) -> None:
        """Finish the writes that wait and close every connection, the writing one last: it tidies the log up."""
        self._reader.close()
        for _ in range(_SCANNERS):
            self._scanners.get().close()
        self._writer.close()

    def _scan(self, sql: str, parameters: Parameters) -> Sequence[Row]:
        connection = self._scanners.get()
        try:
            return connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise self._fault(error) from error
        finally:
            self._scanners.put(connection)

    def _scan_apart(self, sql: str, parameters: Parameters) -> Sequence[Row]:
        try:
            with closing(_connect_for_scans(self._path)) as connection:
                return connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def _fault(self, error: sqlite3.Error) -> StorageError:
        return translate(error, self._path)


def _connect_for_scans(path: Path) -> sqlite3.Connection:
    """Open a connection that keeps what it has read.

    A mapped page is checked anew whenever it is touched, which a search does to thousands: ten times slower.
    """
    connection = connect(path, read_only=True)
    for setting in ("mmap_size = 0", f"cache_size = -{_SCAN_CACHE_KIB}"):
        connection.execute(f"PRAGMA {setting}").fetchall()
    return connection


def _compare_fulltext() -> Work[None]:
    # With rank 1 the index is compared with the text that it was made of (sqlite.org/fts5.html section 6.3).
    yield "INSERT INTO search_fulltext (search_fulltext, rank) VALUES ('integrity-check', 1)", {}
