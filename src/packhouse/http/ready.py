"""Answers that are ready: the same question again costs a look-up, not a service call.

Everything that an answer may depend on is part of the key. An entry says until when it stands, and is thrown out when
its package changes.
"""

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

from msgspec import Struct

from packhouse.domain.package import Moment
from packhouse.http.answers import Answer
from packhouse.http.asgi import Message, Scope, Send
from packhouse.http.conditional import is_unchanged
from packhouse.http.sending import send_answer, start_message

_Key = tuple[bytes, bytes, bytes, bytes]

_NO_BODY: Message = {"type": "http.response.body", "body": b""}


class _Entry(Struct, frozen=True):
    answer: Answer
    valid_until: Moment
    etag: bytes
    full: Message
    body: Message
    unchanged: Message
    full_wire: "Wire | None"
    unchanged_wire: "Wire"
    repeats: set[bytes]
    """Whole requests, byte for byte, that were given this answer."""


class Wire(Struct, frozen=True):
    """An answer as it goes over the wire."""

    head: bytes
    """Status and headers, without the date and the empty line behind it."""
    body: bytes = b""
    open_file: Callable[[], int] | None = None
    """Opens the file that is the body, as a descriptor; -1 where that cannot be done."""
    size_bytes: int = 0
    """Of the file."""
    shared: int = -1
    """The body as a file in memory, -1 where there is none."""
    sent: Callable[[], None] | None = None
    """Called each time when it is sent."""


def wall_clock() -> Moment:
    """Return the present moment."""
    return Moment(int(time.time() * 1000))


class Ready:
    """Ready answers to GET requests, by path, host and what was accepted."""

    def __init__(self, memory_bytes: int, clock: Callable[[], Moment] = wall_clock) -> None:
        self._memory_bytes = memory_bytes
        self._clock = clock
        self._size_bytes = 0
        self._entries: dict[_Key, _Entry] = {}
        self._about: dict[str, set[_Key]] = {}
        self._repeats: dict[bytes, tuple[_Entry, Wire]] = {}
        self._shared = 0
        self._changes = 0
        self._changed: OrderedDict[str, int] = OrderedDict()
        self._long_ago = 0

    @property
    def changes(self) -> int:
        """How often something was thrown out so far: to be read before an answer is made, and given to `keep`."""
        return self._changes

    async def serve(self, scope: Scope, send: Send) -> bool:
        """Send the ready answer to this request, if there is one."""
        if scope["method"] != "GET" or scope["query_string"]:
            return False
        key, none_match = _question(scope["raw_path"], scope["headers"])
        entry = self._find(key)
        if entry is None:
            return False
        if none_match and _is_same(entry, none_match):
            await send(entry.unchanged)
            await send(_NO_BODY)
        elif entry.answer.chunks is not None:
            await send_answer(entry.answer, scope, send)
        else:
            await send(entry.full)
            await send(entry.body)
            if entry.answer.sent is not None:
                entry.answer.sent()
        return True

    def wire(self, raw_path: bytes, headers: list[tuple[bytes, bytes]], request: bytes | None) -> Wire | None:
        """Return the ready answer to this request as bytes.

        `request` is all that the client has sent, if that is this request and nothing else: then `repeat` knows it.
        """
        key, none_match = _question(raw_path, headers)
        entry = self._find(key)
        if entry is None:
            return None
        wire = entry.unchanged_wire if none_match and _is_same(entry, none_match) else entry.full_wire
        if wire is not None and request is not None and len(entry.repeats) < _REPEATS and len(request) <= _KEY_BYTES:
            entry.repeats.add(request)
            self._repeats[request] = (entry, wire)
        return wire

    def repeat(self, request: bytes) -> Wire | None:
        """Return the answer to a request that has been seen before byte for byte: it need not even be parsed."""
        found = self._repeats.get(request)
        if found is None:
            return None
        entry, wire = found
        return wire if entry.valid_until > self._clock() else None

    def keep(self, scope: Scope, answer: Answer, begun: int | None = None) -> None:
        """Keep an answer that says how long it is valid.

        `begun` is what `changes` was before it was made. What has changed meanwhile is not kept: the answer may be of
        the time before, when everybody was allowed to see a package, or a version was there.
        """
        if begun is not None and max(self._changed.get(answer.about, 0), self._long_ago) > begun:
            return
        if scope["method"] != "GET" or scope["query_string"]:
            return
        key, _ = _question(scope["raw_path"], scope["headers"])
        if key is None or answer.status != 200 or answer.valid_until <= self._clock():
            return
        if sum(map(len, key)) > _KEY_BYTES:  # no client asks like that, and it would not count as memory
            return
        self._drop(key)
        full, unchanged = start_message(answer, 200), start_message(answer, 304)
        self._entries[key] = _Entry(
            answer,
            answer.valid_until,
            answer.etag.encode(),
            full,
            {"type": "http.response.body", "body": answer.body},
            unchanged,
            _full_wire(answer, _head(b"HTTP/1.1 200 OK", full), self._share(answer.body)),
            Wire(_head(b"HTTP/1.1 304 Not Modified", unchanged)),
            set(),
        )
        self._about.setdefault(answer.about, set()).add(key)
        self._size_bytes += len(answer.body) + _ENTRY_BYTES
        while self._size_bytes > self._memory_bytes:
            self._drop(next(iter(self._entries)))

    def forget(self, about: str) -> None:
        """Throw out what is about a package."""
        self._changes += 1
        self._changed[about] = self._changes
        self._changed.move_to_end(about)
        if len(self._changed) > _CHANGED:
            _, self._long_ago = self._changed.popitem(last=False)
        for key in tuple(self._about.get(about, ())):
            self._drop(key)

    def _find(self, key: _Key | None) -> _Entry | None:
        entry = self._entries.get(key) if key is not None else None
        if entry is None or key is None:
            return None
        if entry.valid_until <= self._clock():
            self._drop(key)
            return None
        return entry

    def _share(self, body: bytes) -> int:
        """Put a large body into a file in memory, for the most recent answers."""
        if len(body) < _SHARED_BYTES or self._shared >= _SHARED or not hasattr(os, "memfd_create"):
            return -1
        try:
            shared = os.memfd_create("answer")
        except OSError:
            return -1
        self._shared += 1
        with open(shared, "wb", closefd=False) as file:
            file.write(body)
        return shared

    def _drop(self, key: _Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self._size_bytes -= len(entry.answer.body) + _ENTRY_BYTES
        for request in entry.repeats:
            del self._repeats[request]
        if entry.full_wire is not None and entry.full_wire.shared >= 0:
            os.close(entry.full_wire.shared)
            self._shared -= 1
        keys = self._about[entry.answer.about]
        keys.discard(key)
        if not keys:
            del self._about[entry.answer.about]


_CHANGED = 10_000
"""Packages of which it is remembered when they changed."""
_ENTRY_BYTES = 4096
"""About what an entry takes beside its body."""
_REPEATS = 8
"""Different requests that an answer is remembered for."""
_SHARED = 256
"""Answers that are kept as files in memory, too: each takes a descriptor."""
_SHARED_BYTES = 32 * 1024
_KEY_BYTES = 1024
"""The longest question that is worth remembering."""

_BYPASS = frozenset(
    (
        b"if-modified-since",
        b"content-length",
        b"range",
        b"transfer-encoding",
        b"x-forwarded-host",
        b"x-forwarded-prefix",
        b"x-forwarded-proto",
    )
)
"""Requests with one of these take the long way, where it is looked at.

Credentials are not among them: what is kept is what everybody may see, whoever asks.
"""


def _question(raw_path: bytes, headers: Iterable[tuple[bytes, bytes]]) -> tuple[_Key | None, bytes]:
    """Read what an answer depends on, and the tag that the client has; no key for what takes the long way."""
    host = accept = coding = none_match = b""
    for name, value in headers:
        if name == b"host":
            if host:
                return None, b""
            host = value
        elif name == b"accept":
            accept = value
        elif name == b"accept-encoding":
            coding = value
        elif name == b"if-none-match":
            none_match = value
        elif name in _BYPASS:
            return None, b""
    return (raw_path, host, accept, coding), none_match


def _is_same(entry: _Entry, none_match: bytes) -> bool:
    return none_match == entry.etag or is_unchanged(entry.answer, none_match.decode("latin-1"), "")


def _head(status: bytes, message: Message) -> bytes:
    return b"\r\n".join([status, *(name + b": " + value for name, value in message["headers"]), b""])


def _full_wire(answer: Answer, head: bytes, shared: int) -> Wire | None:
    if answer.chunks is None:
        return Wire(head, answer.body, shared=shared, sent=answer.sent)
    if answer.open_file is None:
        return None
    return Wire(head, open_file=answer.open_file, size_bytes=answer.size_bytes, sent=answer.sent)
