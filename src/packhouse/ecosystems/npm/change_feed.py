"""The feed of changes, line by line, as it is written while a client reads it."""

import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from packhouse.domain.errors import TooOften
from packhouse.domain.index import BASE
from packhouse.domain.view import View
from packhouse.ecosystems.npm.couch_query import ChangesAsked
from packhouse.ecosystems.npm.documents import join_full
from packhouse.ecosystems.npm.hosted import revision
from packhouse.http.request import Request
from packhouse.services.feed import Feed, Shown
from packhouse.services.ports import IndexState

_PAGE = 1000
_REVISIONS = 20_000
_POLL_S = 0.5
_WAITING = 64
"""Clients that wait for changes at the same time."""
_RETRY_S = 30.0
_NOTHING = b""
"""What was written is to be sent now."""
_encode = msgspec.json.Encoder().encode


class Rows:
    """What lists say of one package."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        # It stands in the document, which is long, and that of a generation never changes.
        self._revisions: dict[int, str] = {}

    async def change(self, request: Request, shown: Shown, *, documents: bool) -> bytes:
        """Write a row of `_changes`."""
        state = shown.state
        rev = await self.revision(state)
        row: dict[str, Any] = {"seq": shown.sequence, "id": state.key.name, "changes": [{"rev": rev}]}
        if state.gone_at is not None:
            row["deleted"] = True
        if documents:
            row["doc"] = await self.document(request, state, rev)
        return _encode(row)

    async def document(self, request: Request, state: IndexState, rev: str) -> object:
        """Give the document, or what CouchDB has in place of a removed one."""
        if state.gone_at is not None:
            return {"_id": state.key.name, "_rev": rev, "_deleted": True}
        index = await self._feed.index(request.view, state)
        return msgspec.Raw(join_full(index, index.fragments).replace(BASE, request.base.encode("ascii")))

    async def revision(self, state: IndexState) -> str:
        """Give the revision of what is published here, and one of our own for what an upstream has."""
        if not state.origin.startswith("hosted:"):
            return f"{state.generation}-{state.digest[:32]}"
        known = self._revisions.get(state.generation)
        if known is None:
            if len(self._revisions) >= _REVISIONS:
                self._revisions.clear()
            known = self._revisions[state.generation] = revision(await self._feed.stored(state))
        return known


class ChangeFeed:
    """Writes feeds; those that wait are counted."""

    def __init__(self, feed: Feed, rows: Rows) -> None:
        self._feed = feed
        self._rows = rows
        self._waiting = 0

    def require_room(self) -> None:
        """Raise TooOften where very many wait already."""
        if self._waiting >= _WAITING:
            raise TooOften("very many wait for changes already", "ask again later", _RETRY_S)

    async def finite(self, request: Request, asked: ChangesAsked) -> AsyncIterator[bytes]:
        """Write one JSON document; a long poll waits for its first row."""
        reading = _Reading(self._feed, request.view, asked)
        yield b'{"results":[\n'
        between = b""
        if asked.feed == "longpoll" and not asked.descending:
            async for part in self._first(request, reading, asked):
                yield part
        async for shown in reading.rows():
            yield between + await self._rows.change(request, shown, documents=asked.documents)
            between = b",\n"
        # How many more there are is only said where nothing has to be counted for it.
        pending = b',"pending":0' if reading.is_last else b""
        yield b'\n],\n"last_seq":%d%s}\n' % (reading.last, pending)

    async def endless(self, request: Request, asked: ChangesAsked) -> AsyncIterator[bytes]:
        """Write a line, or an event, for each change as it comes."""
        reading = _Reading(self._feed, request.view, asked)
        is_event = asked.feed == "eventsource"
        self._waiting += 1
        try:
            while True:
                seen = await self._feed.latest()
                async for shown in reading.rows():
                    row = await self._rows.change(request, shown, documents=asked.documents)
                    yield b"data: %s\nid: %d\n\n" % (row, shown.sequence) if is_event else row + b"\n"
                yield _NOTHING
                waiting = _Waiting(self._feed, request, asked, seen)
                if asked.descending or not reading.goes_on:
                    break
                async for beat in waiting.beats(b"event: heartbeat\ndata: \n\n" if is_event else b"\n"):
                    yield beat
                    yield _NOTHING
                if waiting.is_left:
                    return
                if waiting.is_over:
                    break
        finally:
            self._waiting -= 1
        if not is_event:
            yield b'{"last_seq":%d,"pending":0}\n' % reading.last

    async def _first(self, request: Request, reading: "_Reading", asked: ChangesAsked) -> AsyncIterator[bytes]:
        """Wait until there is something to show: other changes wake nobody up."""
        self._waiting += 1
        try:
            waiting = _Waiting(self._feed, request, asked, await self._feed.latest())
            while not await reading.has_more():
                async for beat in waiting.beats(b"\n"):
                    yield beat
                    yield _NOTHING
                if waiting.is_over or waiting.is_left:
                    return
        finally:
            self._waiting -= 1


class _Reading:
    """Goes through the changes that are asked for, and on from there when there are more."""

    def __init__(self, feed: Feed, view: View, asked: ChangesAsked) -> None:
        self._feed = feed
        self._view = view
        self._asked = asked
        self._left = asked.limit
        self._looked_at = 0
        self.last = asked.since or 0
        """The number to go on from."""
        self.is_last = False
        """Whether nothing was left when it ended."""

    @property
    def goes_on(self) -> bool:
        """Tell whether any more is wanted."""
        return self._left != 0

    async def has_more(self) -> bool:
        """Tell whether there is anything to show by now; what is hidden is not looked through again."""
        if self._asked.names is not None:
            return await self._has_named()
        page = await self._feed.changed(self._view, self.last, 1, self._looked_at)
        if not page.packages:
            self._looked_at = page.looked_at
        return bool(page.packages)

    async def rows(self) -> AsyncIterator[Shown]:
        """Walk over what there is now."""
        source = self._backwards() if self._asked.descending else self._forwards()
        async for shown in source:
            self.last = shown.sequence
            if self._asked.names is None or shown.state.key.name in self._asked.names:
                if self._left is not None:
                    self._left -= 1
                yield shown
            if self._left == 0:
                return

    async def _forwards(self) -> AsyncIterator[Shown]:
        while True:
            filtered = self._asked.names is not None
            size = _PAGE if self._left is None or filtered else min(_PAGE, self._left)
            page = await self._feed.changed(self._view, self.last, size, self._looked_at)
            for shown in page.packages:
                self.is_last = page.is_last and shown is page.packages[-1]
                yield shown
            self._looked_at, self.is_last = page.looked_at, page.is_last
            if page.is_last:
                return

    async def _backwards(self) -> AsyncIterator[Shown]:
        async for shown in self._feed.newest(self._view):
            yield shown
        self.is_last = True

    async def _has_named(self) -> bool:
        wanted = self._asked.names or frozenset()
        while True:
            page = await self._feed.changed(self._view, self.last, _PAGE, self._looked_at)
            for shown in page.packages:
                if shown.state.key.name in wanted:
                    return True
                self.last = shown.sequence
            self._looked_at = page.looked_at
            if page.is_last:
                return False


class _Waiting:
    """Waits until anything has changed, or nobody is there any more, or it has taken too long."""

    def __init__(self, feed: Feed, request: Request, asked: ChangesAsked, seen: int) -> None:
        self._feed = feed
        self._request = request
        self._beat_s = asked.heartbeat_s
        # Whoever wants to hear that the connection lives is told so for as long as it does.
        self._until = None if asked.heartbeat_s is not None else time.monotonic() + asked.timeout_s
        self._seen = seen
        self.is_left = False
        self.is_over = False

    async def beats(self, beat: bytes) -> AsyncIterator[bytes]:
        """Wait for the next change, and give signs of life meanwhile."""
        last_beat = time.monotonic()
        # Another process may write the change: nothing here would be told of it.
        while not await self._feed.grows_past(self._seen):
            now = time.monotonic()
            if self._until is not None and now >= self._until:
                self.is_over = True
                return
            if self._beat_s is not None and now - last_beat >= self._beat_s:
                last_beat = now
                yield beat
            left_s = _POLL_S if self._until is None else min(_POLL_S, self._until - now)
            self.is_left = await self._request.is_left_within(left_s)
            if self.is_left:
                return
        self._seen = await self._feed.latest()
