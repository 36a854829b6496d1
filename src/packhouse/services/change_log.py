"""What has changed in all ecosystems, as far as the asker may see it."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from time import monotonic
from typing import Literal, Protocol

from msgspec import Struct

from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import NotFound
from packhouse.domain.events import Event, EventKind
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.domain.view import View
from packhouse.services.feed import Feed
from packhouse.services.ports import EventLog, IndexStore, RecordStore

ChangeKind = Literal[
    "package_seen",
    "package_removed",
    "package_back",
    "release_seen",
    "release_published",
    "release_yanked",
    "release_deprecated",
    "release_changed",
    "release_removed",
    "tag_moved",
    "access_changed",
]

_KINDS: dict[EventKind, ChangeKind] = {
    "package_seen": "package_seen",
    "package_gone": "package_removed",
    "package_removed": "package_removed",
    "package_back": "package_back",
    "release_seen": "release_seen",
    "release_published": "release_published",
    "release_changed": "release_changed",
    "release_removed": "release_removed",
    "tag_moved": "tag_moved",
    "access_changed": "access_changed",
}
"""What is told; that a file was stored, and who owns what or likes it, is nobody's business."""
_PAGE = 500
_LOOK_S = 0.25
_REMEMBERED = 1024


class LoggedChange(Struct, frozen=True):
    """Something that has happened to a package."""

    kind: ChangeKind
    event: Event


class ChangePage(Struct, frozen=True):
    """Some changes, oldest first."""

    changes: tuple[LoggedChange, ...]
    next: int
    """Where to go on: the number of the last change, or where this began if there is none."""


class ChangeLogStore(EventLog, IndexStore, RecordStore, Protocol):
    """What is read of changes."""


class ChangeLog:
    """Reads the event log for one asker at a time."""

    def __init__(self, store: ChangeLogStore, ecosystems: Mapping[str, tuple[Ecosystem, Feed]]) -> None:
        """Take what each ecosystem shows to whom, by its key."""
        self._store = store
        self._ecosystems = ecosystems
        # From the first number up to the second nothing is ever told to anybody.
        self._dull: OrderedDict[int, int] = OrderedDict()

    async def wait(self, view: View, since: int, limit: int, wait_s: float, ecosystem: str = "") -> ChangePage:
        """List changes since a number; where there are none, wait for the first for up to some seconds."""
        ends = monotonic() + wait_s
        while True:
            last = await self._store.last_sequence()
            page = await self.list(view, since, limit, ecosystem)
            if page.changes or monotonic() >= ends:
                return page
            while await self._store.last_sequence() <= last:
                if (left := ends - monotonic()) <= 0:
                    return page
                await asyncio.sleep(min(_LOOK_S, left))

    async def list(self, view: View, since: int, limit: int, ecosystem: str = "") -> ChangePage:
        """List changes since a number that the asker may see, of one ecosystem or of all."""
        found: list[LoggedChange] = []
        place = self._dull.get(since, since)
        dull = True
        while len(found) < limit and (events := await self._store.list_events(place, _PAGE)):
            for event in events:
                dull &= event.kind not in _KINDS
                if dull:
                    self._remember(since, event.sequence)
                place = event.sequence
                change = await self._shown(view, event, ecosystem)
                if change is not None:
                    found.append(change)
                    if len(found) == limit:
                        break
            await asyncio.sleep(0)
        return ChangePage(tuple(found), found[-1].event.sequence if found else since)

    async def _shown(self, view: View, event: Event, ecosystem: str) -> LoggedChange | None:
        kind = _KINDS.get(event.kind)
        known = self._ecosystems.get(event.key.ecosystem)
        if kind is None or known is None or not event.key.name or ecosystem not in ("", event.key.ecosystem):
            return None
        if view.as_of is not None and event.at > view.as_of:
            return None
        if not await known[1].is_in_sight(view, event.origin, event.key):
            return None
        if kind == "release_changed":
            kind = await self._change_of(known[0], event)
        return LoggedChange(kind, event)

    async def _change_of(self, ecosystem: Ecosystem, event: Event) -> ChangeKind:
        """Tell whether a release that has changed is yanked or deprecated now."""
        record = await self._record(ecosystem, event.origin, event.key)
        if record is None or event.version not in record.versions:
            return "release_changed"
        position = record.versions.index(event.version)
        if position in record.yanked:
            return "release_yanked"
        return "release_deprecated" if position in record.deprecated else "release_changed"

    async def _record(self, ecosystem: Ecosystem, origin: str, key: PackageKey) -> PackageRecord | None:
        state = await self._store.find_state(origin, key)
        if state is None:
            return None
        found = await self._store.find_record(origin, key)
        if found is not None and found[0] == state.generation:
            return found[1]
        try:
            index = await self._store.read_index(origin, key)
        except NotFound:
            return None
        return await asyncio.to_thread(ecosystem.index.describe, key, index)

    def _remember(self, since: int, place: int) -> None:
        self._dull[since] = place
        self._dull.move_to_end(since)
        if len(self._dull) > _REMEMBERED:
            self._dull.popitem(last=False)
