"""The server as one ASGI application: mounts, views, ready answers, errors."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid, NotFound, PackhouseError
from packhouse.domain.package import Moment
from packhouse.domain.view import Sight, View
from packhouse.http.answers import Answer, private
from packhouse.http.asgi import Receive, Scope, Send
from packhouse.http.callers import Callers, without_secrets
from packhouse.http.problems import problem
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.request import Request
from packhouse.http.router import Door, decode_segments
from packhouse.http.sending import send_answer

log = logging.getLogger(__name__)

_REGISTRY = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII
)  # RFC 3339 section 5.6, seconds and zone left out if one likes


class Mount(Struct, frozen=True):
    """A door and how it words its errors."""

    door: Door
    problem: Callable[[PackhouseError], Answer] = problem


class Site:
    """Routes a request to the door of its first path segment.

    The registry and the date of a view may stand before it: `/r/{registry}/@{date}/{mount}/…`.
    """

    def __init__(
        self,
        mounts: Mapping[str, Mount],
        root: Mount,
        address: PublicAddress,
        registries: Sequence[str],
        ready: Ready,
        callers: Callers | None = None,
    ) -> None:
        """Take the doors by their first segment; without `callers`, everybody is nobody in particular."""
        self._mounts = mounts
        self._root = root
        self._address = address
        self._registries = frozenset(registries)
        self._ready = ready
        self._callers = callers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        if await self._ready.serve(scope, send):
            return
        # Told by the raw path first: a path that cannot be decoded is explained as its door explains things.
        mount = self._mounts.get(scope["raw_path"].lstrip(b"/").partition(b"/")[0].decode("latin-1"), self._root)
        request: Request | None = None
        try:
            mount, request, segments = self._open(scope, receive)
            answer = await self._answer(mount, request, segments, scope)
        except PackhouseError as error:
            answer = self._explain(mount, error)
            await self._note(request, error)
        except Exception:
            log.exception("failed at %s %s", scope["method"], without_secrets(scope["raw_path"]))
            answer = mount.problem(PackhouseError("something went wrong here", "the server's log says what"))
        try:
            await send_answer(answer, scope, send)
        except PackhouseError as error:
            # Its head has gone out already. An answer that ends too early is one that every client takes as failed.
            log.warning("broke off the answer to %s: %s", without_secrets(scope["raw_path"]), error)

    async def _answer(self, mount: Mount, request: Request, segments: Sequence[str], scope: Scope) -> Answer:
        """Find out who asks, before anything of the body is read, and let the door answer."""
        if self._callers is not None:
            client = scope.get("client")
            names = [name for name, _ in scope["headers"]]
            actor = await self._callers.identify(request, client[0] if client else None, names)
            request.view = msgspec.structs.replace(request.view, actor=actor)
        sight = Sight()
        request.view = msgspec.structs.replace(request.view, sight=sight)
        begun = self._ready.changes
        answer = await mount.door(request, segments)
        if sight.restricted:
            return private(answer)
        if not sight.withheld:
            self._ready.keep(scope, answer, begun)
        return answer

    async def _note(self, request: Request | None, error: PackhouseError) -> None:
        if self._callers is None or request is None:
            return
        try:
            await self._callers.refused(request, error)
        except PackhouseError as trouble:
            log.warning("could not write down what was refused: %s", trouble)

    def _open(self, scope: Scope, receive: Receive) -> tuple[Mount, Request, Sequence[str]]:
        headers = dict(scope["headers"])
        if sum(name == b"host" for name, _ in scope["headers"]) > 1:
            # RFC 9112 section 3.2: a proxy before us may have believed another one than we would.
            raise Invalid("the request names more than one host")
        server = scope.get("server") or ("127.0.0.1", 0)
        client = scope.get("client")
        address = self._address.of(headers, scope["scheme"], f"{server[0]}:{server[1]}", client[0] if client else None)
        raw = _without_prefix(scope["raw_path"], address)
        segments = decode_segments(raw)
        view, taken = self._view(segments)
        prefix = "".join(f"/{segment}" for segment in segments[:taken])
        rest = segments[taken:]
        mount = self._mounts.get(rest[0]) if rest else None
        if mount is None:
            return self._root, Request(scope, receive, view, address + prefix), rest
        return mount, Request(scope, receive, view, f"{address}{prefix}/{rest[0]}"), rest[1:]

    def _view(self, segments: Sequence[str]) -> tuple[View, int]:
        """Read the view from the leading segments; return it and how many they were."""
        registry, as_of, taken = "default", None, 0
        if len(segments) > 1 and segments[0] == "r":
            registry, taken = segments[1], 2
            if not _REGISTRY.fullmatch(registry) or registry not in self._registries:
                raise NotFound("there is no such registry here")
        if len(segments) > taken and segments[taken].startswith("@"):
            as_of, taken = parse_date(segments[taken][1:]), taken + 1
        return View(registry=registry, as_of=as_of), taken

    def _explain(self, mount: Mount, error: PackhouseError) -> Answer:
        answer = mount.problem(error)
        if answer.status >= 500:
            log.warning("answered %d: %s", answer.status, error)
        return answer


def parse_date(text: str) -> Moment:
    """Read a date (its end counts) or a date with a time, in UTC."""
    # Stricter than `fromisoformat`, which takes any character before the time: the text becomes part of addresses.
    if not _DATE.fullmatch(text):
        raise _no_date(text)
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        if "T" not in text:
            moment += timedelta(days=1)
    except (ValueError, OverflowError):
        raise _no_date(text) from None
    return Moment(int(moment.timestamp() * 1000))


def _no_date(text: str) -> Invalid:
    return Invalid(f"{text[:40]!r} is not a date", "write it as 2026-08-11 or 2026-08-11T12:00:00Z")


def _without_prefix(raw_path: bytes, address: str) -> bytes:
    """Take off the path of our public address, where a proxy has left it on."""
    host = address.partition("://")[2]
    prefix = host.partition("/")[2]
    if prefix:
        marked = b"/" + prefix.encode() + b"/"
        if raw_path.startswith(marked):
            return raw_path[len(marked) - 1 :]
        if raw_path == marked[:-1]:
            return b"/"
    return raw_path
