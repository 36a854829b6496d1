"""Totals of what may be shown, in SQLite: counted along the indexes that lists are read by."""

from collections.abc import Sequence

from packhouse.adapters.sql.executor import Executor
from packhouse.adapters.sql.fulltext_conditions import Conditions

_ARM = """
    (SELECT {total} FROM search_entry AS entry INDEXED BY ix_search_entry_place_{column}_package_id_special
    WHERE entry.place = {place} AND {conditions})
"""
_FACETS = """
    SELECT search_facet.value, count(*) FROM search_facet
    CROSS JOIN search_entry AS entry ON entry.package_id = search_facet.package_id
    WHERE search_facet.kind = :kind AND {conditions} GROUP BY search_facet.value
"""


async def count_all(database: Executor, seen: Conditions, places: Sequence[int]) -> int:
    """Count everything that may be shown."""
    return await _total(database, "count(*)", "folded", seen, places)


async def sum_downloads(database: Executor, seen: Conditions, places: Sequence[int]) -> int:
    """Add up the downloads of everything that may be shown."""
    return await _total(database, "coalesce(sum(entry.downloads), 0)", "downloads", seen, places)


async def count_facets(database: Executor, kind: str, seen: Conditions) -> dict[str, int]:
    """Count what may be shown by each value of a kind of facet."""
    rows = await database.scan(_FACETS.format(conditions=seen.sql), {**seen.parameters, "kind": kind})
    return {value: int(count) for value, count in rows}


async def _total(database: Executor, total: str, column: str, seen: Conditions, places: Sequence[int]) -> int:
    if not places:
        return 0
    arms = [_ARM.format(total=total, column=column, place=int(place), conditions=seen.sql) for place in places]
    ((found,),) = await database.scan(f"SELECT {' + '.join(arms)}", seen.parameters)
    return int(found)
