"""How much was downloaded through this server."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from packhouse.adapters.sql.executor import Row, Work
from packhouse.adapters.sql.fulltext import rate
from packhouse.adapters.sql.packages import SqlPort, package, package_id
from packhouse.domain.package import PackageKey
from packhouse.services.ports import RECENT_DAYS

_BATCH = 500
"""Packages that are counted again in one transaction, so that nobody else's waits for long."""
_COUNTED = """
    SELECT package_id FROM search_entry WHERE package_id > :after AND recent > 0 ORDER BY package_id LIMIT :limit
"""
_COUNT_AGAIN = """
    UPDATE search_entry SET recent = coalesce((
        SELECT sum(download_count.count) FROM package
        JOIN package AS namesake ON namesake.name = package.name AND namesake.ecosystem = package.ecosystem
        JOIN download_count ON download_count.package_id = namesake.id AND download_count.day > :since
        WHERE package.id = search_entry.package_id), 0)
    WHERE package_id > :after AND package_id <= :last AND recent > 0
"""


class SqlDownloads(SqlPort):
    """The counts of downloads; a registry is the origin of what it counts."""

    async def add_downloads(self, day: str, counts: Mapping[tuple[str, PackageKey, str], int]) -> None:
        """Add to the counts of a day, in one transaction."""
        await self._database.write(lambda: self._add_downloads(day, counts))

    async def list_downloads(self, registry: str, key: PackageKey) -> dict[str, int]:
        """Return the count of each day that has one, oldest first."""
        rows = await self._database.scan(self._database.text.list_downloads, package(_origin(registry), key))
        return {day: int(count) for day, count in rows}

    async def list_version_downloads(self, registry: str, key: PackageKey, since: str) -> list[tuple[str, str, int]]:
        """Return versions with their counts of each day from one on: version, day, count; oldest first."""
        where = {**package(_origin(registry), key), "since": since}
        rows = await self._database.scan(self._database.text.list_version_downloads, where)
        return [(version, day, int(count)) for version, day, count in rows]

    async def sum_downloads(self, registry: str, key: PackageKey) -> dict[str, int]:
        """Return the count of each version; of the empty one what was counted before versions were."""
        rows = await self._database.scan(self._database.text.sum_downloads, package(_origin(registry), key))
        return {version: int(count) for version, count in rows}

    async def age_downloads(self, day: str) -> None:
        """Let the recent downloads of all packages be those of the 90 days up to a day."""
        text, number = self._database.text, date.fromisoformat(day).toordinal()
        if _day_of(await self._database.scan(text.read_aged, {})) == number:
            return
        since, after = _since(number), 0
        while rows := await self._database.scan(_COUNTED, {"after": after, "limit": _BATCH}):
            where = {"since": since, "after": after, "last": rows[-1][0]}
            await self._database.write(lambda where=where: _run(_COUNT_AGAIN, where))  # type: ignore[misc]
            after = where["last"]
        await self._database.write(lambda: _run(text.write_aged, {"day": number}))

    def _add_downloads(self, day: str, counts: Mapping[tuple[str, PackageKey, str], int]) -> Work[None]:
        text = self._database.text
        aged = _day_of((yield text.read_aged, {}))
        packages: dict[PackageKey, int] = {}
        for (registry, key, version), count in counts.items():
            row = yield from package_id(text, _origin(registry), key)
            yield text.add_downloads, {"package_id": row, "day": day, "version": version, "count": count}
            packages[key] = packages.get(key, 0) + count
        is_recent = aged is None or day > _since(aged)
        for key, count in packages.items():
            yield from rate(key, count, count if is_recent else 0)


def _run(sql: str, parameters: Mapping[str, object]) -> Work[None]:
    yield sql, parameters


def _day_of(rows: Sequence[Row]) -> int | None:
    return int(rows[0][0]) if rows else None


def _since(number: int) -> str:
    """Name the last day that no longer is recent."""
    return (date.fromordinal(number) - timedelta(days=RECENT_DAYS)).isoformat()


def _origin(registry: str) -> str:
    return f"registry:{registry}"
