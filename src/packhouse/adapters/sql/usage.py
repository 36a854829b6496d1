"""How much was downloaded through this server."""

from collections.abc import Mapping

from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.fulltext import rate
from packhouse.adapters.sql.packages import SqlPort, package, package_id
from packhouse.domain.package import PackageKey


class SqlDownloads(SqlPort):
    """The counts of downloads; a registry is the origin of what it counts."""

    async def add_downloads(self, day: str, counts: Mapping[tuple[str, PackageKey], int]) -> None:
        """Add to the counts of a day, in one transaction."""
        await self._database.write(lambda: self._add_downloads(day, counts))

    async def list_downloads(self, registry: str, key: PackageKey) -> dict[str, int]:
        """Return the count of each day that has one, oldest first."""
        rows = await self._database.scan(self._database.text.list_downloads, package(_origin(registry), key))
        return {day: int(count) for day, count in rows}

    def _add_downloads(self, day: str, counts: Mapping[tuple[str, PackageKey], int]) -> Work[None]:
        text = self._database.text
        for (registry, key), count in counts.items():
            row = yield from package_id(text, _origin(registry), key)
            yield text.add_downloads, {"package_id": row, "day": day, "count": count}
        for key in {key for _, key in counts}:
            yield from rate(key)


def _origin(registry: str) -> str:
    return f"registry:{registry}"
