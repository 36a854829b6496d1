"""The lists of the registry's first API: all packages, what changed since, and whose they are.

They show what this server knows, published here and cached, and are written while they are sent.
"""

from collections.abc import AsyncIterator

import msgspec

from packhouse.domain.search import SearchQuery
from packhouse.domain.view import View
from packhouse.ecosystems.npm import listing
from packhouse.ecosystems.npm.couch_errors import QUERY_PARSE_ERROR, explained
from packhouse.ecosystems.npm.couch_query import count
from packhouse.ecosystems.npm.streams import listed, stream
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services

_USERS = 50
_FOUND = 250
_NEWS = 50
_encode = msgspec.json.Encoder().encode


class ListingRoutes:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._feed = services.feed

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of packages."""
        return [
            route("-/all", GET=self.everything),
            route("-/all/since", GET=explained(QUERY_PARSE_ERROR, self.since)),
            route("-/all/static/all.json", GET=self.everything),
            route("-/short", GET=self.names),
            route("-/allversions", GET=self.versions),
            route("-/by-user/{users}", GET=self.by_user),
            route("-/users/{user}/packages", GET=self.of_user),
            route("-/rss", GET=self.news),
        ]

    async def everything(self, request: Request) -> Answer:
        """List all packages with what a search shows of them."""
        return self._all(request, 0)

    async def since(self, request: Request) -> Answer:
        """List the packages that have changed since a moment, in milliseconds."""
        return self._all(request, count(request.query, "startkey") or 0)

    async def names(self, request: Request) -> Answer:
        """List all names."""
        return stream(listed(b"[", self._names(request.view), b"]"))

    async def versions(self, request: Request) -> Answer:
        """List the versions of all packages by name; those that a rule refuses are left out."""
        return stream(listed(b"{", self._versions(request.view), b"}"))

    async def by_user(self, request: Request, users: str) -> Answer:
        """List the packages of some users (`a|b`), by user; those of nobody are an empty list."""
        wanted = list(dict.fromkeys(user for user in users.split("|") if user))[:_USERS]
        return json_answer({user: await packages_of(self._services, request.view, user) for user in wanted})

    async def of_user(self, request: Request, user: str) -> Answer:
        """List the packages of a user."""
        found = await packages_of(self._services, request.view, user)
        return json_answer({"items": [{"name": name} for name in found], "total": len(found)})

    async def news(self, request: Request) -> Answer:
        """Tell what has changed lately, as RSS."""
        items = []
        async for shown in self._feed.newest(request.view):
            summary = None if shown.state.gone_at is not None else await self._feed.summary(request.view, shown)
            if summary is not None:
                items.append((summary, shown.state.changed_at))
            if len(items) == _NEWS:
                break
        return Answer(content_type="application/rss+xml; charset=utf-8", body=listing.news(request.base, items))

    def _all(self, request: Request, since_ms: int) -> Answer:
        head = b'{"_updated":%d' % self._services.clock()
        return stream(_headed(head, self._entries(request.view, since_ms)))

    async def _entries(self, view: View, since_ms: int) -> AsyncIterator[bytes]:
        async for shown in self._feed.named(view):
            if shown.state.changed_at < since_ms:
                continue
            summary = await self._feed.summary(view, shown)
            if summary is not None:
                entry = listing.entry(summary, shown.state.changed_at)
                yield _encode(shown.state.key.name) + b":" + _encode(entry)

    async def _names(self, view: View) -> AsyncIterator[bytes]:
        async for shown in self._feed.named(view):
            yield _encode(shown.state.key.name)

    async def _versions(self, view: View) -> AsyncIterator[bytes]:
        async for shown in self._feed.named(view):
            versions = [each.version for each in (await self._feed.index(view, shown.state)).fragments]
            yield _encode(shown.state.key.name) + b":" + _encode(versions)


async def packages_of(services: Services, view: View, user: str) -> list[str]:
    """Find what somebody owns here, and what of the cached packages names them as a maintainer."""
    owned = await services.holdings.visible(view, list(await services.holdings.owned(view, user)))
    query = SearchQuery(facets=(((("maintainer", user.casefold()),),),))
    names: set[str] = {key.name for key in owned}
    offset, total = 0, 1
    while offset < total:
        found = await services.search.find(view, services.ecosystem.key, query, offset, _FOUND)
        names |= {hit.key.name for _, hit in found.hits}
        offset, total = offset + _FOUND, found.total
    return sorted(names)


async def _headed(head: bytes, members: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Write an object that begins with a member of its own."""
    yield head
    async for member in members:
        yield b"," + member
    yield b"}"
