"""What registries tell about packages beside their releases; asked when somebody wants to know, and kept a while."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from msgspec import Struct

from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import NotFound, NotTold, UpstreamError
from packhouse.domain.insight import Downloads, Hits, Owner
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.upstream import Gathering, UpstreamRegistry
from packhouse.domain.view import View
from packhouse.services.access import Access
from packhouse.services.gathering import Gatherer
from packhouse.services.ports import Clock
from packhouse.services.routing import Routing

T = TypeVar("T")

_KEPT = 2_000
_FRESH_MS = 3_600_000
_SEARCH_FRESH_MS = 300_000


class Told(Struct, Generic[T], frozen=True):
    """Something that a registry told."""

    value: T
    upstream: str
    """Name of the upstream that told it."""
    at: Moment
    """When it was told."""
    stale: bool = False
    """True where the upstream could not be asked again."""


class Insights:
    """Asks the upstreams of a package; the first that knows it answers."""

    def __init__(
        self, ecosystem: Ecosystem, routing: Routing, gatherer: Gatherer, access: Access, clock: Clock
    ) -> None:
        self._ecosystem = ecosystem
        self._routing = routing
        self._gatherer = gatherer
        self._access = access
        self._clock = clock
        self._kept: OrderedDict[tuple[Any, ...], Told[Any]] = OrderedDict()
        self._running: dict[tuple[Any, ...], asyncio.Task[Told[Any]]] = {}

    async def downloads(self, view: View, key: PackageKey, period: str = "") -> Told[Downloads]:
        """Tell how often a package was downloaded; raise NotTold, Invalid, NotFound or an UpstreamError."""
        ask = self._ecosystem.insight.downloads
        if ask is None:
            raise self._not_told("counts no downloads that it tells")
        return await self._of(view, key, ("downloads", key, period), lambda registry: ask(registry, key, period))

    async def owners(self, view: View, key: PackageKey) -> Told[tuple[Owner, ...]]:
        """Tell who may publish a package; raise NotTold, NotFound or an UpstreamError."""
        ask = self._ecosystem.insight.owners
        if ask is None:
            raise self._not_told("does not tell who owns a package")
        return await self._of(view, key, ("owners", key), lambda registry: ask(registry, key))

    async def packages_of(self, view: View, login: str, offset: int, limit: int) -> Told[Hits]:
        """List the packages of an owner; raise NotTold, NotFound or an UpstreamError."""
        ask = self._ecosystem.insight.packages_of
        if ask is None:
            raise self._not_told("does not tell which packages someone owns")
        what = ("packages_of", login, offset, limit)
        return await self._of(view, self._whole(), what, lambda registry: ask(registry, login, offset, limit))

    async def search(self, view: View, text: str, offset: int, limit: int) -> Told[Hits]:
        """Search the registry; raise NotTold or an UpstreamError."""
        ask = self._ecosystem.insight.search
        if ask is None:
            raise self._not_told("cannot be searched")
        what = ("search", text, offset, limit)
        return await self._of(
            view, self._whole(), what, lambda registry: ask(registry, text, offset, limit), _SEARCH_FRESH_MS
        )

    def _whole(self) -> PackageKey:
        return PackageKey(self._ecosystem.key, NormalName(""))

    def _not_told(self, what: str) -> NotTold:
        hint = "ask for what went through this server instead"
        return NotTold(f"the registry of {self._ecosystem.title} {what}", hint)

    async def _of(
        self,
        view: View,
        key: PackageKey,
        what: tuple[Any, ...],
        begin: Callable[[UpstreamRegistry], Gathering[T]],
        fresh_ms: int = _FRESH_MS,
    ) -> Told[T]:
        # Registries tell everyone the same; but nobody is asked about what is ours.
        await self._access.check_read(view, key)
        if await self._access.is_ours(view, key):
            raise NotTold(f"{key} is published here, and no other registry is asked about it")
        last: NotFound | None = None
        for registry in self._routing.upstreams_of(key):
            try:
                return await self._asked((registry.name, *what), lambda r=registry: self._ask(r, begin(r)), fresh_ms)  # type: ignore[misc]
            except NotFound as error:
                last = error
        raise last or NotFound(f"{key} does not exist", "no upstream knows it")

    async def _asked(self, where: tuple[Any, ...], ask: Callable[[], Awaitable[Told[T]]], fresh_ms: int) -> Told[T]:
        kept = self._kept.get(where)
        if kept is not None and self._clock() < kept.at + fresh_ms:
            return kept
        running = self._running.get(where)
        if running is None:
            running = asyncio.ensure_future(self._keep(where, ask))
            self._running[where] = running
            running.add_done_callback(lambda task: self._settle(where, task))
        try:
            return await asyncio.shield(running)
        except UpstreamError:
            if kept is None:
                raise
            return Told(kept.value, kept.upstream, kept.at, stale=True)

    async def _keep(self, where: tuple[Any, ...], ask: Callable[[], Awaitable[Told[T]]]) -> Told[T]:
        told = self._kept[where] = await ask()
        self._kept.move_to_end(where)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return told

    def _settle(self, where: tuple[Any, ...], task: "asyncio.Task[Told[Any]]") -> None:
        self._running.pop(where, None)
        if not task.cancelled():
            task.exception()  # marks it as seen: every waiter may have gone

    async def _ask(self, registry: UpstreamRegistry, gathering: Gathering[T]) -> Told[T]:
        value = await self._gatherer.run(registry, gathering)
        if value is None:  # only where validators were sent, and none are
            raise NotFound("the upstream tells nothing")
        return Told(value, registry.name, self._clock())
