"""The client for other registries."""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import msgspec

from packhouse.adapters.upstream.decoding import ACCEPTED
from packhouse.adapters.upstream.limits import Host
from packhouse.adapters.upstream.places import Places
from packhouse.adapters.upstream.proxies import Proxies
from packhouse.adapters.upstream.retry import pause_before_retry
from packhouse.adapters.upstream.settings import UpstreamSettings
from packhouse.adapters.upstream.statuses import check_part, check_status, check_type
from packhouse.adapters.upstream.targets import Target
from packhouse.adapters.upstream.trouble import Trouble
from packhouse.domain.errors import ConfigError, UpstreamBad, UpstreamOff
from packhouse.domain.package import Moment
from packhouse.domain.upstream import HostHealth, Limit, UpstreamAnswer, UpstreamRegistry, UpstreamRequest
from packhouse.services.ports import Clock, UpstreamStream

if TYPE_CHECKING:
    from packhouse.adapters.upstream.transport import Lane, Lookup, Reply

T = TypeVar("T")

log = logging.getLogger(__name__)


def wall_clock() -> Moment:
    """Tell the time."""
    return Moment(time.time_ns() // 1_000_000)


class UpstreamClient:
    """Asks registries over HTTP; implements the port `Upstream`.

    Nothing is imported or opened before the first request. Each upstream has its own connections, so that what is
    sent to one never meets another's; slots, rate and health are counted for each host.
    """

    def __init__(
        self,
        registries: Sequence[UpstreamRegistry],
        settings: UpstreamSettings,
        is_enabled: Callable[[str], bool],
        *,
        authorization: Callable[[UpstreamRegistry], str | None] = lambda _: None,
        environ: Mapping[str, str] = os.environ,
        clock: Clock = wall_clock,
        lookup: "Lookup | None" = None,
    ) -> None:
        """Read addresses and proxies; raise ConfigError for one that is wrong.

        `authorization` gives the value of the Authorization header that an upstream wants, or raises ConfigError.
        """
        self._settings = settings
        self._is_enabled = is_enabled
        self._environ = environ
        self._clock = clock
        self._lookup = lookup
        self._registries = {registry.name: registry for registry in registries}
        self._authorization = authorization
        self._places = {registry.name: Places(registry, settings.redirect_hosts) for registry in registries}
        self._proxies = Proxies(environ)
        self._lanes: dict[str, Lane] = {}
        self._make_lane: Callable[[Places], Lane] | None = None
        self._starting = asyncio.Lock()
        self._limits = _limits(registries, self._places)
        self._hosts: dict[str, Host] = {}
        for places in self._places.values():
            for target in places.services.values():
                self._host(target)

    async def fetch(self, upstream: str, request: UpstreamRequest) -> UpstreamAnswer:
        """Return 200 or 304; raise NotFound (404, 410, 451) or an UpstreamError."""
        # A position is one in the body itself, not in what a coding makes of it.
        headers = _headers(request, "identity" if request.begin_bytes else ACCEPTED)
        return await self._attempts(lambda: self._fetch_once(upstream, request, headers))

    @asynccontextmanager
    async def stream(self, upstream: str, request: UpstreamRequest) -> AsyncIterator[UpstreamStream]:
        """Open a large body; the same errors on entering. Nothing is tried again once it has been opened."""
        # A file's digest is that of the file. An upstream that applies a coding nevertheless means
        # the file behind it (RFC 9110 section 8.4): then it is undone, and its size is not known.
        whole = msgspec.structs.replace(request, etag=None, last_modified=None, method="GET", begin_bytes=0)
        headers = _headers(whole, "identity")
        async with AsyncExitStack() as stack:
            reply = await self._attempts(lambda: stack.enter_async_context(self._reply(upstream, whole, headers)))
            reply.check_announced(self._settings.max_artifact_bytes)
            yield _Body(reply, self._settings.max_artifact_bytes)

    def health(self) -> Sequence[HostHealth]:
        """Tell how each host has been doing, those of switched-off upstreams left out."""
        off = {
            target.place
            for name, places in self._places.items()
            if not self._is_enabled(name)
            for target in places.services.values()
        }
        on = {
            target.place
            for name, places in self._places.items()
            if self._is_enabled(name)
            for target in places.services.values()
        }
        return [self._health(host) for place, host in self._hosts.items() if place not in off - on]

    def _health(self, host: Host) -> HostHealth:
        """Tell how a host has been doing, what it may be asked, and whose it is."""
        there = (
            name
            for name, places in self._places.items()
            if any(target.place == host.place for target in places.services.values())
        )
        return msgspec.structs.replace(
            host.breaker.health(),
            enforced_per_s=host.limit.enforced_per_s,
            polite_per_s=host.limit.polite_per_s,
            upstreams=tuple(there),
        )

    async def prepare(self) -> None:
        """Load what the first request needs, so that it need not wait for that."""
        await self._start()

    async def close(self) -> None:
        """Close every connection; the next request opens new ones."""
        lanes, self._lanes = self._lanes, {}
        for lane in lanes.values():
            await lane.close()

    async def _attempts(self, once: Callable[[], Awaitable[T]]) -> T:
        attempt = 0
        while True:
            try:
                return await once()
            except Trouble as trouble:
                pause_s = pause_before_retry(self._settings, attempt, trouble)
                if pause_s is None:
                    raise trouble.plain() from trouble
                log.info("trying again in %.1f s: %s", pause_s, trouble.message)
            attempt += 1
            await asyncio.sleep(pause_s)

    async def _fetch_once(self, upstream: str, request: UpstreamRequest, headers: dict[str, str]) -> UpstreamAnswer:
        async with self._reply(upstream, request, headers) as reply:
            bodiless = reply.status == 304 or request.method == "HEAD"
            body = b"" if bodiless else await reply.read(self._settings.max_index_bytes)
            return UpstreamAnswer(
                status=reply.status,
                body=body,
                etag=_plain(reply.header("ETag")),
                last_modified=_plain(reply.header("Last-Modified")),
                content_type=_plain(reply.header("Content-Type")) or "",
            )

    @asynccontextmanager
    async def _reply(self, upstream: str, request: UpstreamRequest, headers: dict[str, str]) -> AsyncIterator["Reply"]:
        """Make one attempt: follow redirects to an answer that can be used."""
        lane, places = await self._lane(upstream)
        target = places.enter(request.url)
        for _ in range(self._settings.max_redirects + 1):
            async with (
                self._host(target).visit(background=request.background),
                await lane.ask(target, self._signed(upstream, places, target, headers), request.method) as reply,
            ):
                location = reply.location
                if location is None:
                    await _check(reply, request)
                    yield reply
                    return
                await reply.discard()
            target = places.follow(target, location)
        message = f"{target.place} redirects more than {self._settings.max_redirects} times"
        raise UpstreamBad(message, "the upstream sends us in circles")

    def _signed(self, upstream: str, places: Places, target: Target, headers: dict[str, str]) -> dict[str, str]:
        """Add the upstream's credentials, for its own host only."""
        if not places.is_own(target):
            return headers
        value = self._authorization(self._registries[upstream])
        return headers if value is None else {**headers, "Authorization": value}

    async def _lane(self, upstream: str) -> "tuple[Lane, Places]":
        places = self._places.get(upstream)
        if places is None:
            raise ConfigError(f"there is no upstream named {upstream}", "add it to [upstreams] in packhouse.toml")
        if not self._is_enabled(upstream):
            message = f"the upstream {upstream} is switched off"
            raise UpstreamOff(message, f"switch it on with `packhouse upstream on {upstream}`")
        lane = self._lanes.get(upstream)
        if lane is None:
            make_lane = await self._start()
            lane = self._lanes.get(upstream)
            if lane is None:
                lane = self._lanes[upstream] = make_lane(places)
        return lane, places

    async def _start(self) -> "Callable[[Places], Lane]":
        async with self._starting:
            if self._make_lane is None:
                # Importing aiohttp and reading certificates takes a tenth of a second: not in the event loop.
                self._make_lane = await asyncio.to_thread(self._load)
            return self._make_lane

    def _load(self) -> "Callable[[Places], Lane]":
        from packhouse.adapters.upstream.certificates import tls_context  # noqa: PLC0415 (imported when first needed)
        from packhouse.adapters.upstream.transport import Lane, system_lookup  # noqa: PLC0415

        tls = tls_context(self._environ)
        lookup = self._lookup or system_lookup
        agent = f"packhouse/{_version()}"
        return lambda places: Lane(places, self._settings, tls, self._proxies, lookup, agent)

    def _host(self, target: Target) -> Host:
        host = self._hosts.get(target.place)
        if host is None:
            host = self._hosts[target.place] = Host(
                target.place, self._settings, time.monotonic, self._clock, self._limits.get(target.place)
            )
        return host


def _limits(registries: Sequence[UpstreamRegistry], places: Mapping[str, Places]) -> dict[str, Limit]:
    """Find which limit counts for which host."""
    limits: dict[str, Limit] = {}
    for registry in registries:
        for limit in registry.limits:
            target = places[registry.name].services.get(limit.service)
            if target is not None:
                limits[target.place] = limit
    return limits


class _Body:
    """The body of an answer as it arrives."""

    def __init__(self, reply: "Reply", limit_bytes: int) -> None:
        self.size_bytes = reply.size_bytes
        self._reply = reply
        self._limit_bytes = limit_bytes

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body; raise UpstreamDown if it breaks off, UpstreamBad if it is longer than allowed."""
        try:
            async for chunk in self._reply.chunks(self._limit_bytes):
                yield chunk
        except Trouble as trouble:
            raise trouble.plain() from trouble


async def _check(reply: "Reply", request: UpstreamRequest) -> None:
    if reply.status == 200:
        check_type(reply.target, request, reply.header("Content-Type") or "")
        return
    if reply.status < 500 and reply.status != 206:
        await reply.discard()
    check_status(reply.target, request, reply.status, reply.header("Retry-After"))
    if reply.status == 206:
        check_part(reply.target, request, reply.header("Content-Range") or "")


def _headers(request: UpstreamRequest, codings: str) -> dict[str, str]:
    headers = {"Accept": request.accept, "Accept-Encoding": codings}
    if request.etag:
        headers["If-None-Match"] = request.etag
    if request.last_modified:
        headers["If-Modified-Since"] = request.last_modified
    if request.begin_bytes:
        headers["Range"] = f"bytes={request.begin_bytes}{'-' if request.begin_bytes > 0 else ''}"
    return headers


def _plain(field: str | None) -> str | None:
    """Take a header only if it can be stored and sent back; a validator that cannot is as good as none."""
    return field if field and field.isascii() and field.isprintable() else None


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    try:
        return version("packhouse")
    except PackageNotFoundError:
        return "0"
