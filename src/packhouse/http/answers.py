"""What a handler returns: an answer that can be sent, compared and repeated."""

import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator, Callable

import msgspec
from msgspec import Struct

from packhouse.domain.package import Moment

Headers = tuple[tuple[bytes, bytes], ...]

ENDLESS = -1
"""The length of a body that ends when there is no more to tell."""

ChunkReader = Callable[[int, int], AsyncIterator[bytes]]
"""Yields the bytes of a body from a position up to another."""

JSON = "application/json"
_encode = msgspec.json.Encoder().encode


class Answer(Struct, frozen=True):
    """A complete answer to a GET, of which a client may need only a part or nothing at all."""

    status: int = 200
    content_type: str = JSON
    body: bytes = b""
    chunks: ChunkReader | None = None
    """Reads the body instead of `body`, where it is large."""
    size_bytes: int = 0
    """Length of what `chunks` reads; ENDLESS where nobody knows it yet."""
    open_file: Callable[[], int] | None = None
    """Opens what `chunks` reads as a file descriptor, where it is a whole file; -1 where that fails."""
    headers: Headers = ()
    etag: str = ""
    """With its quotes; empty for an answer that cannot be compared."""
    changed_at: Moment | None = None
    cache_control: str = "no-store"
    vary: str = ""
    valid_until: Moment = Moment(0)
    """Until when the same request may be given the same answer without asking anyone."""

    about: str = ""
    """Which package it is about: when that changes, the answer is no longer repeated."""

    sent: Callable[[], None] | None = None
    """Called each time when the whole of it was sent; must be quick."""

    @property
    def length(self) -> int:
        """Size of the body in bytes."""
        return self.size_bytes if self.chunks is not None else len(self.body)


def json_answer(value: object, status: int = 200) -> Answer:
    """Answer with a value as JSON, not to be stored by anyone."""
    return Answer(status=status, body=_encode(value))


def private(answer: Answer) -> Answer:
    """Make an answer that is for this client alone: nobody between us may keep it, and we do not repeat it."""
    kept = "private, no-cache" if answer.cache_control.startswith("public") else answer.cache_control
    vary = f"{answer.vary}, Authorization" if answer.vary else "Authorization"
    return msgspec.structs.replace(answer, cache_control=kept, vary=vary, valid_until=Moment(0))


def text_answer(text: str, status: int = 200) -> Answer:
    """Answer with plain text."""
    return Answer(status=status, content_type="text/plain; charset=utf-8", body=text.encode())


def allow_script(page: Answer, script: str) -> Answer:
    """Let a page run one script that stands in it, by its hash (CSP level 3, section 8.5), and ask our own server."""
    digest = b64encode(hashlib.sha256(script.encode()).digest())
    allowed = b"; script-src 'sha256-" + digest + b"'; connect-src 'self'"
    headers = tuple(
        (name, value + allowed if name == b"content-security-policy" else value) for name, value in page.headers
    )
    return msgspec.structs.replace(page, headers=headers)


def html_answer(text: str, status: int = 200) -> Answer:
    """Answer with a page that loads nothing from elsewhere and may not be framed."""
    policy = b"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; base-uri 'none'"
    headers = (
        (b"content-security-policy", policy + b"; frame-ancestors 'none'"),
        (b"referrer-policy", b"no-referrer"),
    )
    return Answer(status=status, content_type="text/html; charset=utf-8", body=text.encode(), headers=headers)
