"""The doors at which crates are published, yanked and removed."""

import asyncio

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid, PackhouseError, TooLarge
from packhouse.ecosystems.cargo.frame import FrameReader, Metadata, largest_frame, read_metadata
from packhouse.ecosystems.cargo.maintaining import find_key
from packhouse.ecosystems.cargo.publishing import Admitted, Publisher
from packhouse.ecosystems.cargo.removing import Removing
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
_THREAD_BYTES = 64 << 10
"""Larger metadata is read off the event loop."""


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
        admitted, crate = await self._receive(request)
        published = await self._publisher.publish(request.view, admitted, crate, request.base)
        warnings = {"invalid_categories": (), "invalid_badges": (), "other": published.warnings}
        return json_answer({"crate": published.crate, "warnings": warnings})

    async def _receive(self, request: Request) -> tuple[Admitted, bytes | bytearray]:
        """Read a body, and as soon as its metadata is there decide who may publish that."""
        most = self._services.archive_bytes
        reader: FrameReader | None = FrameReader(most)
        admitted: Admitted | None = None
        trouble: PackhouseError | None = None
        try:
            async for piece in request.pieces(largest_frame(most)):
                if reader is None:
                    continue
                try:
                    reader.feed(piece)
                    if admitted is None and reader.metadata is not None:
                        admitted = await self._publisher.admit(request.view, await _metadata(reader.metadata))
                except PackhouseError as error:
                    # The rest is let go by, since a client that is still writing would not see the answer.
                    reader, trouble = None, error
        except TooLarge as error:
            raise trouble or TooLarge(f"max upload size is: {most}", error.hint) from None
        if trouble is not None or reader is None:
            raise trouble or TooLarge(f"max upload size is: {most}")
        frame = reader.finish()
        return admitted or await self._publisher.admit(request.view, await _metadata(frame.metadata)), frame.crate

    async def _yank(self, request: Request, name: str, version: str, wish: Wish) -> Answer:
        require_user(request.view.actor, write=False)
        key = await find_key(self._services, request.view, name)
        await self._yanking.apply(request.view, key, version, wish)
        return json_answer({"ok": True})


async def _metadata(text: bytes) -> Metadata:
    return await asyncio.to_thread(read_metadata, text) if len(text) > _THREAD_BYTES else read_metadata(text)
