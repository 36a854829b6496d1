"""Documents beside the index: fetched when first asked for, kept, and confirmed again when they grow old."""

import asyncio
import logging

import msgspec
from msgspec import Struct

from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import NotFound, UpstreamDenied, UpstreamError
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment
from packhouse.domain.upstream import Gathered
from packhouse.domain.view import View
from packhouse.services.access import Access
from packhouse.services.gathering import Gatherer
from packhouse.services.ports import Clock, FurtherStore, StoredFurther
from packhouse.services.routing import Routing

log = logging.getLogger(__name__)

_RETRY_MS = 5_000
"""How long a stale document is served before the upstream is tried again."""
_LASTING_MS = 60_000
"""How long an answer with a document that never changes may be repeated without asking the store again."""
_MISSING_REMEMBERED = 50_000
_NOTES = "own:notes"
"""The origin of what doors have noted for themselves: no upstream's is like it."""


class Further(Struct, frozen=True):
    """A further document as it is now."""

    body: bytes
    content_type: str
    etag: str | None
    """The upstream's own."""
    last_modified: str | None
    """The upstream's own."""
    changed_at: Moment
    """When its bytes last changed here."""
    checked_at: Moment
    """When the upstream last confirmed it."""
    valid_until: Moment
    stale: bool = False
    origin: str = ""


class FurtherDocuments:
    """Answers from the store, and from the upstreams where the store has nothing or nothing fresh.

    Upstreams are asked in the order in which the package's index is looked for; the first that has the document
    answers. One that fails is not passed over: another's document of the same name may be about something else.
    """

    def __init__(
        self,
        ecosystem: Ecosystem,
        routing: Routing,
        gatherer: Gatherer,
        store: FurtherStore,
        access: Access,
        clock: Clock,
        fresh_ms: int = 300_000,
        missing_ms: int = 30_000,
    ) -> None:
        self._ecosystem = ecosystem
        self._routing = routing
        self._gatherer = gatherer
        self._store = store
        self._access = access
        self._clock = clock
        self._fresh_ms = fresh_ms
        self._missing_ms = missing_ms
        self._missing: dict[tuple[str, FurtherKey], Moment] = {}
        self._running: dict[tuple[str, FurtherKey], asyncio.Task[Further]] = {}

    async def get(self, view: View, further: FurtherKey, *, fresh_ms: int | None = None) -> Further:
        """Return a document, up to `fresh_ms` old where nobody is asked; raise NotFound or an UpstreamError."""
        # Documents of upstreams are the same for every view; the door leaves out what is refused.
        await self._access.check_read(view, further.key)
        if await self._access.is_ours(view, further.key):
            return await self._published(view, further)
        if self._ecosystem.further is None:
            raise NotFound(f"there is no {further}")
        trouble: UpstreamError | None = None
        for registry in self._routing.upstreams_of(further.key):
            try:
                return await self._get(registry.name, registry.origin, further, fresh_ms)
            except NotFound:
                continue
            except UpstreamError as error:
                if not self._ecosystem.merges:
                    raise
                trouble = trouble or error
        raise trouble or NotFound(f"there is no {further}", "it is neither stored here nor upstream")

    async def _published(self, view: View, further: FurtherKey) -> Further:
        """Read a document that belongs to a package of ours."""
        stored = await self._store.find_further(view.origin, further)
        if stored is None:
            raise NotFound(f"there is no {further}")
        return _further(stored, view.origin, Moment(self._clock() + self._fresh_ms))

    async def read_note(self, note: FurtherKey) -> bytes | None:
        """Read what a door has noted for itself; None where it has noted nothing."""
        stored = await self._store.find_further(_NOTES, note)
        return None if stored is None else stored.body

    async def write_note(self, note: FurtherKey, body: bytes) -> None:
        """Keep something over a restart for a door, in place of what it had noted there before."""
        now = self._clock()
        await self._store.write_further(_NOTES, note, StoredFurther(body, "", None, None, now, now))

    async def close(self) -> None:
        """Give up what is under way."""
        for task in list(self._running.values()):
            task.cancel()
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=5)

    async def _get(self, upstream: str, origin: str, further: FurtherKey, fresh_ms: int | None) -> Further:
        now = self._clock()
        stored = await self._store.find_further(origin, further)
        if stored is not None:
            if self._ecosystem.lasting(further):
                return _further(stored, origin, Moment(now + _LASTING_MS))
            fresh_until = stored.checked_at + (self._fresh_ms if fresh_ms is None else fresh_ms)
            if now < fresh_until:
                return _further(stored, origin, Moment(fresh_until))
        elif self._missing.get((origin, further), 0) > now:
            raise NotFound(f"there is no {further}")
        return await self._refresh(upstream, origin, further, stored)

    async def _refresh(self, upstream: str, origin: str, further: FurtherKey, stored: StoredFurther | None) -> Further:
        where = (origin, further)
        running = self._running.get(where)
        if running is None:
            running = asyncio.create_task(self._fetch(upstream, origin, further, stored))
            self._running[where] = running
            running.add_done_callback(lambda task: self._settle(where, task))
        # A client that gives up must not end the fetch that others wait for.
        return await asyncio.shield(running)

    def _settle(self, where: tuple[str, FurtherKey], task: "asyncio.Task[Further]") -> None:
        self._running.pop(where, None)
        if not task.cancelled():
            task.exception()  # marks it as seen: every waiter may have gone

    async def _fetch(self, upstream: str, origin: str, further: FurtherKey, stored: StoredFurther | None) -> Further:
        try:
            gathered = await self._ask(upstream, further, stored)
        except NotFound:
            if len(self._missing) > _MISSING_REMEMBERED:
                self._missing.clear()
            self._missing[origin, further] = Moment(self._clock() + self._missing_ms)
            if stored is not None:
                await self._store.drop_further(origin, further)
            raise
        except UpstreamDenied:
            raise
        except UpstreamError as error:
            if stored is None:
                raise
            log.warning("served %s as of %d: %s", further, stored.checked_at, error)
            return _further(stored, origin, Moment(self._clock() + _RETRY_MS), stale=True)
        fresh = await self._write(origin, further, stored, gathered)
        return _further(fresh, origin, Moment(fresh.checked_at + self._fresh_ms))

    async def _ask(self, upstream: str, further: FurtherKey, stored: StoredFurther | None) -> Gathered | None:
        registry = self._routing.named(upstream)
        gathering = self._ecosystem.further
        if gathering is None:
            raise NotFound(f"there is no {further}")
        known = None if stored is None else (stored.etag, stored.last_modified)
        gathered = await self._gatherer.run(registry, gathering(registry, further), known)
        if gathered is not None and gathered.missing:
            raise NotFound(f"there is no {further}")
        return gathered

    async def _write(
        self, origin: str, further: FurtherKey, stored: StoredFurther | None, gathered: Gathered | None
    ) -> StoredFurther:
        now = self._clock()
        if stored is not None and (gathered is None or gathered.body == stored.body):
            fresh = msgspec.structs.replace(stored, checked_at=now)
            if gathered is not None:
                fresh = msgspec.structs.replace(
                    fresh, etag=gathered.etag, last_modified=gathered.last_modified, content_type=gathered.content_type
                )
            await self._store.write_further_state(origin, further, fresh)
            return fresh
        if gathered is None:  # a gathering ends as unchanged only where we sent validators
            raise NotFound(f"there is no {further}")
        fresh = StoredFurther(
            body=gathered.body,
            content_type=gathered.content_type,
            etag=gathered.etag,
            last_modified=gathered.last_modified,
            checked_at=now,
            changed_at=now,
        )
        await self._store.write_further(origin, further, fresh)
        return fresh


def _further(stored: StoredFurther, origin: str, valid_until: Moment, *, stale: bool = False) -> Further:
    return Further(
        body=stored.body,
        content_type=stored.content_type,
        etag=stored.etag,
        last_modified=stored.last_modified,
        changed_at=stored.changed_at,
        checked_at=stored.checked_at,
        valid_until=valid_until,
        stale=stale,
        origin=origin,
    )
