"""What a match must be beside well matched: something that the asker may see, and that has what was asked for."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from packhouse.adapters.sql.packages import as_json
from packhouse.domain.search import Facet, SearchQuery, SearchScope


class Conditions(Struct, frozen=True):
    """A part of a statement that follows WHERE or AND, about the entry `entry`."""

    sql: str
    parameters: dict[str, Any]


PLACES = """
    SELECT search_place.id FROM json_each(:origins) AS origin JOIN search_place
    ON search_place.origin = origin.value AND search_place.ecosystem = :ecosystem
"""
# Nearly every row has nothing special, or is published here for everybody, and is only asked for its place. Of packages
# with one name only the first origin's is shown, and what was ever published here stays in front even where it is
# hidden or was removed.
_VISIBLE = """
    ({places}) AND (entry.special = 0 OR (entry.special = 2 AND :everything) OR (
        entry.special & 8 = 0
        AND (entry.special & 2 = 0 OR (entry.special & 4 = 0 AND :everything) OR entry.package_id IN (
            SELECT package.id FROM json_each(:readable) AS readable JOIN package
            ON package.name = readable.value AND package.ecosystem = :ecosystem AND package.origin = :hosted))
        AND (entry.special & 1 = 0 OR NOT EXISTS (
            SELECT 1 FROM package AS own
            JOIN package AS other ON other.name = own.name AND other.ecosystem = own.ecosystem AND other.id <> own.id
            JOIN search_entry AS rival ON rival.package_id = other.id
            JOIN json_each(:origins) AS place ON place.value = other.origin
            WHERE own.id = entry.package_id AND (rival.special & 8 = 0 OR place.key = 0)
            AND place.key < (SELECT key FROM json_each(:origins) WHERE value = own.origin)))))
"""
_NAMED_LIKE = """
    AND (entry.special & 2 OR EXISTS (
        SELECT 1 FROM package JOIN json_each(:{name}) AS pattern ON package.name GLOB pattern.value
        WHERE package.id = entry.package_id))
"""
_NOT_NAMED_LIKE = """
    AND (entry.special & 2 OR NOT EXISTS (
        SELECT 1 FROM package JOIN json_each(:reserved) AS pattern ON package.name GLOB pattern.value
        WHERE package.id = entry.package_id))
"""
_HAS = """EXISTS (SELECT 1 FROM search_facet WHERE kind = :kind_{n} AND value = :value_{n}
    AND package_id = entry.package_id)"""
_AMONG = "entry.package_id IN (SELECT package_id FROM search_facet WHERE kind = :kind_{n} AND value = :value_{n})"
_OF = """AND entry.package_id IN (
    SELECT package.id FROM json_each(:among) AS named JOIN package
    ON package.name = named.value AND package.ecosystem = :ecosystem)"""
_BEGINS = "AND entry.folded >= :begins AND entry.folded < :begins || char(1114111)"


def visible(ecosystem: str, scope: SearchScope, places: Sequence[int]) -> Conditions:
    """Say what the asker may see; `places` are the numbers of the scope's origins."""
    parameters: dict[str, Any] = {
        "ecosystem": ecosystem,
        "hosted": scope.hosted,
        "origins": as_json([scope.hosted, *scope.upstreams]),
        "everything": int(scope.everything_hosted),
        "readable": as_json(sorted(scope.readable)),
    }
    # Compared one by one: a list would be looked up in a tree for each of thousands of rows.
    sql = _VISIBLE.format(places=" OR ".join(f"entry.place = :place_{n}" for n in range(len(places))) or "0")
    parameters |= {f"place_{number}": place for number, place in enumerate(places)}
    for number, patterns in enumerate(scope.patterns):
        name = f"patterns_{number}"
        sql += _NAMED_LIKE.format(name=name)
        parameters[name] = as_json(list(patterns))
    if scope.reserved:
        sql += _NOT_NAMED_LIKE
        parameters["reserved"] = as_json(list(scope.reserved))
    return Conditions(sql, parameters)


def conditions(seen: Conditions, query: SearchQuery, *, worded: bool) -> Conditions:
    """Say what a match must be; `worded` where words choose the candidates, and each is looked at."""
    made = _Facets(_HAS if worded else _AMONG)
    groups = [" OR ".join(made.together(facets) for facets in group) for group in query.facets]
    sql = [seen.sql, *(f"AND ({group})" for group in groups)]
    made.template = _HAS
    sql += [f"AND NOT {made.one(facet)}" for facet in query.without]
    if query.begins:
        sql.append(_BEGINS)
    if query.among is not None:
        sql.append(_OF)
    further = {"begins": query.begins, "among": as_json(query.among or ())}
    return Conditions("\n".join(sql), seen.parameters | made.parameters | further)


class _Facets:
    """Numbers the parameters of facets."""

    def __init__(self, template: str) -> None:
        self.template = template
        self.parameters: dict[str, str] = {}
        self._number = 0

    def together(self, facets: Sequence[Facet]) -> str:
        """Ask for all of some facets; for none at all is no condition."""
        return f"({' AND '.join(map(self.one, facets)) or '1'})"

    def one(self, facet: Facet) -> str:
        """Ask for one facet."""
        number = self._number
        self._number += 1
        self.parameters |= {f"kind_{number}": facet[0], f"value_{number}": facet[1]}
        return self.template.format(n=number)
