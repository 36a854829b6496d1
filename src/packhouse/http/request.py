"""A request as handlers see it: parsed once, decoded once."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

from packhouse.domain.errors import Invalid, TooLarge
from packhouse.domain.view import View
from packhouse.http.asgi import Receive, Scope

_MAX_FIELDS = 200
_SILENCE_S = 60.0
"""How long a client may send nothing of a body that it has announced."""

PATIENT = "packhouse.patient"
"""Where a scope says that its request waits for something to happen, so that nothing is lost with it."""


class Request:
    """Method, path segments, headers and query of one request."""

    def __init__(self, scope: Scope, receive: Receive, view: View, base: str) -> None:
        self.method: str = scope["method"]
        self.raw_path: bytes = scope["raw_path"]
        """The path as it was sent, with every prefix: for doors in which an escaped character is not a plain one."""
        self.view = view
        self.base = base
        """Our public address of the mount that was called, without a trailing slash."""
        self.headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            # Only the first of a repeated header counts: two different ones are an attack or a mistake.
            self.headers.setdefault(name, value)
        self._query_string: bytes = scope.get("query_string", b"")
        self._query: dict[str, str] | None = None
        self._scope = scope
        self._receive = receive

    def header(self, name: bytes) -> str:
        """Return a header's text, empty if it was not sent."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def query(self) -> dict[str, str]:
        """The query parameters, the first of each name; raise Invalid if they cannot be read."""
        if self._query is None:
            self._query = _parse_query(self._query_string)
        return self._query

    def values(self, name: str) -> list[str]:
        """List all values of a query parameter; raise Invalid if the query cannot be read."""
        return [value for each, value in _parse_fields(self._query_string) if each == name]

    async def is_left_within(self, wait_s: float) -> bool:
        """Wait so long at most; tell whether the client, or this server, has given the request up by then.

        For handlers that have nothing to say for a while, once the body was read. A server that stops waits for none.
        """
        self._scope[PATIENT] = True
        try:
            async with asyncio.timeout(wait_s):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return False
        finally:
            self._scope[PATIENT] = False
        return True

    async def read_large(self, limit_bytes: int) -> bytearray:
        """Read a body of many megabytes, holding it once; raise TooLarge beyond the limit, Invalid if it breaks off.

        What is too large is read to its end, unless that takes too long: a client that is still writing would
        not see the answer.
        """
        told = self.header(b"content-length")
        body = bytearray(int(told) if told.isdigit() and int(told) <= limit_bytes else 0)
        size = 0
        more = True
        while more:
            part, more = await self._receive_part()
            if size + len(part) > limit_bytes:
                body.clear()
                if size > 2 * limit_bytes:
                    break
            else:
                body[size : size + len(part)] = part
            size += len(part)
        if size > limit_bytes:
            raise _too_large(limit_bytes)
        del body[size:]
        return body

    async def pieces(self, limit_bytes: int) -> AsyncIterator[bytes]:
        """Yield a body of many megabytes as it arrives; raise as `read_large` does, and for what is too large as late.

        Whoever refuses a body half way goes through the rest of it all the same, for the client to see why.
        """
        size = 0
        more = True
        while more and size <= 2 * limit_bytes:
            part, more = await self._receive_part()
            size += len(part)
            if size <= limit_bytes:
                yield part
        if size > limit_bytes:
            raise _too_large(limit_bytes)

    async def read_body(self, limit_bytes: int) -> bytes:
        """Read the whole body; raise TooLarge beyond the limit."""
        parts: list[bytes] = []
        size = 0
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                break
            part = message.get("body", b"")
            size += len(part)
            if size > limit_bytes:
                raise TooLarge(f"the body is larger than {limit_bytes} bytes")
            parts.append(part)
            more = message.get("more_body", False)
        return b"".join(parts)

    async def _receive_part(self) -> tuple[bytes, bool]:
        """Wait for more of the body; tell whether there is more behind it."""
        try:
            async with asyncio.timeout(_SILENCE_S):
                message = await self._receive()
        except TimeoutError:
            raise Invalid("the body did not arrive", "send it again, or look at the connection") from None
        if message["type"] == "http.disconnect":
            raise Invalid("the body broke off")
        return message.get("body", b""), message.get("more_body", False)


def _too_large(limit_bytes: int) -> TooLarge:
    return TooLarge(f"the body is larger than {limit_bytes} bytes", "whoever runs this server can allow more")


def _parse_query(text: bytes) -> dict[str, str]:
    query: dict[str, str] = {}
    for name, value in _parse_fields(text):
        query.setdefault(name, value)
    return query


def _parse_fields(text: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text.decode("latin-1"), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError:
        raise Invalid("the query cannot be read", "send it as UTF-8, percent-encoded") from None
