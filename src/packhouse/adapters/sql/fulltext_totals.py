"""Totals of what may be shown, in SQLite: counted along the indexes that lists are read by."""

from collections.abc import Mapping

from msgspec import Struct

from packhouse.adapters.sql.executor import Executor, Parameters
from packhouse.adapters.sql.fulltext_conditions import Conditions

_ARM = """
    (SELECT {total} FROM search_entry AS entry INDEXED BY ix_search_entry_place_{column}_package_id_special
    WHERE entry.place = {place} AND {conditions})
"""
_KEPT = 500
"""More totals are not remembered."""
_COUNTED = 20
"""Counts of all values of a kind of facet that are remembered."""
_FACETS = """
    SELECT search_facet.value, count(*) FROM search_facet
    CROSS JOIN search_entry AS entry ON entry.package_id = search_facet.package_id
    WHERE search_facet.kind = :kind AND {conditions} GROUP BY search_facet.value
"""


class Seen(Struct, frozen=True):
    """What the asker may see, and the last number that was given to a document before that was found out."""

    conditions: Conditions
    places: tuple[int, ...]
    sequence: int


class Totals:
    """Remembers totals until a document is written: downloads change no number of packages."""

    def __init__(self, database: Executor) -> None:
        self._database = database
        self._known: dict[str, tuple[int, int]] = {}
        self._counted: dict[str, tuple[int, Mapping[str, int]]] = {}

    async def sequence(self) -> int:
        """Tell the last number that was given to a document."""
        row = await self._database.one(self._database.text.read_sequence, {})
        return int(row[0]) if row else 0

    async def count(self, sequence: int, sql: str, parameters: Parameters) -> int:
        """Count, unless that was counted since the number was given."""
        question = f"{sql}{sorted(parameters.items())}"
        known = self._known.get(question)
        if known is not None and known[0] == sequence:
            return known[1]
        ((count,),) = await self._database.scan(sql, parameters)
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[question] = (sequence, int(count))
        return int(count)

    async def count_all(self, seen: Seen) -> int:
        """Count everything that may be shown."""
        if not seen.places:
            return 0
        sql = _of_places("count(*)", "folded", seen)
        return await self.count(seen.sequence, sql, seen.conditions.parameters)

    async def sum_downloads(self, seen: Seen) -> int:
        """Add up the downloads of everything that may be shown."""
        if not seen.places:
            return 0
        sql = _of_places("coalesce(sum(entry.downloads), 0)", "downloads", seen)
        ((total,),) = await self._database.scan(sql, seen.conditions.parameters)
        return int(total)

    async def count_facets(self, kind: str, seen: Seen) -> Mapping[str, int]:
        """Count what may be shown by each value of a kind of facet."""
        sql = _FACETS.format(conditions=seen.conditions.sql)
        parameters = {**seen.conditions.parameters, "kind": kind}
        question = f"{sql}{sorted(parameters.items())}"
        known = self._counted.get(question)
        if known is not None and known[0] == seen.sequence:
            return known[1]
        rows = await self._database.scan_apart(sql, parameters)
        counts = {str(value): int(count) for value, count in rows}
        if len(self._counted) >= _COUNTED:
            self._counted.clear()
        self._counted[question] = (seen.sequence, counts)
        return counts


def _of_places(total: str, column: str, seen: Seen) -> str:
    conditions = seen.conditions.sql
    arms = [_ARM.format(total=total, column=column, place=place, conditions=conditions) for place in seen.places]
    return f"SELECT {' + '.join(arms)}"
