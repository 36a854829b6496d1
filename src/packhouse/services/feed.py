"""All packages of an ecosystem as one asker may see them: by when they changed last, and by name."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from packhouse.domain.index import Index, Summary
from packhouse.domain.view import View
from packhouse.policy.decision import Rule, judge
from packhouse.policy.rules.as_of import AsOf
from packhouse.services.access import Access
from packhouse.services.ports import Clock, EventLog, IndexStore, Listed, PackageList
from packhouse.services.search import Judge

_PAGE = 500
_POLL_S = 0.5
_WAITING = 64
"""Clients that wait for a change at the same time; further ones are answered at once."""


class FeedStore(PackageList, IndexStore, EventLog, Protocol):
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

    def __init__(
        self,
        ecosystem: str,
        store: FeedStore,
        access: Access,
        rules: Sequence[Rule],
        judge: Judge,
        clock: Clock,
    ) -> None:
        self._ecosystem = ecosystem
        self._store = store
        self._access = access
        self._rules = tuple(rules)
        self._judge = judge
        self._clock = clock
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

    async def find(self, view: View, name: str) -> Listed | None:
        """Find one package by its name; nobody else is asked for what is not here."""
        if not name.isascii() or not name.isprintable() or not name:
            return None
        before = f"{name[:-1]}{chr(ord(name[-1]) - 1)}\x7f"
        for listed in await self._store.list_named(self._ecosystem, before, _PAGE):
            if listed.state.key.name != name:
                break
            if listed.state.gone_at is None and await self._is_shown(view, listed):
                return listed
        return None

    async def index(self, view: View, listed: Listed) -> Index:
        """Read a document as it is stored, without what is refused; no upstream is asked, however old it is."""
        state = listed.state
        index = await self._store.read_index(state.origin, state.key)
        rules = self._rules if view.as_of is None else (*self._rules, AsOf(view.as_of))
        if not rules:
            return index
        verdict = judge(rules, state.key, index.fragments, self._clock())
        kept = tuple(each for each in index.fragments if each.id not in verdict.dropped)
        return msgspec.structs.replace(index, fragments=kept)

    async def summary(self, view: View, listed: Listed) -> Summary | None:
        """Give what a search shows of a package, in a version that is not refused."""
        return None if listed.summary is None else await self._judge(view, listed.summary, listed.state.origin)

    async def wait(self, since: int, timeout_s: float) -> bool:
        """Wait until anything has changed; tell whether it has. Where very many wait already, nobody else does."""
        if self._waiting >= _WAITING:
            return False
        self._waiting += 1
        try:
            async with asyncio.timeout(timeout_s):
                # Another process may write the change: nothing here would be told of it.
                while await self._store.last_sequence() <= since:  # noqa: ASYNC110
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True

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
