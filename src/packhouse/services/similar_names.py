"""Names that may be taken for one another, among all that are known: from what passes through, and from lists.

A name that no list has is told only to those whom a search would show the package. One of a list is public: it is told
to those who may see packages of upstreams, whether or not something of that name is hidden here, so that neither the
name nor its absence tells of what is hidden.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct

from packhouse.domain.errors import StorageError
from packhouse.domain.events import Event
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.search import SearchQuery, SearchScope
from packhouse.domain.view import View
from packhouse.policy.similar_forms import questions
from packhouse.policy.similarity import KnownName, Similar, rank
from packhouse.services.name_ports import NameEntry, NameStore
from packhouse.services.ports import EventLog
from packhouse.services.search import Search

log = logging.getLogger(__name__)

_CANDIDATES = 200
"""Names looked at for each form; the most used ones, where more share one."""
_RANKED = 100
"""Names of which it is found out whether they may be shown."""
_TOLD = 20
_EVENTS = 1000
_LEARN_S = 2.0
_PAUSE_S = 0.02
"""Between two slices of a long log, in which other writes get their turn."""


class Likeness(Struct, frozen=True):
    """A name, and those that it may be taken for."""

    known: KnownName | None
    """What is known of the name itself, from lists."""
    similar: Sequence[Similar]


class SimilarNames:
    """Finds the names of one ecosystem."""

    def __init__(self, ecosystem: str, store: NameStore, search: Search) -> None:
        self._ecosystem = ecosystem
        self._store = store
        self._search = search

    async def list(self, view: View, key: PackageKey) -> Sequence[PackageKey]:
        """List the packages that a name may be taken for, the likeliest first."""
        found = await self.find(view, key)
        return [PackageKey(self._ecosystem, NormalName(each.known.name)) for each in found.similar]

    async def known(self, key: PackageKey) -> KnownName | None:
        """Tell what imported lists say of a name; None where none has it."""
        own = await self._store.find_name(self._ecosystem, key.name)
        return own if own is not None and own.listed else None

    async def find(self, view: View, key: PackageKey, limit: int = _TOLD) -> Likeness:
        """Tell them with the reasons."""
        forms = questions(self._ecosystem, key.name)
        candidates = await self._store.list_named_alike(self._ecosystem, forms, _CANDIDATES)
        ranked = (await asyncio.to_thread(rank, key.name, candidates))[:_RANKED]
        shown = await self._shown(view, ranked) if ranked else []
        return Likeness(await self.known(key), shown[:limit])

    async def _shown(self, view: View, ranked: Sequence[Similar]) -> Sequence[Similar]:
        scope = await self._search.scope_of(view)
        public = {each.known.name for each in ranked if each.known.listed and _is_public(each.known.name, scope)}
        other = tuple(each.known.name for each in ranked if each.known.name not in public)
        if other:
            hits = await self._search.find(view, self._ecosystem, SearchQuery(among=other), 0, len(other))
            public.update(summary.key.name for _, summary in hits.hits)
        return [each for each in ranked if each.known.name in public]


class NameLearner:
    """Learns the names of all ecosystems from the event log, a little at a time."""

    def __init__(self, store: NameStore, events: EventLog) -> None:
        self._store = store
        self._events = events

    async def run(self) -> None:
        """Learn for ever."""
        while True:
            try:
                await self.learn_all()
            except StorageError as error:
                log.warning("new names are not learnt: %s", error)
            await asyncio.sleep(_LEARN_S)

    async def learn_all(self) -> None:
        """Learn up to the end of the log."""
        more = True
        while more:
            more = await self.learn()
            await asyncio.sleep(_PAUSE_S)

    async def learn(self) -> bool:
        """Learn the names of some events; tell whether there may be more."""
        read_to = await self._store.read_named_to()
        if await self._events.last_sequence() <= read_to:
            return False
        events = await self._events.list_events(read_to, _EVENTS)
        if not events:
            return False
        await self._store.write_names(_entries(events), events[-1].sequence)
        return len(events) == _EVENTS


def _entries(events: Iterable[Event]) -> list[NameEntry]:
    keys = {event.key for event in events if event.key.name}
    return [NameEntry(key.ecosystem, KnownName(key.name)) for key in sorted(keys)]


def _is_public(name: str, scope: SearchScope) -> bool:
    """Tell whether a package of an upstream with this name could be shown."""
    if not scope.upstreams or any(fnmatchcase(name, each) for each in scope.reserved):
        return False
    return all(any(fnmatchcase(name, each) for each in patterns) for patterns in scope.patterns)
