"""All packages of an ecosystem as one asker may see them: by when they changed last, and by name.

It lists what is stored, as old as it is: nobody is asked about each package of a list. Of what the asker may not see
nothing is told, no number either; and as a number tells when something changed, and not how often, neither does the
distance between two.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Protocol, TypeAlias

import msgspec
from msgspec import Struct

from packhouse.domain.actor import Grant
from packhouse.domain.errors import NotFound, NotSignedIn
from packhouse.domain.index import Index, Summary
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.policy.decision import Rule, judge
from packhouse.policy.rules.as_of import AsOf
from packhouse.services.access import Access
from packhouse.services.ports import Clock, EventLog, IndexState, IndexStore, Listed, PackageList
from packhouse.services.routing import Routing
from packhouse.services.search import Judge
from packhouse.services.sources.known import KnownRules

_PAGE = 250
_Rights: TypeAlias = tuple[str, tuple[Grant, ...]]
_NEVER = 1 << 62
"""A number that no change has."""
_REMEMBERED = 1024
_BEYOND_NAMES = "\U0010ffff"


class FeedStore(PackageList, IndexStore, EventLog, Protocol):
    """What feeds are made of."""


class Shown(Struct, frozen=True):
    """A package in a feed."""

    sequence: int
    """The number of its last change, wherever that was."""
    state: IndexState
    """Of the origin whose package is served."""
    summary: Summary | None = None


class Page(Struct, frozen=True):
    """A part of a feed."""

    packages: tuple[Shown, ...]
    last_sequence: int
    """That of the last package shown: where to go on."""
    looked_at: int
    """Up to here everything was looked at. Not to be told: it moves with what is hidden."""
    is_last: bool
    """Whether there is nothing behind it that may be shown."""


class Feed:
    """Lists each package once; what the asker may not see is left out without a trace.

    A package that is published here hides those of its name elsewhere, and one of an upstream those of later ones.
    """

    def __init__(
        self,
        ecosystem: str,
        store: FeedStore,
        access: Access,
        routing: Routing,
        rules: Sequence[Rule],
        judge: Judge,
        clock: Clock,
        known: KnownRules | None = None,
    ) -> None:
        self._ecosystem = ecosystem
        self._store = store
        self._access = access
        self._routing = routing
        self._rules = tuple(rules)
        self._judge = judge
        self._clock = clock
        self._known = known
        # Between the two numbers there is nothing for who has not signed in, and never will be: a package that comes
        # into sight does so by a change, which has a number of its own.
        self._hidden: OrderedDict[tuple[_Rights, int], int] = OrderedDict()
        self._newest: dict[_Rights, tuple[int, int]] = {}
        """The last change that whoever has not signed in may see, and a number up to which there is no other."""

    async def latest(self) -> int:
        """Return a number that no change is above. Not to be told: it moves with what is hidden."""
        return await self._store.last_sequence()

    async def grows_past(self, sequence: int) -> bool:
        """Tell whether anything at all has changed since; whether it may be shown is another question."""
        return await self._store.last_sequence() > sequence

    async def last_sequence(self, view: View) -> int:
        """Return the number of the last change that the asker may see."""
        rights = _rights(view)
        last, looked_at = (0, 0) if rights is None else self._newest.get(rights, (0, 0))
        top = await self._store.list_newest(self._ecosystem, _NEVER, 1)
        async for shown in self._backwards(view, looked_at, 1):
            last = shown.sequence
            break
        if rights is not None:
            if len(self._newest) >= _REMEMBERED:
                self._newest.clear()
            # What it was may be hidden by now: it is never less than before.
            self._newest[rights] = (last, max((listed.state.generation for listed in top), default=0))
        return last

    async def changed(self, view: View, since: int, limit: int, looked_at: int = 0) -> Page:
        """List what has changed since a number, oldest first; `looked_at` is that of an earlier page, if any."""
        place = max(since, looked_at)
        rights = _rights(view)
        if rights is not None:
            place = max(place, self._hidden.get((rights, since), 0))
        found: list[Shown] = []
        size = min(_PAGE, limit + 1)
        while page := await self._store.list_changed(self._ecosystem, place, size):
            for listed in page:
                shown = await self._shown(view, listed)
                if shown is not None and len(found) == limit:
                    return Page(tuple(found), found[-1].sequence, place, is_last=False)
                if shown is not None:
                    found.append(shown)
                place = listed.state.generation
            if len(page) < size:
                break
            # Where all is shown, no more is read than is wanted; where much is hidden, much is read at once.
            size = min(_PAGE, max(limit + 1 - len(found), 2 * size))
            await asyncio.sleep(0)
        last = found[-1].sequence if found else since
        if rights is not None:
            self._remember(rights, last, place)
        return Page(tuple(found), last, place, is_last=True)

    def newest(self, view: View) -> AsyncIterator[Shown]:
        """Walk over what has changed, newest first."""
        return self._backwards(view, 0, _PAGE)

    async def named(self, view: View, first: str = "") -> AsyncIterator[Shown]:
        """Walk over all that there is, by name from one on; removed packages are left out."""
        while page := await self._store.list_named(self._ecosystem, first, _PAGE):
            for origins in _by_name(page):
                first = _after(origins[0])
                if (shown := await self._one_of(view, origins)) is not None:
                    yield shown
            await asyncio.sleep(0)

    async def named_backwards(self, view: View, last: str = "") -> AsyncIterator[Shown]:
        """Walk the other way, from a name or the last of all."""
        before = f"{last}\0" if last else _BEYOND_NAMES
        while page := await self._store.list_named_back(self._ecosystem, before, _PAGE):
            for origins in _by_name(page):
                before = origins[0].state.key.name
                if (shown := await self._one_of(view, origins)) is not None:
                    yield shown
            await asyncio.sleep(0)

    async def find(self, view: View, key: PackageKey) -> IndexState | None:
        """Find what is stored of one package, though it may be gone; None where that is nothing for the asker."""
        try:
            ownership = await self._access.check_read(view, key)
        except (NotFound, NotSignedIn):
            return None
        if ownership is not None or self._access.is_reserved(key):
            return await self._store.find_state(view.origin, key)
        return _counting(await self._states(key))

    async def index(self, view: View, state: IndexState) -> Index:
        """Read a document as it is stored, without what is refused; no upstream is asked, however old it is."""
        index = await self._store.read_index(state.origin, state.key)
        known = () if self._known is None else await self._known.find(view, state.key)
        rules = (*self._rules, *known) if view.as_of is None else (*self._rules, *known, AsOf(view.as_of))
        if not rules:
            return index
        verdict = judge(rules, state.key, index.fragments, self._clock())
        kept = tuple(each for each in index.fragments if each.id not in verdict.dropped)
        return msgspec.structs.replace(index, fragments=kept)

    async def stored(self, state: IndexState) -> Index:
        """Read a document whole, refused releases and all."""
        return await self._store.read_index(state.origin, state.key)

    async def is_in_sight(self, view: View, origin: str, key: PackageKey) -> bool:
        """Tell whether the asker may see a package, and whether this origin is asked for it at all."""
        try:
            ownership = await self._access.check_read(view, key)
        except (NotFound, NotSignedIn):
            return False
        if origin.startswith("hosted:"):
            return origin == view.origin
        if ownership is not None or self._access.is_reserved(key):
            return False
        return any(each.origin == origin for each in self._routing.upstreams_of(key))

    async def summary(self, view: View, shown: Shown) -> Summary | None:
        """Give what a search shows of a package, in a version that is not refused."""
        return None if shown.summary is None else await self._judge(view, shown.summary, shown.state.origin)

    async def _backwards(self, view: View, until: int, size: int) -> AsyncIterator[Shown]:
        """Walk over what has changed, newest first, back to a number."""
        before = _NEVER
        while page := await self._store.list_newest(self._ecosystem, before, size):
            for listed in page:
                before = listed.state.generation
                if before <= until:
                    return
                if (shown := await self._shown(view, listed)) is not None:
                    yield shown
            size = _PAGE
            await asyncio.sleep(0)

    async def _shown(self, view: View, listed: Listed) -> Shown | None:
        """Make an entry of a change; None where it is hidden, or not the last of what has this name."""
        state = listed.state
        if not state.key.name or not await self.is_in_sight(view, state.origin, state.key):
            return None
        if state.origin == view.origin or len(self._routing.upstreams_of(state.key)) == 1:
            shown = Shown(state.generation, state, listed.summary)
        else:
            states = await self._states(state.key)
            counting = _counting(states)
            if counting is None or any(each.generation > state.generation for each in states):
                return None
            same = counting.origin == state.origin
            shown = Shown(state.generation, counting, listed.summary if same else await self._summary_of(counting))
        return shown if await self._is_there(view, shown) else None

    async def _one_of(self, view: View, origins: Sequence[Listed]) -> Shown | None:
        """Choose of all that have one name what is served; None where that is hidden or gone."""
        seen = [
            each
            for each in origins
            if each.state.key.name and await self.is_in_sight(view, each.state.origin, each.state.key)
        ]
        order = self._order(seen[0].state.key) if len(seen) > 1 else {}
        chosen = _counting([each.state for each in sorted(seen, key=lambda each: order.get(each.state.origin, 0))])
        if chosen is None or chosen.gone_at is not None:
            return None
        sequence = max(each.state.generation for each in seen)
        summary = next(each.summary for each in seen if each.state is chosen)
        shown = Shown(sequence, chosen, summary)
        return shown if await self._is_there(view, shown) else None

    async def _is_there(self, view: View, shown: Shown) -> bool:
        """Tell whether anything was there at the time of the view."""
        if view.as_of is None:
            return True
        return shown.state.gone_at is None and await self.summary(view, shown) is not None

    async def _states(self, key: PackageKey) -> list[IndexState]:
        """Look up what the upstreams of a package have of it, in the order in which they are asked."""
        found = [await self._store.find_state(origin, key) for origin in self._order(key)]
        return [state for state in found if state is not None]

    async def _summary_of(self, state: IndexState) -> Summary | None:
        for listed in await self._store.list_named(self._ecosystem, state.key.name, _PAGE):
            if (listed.state.origin, listed.state.key) == (state.origin, state.key):
                return listed.summary
        return None

    def _order(self, key: PackageKey) -> dict[str, int]:
        return {each.origin: place for place, each in enumerate(self._routing.upstreams_of(key))}

    def _remember(self, rights: _Rights, last: int, looked_at: int) -> None:
        """Keep in mind that nothing follows a number, so that what is hidden is not looked through again and again."""
        place = (rights, last)
        self._hidden[place] = max(looked_at, self._hidden.get(place, 0))
        self._hidden.move_to_end(place)
        if len(self._hidden) > _REMEMBERED:
            self._hidden.popitem(last=False)


def _rights(view: View) -> _Rights | None:
    """Say what all who have not signed in may see alike; None for somebody, and for a view of the past."""
    actor = view.actor
    return None if actor.user or actor.proof is not None or view.as_of is not None else (view.registry, actor.grants)


def _counting(states: Sequence[IndexState]) -> IndexState | None:
    """Find the first that is there, or the first that was where none is any more."""
    return next((state for state in states if state.gone_at is None), states[0] if states else None)


def _by_name(page: Sequence[Listed]) -> Iterable[list[Listed]]:
    """Group a page by name; of a full one the last name is left out, as more of it may follow."""
    groups: dict[str, list[Listed]] = {}
    for listed in page:
        groups.setdefault(listed.state.key.name, []).append(listed)
    if len(page) == _PAGE and len(groups) > 1:
        groups.popitem()
    return groups.values()


def _after(listed: Listed) -> str:
    """Give the text that is next to a name."""
    return f"{listed.state.key.name}\0"
