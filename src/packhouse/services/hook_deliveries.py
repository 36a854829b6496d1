"""Tells hooks what has happened: reads the event log, signs, sends, and tries again.

At least once, and after a restart too: an event and the hooks that wait for it are put on a queue in one transaction
with the position in the log. Who may read what, and how it looks to them, is asked at the moment of sending.
"""

import asyncio
import hashlib
import hmac
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from packhouse.domain.accounts import Ownership
from packhouse.domain.errors import Conflict, PackhouseError, Refused, StorageError, UpstreamDown
from packhouse.domain.events import Event
from packhouse.domain.hooks import TOLD, Attempt, Delivery, Hook, told_alone, watches
from packhouse.domain.package import Moment, PackageKey
from packhouse.services.hook_ports import DeliveryQueue, HookStore, Message, Poster, Teller, ViewOf
from packhouse.services.ports import Clock, EventLog

log = logging.getLogger(__name__)

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_GONE = 410


class Pace(Struct, frozen=True):
    """How often and how much is sent."""

    look_s: float = 1.0
    """How long between two looks at the event log."""
    pauses_ms: tuple[int, ...] = (
        _MINUTE_MS,
        5 * _MINUTE_MS,
        30 * _MINUTE_MS,
        2 * _HOUR_MS,
        6 * _HOUR_MS,
        12 * _HOUR_MS,
        24 * _HOUR_MS,
    )
    """How long after each attempt that failed; after the last of them the delivery is given up."""
    at_once: int = 8
    """How many hooks are sent to at the same time; each gets one message after the other."""
    turn_s: float = 15.0
    """How long one hook may keep its place while others wait."""
    most_waiting: int = 1000
    """What one hook may have waiting; more is not queued, so that nobody can fill the disk."""
    batch: int = 500
    """Events that are looked at in one go."""
    claim: int = 64
    """Deliveries that are taken off the queue in one go."""
    lease_ms: int = 10 * _MINUTE_MS
    """After that a delivery that was claimed by a process that has ended is tried again."""


class HookQueue(HookStore, DeliveryQueue, Protocol):
    """The part of the store that hooks need."""


class Owned(Protocol):
    """Knows whose packages are."""

    async def find_ownership(self, origin: str, key: PackageKey) -> Ownership | None:
        """Tell whose a package is; None for one that was never published here."""


class Deliveries:
    """Tells the hooks of every ecosystem."""

    def __init__(
        self,
        store: HookQueue,
        events: EventLog,
        owned: Owned,
        tellers: Mapping[str, Teller],
        view_of: ViewOf,
        poster: Poster,
        clock: Clock,
        pace: Pace = Pace(),  # noqa: B008 (frozen)
    ) -> None:
        """Take, beside what it works with, how each ecosystem words an event, by its key."""
        self._store = store
        self._events = events
        self._owned = owned
        self._tellers = tellers
        self._view_of = view_of
        self._poster = poster
        self._clock = clock
        self._pace = pace
        self._places = asyncio.Semaphore(pace.at_once)
        self._seen = 0
        """Events up to here were looked at, though that is written down only when something came of it."""
        self._resting: dict[str, Moment] = {}
        """Until when nothing is sent to a hook that has just failed."""

    async def run(self) -> None:
        """Look and send, for as long as the server runs."""
        while True:
            try:
                while await self.look():
                    pass
                while await self.send():
                    pass
            except StorageError as error:
                log.warning("hooks have to wait: %s", error)
            await asyncio.sleep(self._pace.look_s)

    async def look(self) -> bool:
        """Queue what the next events of the log mean for hooks; tell whether there may be more."""
        position = await self._store.read_position()
        after = max(position, self._seen)
        last = await self._events.last_sequence()
        if last <= after:
            return False
        hooks = [hook for hook in await self._store.list_hooks(None) if not hook.disabled]
        events: Sequence[Event] = ()
        if hooks:
            events = _whole_changes(await self._events.list_events(after, self._pace.batch), self._pace.batch)
        self._seen = events[-1].sequence if events else last
        more = self._seen < last
        deliveries = await self._match(hooks, events)
        if deliveries:
            try:
                await self._store.enqueue(position, self._seen, deliveries)
            except Conflict:
                self._seen = 0  # another process was faster: go on from where it stands
        return more

    async def send(self) -> bool:
        """Send what is due; tell whether anything was."""
        now = self._clock()
        due_at = await self._store.next_due()
        if due_at is None or due_at > now:
            return False
        self._resting = {hook: until for hook, until in self._resting.items() if until > now}
        claimed = await self._store.claim_due(now, Moment(now + self._pace.lease_ms), self._pace.claim)
        by_hook = groupby(sorted(claimed), key=attrgetter("hook"))
        await asyncio.gather(*(self._tell(hook, list(mine)) for hook, mine in by_hook))
        return bool(claimed)

    async def _match(self, hooks: Sequence[Hook], events: Sequence[Event]) -> list[Delivery]:
        found: list[Delivery] = []
        waiting: Counter[str] = Counter()
        now = self._clock()
        for event in told_alone([event for event in events if event.kind in TOLD]):
            mine = [hook for hook in hooks if hook.ecosystem == event.key.ecosystem]
            owners: tuple[str, ...] = ()
            if any(hook.kind == "owner" for hook in mine):
                ownership = await self._owned.find_ownership(event.origin, event.key)
                owners = () if ownership is None else ownership.owners
            told = [hook for hook in mine if watches(hook, event, owners)]
            if told and not waiting:
                waiting = Counter(await self._store.count_waiting())
                waiting[""] = 1  # counted, even where nothing waits
            for hook in told:
                waiting[hook.id] += 1
                if waiting[hook.id] <= self._pace.most_waiting:
                    found.append(Delivery(hook.id, event.sequence, now))
                elif waiting[hook.id] == self._pace.most_waiting + 1:
                    log.warning("%r has too much waiting: it is not told of everything", hook)
        return found

    async def _tell(self, id: str, deliveries: Sequence[Delivery]) -> None:  # noqa: A002 (the field's name)
        """Tell one hook of events in their order, until it fails or its turn is over."""
        async with self._places:
            loop = asyncio.get_running_loop()
            ends_at = loop.time() + self._pace.turn_s
            for number, delivery in enumerate(deliveries):
                now = self._clock()
                try:
                    if (rests_until := self._resting.get(id)) is not None:
                        await self._store.settle(delivery, None, rests_until)
                    elif number and loop.time() >= ends_at:
                        await self._store.settle(delivery, None, now)
                    else:
                        await self._deliver(delivery)
                except StorageError as error:
                    log.warning("a delivery is left for later: %s", error)
                    return

    async def _deliver(self, delivery: Delivery) -> None:
        hook = await self._store.find_hook(delivery.hook)
        if hook is None or hook.disabled:
            await self._store.settle(delivery, None, None)
            return
        try:
            message = await self._word(hook, delivery)
        except StorageError:
            raise
        except PackhouseError as error:
            log.info("%r cannot be told now: %s", hook, error)
            await self._put_off(hook, delivery, None)
            return
        except Exception:
            # A mistake in wording one event must not keep all hooks from being told.
            log.exception("%r cannot be told of event %d", hook, delivery.sequence)
            await self._put_off(hook, delivery, None)
            return
        if message is None:
            await self._store.settle(delivery, None, None)
            return
        status = await self._post(hook, message)
        attempt = Attempt(self._clock(), status)
        if attempt.taken:
            await self._store.settle(delivery, attempt, None)
        elif status == _GONE:
            await self._store.settle(delivery, attempt, None)
            await self._store.disable_hook(hook, "its endpoint answered that it is gone")
        else:
            await self._put_off(hook, delivery, attempt)

    async def _word(self, hook: Hook, delivery: Delivery) -> Message | None:
        """Find out what to tell; None for what the owner may not know, or what is no longer there."""
        teller = self._tellers.get(hook.ecosystem)
        found = await self._events.list_events(delivery.sequence - 1, 1)
        if teller is None or not found or found[0].sequence != delivery.sequence:
            return None
        view = await self._view_of(hook, found[0])
        return None if view is None else await teller(hook, found[0], view)

    async def _post(self, hook: Hook, message: Message) -> int:
        headers = {
            "Content-Type": "application/json",
            message.signature_header: f"sha256={sign(hook.secret, message.body)}",
        }
        try:
            return await self._poster.post(hook.endpoint, message.body, headers)
        except (UpstreamDown, Refused) as error:
            log.info("%r was not told: %s", hook, error)
            return 0

    async def _put_off(self, hook: Hook, delivery: Delivery, attempt: Attempt | None) -> None:
        pauses, now = self._pace.pauses_ms, self._clock()
        if attempt is not None:
            self._resting[hook.id] = Moment(now + pauses[0])
        if delivery.attempts >= len(pauses):
            log.warning("%r has refused a delivery %d times: it is given up", hook, delivery.attempts + 1)
            await self._store.settle(delivery, attempt, None)
            return
        again_at = Moment(now + pauses[delivery.attempts])
        await self._store.settle(replace(delivery, attempts=delivery.attempts + 1), attempt, again_at)


def sign(secret: str, body: bytes) -> str:
    """Return the HMAC-SHA256 of a body in hexadecimal."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _whole_changes(events: Sequence[Event], limit: int) -> Sequence[Event]:
    """Leave a change for the next batch that this one may hold only a part of."""
    if len(events) < limit:
        return events
    last = (events[-1].origin, events[-1].key, events[-1].at)
    whole = len(events)
    while whole and (events[whole - 1].origin, events[whole - 1].key, events[whole - 1].at) == last:
        whole -= 1
    return events[:whole] or events
