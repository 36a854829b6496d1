"""Fetching index files a step ahead of cargo.

Over plain HTTP/1.1 cargo opens two connections and asks for the index files of one level of dependencies after the
other, so that a cold resolution waits for the upstream again and again. What a crate's newest release needs is what
cargo asks for next: it is fetched meanwhile, side by side.
"""

import asyncio
import logging
from collections.abc import Collection, Iterator

from packhouse.domain.errors import Invalid, NotFound, PackhouseError
from packhouse.domain.index import Index
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.lines import read_line
from packhouse.ecosystems.cargo.names import parse_name
from packhouse.ecosystems.cargo.record import summarize
from packhouse.services.assembly import Services

log = logging.getLogger(__name__)

_AT_ONCE = 32
"""As many as the upstream is asked for side by side."""
_REMEMBERED = 100_000
_WAITING = 2_000
"""Beyond that nobody is ahead of anybody: a crowd of clients asks for everything by itself."""


class Ahead:
    """Remembers whose dependencies have been fetched, and fetches those of others in the background."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._same = frozenset(each.known_as for each in services.upstreams if each.known_as)
        self._followed: set[PackageKey] = set()
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    async def follow(self, view: View, key: PackageKey) -> None:
        """Begin to fetch what a crate needs, the first time that somebody asks for it; raise nothing."""
        if key in self._followed or len(self._tasks) > _WAITING:
            return
        if len(self._followed) > _REMEMBERED:
            self._followed.clear()
        self._followed.add(key)
        source = self._services.source
        try:
            index = await source.index(view, await source.snapshot(view, key, "known"))
        except PackhouseError:
            return  # who asked is told why
        for name in _needed(key, index, self._same):
            task = asyncio.create_task(self._fetch(view, PackageKey(key.ecosystem, parse_name(name))))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def idle(self) -> None:
        """Wait until nothing is being fetched ahead."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _fetch(self, view: View, key: PackageKey) -> None:
        async with self._at_once:
            try:
                await self._services.source.snapshot(view, key, "known")
            except NotFound:
                return
            except PackhouseError as error:
                log.info("could not fetch %s ahead: %s", key, error)


def _needed(key: PackageKey, index: Index, same: Collection[str]) -> Iterator[str]:
    """Name what the newest release needs in any case, of the crates that are found here."""
    newest = summarize(key, index).version
    line = next((read_line(each.body) for each in index.fragments if each.version == newest), None)
    for each in line.deps if line is not None else ():
        if each.kind == "dev" or each.optional or (each.registry and each.registry not in same):
            continue
        try:
            yield parse_name(each.package or each.name)
        except Invalid:
            continue
