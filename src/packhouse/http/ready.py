"""Answers that are ready: the same question again costs a look-up, not a service call.

Everything that an answer may depend on is part of the key. An entry says until when it stands, and is thrown out when
its package changes.
"""

import time
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
    full_head: bytes
    unchanged_head: bytes


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
        return True

    def wire(self, raw_path: bytes, headers: list[tuple[bytes, bytes]]) -> tuple[bytes, bytes] | None:
        """Return a ready answer as bytes: the head without its last lines (date, empty line), and the body."""
        key, none_match = _question(raw_path, headers)
        entry = self._find(key)
        if entry is None:
            return None
        if none_match and _is_same(entry, none_match):
            return entry.unchanged_head, b""
        return None if entry.answer.chunks is not None else (entry.full_head, entry.answer.body)

    def keep(self, scope: Scope, answer: Answer) -> None:
        """Keep an answer that says how long it is valid."""
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
            _head(b"HTTP/1.1 200 OK", full),
            _head(b"HTTP/1.1 304 Not Modified", unchanged),
        )
        self._about.setdefault(answer.about, set()).add(key)
        self._size_bytes += len(answer.body) + _ENTRY_BYTES
        while self._size_bytes > self._memory_bytes:
            self._drop(next(iter(self._entries)))

    def forget(self, about: str) -> None:
        """Throw out what is about a package."""
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

    def _drop(self, key: _Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self._size_bytes -= len(entry.answer.body) + _ENTRY_BYTES
        keys = self._about[entry.answer.about]
        keys.discard(key)
        if not keys:
            del self._about[entry.answer.about]


_ENTRY_BYTES = 4096
"""About what an entry takes beside its body."""
_KEY_BYTES = 1024
"""The longest question that is worth remembering."""

_BYPASS = frozenset(
    (
        b"authorization",
        b"cookie",
        b"if-modified-since",
        b"content-length",
        b"range",
        b"transfer-encoding",
        b"x-forwarded-host",
        b"x-forwarded-prefix",
        b"x-forwarded-proto",
    )
)
"""Requests with one of these take the long way, where it is looked at."""


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
