"""The door of what somebody follows: crates, and what came new of them."""

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from packhouse.domain.errors import PackhouseError
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.asking import require_somebody
from packhouse.ecosystems.cargo.crate_document import objects, text
from packhouse.ecosystems.cargo.listing import Json, version_of_record
from packhouse.ecosystems.cargo.paging import DEFAULT_PER_PAGE, Page, read_page
from packhouse.ecosystems.cargo.visible import Visible
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services

_AT_ONCE = 8
_MOST_FOLLOWED = 500
"""Of whose releases news are looked for."""


class _New(Struct, frozen=True, order=True):
    at: Moment
    key: PackageKey
    version: str


class FollowRoutes:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._visible = Visible(services)

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of releases."""
        crate = "api/v1/crates/{name}"
        return [
            route("api/v1/me/updates", GET=self.updates),
            route(f"{crate}/follow", PUT=self.follow, DELETE=self.unfollow),
            route(f"{crate}/following", GET=self.following),
        ]

    async def follow(self, request: Request, name: str) -> Answer:
        """Follow a crate, of here or of an upstream."""
        require_somebody(request, write=True)
        key, _ = await self._visible.seen(request.view, name)
        await self._services.holdings.star(request.view, key, starred=True)
        return json_answer({"ok": True})

    async def unfollow(self, request: Request, name: str) -> Answer:
        """Follow a crate no longer, be it there still or not."""
        actor = require_somebody(request, write=True)
        key = await self._followed(request.view, actor.user, name)
        if key is None:
            await self._visible.seen(request.view, name)
        else:
            await self._services.holdings.star(request.view, key, starred=False)
        return json_answer({"ok": True})

    async def following(self, request: Request, name: str) -> Answer:
        """Tell whether who asks follows a crate."""
        actor = require_somebody(request)
        await self._visible.seen(request.view, name)
        found = await self._followed(request.view, actor.user, name)
        return json_answer({"following": found is not None})

    async def updates(self, request: Request) -> Answer:
        """List the releases of what who asks follows, the newest first.

        They are found by the indexes, since the public registry's Web API gives one answer a second.
        """
        actor = require_somebody(request)
        page = read_page(request.query) or Page(1, DEFAULT_PER_PAGE)
        followed = await self._services.holdings.starred(request.view, actor.user)
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def one(key: PackageKey) -> Sequence[_New]:
            async with at_once:
                return await self._releases(request.view, key)

        found = await asyncio.gather(*(one(key) for key in followed[:_MOST_FOLLOWED]))
        releases = sorted((each for of_one in found for each in of_one), reverse=True)
        shown = [await self._shown(request.view, each) for each in releases[page.offset : page.offset + page.size]]
        more = len(releases) > page.offset + page.size
        return json_answer({"versions": shown, "meta": {"more": more}})

    async def _followed(self, view: View, user: str, name: str) -> PackageKey | None:
        """Find what somebody follows by any spelling of its name."""
        identity = self._services.ecosystem.identity
        wanted = identity(NormalName(name))
        followed = await self._services.holdings.starred(view, user)
        return next((key for key in followed if identity(key.name) == wanted), None)

    async def _releases(self, view: View, key: PackageKey) -> Sequence[_New]:
        try:
            record = await self._services.records.get(view, key, "known")
        except PackhouseError:
            return ()  # gone, refused, or out of reach for now: the other crates have news all the same
        dates = record.published_at or (None,) * len(record.versions)
        return [_New(at or Moment(0), key, version) for version, at in zip(record.versions, dates, strict=True)]

    async def _shown(self, view: View, new: _New) -> Json:
        """Write a release: of here by what was published, of an upstream by its line."""
        if await self._services.access.ownership(view, new.key) is not None:
            _, snapshot = await self._visible.seen(view, new.key.name)
            document, _ = await self._visible.document(view, new.key, snapshot)
            found = next((each for each in objects(document, "versions") if each.get("num") == new.version), None)
            if found is not None:
                return found
        release = await self._visible.release(view, new.key, new.version)
        written = await self._visible.as_written(view, {"name": new.key.name})
        return version_of_record(text(written, "name") or new.key.name, release)
