"""How many files of each package this server has handed out, by day and version.

A request only adds one to a number in memory; every few seconds what came together is written in one go.
"""

import asyncio
import logging
from collections import Counter
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from packhouse.domain.errors import StorageError
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.services.ports import RECENT_DAYS, Clock, DownloadCounts

log = logging.getLogger(__name__)

_WRITE_S = 5.0


class VersionCount(Struct, frozen=True):
    """Downloads of a version on a day."""

    version: str
    day: str
    count: int


class Tally:
    """Counts the downloads of one file until they are written."""

    __slots__ = ("_pending", "key", "registry", "version", "waiting")

    def __init__(self, registry: str, key: PackageKey, version: str, pending: list["Tally"]) -> None:
        self.registry = registry
        self.key = key
        self.version = version
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
        self._aged: date | None = None

    def tally(self, view: View, key: PackageKey, version: str = "") -> Tally:
        """Make what counts the downloads of one file."""
        return Tally(view.registry, key, version, self._pending)

    async def list_days(self, view: View, key: PackageKey) -> dict[str, int]:
        """Return the downloads of each day (2026-08-11, in UTC) that has any, up to now."""
        await self.write()
        return await self._store.list_downloads(view.registry, key)

    async def list_versions(self, view: View, key: PackageKey, days: int = RECENT_DAYS) -> list[VersionCount]:
        """Return the downloads of each version on each of the last days that has any, oldest first."""
        await self.write()
        since = (self._today() - timedelta(days=days - 1)).isoformat()
        rows = await self._store.list_version_downloads(view.registry, key, since)
        return [VersionCount(version, day, count) for version, day, count in rows]

    async def sum_versions(self, view: View, key: PackageKey) -> dict[str, int]:
        """Return the downloads of each version, ever; of the empty one what was counted before versions were."""
        await self.write()
        return await self._store.sum_downloads(view.registry, key)

    async def write(self) -> None:
        """Write what has come together, as of today; what cannot be written now is written later."""
        async with self._writing:
            counts = self._take()
            if not counts:
                return
            try:
                await self._store.add_downloads(self._today().isoformat(), counts)
            except StorageError as error:
                log.warning("could not write how much was downloaded: %s", error)
                for (registry, key, version), count in counts.items():
                    again = Tally(registry, key, version, self._pending)
                    again.add()
                    again.waiting = count

    async def run(self) -> None:
        """Write every few seconds, and once a day let recent counts grow old, for as long as the server runs."""
        while True:
            await asyncio.sleep(_WRITE_S)
            await self.write()
            await self.age()

    async def age(self) -> None:
        """Let no download count as recent that is older; at once where that was done today."""
        today = self._today()
        if self._aged == today:
            return
        try:
            await self._store.age_downloads(today.isoformat())
        except StorageError as error:
            log.warning("could not count again what was downloaded of late: %s", error)
            return
        self._aged = today

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock() / 1000, UTC).date()

    def _take(self) -> Counter[tuple[str, PackageKey, str]]:
        counts: Counter[tuple[str, PackageKey, str]] = Counter()
        for tally in self._pending:
            counts[tally.registry, tally.key, tally.version] += tally.waiting
            tally.waiting = 0
        self._pending.clear()
        return counts
