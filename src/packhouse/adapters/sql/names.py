"""Names, and the forms under which those are found that may be taken for them: small rows, for there are millions."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import msgspec

from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.packages import SqlPort, as_json
from packhouse.policy.similar_forms import forms
from packhouse.policy.similarity import KnownName
from packhouse.services.name_ports import NameCount, NameEntry

_FIND = """
    SELECT name, downloads, weight, listed FROM similar_name WHERE name = :name AND ecosystem = :ecosystem
"""
# For each form a run of neighbouring keys, the names of which are then read once each and in their order.
_RUN = "SELECT * FROM (SELECT name_id FROM similar_form WHERE form = :form{0} ORDER BY below, name_id LIMIT :limit)"
_ALIKE = """
    SELECT name, downloads, weight, listed FROM similar_name WHERE id IN ({0}) AND ecosystem = :ecosystem
"""
_KNOWN = """
    SELECT entry.key, similar_name.id, downloads, weight, listed FROM json_each(:names) AS entry
    JOIN similar_name ON name = json_extract(entry.value, '$[1]') AND ecosystem = json_extract(entry.value, '$[0]')
"""
_ADD = """
    INSERT INTO similar_name (ecosystem, name, downloads, weight, listed)
    SELECT json_extract(entry.value, '$[0]'), json_extract(entry.value, '$[1]'), json_extract(entry.value, '$[2]'),
        json_extract(entry.value, '$[3]'), json_extract(entry.value, '$[4]')
    FROM json_each(:rows) AS entry ORDER BY entry.key RETURNING id, name, ecosystem
"""
_CHANGE = "UPDATE similar_name SET downloads = :downloads, weight = :weight, listed = :listed WHERE id = :id"
_ADD_FORMS = """
    INSERT INTO similar_form (form, below, name_id)
    SELECT json_extract(entry.value, '$[0]'), json_extract(entry.value, '$[1]'), json_extract(entry.value, '$[2]')
    FROM json_each(:rows) AS entry WHERE true ON CONFLICT DO NOTHING
"""
_DROP_FORMS = """
    DELETE FROM similar_form
    WHERE form IN (SELECT value FROM json_each(:forms)) AND below = :below AND name_id = :id
"""
_READ_TO = "SELECT value FROM meta WHERE name = 'named'"
_WRITE_READ_TO = """
    INSERT INTO meta (name, value) VALUES ('named', :place) ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
_COUNT = "SELECT ecosystem, count(*), sum(listed) FROM similar_name GROUP BY ecosystem ORDER BY ecosystem"

_FEW = 20
"""Names whose forms are made in the event loop; one takes 20 microseconds."""

_Place = tuple[str, str]
_Row = tuple[int, int, int, int]


class SqlNames(SqlPort):
    """The store of names."""

    async def find_name(self, ecosystem: str, name: str) -> KnownName | None:
        """Look a name up."""
        row = await self._database.one(_FIND, {"ecosystem": ecosystem, "name": name})
        return None if row is None else KnownName(row[0], row[1], row[2], bool(row[3]))

    async def list_named_alike(self, ecosystem: str, forms: Sequence[int], limit: int) -> Sequence[KnownName]:
        """List the names that are kept under each of these forms, of each the most used ones up to a limit."""
        where: dict[str, int | str] = {f"form{number}": form for number, form in enumerate(forms)}
        # Beside the event loop: hundreds of names may share a form, and stand all over the table.
        rows = await self._database.scan(_alike(len(forms)), {**where, "ecosystem": ecosystem, "limit": limit})
        return [KnownName(name, downloads, weight, bool(listed)) for name, downloads, weight, listed in rows]

    async def write_names(self, entries: Sequence[NameEntry], read_to: int | None = None) -> int:
        """Add names, or what a list says of known ones."""
        last = {(entry.ecosystem, entry.known.name): entry.known for entry in entries}
        # Made before the transaction, in which others would wait for them.
        kept = await asyncio.to_thread(_forms, last) if len(last) > _FEW else _forms(last)
        return await self._database.write(lambda: _write(last, kept, read_to))

    async def read_named_to(self) -> int:
        """Tell up to which place of the event log all names have been written."""
        row = await self._database.one(_READ_TO, {})
        return int(row[0]) if row is not None else 0

    async def count_names(self) -> Sequence[NameCount]:
        """Count the names, by ecosystem."""
        return [NameCount(*row) for row in await self._database.scan(_COUNT, {})]


def _forms(places: Iterable[_Place]) -> Mapping[_Place, set[int]]:
    return {place: forms(*place) for place in places}


@cache
def _alike(count: int) -> str:
    """Ask for several forms at once; there are about as many of every name."""
    return _ALIKE.format(" UNION ALL ".join(_RUN.format(number) for number in range(count)) or "NULL")


def _write(entries: Mapping[_Place, KnownName], kept: Mapping[_Place, set[int]], read_to: int | None) -> Work[int]:
    places = list(entries)
    known: dict[_Place, _Row] = {}
    for number, *row in (yield _KNOWN, {"names": as_json(places)}):
        known[places[number]] = (row[0], row[1], row[2], row[3])
    new = [place for place in places if place not in known]
    changed = [place for place, row in known.items() if _says_more(entries[place], row)]
    numbers: dict[_Place, int] = {}
    if new:
        fresh = [(*place, *_columns(entries[place])) for place in new]
        numbers = {(place, name): number for number, name, place in (yield _ADD, {"rows": as_json(fresh)})}
    for place in changed:
        number, _, weight, _ = known[place]
        yield _CHANGE, {"id": number, **msgspec.structs.asdict(entries[place])}
        if weight != entries[place].weight:
            numbers[place] = number
            yield _DROP_FORMS, {"forms": as_json(sorted(kept[place])), "below": -weight, "id": number}
    rows = [(form, -entries[place].weight, number) for place, number in numbers.items() for form in kept[place]]
    yield _ADD_FORMS, {"rows": as_json(sorted(rows))}
    if read_to is not None:
        yield _WRITE_READ_TO, {"place": read_to}
    return len(new) + len(changed)


def _says_more(entry: KnownName, row: _Row) -> bool:
    """Tell whether a list says something new; a place in it says less than a number of downloads."""
    _, downloads, weight, listed = row
    if not entry.listed or (downloads and not entry.downloads):
        return False
    return _columns(entry) != (downloads, weight, listed)


def _columns(known: KnownName) -> tuple[int, int, int]:
    return known.downloads, known.weight, int(known.listed)
