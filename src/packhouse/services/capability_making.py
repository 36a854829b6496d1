"""Finds out what code is able to do when somebody asks and nobody has looked: one release after the other.

Who asks is told that nobody has looked; the answer is there the next time. What cannot be analysed is not tried again
until the server is started anew.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from threading import Event
from typing import Protocol

from packhouse.domain.capability import Analyser, Analysis
from packhouse.domain.errors import ConfigError, Invalid, PackhouseError, TooHard
from packhouse.domain.package import PackageKey
from packhouse.services.capabilities import CapabilityImport

log = logging.getLogger(__name__)

_WAITING = 100
"""Releases that wait at most; who asks for more has to ask again."""
_REMEMBERED = 10_000

Wanted = tuple[PackageKey, str]


class Run(Protocol):
    """Runs an analysis, in a thread."""

    def __call__(self, analysis: Analysis, timeout_s: float, is_over: Callable[[], bool]) -> bytes:
        """Return what it wrote; raise ConfigError, Invalid or TooHard."""


class CapabilityMaker:
    """Analyses what is wanted, in the background."""

    def __init__(
        self,
        analysers: Mapping[str, tuple[Analyser, str]],
        intake: CapabilityImport,
        run: Run,
        timeout_s: float,
    ) -> None:
        """Take analysers by ecosystem, each with the address at which the code is had."""
        self._analysers = analysers
        self._intake = intake
        self._run = run
        self._timeout_s = timeout_s
        self._queue: asyncio.Queue[Wanted] = asyncio.Queue(_WAITING)
        self._tried: dict[Wanted, None] = {}
        self._over = Event()

    def want(self, key: PackageKey, version: str) -> None:
        """Let a release be analysed, once."""
        wanted = (key, version)
        if key.ecosystem not in self._analysers or wanted in self._tried or self._queue.full():
            return
        self._tried[wanted] = None
        if len(self._tried) > _REMEMBERED:
            del self._tried[next(iter(self._tried))]
        self._queue.put_nowait(wanted)

    async def run(self) -> None:
        """Analyse for ever."""
        try:
            while True:
                await self.make(*await self._queue.get())
        finally:
            self._over.set()  # what runs in a thread ends with us

    async def make(self, key: PackageKey, version: str) -> None:
        """Analyse a release and keep what is found; say so where that fails."""
        analyser, address = self._analysers[key.ecosystem]
        try:
            plan = analyser.plan(address, key.name, version)
            body = await asyncio.to_thread(self._run, plan, self._timeout_s, self._over.is_set)
            found = [each for each in await asyncio.to_thread(analyser.read, body, key.name) if each.name == key.name]
            await self._intake.write(key.ecosystem, found, "made here")
        except (ConfigError, Invalid, TooHard) as error:
            log.warning("what %s %s can do is not found out: %s", key, version, error)
        except PackhouseError as error:
            log.warning("what %s %s can do is not kept: %s", key, version, error)
