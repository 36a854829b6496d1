"""All packages of an ecosystem as one asker may see them: by when they changed last, and by name."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from msgspec import Struct

from packhouse.domain.view import View
from packhouse.services.access import Access
from packhouse.services.ports import EventLog, Listed, PackageList

_PAGE = 500
_POLL_S = 0.5
_WAITING = 64
"""Clients that wait for a change at the same time; further ones are answered at once."""


class FeedStore(PackageList, EventLog, Protocol):
    """What feeds are made of."""


class Page(Struct, frozen=True):
    """A part of a feed."""

    packages: tuple[Listed, ...]
    last_sequence: int
    """That of the last package shown: where to go on."""


class Feed:
    """Lists each package once; what the asker may not see is left out without a trace.

    A package that is published here hides those of its name elsewhere.
    """

    def __init__(self, ecosystem: str, store: FeedStore, access: Access) -> None:
        self._ecosystem = ecosystem
        self._store = store
        self._access = access
        self._waiting = 0

    async def last_sequence(self) -> int:
        """Return a number that no change is above."""
        return await self._store.last_sequence()

    async def changed(self, view: View, since: int, limit: int) -> Page:
        """List what has changed since a sequence, oldest first."""
        found: list[Listed] = []
        looked_at = since
        while len(found) < limit:
            page = await self._store.list_changed(self._ecosystem, looked_at, _PAGE)
            found += await self._shown(view, page, limit - len(found))
            if len(page) < _PAGE:
                break
            looked_at = page[-1].state.generation
        # Of what is not shown not even the numbers are told: whoever goes on from here looks past it once more.
        return Page(tuple(found), found[-1].state.generation if found else since)

    async def newest(self, view: View, before: int, limit: int) -> Page:
        """List what has changed before a sequence, newest first."""
        found: list[Listed] = []
        looked_at = before
        while len(found) < limit:
            page = await self._store.list_newest(self._ecosystem, looked_at, _PAGE)
            found += await self._shown(view, page, limit - len(found))
            if len(page) < _PAGE:
                break
            looked_at = page[-1].state.generation
        return Page(tuple(found), found[-1].state.generation if found else 0)

    async def named(self, view: View, after: str = "") -> AsyncIterator[Listed]:
        """Walk over all that there is, by name; removed ones are left out."""
        while page := await self._store.list_named(self._ecosystem, after, _PAGE):
            for listed in page:
                name = listed.state.key.name
                if name != after and listed.state.gone_at is None and await self._is_shown(view, listed):
                    yield listed
                    after = name
            after = page[-1].state.key.name
            await asyncio.sleep(0)

    async def wait(self, since: int, timeout_s: float) -> None:
        """Wait until something has changed, or for so long."""
        if self._waiting >= _WAITING:
            return
        self._waiting += 1
        try:
            async with asyncio.timeout(timeout_s):
                # Another process may write the change: nothing here would be told of it.
                while await self._store.last_sequence() <= since:  # noqa: ASYNC110
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            return
        finally:
            self._waiting -= 1

    async def _shown(self, view: View, packages: Sequence[Listed], limit: int) -> list[Listed]:
        """Leave out what the asker may not see."""
        found: list[Listed] = []
        for each in packages:
            if len(found) < limit and await self._is_shown(view, each):
                found.append(each)
        return found

    async def _is_shown(self, view: View, listed: Listed) -> bool:
        state = listed.state
        if not state.key.name:
            return False
        if state.origin.startswith("hosted:"):
            return state.origin == view.origin and await self._access.may_read(view, state.key)
        if await self._access.is_ours(view, state.key):
            return False
        return await self._access.may_read(view, state.key)
