"""Who depends on a release, as whoever asks may see it."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from msgspec import Struct

from packhouse.domain.actor import Actor
from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.graph import Graph
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.services.access import Access
from packhouse.services.dependent_ports import (
    ASKED,
    DIRECT,
    FIRST_PLACE,
    DependentCount,
    DependentPlace,
    GraphLookup,
    KeptGraph,
    Relation,
    uses_of,
)
from packhouse.services.dependent_ways import Step, way_to
from packhouse.services.graph_making import GraphMaker, is_unchanged
from packhouse.services.sources.source import Source

_NAMES = 500
_REMEMBERED = 2_000
"""Graphs as somebody sees them who may not see all; each is checked before it is used again."""
_KINDS: dict[Relation, str] = {"direct": "1", "indirect": "2"}
_OTHERS = "3"
"""Begins the place of those whose graph is another to whoever asks."""


class ShownDependent(Struct, frozen=True):
    """A package that depends on a release."""

    package: PackageKey
    version: str
    """Its default version, whose graph it is."""
    relation: Relation
    path: tuple[Step, ...]
    """One of the shortest ways, both ends included."""


class DependentPage(Struct, frozen=True):
    """Some of them."""

    dependents: tuple[ShownDependent, ...]
    next: str
    """Where to go on; empty where there are no more."""


class Dependents:
    """Counts and lists the dependents of one ecosystem's packages.

    Kept graphs are those of somebody who may see all. Those that looked at something which the asker may not see are
    left aside, and made once more as the asker sees them.
    """

    def __init__(self, ecosystem: str, store: GraphLookup, access: Access, maker: GraphMaker) -> None:
        self._ecosystem = ecosystem
        self._store = store
        self._access = access
        self._maker = maker
        self._seen: OrderedDict[tuple[PackageKey, Actor], KeptGraph] = OrderedDict()
        self._making = asyncio.Lock()

    async def count(self, view: View, key: PackageKey, version: str) -> DependentCount:
        """Count who depends on a release; raise NotFound or NotSignedIn."""
        await self._check(view, key)
        hidden = await self._hidden(view)
        kept = await self._store.count_dependents(key, version, hidden)
        others = await self._others(view, key, version, hidden)
        direct = sum(each.relation == "direct" for each in others)
        return DependentCount(kept.direct + direct, kept.indirect + len(others) - direct)

    async def list(self, view: View, key: PackageKey, version: str, cursor: str, limit: int) -> DependentPage:
        """List who depends on a release, direct ones first; raise NotFound, NotSignedIn, or Invalid for the cursor."""
        await self._check(view, key)
        after, name = _read_cursor(cursor)
        hidden = await self._hidden(view)
        shown: list[ShownDependent] = []
        if after is not None:
            found = await self._store.list_dependents(key, version, after, limit + 1, hidden)
            for each in found[:limit]:
                path = way_to(each.ways, key, version)
                shown.append(ShownDependent(each.key, each.version, each.relation, path))
            if len(found) > limit:
                last = found[limit - 1]
                return DependentPage(tuple(shown), f"{_KINDS[last.relation]}.{last.key.name}")
        others = [each for each in await self._others(view, key, version, hidden) if each.package.name > name]
        room = limit - len(shown)
        shown += others[:room]
        if len(others) <= room:
            return DependentPage(tuple(shown), "")
        return DependentPage(tuple(shown), f"{_OTHERS}.{others[room - 1].package.name if room else ''}")

    async def _check(self, view: View, key: PackageKey) -> None:
        await self._access.check_read(view, key)
        if view.as_of is not None:
            raise NotFound("dependents are known of the present only", "ask without a date")

    async def _hidden(self, view: View) -> frozenset[PackageKey]:
        """List what the asker may not see; an answer made with knowledge of something restricted is theirs alone."""
        hidden = await self._access.list_hidden(view)
        if hidden is not None:
            if view.sight is not None:
                view.sight.withheld |= bool(hidden)
                view.sight.restricted |= bool(await self._access.list_readable(view))
            return hidden
        if view.sight is not None:
            view.sight.restricted = True
        found: set[PackageKey] = set()
        after = ""
        while names := await self._store.list_graph_names(self._ecosystem, after, _NAMES):
            after = names[-1].name
            found.update([each for each in names if not await self._access.may_read(view, each)])
            await asyncio.sleep(0)
        return frozenset(found)

    async def _others(
        self, view: View, key: PackageKey, version: str, hidden: frozenset[PackageKey]
    ) -> Sequence[ShownDependent]:
        """Find dependents among those whose graph is another to the asker, by name."""
        if not hidden:
            return ()
        found: list[ShownDependent] = []
        for each in await self._store.list_doubtful(self._ecosystem, hidden):
            if not await self._access.may_read(view, each):
                continue
            kept = await self._as_seen(view, each)
            for use in uses_of(each, kept):
                if kept.ways is not None and (use.key, use.version) == (key, version) and use.relation != ASKED:
                    relation: Relation = "direct" if use.relation == DIRECT else "indirect"
                    found.append(ShownDependent(each, kept.version, relation, way_to(kept.ways, key, version)))
        return found

    async def _as_seen(self, view: View, key: PackageKey) -> KeptGraph:
        """Make the graph of a package as the asker sees it, one at a time."""
        plain = View(view.registry, None, view.actor)
        place = (key, Actor(view.actor.user, grants=view.actor.grants, proof=view.actor.proof))
        async with self._making:
            kept = self._seen.get(place)
            if kept is None or not await self._maker.stands(plain, kept):
                kept = self._seen[place] = (await self._maker.make(plain, key)).kept
            self._seen.move_to_end(place)
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        return kept


class KeptGraphs:
    """Answers with a graph that is kept, where resolving would make just the same."""

    def __init__(self, store: GraphLookup, source: Source) -> None:
        """Take the source from which resolving would read."""
        self._store = store
        self._source = source

    async def find(self, view: View, key: PackageKey, version: str) -> Graph | None:
        """Return a graph if everything that it was made of is the same; None otherwise. Raise an UpstreamError."""
        if view.as_of is not None:
            return None
        state = await self._store.find_graph(key)
        if state is None or state.kept.graph is None or state.kept.version != version:
            return None
        kept = state.kept
        if kept.missed or not kept.lasting or not await is_unchanged(self._source, view, kept):
            return None
        return kept.graph


def _read_cursor(cursor: str) -> tuple[DependentPlace | None, str]:
    """Read a place among those that are kept, or the name behind which to go on among the others."""
    if not cursor:
        return FIRST_PLACE, ""
    kind, _, place = cursor.partition(".")
    if kind == _OTHERS:
        return None, place
    if kind not in _KINDS.values() or not place:
        raise Invalid("this is not a cursor", "send what `next` was, or leave it out")
    return DependentPlace(indirect=kind == _KINDS["indirect"], name=place), ""
