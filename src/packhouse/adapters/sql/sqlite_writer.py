"""The one thread that writes: it puts the writes that wait into one transaction."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.faults import translate
from packhouse.domain.errors import StorageError

T = TypeVar("T")

_GROUP = 64
"""Writes of one transaction at most, so that none waits for long."""


class _Job:
    """A transaction that someone waits for."""

    def __init__(self, work: Callable[[], Work[Any]], loop: asyncio.AbstractEventLoop, *, durable: bool) -> None:
        self.work = work
        self.loop = loop
        self.durable = durable
        self.future: asyncio.Future[Any] = loop.create_future()
        self.result: Any = None
        self.error: Exception | None = None

    def settle(self) -> None:
        """Hand the outcome over; runs in the loop."""
        if self.future.done():  # whoever asked has gone; what was written stays
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class SqliteWriter:
    """Runs transactions one after another on a connection of its own."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._closed = False
        self._syncs = False
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[], Work[T]], *, durable: bool = False) -> T:
        """Queue a transaction and wait until it is committed; a durable one survives a power cut then."""
        job = _Job(work, asyncio.get_running_loop(), durable=durable)
        with self._closing:
            if self._closed:
                raise StorageError(f"the database {self._path.name} is closed")
            self._jobs.put(job)
        result: T = await job.future
        return result

    def close(self) -> None:
        """Write what waits, then end the thread."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        open_for_more = True
        while open_for_more:
            group, open_for_more = self._next_group()
            if group:
                self._write_group(group)
                _settle(group)

    def _next_group(self) -> tuple[list[_Job], bool]:
        """Wait for a write and take those that wait behind it; False once there will be no more."""
        group: list[_Job] = []
        while not group or (len(group) < _GROUP and not self._jobs.empty()):
            job = self._jobs.get()
            if job is None:
                return group, False
            group.append(job)
        return group, True

    def _write_group(self, group: list[_Job]) -> None:
        try:
            self._transaction(group)
        except Exception as error:  # noqa: BLE001 (whatever it is, it belongs to the one who asked)
            if len(group) == 1:
                group[0].error = self._translated(error)
                return
            # The whole is lost, to a full disk for one: each alone, in the same order, so that the rest is written.
            for job in group:
                job.error = None
                self._write_group([job])

    def _transaction(self, group: list[_Job]) -> None:
        self._sync_at_commit(durable=any(job.durable for job in group))
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for job in group:
                self._attempt(job)
            self._connection.execute("COMMIT")
        except BaseException:
            # SQLite has rolled back by itself where the disk is full (sqlite.org/lang_transaction.html).
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _sync_at_commit(self, *, durable: bool) -> None:
        """Let the next commit wait for the disk or not; that cannot be changed within a transaction."""
        if durable != self._syncs:
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._syncs = durable

    def _attempt(self, job: _Job) -> None:
        """Perform a job so that its failure undoes nothing but itself; raise if the whole transaction is lost."""
        self._connection.execute("SAVEPOINT job")
        try:
            job.result = self._perform(job.work())
        except Exception as error:
            if not self._connection.in_transaction:
                raise
            self._connection.execute("ROLLBACK TO job")
            job.error = self._translated(error)
        self._connection.execute("RELEASE job")

    def _perform(self, work: Work[Any]) -> Any:  # noqa: ANN401 (the result of any work)
        try:
            sql, parameters = next(work)
            while True:
                rows = self._connection.execute(sql, parameters).fetchall()
                sql, parameters = work.send(rows)
        except StopIteration as end:
            return end.value

    def _translated(self, error: Exception) -> Exception:
        if not isinstance(error, sqlite3.Error):
            return error
        fault = translate(error, self._path)
        fault.__cause__ = error
        return fault


def _settle(group: list[_Job]) -> None:
    """Wake the waiting, once for each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in group:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, jobs in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle_all, jobs)
        except RuntimeError:  # the loop has ended, and nobody waits any more
            continue


def _settle_all(jobs: list[_Job]) -> None:
    for job in jobs:
        job.settle()
