"""When releases were published, where the index does not say and a rule wants to know."""

import asyncio
import logging
from collections.abc import Sequence

import msgspec

from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import NotFound, UpstreamError
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Fragment
from packhouse.domain.package import Moment, PackageKey
from packhouse.services.gathering import Gatherer
from packhouse.services.ports import Clock, FurtherStore, StoredFurther
from packhouse.services.routing import Routing

log = logging.getLogger(__name__)

_PATH = "\0date/"
"""Begins the path under which a date is kept; no document of an upstream has such a one."""
_AT_ONCE = 16
_REMEMBERED = 100_000


class Dates:
    """Finds out dates one release at a time, and keeps each for ever: a release is published once."""

    def __init__(
        self, ecosystem: Ecosystem, routing: Routing, gatherer: Gatherer, store: FurtherStore, clock: Clock
    ) -> None:
        self._ecosystem = ecosystem
        self._routing = routing
        self._gatherer = gatherer
        self._store = store
        self._clock = clock
        self._known: dict[tuple[PackageKey, str], Moment] = {}
        self._at_once = asyncio.Semaphore(_AT_ONCE)

    async def complete(self, key: PackageKey, fragments: Sequence[Fragment]) -> Sequence[Fragment]:
        """Add the dates that are missing, as far as they can be found out."""
        if self._ecosystem.date is None or all(each.published_at is not None for each in fragments):
            return fragments
        return await asyncio.gather(*(self._dated(key, each) for each in fragments))

    async def _dated(self, key: PackageKey, fragment: Fragment) -> Fragment:
        if fragment.published_at is not None:
            return fragment
        moment = self._known.get((key, fragment.id))
        if moment is None:
            moment = await self._find(key, fragment)
        if moment is None:
            return fragment
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        self._known[key, fragment.id] = moment
        return msgspec.structs.replace(fragment, published_at=moment)

    async def _find(self, key: PackageKey, fragment: Fragment) -> Moment | None:
        further = FurtherKey(key, f"{_PATH}{fragment.id}")
        async with self._at_once:
            for registry in self._routing.upstreams_of(key):
                stored = await self._store.find_further(registry.origin, further)
                if stored is not None:
                    return Moment(int(stored.body))
            for registry in self._routing.upstreams_of(key):
                if self._ecosystem.date is None:
                    return None
                try:
                    moment = await self._gatherer.run(registry, self._ecosystem.date(registry, key, fragment))
                except NotFound:
                    continue
                except UpstreamError as error:
                    log.info("could not find out when %s %s was published: %s", key, fragment.id, error)
                    return None
                if moment is not None:
                    now = self._clock()
                    stored = StoredFurther(str(moment).encode(), "", None, None, now, now)
                    await self._store.write_further(registry.origin, further, stored)
                    return moment
        return None
