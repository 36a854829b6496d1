"""Answers that are dear to make: remembered for a while, and made anew behind the back of whoever asks later."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from packhouse.domain.package import Moment
from packhouse.services.ports import Clock

T = TypeVar("T")

_KEPT = 200


class Remembered(Generic[T]):
    """Answers by their question; nobody waits for one but who asks first."""

    def __init__(self, clock: Clock, fresh_ms: int) -> None:
        self._clock = clock
        self._fresh_ms = fresh_ms
        self._known: dict[Hashable, tuple[Moment, T]] = {}
        self._running: dict[Hashable, asyncio.Task[T]] = {}

    async def get(self, question: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """Return the answer, as old as it is; raise what `make` raises where there is none."""
        known = self._known.get(question)
        if known is not None and self._clock() < known[0] + self._fresh_ms:
            return known[1]
        running = self._running.get(question)
        if running is None:
            running = asyncio.ensure_future(self._keep(question, make))
            self._running[question] = running
            running.add_done_callback(lambda task: self._settle(question, task))
        # A client that gives up must not end what others wait for.
        return known[1] if known is not None else await asyncio.shield(running)

    async def _keep(self, question: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        made = await make()
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[question] = (self._clock(), made)
        return made

    def _settle(self, question: Hashable, task: "asyncio.Task[T]") -> None:
        self._running.pop(question, None)
        if not task.cancelled():
            task.exception()  # marks it as seen: every waiter may have gone
