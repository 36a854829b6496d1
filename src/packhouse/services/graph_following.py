"""Keeps the graphs of all packages as the event log goes on: makes anew what a change concerns, a little at a time."""

import asyncio
import gc
import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import perf_counter
from typing import Protocol

from msgspec import Struct

from packhouse.domain.errors import StorageError
from packhouse.domain.events import Event, EventKind
from packhouse.domain.package import Moment
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.policy.decision import Rule
from packhouse.services.dependent_ports import GraphPlace, GraphQueue, GraphTask, KeptGraph
from packhouse.services.graph_making import EVERYTHING, GraphMaker, Made
from packhouse.services.ports import Clock, EventLog, IndexState

log = logging.getLogger(__name__)

_CHANGES: frozenset[EventKind] = frozenset(
    (
        "package_seen",
        "release_seen",
        "release_removed",
        "release_changed",
        "release_published",
        "tag_moved",
        "package_gone",
        "package_back",
        "package_removed",
    )
)
"""After which another graph may be made. Who may see a package is asked whenever somebody wants to know."""
_EDITION = 1
"""Another number makes every graph anew; for when resolving or what is kept of it changes."""
_SEED = Moment(1)
"""When what was always there is due: long ago, so that what has just changed goes first."""


class GraphPace(Struct, frozen=True):
    """How much is done at a time."""

    look_s: float = 1.0
    """How long between two looks at the event log, when there is nothing else to do."""
    share: float = 0.25
    """The part of a processor's time that making graphs may take."""
    batch: int = 500
    """Events and packages that are looked at in one go."""
    few: int = 8
    """Graphs that are made between two looks at the log."""
    untidy: int = 32
    """Graphs after which memory is tidied up."""
    longest_pause_s: float = 10.0
    longest_wait_s: float = 30.0
    """How long what goes on is let go first: who installs is waiting, and who asks for dependents need not be."""
    retry_ms: int = 3_600_000
    """How long until a graph is made again that lacks a document."""


class GraphLog(GraphQueue, EventLog, Protocol):
    """What is followed, and what comes of it."""

    async def list_states(self, after: int, limit: int) -> Sequence[IndexState]:
        """List documents whose generation is above `after`, in the order of their generations."""


class GraphFollower:
    """Follows the log for every ecosystem whose graphs can be resolved."""

    def __init__(
        self,
        store: GraphLog,
        makers: Mapping[str, GraphMaker],
        marker: int,
        clock: Clock,
        pace: GraphPace = GraphPace(),  # noqa: B008 (frozen)
        tidy: Callable[[], object] = gc.collect,
    ) -> None:
        """Take what makes graphs by ecosystem, a number that stands for all that decides about them, and what tidies.

        A graph that was made leaves thousands of objects that hold on to one another, with all that they were made of.
        """
        self._store = store
        self._makers = makers
        self._marker = marker
        self._clock = clock
        self._pace = pace
        self._tidy = tidy
        self._untidy = 0
        self._seen = 0
        """Events up to here were looked at, though that is written down only when something came of it."""

    async def run(self) -> None:
        """Follow for as long as the server runs; whoever starts it is given a moment first."""
        while True:
            await asyncio.sleep(self._pace.look_s)
            try:
                last = await self._quiet()
                while await self.step():
                    if await self._store.list_events(last, 1):
                        last = await self._quiet()
            except StorageError as error:
                log.warning("graphs have to wait: %s", error)

    async def _quiet(self) -> int:
        """Wait while an install or publish goes on, though not for ever; return the number of the last event."""
        waited_s = 0.0
        last = await self._store.last_sequence()
        while waited_s < self._pace.longest_wait_s:
            await asyncio.sleep(self._pace.look_s)
            waited_s += self._pace.look_s
            if not await self._store.list_events(last, 1):
                break
            last = await self._store.last_sequence()
        return last

    async def catch_up(self) -> None:
        """Go on until nothing is left to do."""
        while await self.step():
            pass

    async def step(self) -> bool:
        """Read on in the log, then make a few graphs; tell whether there may be more to do."""
        more = await self._look()
        tasks = await self._store.list_due_graphs(self._clock(), self._pace.few)
        for task in tasks:
            began = perf_counter()
            await self._make(task)
            await self._rest(perf_counter() - began)
        self._untidy += len(tasks)
        if self._untidy > self._pace.untidy or (self._untidy and not tasks):
            self._tidy()
            self._untidy = 0
        return more or bool(tasks)

    async def _look(self) -> bool:
        place = await self._store.read_graph_place()
        if place is None or place.marker != self._marker:
            await self._begin()
            return True
        after = max(place.position, self._seen)
        last = await self._store.last_sequence()
        if last <= after:
            return False
        events = await self._store.list_events(after, self._pace.batch)
        # Numbers are taken for more than events; up to the last number nothing was left out.
        position = events[-1].sequence if len(events) == self._pace.batch else max(last, *_sequences(events))
        keys = {each.key for each in events if each.kind in _CHANGES and each.key.ecosystem in self._makers}
        if keys:
            await self._store.mark_graphs(keys, GraphPlace(position, self._marker), self._clock())
        self._seen = position
        return len(events) == self._pace.batch

    async def _begin(self) -> None:
        """Let every graph be made: at the first start, and when what decides about all of them is another."""
        position = await self._store.last_sequence()
        after = 0
        while states := await self._store.list_states(after, self._pace.batch):
            after = states[-1].generation
            keys = {each.key for each in states if each.key.ecosystem in self._makers and each.key.name}
            await self._store.begin_graphs(keys, None, _SEED)
        self._seen = position
        await self._store.begin_graphs((), GraphPlace(position, self._marker), _SEED)

    async def _make(self, task: GraphTask) -> None:
        maker = self._makers.get(task.key.ecosystem)
        if maker is None:
            return
        try:
            made = await maker.make(EVERYTHING, task.key)
        except StorageError:
            raise
        except Exception:
            # What somebody has published must not keep all other graphs from being made.
            log.exception("the graph of %s cannot be made", task.key)
            made = Made(KeptGraph(error="this cannot be resolved here", asked=(task.key,), marks=(0,), missed=True))
        now = self._clock()
        until = made.until
        if made.lacks_documents:
            later = Moment(now + self._pace.retry_ms)
            until = later if until is None else min(until, later)
        await self._store.write_graph(task, made.kept, now, until)

    async def _rest(self, took_s: float) -> None:
        """Leave the processor to others for as long as the pace says."""
        pause_s = took_s * (1 / self._pace.share - 1)
        await asyncio.sleep(min(max(pause_s, 0.0), self._pace.longest_pause_s))


def marker_of(
    ecosystems: Mapping[str, tuple[Sequence[UpstreamRegistry], Sequence[Rule]]], reserved: Sequence[str] = ()
) -> int:
    """Make a number that stands for what decides about graphs: where packages come from, and what is refused."""
    said = [str(_EDITION), *reserved]
    for ecosystem, (upstreams, rules) in sorted(ecosystems.items()):
        said += [ecosystem, *(f"{each.origin} {each.packages}" for each in upstreams)]
        said += [rule.identity() for rule in rules]
    return int.from_bytes(hashlib.blake2b("\n".join(said).encode(), digest_size=7).digest(), "big")


def _sequences(events: Iterable[Event]) -> list[int]:
    return [each.sequence for each in events] or [0]
