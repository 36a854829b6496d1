"""Routing on the raw path: split first, then decode each segment exactly once.

Servers hand on a path that is already decoded, in which `%2F` has become a slash and a scope can no longer be told
from a folder; so this reads ASGI's `raw_path`. A `+` in a path is a plus.
"""

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from packhouse.domain.errors import Invalid, NotAllowed, NotFound
from packhouse.http.answers import Answer
from packhouse.http.request import Request

Handler = Callable[..., Awaitable[Answer]]


class Route(Struct, frozen=True):
    """A path and the handlers of its methods."""

    pattern: tuple[str, ...]
    """Literal segments, and `{name}` for one segment that is handed to the handler under that name."""
    handlers: dict[str, Handler]


class Match(Struct, frozen=True):
    """What a path led to."""

    handler: Handler
    parameters: dict[str, str]


class Router:
    """Finds the handler of a method and path; earlier routes win."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._by_length: dict[int, list[Route]] = {}
        for route in routes:
            self._by_length.setdefault(len(route.pattern), []).append(route)

    def find(self, method: str, segments: Sequence[str]) -> Match:
        """Return the handler; raise NotFound for an unknown path, NotAllowed for an unknown method of a known one."""
        allowed: set[str] = set()
        for route in self._by_length.get(len(segments), ()):
            parameters = _match(route.pattern, segments)
            if parameters is None:
                continue
            handler = route.handlers.get("GET" if method == "HEAD" else method)
            if handler is not None:
                return Match(handler, parameters)
            allowed.update(route.handlers)
        if allowed:
            methods = tuple(sorted(allowed))
            raise NotAllowed(f"{method[:20]} is not possible here", f"use {', '.join(methods)}", methods)
        raise NotFound("there is nothing at this address")


def route(pattern: str, **handlers: Handler) -> Route:
    """Write a route as `route("-/package/{name}/dist-tags", GET=handler)`."""
    return Route(tuple(pattern.split("/")) if pattern else (), dict(handlers))


def decode_segments(raw_path: bytes) -> list[str]:
    """Split a raw path and decode each part once; a trailing slash is left out, empty parts are kept."""
    parts = raw_path.lstrip(b"/").split(b"/")
    if parts and not parts[-1]:
        parts.pop()
    try:
        return [unquote_to_bytes(part).decode("utf-8") if b"%" in part else part.decode("utf-8") for part in parts]
    except UnicodeDecodeError:
        raise Invalid("the path is not valid UTF-8", "percent-encode it as UTF-8") from None


def _match(pattern: tuple[str, ...], segments: Sequence[str]) -> dict[str, str] | None:
    parameters: dict[str, str] = {}
    for expected, actual in zip(pattern, segments, strict=True):
        if expected.startswith("{"):
            if not actual:
                return None
            parameters[expected[1:-1]] = actual
        elif expected != actual:
            return None
    return parameters


Door = Callable[[Request, Sequence[str]], Awaitable[Answer]]
"""What a mount leads to: answers the request for the segments behind the mount."""


class RoutedDoor:
    """A door with a router."""

    def __init__(
        self, routes: Sequence[Route], normalise: Callable[[Sequence[str]], Sequence[str]] = lambda segments: segments
    ) -> None:
        self.routes = tuple(routes)
        """For whoever describes the door."""
        self._router = Router(routes)
        self._normalise = normalise

    async def __call__(self, request: Request, segments: Sequence[str]) -> Answer:
        """Find the handler and call it."""
        match = self._router.find(request.method, self._normalise(segments))
        return await match.handler(request, **match.parameters)
