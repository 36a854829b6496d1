"""The one thread that writes: it puts the writes that wait into one transaction.

Some writes leave a rest that can be done later for many of them at once. It is done when no write waits, when much of
it is left, or when somebody wants to read what it gives.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.faults import translate
from packhouse.domain.errors import StorageError

T = TypeVar("T")

_GROUP = 64
"""Writes of one transaction at most, so that none waits for long."""
_QUIET_S = 0.1
"""Without a write for so long, rests are done."""
_RESTS = 192
"""Of so many writes they are done in any case."""
_AGAIN_S = 5.0
"""After rests could not be done, to a full disk for one."""


class _Job:
    """A transaction."""

    def __init__(self, work: Callable[[], Work[Any]], *, durable: bool = False, rests: bool = False) -> None:
        self.work = work
        self.durable = durable
        self.rests = rests
        self.result: Any = None
        self.error: Exception | None = None


class _Awaited(_Job):
    """A transaction that someone waits for."""

    def __init__(self, work: Callable[[], Work[Any]], *, durable: bool, rests: bool) -> None:
        super().__init__(work, durable=durable, rests=rests)
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()

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

    def __init__(
        self, connection: sqlite3.Connection, path: Path, rest: Callable[[], Work[bool]], done: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._path = path
        self._rest = rest
        self._done = done
        """Told when nothing is left; in the thread."""
        self._rests = 0
        """Of so many writes something is left to do."""
        self._inherited = True
        """Whether the last process may have left something."""
        self._quiet_s = _QUIET_S
        self._jobs: SimpleQueue[_Awaited | None] = SimpleQueue()
        self._closed = False
        self._syncs = False
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    @property
    def rests(self) -> bool:
        """Whether something may be left to do of what was committed."""
        return self._rests > 0 or self._inherited

    async def write(self, work: Callable[[], Work[T]], *, durable: bool = False, rests: bool = False) -> T:
        """Queue a transaction and wait until it is committed; a durable one survives a power cut then.

        `rests`: something is left to do afterwards.
        """
        job = _Awaited(work, durable=durable, rests=rests)
        with self._closing:
            if self._closed:
                raise StorageError(f"the database {self._path.name} is closed")
            self._jobs.put(job)
        result: T = await job.future
        return result

    async def catch_up(self) -> None:
        """Do what is left, so that what is read next has it."""
        while self.rests and await self.write(self._rest):
            continue

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
                # Before the waiting are told: what they read next has to know.
                self._count_rests(group)
                _settle(group)
            if self._is_time_for_rests(quiet=not group, closing=not open_for_more):
                self._do_rests()

    def _next_group(self) -> tuple[list[_Awaited], bool]:
        """Wait for a write and take those that wait behind it; False once there will be no more.

        The group is empty if it is time to do what is left.
        """
        group: list[_Awaited] = []
        while not group or (len(group) < _GROUP and not self._jobs.empty()):
            try:
                job = self._jobs.get(timeout=self._quiet_s if self.rests else None)
            except Empty:
                return group, True
            if job is None:
                return group, False
            group.append(job)
        return group, True

    def _is_time_for_rests(self, *, quiet: bool, closing: bool) -> bool:
        if closing:
            return self._rests > 0
        return self.rests if quiet else self._rests >= _RESTS and self._quiet_s == _QUIET_S

    def _do_rests(self) -> None:
        """Do a part of what is left; for what fails there is another time."""
        job = _Job(self._rest)
        self._write_group([job])
        self._quiet_s = _QUIET_S if job.error is None else _AGAIN_S
        self._count_rests([job])

    def _count_rests(self, group: Sequence[_Job]) -> None:
        for job in group:
            if job.error is not None:
                continue
            if job.rests:
                self._rests += 1
            elif job.work is self._rest and not job.result:
                self._rests, self._inherited = 0, False
                self._done()

    def _write_group(self, group: Sequence[_Job]) -> None:
        try:
            self._transaction(group, self._do)
        except Exception as error:  # noqa: BLE001 (whatever it is, it belongs to the one who asked)
            if len(group) == 1:
                group[0].error = self._translated(error)
            else:
                self._write_apart(group)

    def _write_apart(self, group: Sequence[_Job]) -> None:
        """Write all but those that fail; where the whole is lost, to a full disk for one, each alone in its order."""
        try:
            self._transaction(group, self._attempt)
        except Exception:  # noqa: BLE001 (belongs to one of them, which will show)
            for job in group:
                job.error = None
                self._write_group([job])

    def _transaction(self, group: Sequence[_Job], perform: Callable[[_Job], None]) -> None:
        self._sync_at_commit(durable=any(job.durable for job in group))
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for job in group:
                perform(job)
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

    def _do(self, job: _Job) -> None:
        job.result = self._perform(job.work())

    def _attempt(self, job: _Job) -> None:
        """Perform a job so that its failure undoes nothing but itself; raise if the whole transaction is lost."""
        self._connection.execute("SAVEPOINT job")
        try:
            self._do(job)
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


def _settle(group: Sequence[_Awaited]) -> None:
    """Wake the waiting, once for each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Awaited]] = {}
    for job in group:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, jobs in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle_all, jobs)
        except RuntimeError:  # the loop has ended, and nobody waits any more
            continue


def _settle_all(jobs: Sequence[_Awaited]) -> None:
    for job in jobs:
        job.settle()
