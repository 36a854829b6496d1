"""How many requests a host gets at once, and how fast those come that nobody waits for."""

import asyncio
import logging
from collections.abc import Callable
from types import TracebackType

from packhouse.adapters.upstream.breaker import Breaker
from packhouse.adapters.upstream.settings import UpstreamSettings
from packhouse.adapters.upstream.trouble import Trouble
from packhouse.domain.errors import NotFound, UpstreamDenied, UpstreamDown
from packhouse.domain.package import Moment
from packhouse.domain.upstream import Limit

log = logging.getLogger(__name__)


class Rate:
    """A token bucket; each taker is told how long to wait, so that they come in the order of asking."""

    def __init__(self, per_s: float, burst: int, now: Callable[[], float]) -> None:
        self._interval_s = 1 / per_s
        self._slack_s = (burst - 1) * self._interval_s
        self._now = now
        self._next_at = 0.0

    def take(self, most_s: float = float("inf")) -> float | None:
        """Take a token; return how long to wait before using it.

        None is returned, and none taken, where that would be longer than `most_s`.
        """
        now = self._now()
        at = max(self._next_at, now - self._slack_s)
        if at - now > most_s:
            return None
        self._next_at = at + self._interval_s
        return max(0.0, at - now)


class Host:
    """One host with its slots, its rate and its health."""

    def __init__(
        self,
        place: str,
        settings: UpstreamSettings,
        now: Callable[[], float],
        clock: Callable[[], Moment],
        limit: Limit | None = None,
    ) -> None:
        self.place = place
        self.breaker = Breaker(place, settings, now, clock)
        self.limit = Limit(
            enforced_per_s=limit.enforced_per_s if limit else None,
            polite_per_s=limit.polite_per_s if limit and limit.polite_per_s else settings.background_rate,
        )
        """What counts for this host."""
        self.patience_s = settings.max_queue_s
        self.rate = Rate(self.limit.polite_per_s or settings.background_rate, settings.background_burst, now)
        self.enforced = Rate(self.limit.enforced_per_s, 1, now) if self.limit.enforced_per_s else None
        self.slots = asyncio.Semaphore(settings.concurrency)

    def visit(self, *, background: bool) -> "Visit":
        """Use the host for one request."""
        return Visit(self, background=background)


class Visit:
    """One request's time at a host; what ends it is a verdict on the host's health."""

    __slots__ = ("_background", "_host")

    def __init__(self, host: Host, *, background: bool) -> None:
        self._host = host
        self._background = background

    async def __aenter__(self) -> None:
        host = self._host
        host.breaker.check()
        if self._background and (wait_s := host.rate.take()):
            await asyncio.sleep(wait_s)
        if host.enforced is not None:
            await self._queue(host, host.enforced)
        await host.slots.acquire()
        try:
            # While we waited for a slot, others may have found out that the host is down.
            host.breaker.begin()
        except Trouble:
            host.slots.release()
            raise

    async def _queue(self, host: Host, enforced: Rate) -> None:
        """Wait for our turn at a host that enforces a rate; a client waits only so long."""
        wait_s = enforced.take(float("inf") if self._background else host.patience_s)
        if wait_s is None:
            message = f"{host.place} may be asked {host.limit.enforced_per_s:g} times a second only, and many wait"
            raise Trouble(message, "try again later", host.patience_s, again=False, blame=False)
        if wait_s:
            await asyncio.sleep(wait_s)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        host = self._host
        host.slots.release()
        if isinstance(error, UpstreamDown) and getattr(error, "blame", True):
            if host.breaker.fail(error.message):
                log.warning("leaving %s alone for a moment: %s", host.place, error.message)
        elif error is None or isinstance(error, NotFound | UpstreamDenied):
            host.breaker.succeed()
        else:
            host.breaker.leave()
        if isinstance(error, Trouble) and error.retry_after_s:
            host.breaker.hold(error.retry_after_s)
