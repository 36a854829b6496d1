"""Follows a live database of advisories: a whole archive first, then what has changed since.

Each part of the database (OSV: one for each ecosystem) is a source of its own, so that the newest change that is stored
says how far it was followed, and nothing else needs to be remembered.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from packhouse.domain.errors import PackhouseError, UpstreamError
from packhouse.domain.package import Moment
from packhouse.services.advisory_import import AdvisoryImport, ImportReport
from packhouse.services.advisory_ports import AdvisoryIntake, Feed, FeedFault, FeedRecord

log = logging.getLogger(__name__)

_MOST = 2000
"""Of more changes than that the whole archive is fetched."""
_AT_ONCE = 8
_FIRST_S = 20.0
"""After the start, when nobody has begun to ask yet."""


class Changed(Struct, frozen=True):
    """A record, and when it was last changed."""

    id: str
    modified_at: Moment


class LiveAdvisories(Protocol):
    """A database of advisories that is asked over the network."""

    def changes(self, part: str) -> AsyncIterator[Changed]:
        """List all records of a part, those changed last first; raise NotFound or an UpstreamError."""

    def archive(self, part: str) -> AbstractAsyncContextManager[Path]:
        """Fetch all records of a part into a file that lasts as long as the context; the same errors."""

    def read(self, file: Path) -> Feed:
        """Read the records of such a file."""

    async def record(self, part: str, advisory: str) -> FeedRecord | FeedFault:
        """Fetch one record; a fault for one that is not there. Raise an UpstreamError."""


class AdvisoryFollowing:
    """Keeps the parts of one database up to date."""

    def __init__(
        self, prefix: str, live: LiveAdvisories, intake: AdvisoryImport, store: AdvisoryIntake, parts: Iterable[str]
    ) -> None:
        """Take what the names of the sources begin with."""
        self._prefix = prefix
        self._live = live
        self._intake = intake
        self._store = store
        self._parts = tuple(parts)

    async def run(self, every_s: float, first_s: float = _FIRST_S) -> None:
        """Follow all parts again and again; what fails is logged and tried again the next time."""
        await asyncio.sleep(first_s)
        while True:
            for part in self._parts:
                try:
                    report = await self.update(part)
                except PackhouseError as error:
                    log.warning("advisories of %s are not up to date: %s", part, error)
                else:
                    _tell(part, report)
            await asyncio.sleep(every_s)

    async def update_all(self) -> Sequence[ImportReport]:
        """Follow all parts once; raise an UpstreamError at the first that cannot be had."""
        return [await self.update(part) for part in self._parts]

    async def update(self, part: str) -> ImportReport:
        """Follow one part; raise NotFound or an UpstreamError."""
        source = f"{self._prefix}:{part}"
        known = {state.id: state.modified_at for state in await self._store.list_advisory_states(source)}
        if known:
            wanted = await self._changed(part, known)
            if wanted is not None:
                return await self._intake.add(source, await self._fetch(part, wanted))
        async with self._live.archive(part) as file:
            return await self._intake.replace(source, self._live.read(file))

    async def _changed(self, part: str, known: dict[str, Moment]) -> list[str] | None:
        """List what is newer than anything stored; None where that is too much to fetch one by one."""
        newest = max(known.values())
        wanted: list[str] = []
        async for each in self._live.changes(part):
            if each.modified_at < newest:
                break
            if known.get(each.id) != each.modified_at:
                wanted.append(each.id)
                if len(wanted) > _MOST:
                    return None
        # Oldest first: if it breaks off, what is stored has no gap.
        return wanted[::-1]

    async def _fetch(self, part: str, wanted: Sequence[str]) -> list[FeedRecord | FeedFault]:
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def one(advisory: str) -> FeedRecord | FeedFault:
            async with at_once:
                return await self._live.record(part, advisory)

        fetching = [asyncio.ensure_future(one(each)) for each in wanted]
        found: list[FeedRecord | FeedFault] = []
        try:
            for each in fetching:
                found.append(await each)  # noqa: PERF401 (what was fetched until an error is kept)
        except UpstreamError as error:
            log.warning("advisories of %s are followed in part: %s", part, error)
        finally:
            for each in fetching:
                each.cancel()
        return found


def _tell(part: str, report: ImportReport) -> None:
    if report.new or report.changed or report.dropped:
        counts = (report.new, report.changed, report.dropped)
        log.info("advisories of %s: %d new, %d changed, %d dropped", part, *counts)
    for fault in report.failed[:10]:
        log.warning("advisories of %s: %s cannot be read: %s", part, fault.where, fault.reason)
