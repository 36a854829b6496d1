"""What replication reads, as CouchDB has it: what has changed since a number, and all names with their revisions.

Both show what this server knows, published here and cached.
"""

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from packhouse.domain.errors import Invalid
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.npm.change_feed import ChangeFeed, Rows
from packhouse.ecosystems.npm.couch_errors import BAD_REQUEST, QUERY_PARSE_ERROR, explained
from packhouse.ecosystems.npm.couch_query import (
    Bound,
    ChangesAsked,
    DocumentsAsked,
    read_changes,
    read_documents,
    read_json,
)
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.streams import listed, stream, whole
from packhouse.http.answers import JSON, Answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services
from packhouse.services.ports import IndexState

_AT_ONCE = 1000
"""Rows of an answer that is made as a whole, so that its length can be told."""
_NAMES_BYTES = 512 << 10
_EVENTS = "text/event-stream"
_encode = msgspec.json.Encoder().encode
_EVERYTHING = Bound(1)


class FeedRoutes:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._feed = services.feed
        self._rows = Rows(services.feed)
        self._changes = ChangeFeed(services.feed, self._rows)

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of packages."""
        changes = explained(BAD_REQUEST, self.changes)
        documents = explained(QUERY_PARSE_ERROR, self.all_documents)
        return [
            route("_changes", GET=changes, POST=changes),
            route("_all_docs", GET=documents, POST=documents),
        ]

    async def changes(self, request: Request) -> Answer:
        """List what has changed since a number, each package once, by its last change."""
        body = await self._body(request)
        asked = read_changes(request.query, request.header(b"last-event-id"), body)
        if asked.since is None:
            now = await self._feed.last_sequence(request.view)
            asked = msgspec.structs.replace(asked, since=now)
        if asked.feed != "normal":
            self._changes.require_room()
        if asked.feed in ("continuous", "eventsource"):
            return stream(self._changes.endless(request, asked), _EVENTS if asked.feed == "eventsource" else JSON)
        answer = self._changes.finite(request, asked)
        return await whole(answer) if _is_short(asked) else stream(answer)

    async def all_documents(self, request: Request) -> Answer:
        """List names and revisions, by name."""
        view = request.view
        asked = read_documents(request.query, await self._body(request))
        total = await self._services.search.count(view, self._services.ecosystem.key)
        # How many stand before a name, nobody counts.
        place = "null" if asked.keys is not None or asked.first is not None else str(asked.skip)
        head = f'{{"total_rows":{total},"offset":{place},"rows":[\n'
        tail = f',"update_seq":{await self._feed.last_sequence(view)}' if asked.sequence else ""
        rows = self._of_keys(request, asked) if asked.keys is not None else self._of_all(request, asked)
        return stream(listed(head.encode(), rows, f"\n]{tail}}}\n".encode(), b",\n"))

    async def _of_all(self, request: Request, asked: DocumentsAsked) -> AsyncIterator[bytes]:
        begin, end = asked.first or _EVERYTHING, asked.last
        skip, left = asked.skip, asked.limit
        if begin.rank == (0 if asked.descending else 2):
            return
        walk = self._feed.named_backwards if asked.descending else self._feed.named
        async for shown in walk(request.view, begin.text):
            if left == 0 or (end is not None and _is_past(shown.state.key.name, end, asked)):
                return
            if skip:
                skip -= 1
                continue
            left = None if left is None else left - 1
            yield await self._row(request, shown.state, documents=asked.documents)

    async def _of_keys(self, request: Request, asked: DocumentsAsked) -> AsyncIterator[bytes]:
        """Answer for each name in the order in which they are asked for; nobody else is asked for what is not here."""
        stop = None if asked.limit is None else asked.skip + asked.limit
        keys = asked.keys or ()
        for name in (keys[::-1] if asked.descending else keys)[asked.skip : stop]:
            try:
                key = PackageKey(self._services.ecosystem.key, parse_name(name))
            except Invalid:
                state = None
            else:
                state = await self._feed.find(request.view, key)
            if state is None:
                yield _encode({"key": name, "error": "not_found"})
            else:
                yield await self._row(request, state, documents=asked.documents)

    async def _row(self, request: Request, state: IndexState, *, documents: bool) -> bytes:
        name, rev = state.key.name, await self._rows.revision(state)
        gone = state.gone_at is not None
        row: dict[str, Any] = {"id": name, "key": name, "value": {"rev": rev} | ({"deleted": True} if gone else {})}
        if documents:
            row["doc"] = None if gone else await self._rows.document(request, state, rev)
        return _encode(row)

    async def _body(self, request: Request) -> object:
        return read_json(await request.read_body(_NAMES_BYTES)) if request.method == "POST" else None


def _is_short(asked: ChangesAsked) -> bool:
    if asked.feed == "longpoll" and asked.heartbeat_s is not None:
        return False
    return asked.limit is not None and asked.limit <= _AT_ONCE and not asked.documents


def _is_past(name: str, end: Bound, asked: DocumentsAsked) -> bool:
    """Tell whether a name stands behind the last that is wanted, in the direction of the walk."""
    place = Bound(1, name)
    if place == end:
        return not asked.with_last
    return (place < end) if asked.descending else (place > end)
