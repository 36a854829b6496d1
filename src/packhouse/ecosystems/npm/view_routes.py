"""What requires a package, and the views of the registry's CouchDB that clients of old asked for it.

A package counts by the release that a search shows of it.
"""

from typing import Any

import msgspec

from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName
from packhouse.domain.search import SearchQuery
from packhouse.domain.view import View
from packhouse.ecosystems.npm.couch_errors import QUERY_PARSE_ERROR, explained
from packhouse.ecosystems.npm.couch_query import count
from packhouse.ecosystems.npm.listing_routes import packages_of
from packhouse.ecosystems.npm.names import parse_name
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services

_AT_ONCE = 250
_MOST = 1000
_Dependent = tuple[str, str]
"""Name and description."""


class ViewRoutes:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of packages."""
        return [
            route("-/package/{name}/dependents", GET=explained(QUERY_PARSE_ERROR, self.dependents)),
            route("-/_view/dependedUpon", GET=explained(QUERY_PARSE_ERROR, self.depended_upon)),
            route("-/_view/byUser", GET=explained(QUERY_PARSE_ERROR, self.by_user)),
        ]

    async def dependents(self, request: Request, name: str) -> Answer:
        """List what requires a package, by name; one that nobody knows is required by nothing."""
        total, found = await self._dependents(request, parse_name(name))
        return json_answer({"total": total, "dependents": [each for each, _ in found]})

    async def depended_upon(self, request: Request) -> Answer:
        """List the same as a view that counts: `group_level` says how much of the key is told apart."""
        first, last = _parts(request.query, "startkey"), _parts(request.query, "endkey")
        if not first or not isinstance(first[0], str) or last[:1] != first[:1]:
            raise Invalid("one package has to be asked for", 'send startkey=["name"]&endkey=["name",{}]')
        name = first[0]
        total, found = await self._dependents(request, parse_name(name))
        level = count(request.query, "group_level") or 0
        if level < 2:
            key = [name] if level else None
            return json_answer({"rows": [{"key": key, "value": total}] if total else []})
        rows = [{"key": [name, *each][:level], "value": 1} for each in found]
        return json_answer({"rows": rows})

    async def by_user(self, request: Request) -> Answer:
        """List the packages of a user as a view."""
        user = _text(request.query, "key")
        names = await packages_of(self._services, request.view, user)
        rows = [{"id": name, "key": user, "value": name} for name in names]
        return json_answer({"total_rows": len(rows), "offset": 0, "rows": rows})

    async def _dependents(self, request: Request, name: NormalName) -> tuple[int, list[_Dependent]]:
        limit, skip = count(request.query, "limit"), count(request.query, "skip") or 0
        return await self._search(request.view, name, skip, _AT_ONCE if limit is None else min(limit, _MOST))

    async def _search(self, view: View, name: NormalName, skip: int, limit: int) -> tuple[int, list[_Dependent]]:
        query = SearchQuery(facets=(((("requires", name),),),), order="alphabetical")
        found = await self._services.search.find(view, self._services.ecosystem.key, query, skip, limit)
        # What is shown in place of a refused release may require something else.
        hits = [hit for _, hit in found.hits if name in hit.requires]
        return found.total, [(hit.key.name, hit.description) for hit in hits]


def _parts(query: dict[str, str], name: str) -> list[Any]:
    try:
        return msgspec.json.decode(query.get(name, "[]").encode(), type=list[Any])
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Invalid(f"{name} is no list", f'write it as {name}=["name"]') from None


def _text(query: dict[str, str], name: str) -> str:
    try:
        return msgspec.json.decode(query.get(name, "").encode(), type=str)
    except (msgspec.MsgspecError, UnicodeError):
        raise Invalid(f"{name} is no JSON string", f'write it as {name}="ada"') from None
