"""How many files of each package this server has handed out, by day.

A request only adds one to a number in memory; every few seconds what came together is written in one go.
"""

import asyncio
import logging
from collections import Counter
from datetime import UTC, datetime

from packhouse.domain.errors import StorageError
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.services.ports import Clock, DownloadCounts

log = logging.getLogger(__name__)

_WRITE_S = 5.0


class Tally:
    """Counts the downloads of one file until they are written."""

    __slots__ = ("_pending", "key", "registry", "waiting")

    def __init__(self, registry: str, key: PackageKey, pending: list["Tally"]) -> None:
        self.registry = registry
        self.key = key
        self.waiting = 0
        self._pending = pending

    def add(self) -> None:
        """Count one more."""
        if not self.waiting:
            self._pending.append(self)
        self.waiting += 1


class Usage:
    """Counts, writes, and tells."""

    def __init__(self, store: DownloadCounts, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._pending: list[Tally] = []
        self._writing = asyncio.Lock()

    def tally(self, view: View, key: PackageKey) -> Tally:
        """Make what counts the downloads of one file."""
        return Tally(view.registry, key, self._pending)

    async def list_days(self, view: View, key: PackageKey) -> dict[str, int]:
        """Return the downloads of each day (2026-08-11, in UTC) that has any, up to now."""
        await self.write()
        return await self._store.list_downloads(view.registry, key)

    async def write(self) -> None:
        """Write what has come together, as of today; what cannot be written now is written later."""
        async with self._writing:
            counts = self._take()
            if not counts:
                return
            day = datetime.fromtimestamp(self._clock() / 1000, UTC).date().isoformat()
            try:
                await self._store.add_downloads(day, counts)
            except StorageError as error:
                log.warning("could not write how much was downloaded: %s", error)
                for (registry, key), count in counts.items():
                    again = Tally(registry, key, self._pending)
                    again.add()
                    again.waiting = count

    async def run(self) -> None:
        """Write every few seconds, for as long as the server runs."""
        while True:
            await asyncio.sleep(_WRITE_S)
            await self.write()

    def _take(self) -> Counter[tuple[str, PackageKey]]:
        counts: Counter[tuple[str, PackageKey]] = Counter()
        for tally in self._pending:
            counts[tally.registry, tally.key] += tally.waiting
            tally.waiting = 0
        self._pending.clear()
        return counts
