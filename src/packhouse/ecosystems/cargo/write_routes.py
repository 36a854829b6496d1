"""The doors at which crates are published, yanked and removed."""

import asyncio

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid, TooLarge
from packhouse.ecosystems.cargo.frame import largest_frame
from packhouse.ecosystems.cargo.maintaining import find_key
from packhouse.ecosystems.cargo.publishing import Publisher
from packhouse.ecosystems.cargo.removing import Removing
from packhouse.ecosystems.cargo.submission import open_body
from packhouse.ecosystems.cargo.yanking import Wish, Yanking
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.access import require_user
from packhouse.services.assembly import Services

_LARGE_BYTES = 4 << 20
_LARGE_AT_ONCE = 4
"""Large archives in memory at the same time; further ones wait before they are read."""
_WISH_BYTES = 16 << 10


class _VersionPatch(Struct, frozen=True):
    version: Wish


class WriteRoutes:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._publisher = Publisher(services)
        self._yanking = Yanking(services, self._publisher.same)
        self._removing = Removing(services)
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)

    def routes(self) -> list[Route]:
        """List the addresses; what is read at the same ones has routes of its own."""
        crate = "api/v1/crates/{name}"
        return [
            route("api/v1/crates/new", PUT=self.publish),
            route(crate, DELETE=self.remove),
            route(f"{crate}/{{version}}", PATCH=self.change_version),
            route(f"{crate}/{{version}}/yank", DELETE=self.yank),
            route(f"{crate}/{{version}}/unyank", PUT=self.unyank),
        ]

    async def publish(self, request: Request) -> Answer:
        """Publish a release."""
        # Nothing of the body is read for who may do nothing at all with it.
        require_user(request.view.actor, write=False)
        size = request.header(b"content-length")
        if size.isdigit() and int(size) < _LARGE_BYTES:
            return await self._publish(request)
        async with self._large:
            return await self._publish(request)

    async def yank(self, request: Request, name: str, version: str) -> Answer:
        """Yank a release."""
        return await self._yank(request, name, version, Wish(yanked=True))

    async def unyank(self, request: Request, name: str, version: str) -> Answer:
        """Take a yank back."""
        return await self._yank(request, name, version, Wish(yanked=False))

    async def change_version(self, request: Request, name: str, version: str) -> Answer:
        """Yank a release or take that back, and say why."""
        view = request.view
        require_user(view.actor, write=False)
        try:
            patch = msgspec.json.decode(await request.read_body(_WISH_BYTES), type=_VersionPatch)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise Invalid(f"the body cannot be read: {error}") from error
        key = await find_key(self._services, view, name)
        return json_answer({"version": await self._yanking.apply(view, key, version, patch.version)})

    async def remove(self, request: Request, name: str) -> Answer:
        """Remove a crate."""
        view = request.view
        require_user(view.actor, write=False)
        key = await find_key(self._services, view, name)
        reason = await self._removing.why_not(view, key)
        if reason is not None:
            # RFC 9110 section 15.5.21: what is asked for is understood, and cannot be done as things are.
            return json_answer({"errors": [{"detail": reason}]}, 422)
        await self._removing.remove(view, key, request.query.get("message", ""))
        return Answer(status=204)

    async def _publish(self, request: Request) -> Answer:
        most = self._services.archive_bytes
        try:
            body = await request.read_large(largest_frame(most))
        except TooLarge as error:
            raise TooLarge(f"max upload size is: {most}", error.hint) from None
        opened = open_body(body, most)
        del body
        admitted = await self._publisher.admit(request.view, opened.metadata)
        published = await self._publisher.publish(request.view, admitted, opened.crate, request.base)
        warnings = {"invalid_categories": (), "invalid_badges": (), "other": published.warnings}
        return json_answer({"crate": published.crate, "warnings": warnings})

    async def _yank(self, request: Request, name: str, version: str, wish: Wish) -> Answer:
        require_user(request.view.actor, write=False)
        key = await find_key(self._services, request.view, name)
        await self._yanking.apply(request.view, key, version, wish)
        return json_answer({"ok": True})
