"""Downloads of crates that are published here, by version and day, as the Web API tells them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from packhouse.domain.errors import Invalid
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.crate_document import objects, text
from packhouse.ecosystems.cargo.listing import Json, by_version
from packhouse.services.assembly import Services
from packhouse.services.ports import RECENT_DAYS
from packhouse.services.usage import VersionCount

FRESH_MS = 60_000
"""How long an answer with counts may be repeated."""
_ALONE = 5
"""Of so many versions, the newest, downloads are told one by one."""

_FIRST_YEAR = 2000


class CountedDownloads:
    """Tells what this server has counted."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def fill(self, view: View, key: PackageKey, document: Json) -> Json:
        """Put the counts into a crate's document, which holds none of its own."""
        usage = self._services.usage
        totals = await usage.sum_versions(view, key)
        recent = sum(each.count for each in await usage.list_versions(view, key))
        filled = {**document, "versions": [with_total(each, totals) for each in objects(document, "versions")]}
        if isinstance(document.get("crate"), dict):
            counts = {"downloads": sum(totals.values()), "recent_downloads": recent}
            filled["crate"] = {**document["crate"], **counts}
        return filled

    async def of_crate(self, view: View, key: PackageKey, versions: Sequence[Json], include: str) -> Json:
        """List the downloads of the last 90 days: of the newest versions by number, of all others together."""
        newest = by_version(versions)[:_ALONE]
        numbers = {text(each, "num"): each.get("id") for each in newest}
        alone: list[Json] = []
        others: Counter[str] = Counter()
        for each in await self._services.usage.list_versions(view, key):
            if each.version in numbers:
                alone.append(_count(each, numbers[each.version]))
            else:
                others[each.day] += each.count
        extra = [{"date": day, "downloads": count} for day, count in sorted(others.items())]
        document: Json = {"version_downloads": alone, "meta": {"extra_downloads": extra}}
        if "versions" in include.split(","):
            totals = await self._services.usage.sum_versions(view, key)
            document["versions"] = [with_total(each, totals) for each in newest]
        return document

    async def of_version(self, view: View, key: PackageKey, version: Json, before: str) -> Json:
        """List the downloads of a version in the 90 days before a day, or until now."""
        today = datetime.fromtimestamp(self._services.clock() / 1000, UTC).date()
        end = _read_day(before) if before else today + timedelta(days=1)
        begin = end - timedelta(days=RECENT_DAYS)
        counts = await self._services.usage.list_versions(view, key, (today - begin).days + 1)
        wanted = [each for each in counts if each.version == text(version, "num")]
        within = [each for each in wanted if begin.isoformat() <= each.day < end.isoformat()]
        return {"version_downloads": [_count(each, version.get("id")) for each in within]}


def with_total(version: Json, totals: Mapping[str, int]) -> Json:
    """Put a version's own count into it."""
    return {**version, "downloads": totals.get(text(version, "num") or "", 0)}


def _count(counted: VersionCount, number: object) -> Json:
    return {"version": number, "downloads": counted.count, "date": counted.day}


def _read_day(day: str) -> date:
    try:
        read = date.fromisoformat(day)
    except ValueError:
        raise Invalid(f"before_date must be a day such as 2026-01-31, not {day[:20]!r}") from None
    if read.year < _FIRST_YEAR:
        raise Invalid(f"before_date must be a day of this century, not {day[:20]!r}")
    return read
