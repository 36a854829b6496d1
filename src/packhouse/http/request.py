"""A request as handlers see it: parsed once, decoded once."""

from urllib.parse import parse_qsl

from packhouse.domain.errors import Invalid, TooLarge
from packhouse.domain.view import View
from packhouse.http.asgi import Receive, Scope

_MAX_FIELDS = 200


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


def _parse_query(text: bytes) -> dict[str, str]:
    try:
        fields = parse_qsl(text.decode("latin-1"), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError:
        raise Invalid("the query cannot be read", "send it as UTF-8, percent-encoded") from None
    query: dict[str, str] = {}
    for name, value in fields:
        query.setdefault(name, value)
    return query
