"""HTTP by aiohttp: one request and one answer; the only module that knows aiohttp, imported when first needed.

aiohttp's own treatment of redirects, codings, cookies, .netrc and proxies of the environment is not used: each
would pass by a check of ours, and the last two cost a thread switch in every request.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from ssl import SSLContext
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from packhouse.adapters.upstream.addresses import AddressGuard, is_disguised, is_literal
from packhouse.adapters.upstream.decoding import CodingError, Decoder, make_decoder
from packhouse.adapters.upstream.faults import ForbiddenAddress, forbidden, translate
from packhouse.adapters.upstream.places import Places
from packhouse.adapters.upstream.proxies import Proxies
from packhouse.adapters.upstream.settings import UpstreamSettings
from packhouse.adapters.upstream.statuses import REDIRECTS
from packhouse.adapters.upstream.targets import Target
from packhouse.adapters.upstream.trouble import Trouble
from packhouse.domain.errors import UpstreamBad

Lookup = Callable[[str, int], Awaitable[list[str]]]
"""Finds the addresses of a host; raises OSError if it has none."""

_IN_THREAD_BYTES = 128 * 1024
"""Larger coded bodies are undone off the event loop."""
_DRAIN_BYTES = 64 * 1024
"""Bodies that nobody wants are read up to here, so that their connection can be used again."""
_DRAIN_S = 1.0


class GuardedResolver(AbstractResolver):
    """Finds addresses at the moment of connecting, and hides those that the guard does not admit."""

    def __init__(self, guard: AddressGuard, lookup: Lookup, trusted: frozenset[str]) -> None:
        self._guard = guard
        self._lookup = lookup
        self._trusted = trusted

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 (aiohttp's interface)
    ) -> list[ResolveResult]:
        """Look a host up; raise ForbiddenAddress where only forbidden addresses are found."""
        addresses = await self._lookup(host, port)
        if host not in self._trusted:
            addresses = await self._admit(host, port, addresses)
        return [_result(host, port, address) for address in addresses]

    async def close(self) -> None:
        """Nothing is held open."""

    async def _admit(self, host: str, port: int, addresses: list[str]) -> list[str]:
        own = self._guard.own_host
        if self._guard.undecided and host != own:
            with suppress(OSError):  # then only public addresses will do
                self._guard.admit(own, await self._lookup(own, port))
        admitted = self._guard.admit(host, addresses)
        if addresses and not admitted:
            raise ForbiddenAddress(host)
        return admitted


class Lane:
    """The connections to the hosts of one upstream."""

    def __init__(
        self,
        places: Places,
        settings: UpstreamSettings,
        tls: SSLContext,
        proxies: Proxies,
        lookup: Lookup,
        user_agent: str,
    ) -> None:
        self._settings = settings
        self._proxies = proxies
        self._guard = AddressGuard(places.base.host)
        connector = aiohttp.TCPConnector(
            limit=0,  # `limits` counts
            ssl=tls,
            resolver=GuardedResolver(self._guard, lookup, proxies.hosts),
            ttl_dns_cache=settings.address_ttl_s,
            keepalive_timeout=settings.keepalive_s,
        )
        # `total` is ours (the speed of a body); `connect` includes finding the address and TLS.
        timeout = aiohttp.ClientTimeout(
            total=None, connect=settings.connect_timeout_s, sock_read=settings.timeout_s, ceil_threshold=60
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            headers={"User-Agent": user_agent},
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            read_bufsize=256 * 1024,
        )

    async def ask(
        self, target: Target, headers: Mapping[str, str], method: str = "GET", body: bytes | None = None
    ) -> "Reply":
        """Send a request and wait for the head of the answer; raise Trouble or UpstreamBad."""
        return Reply(target, await self._send(target, headers, method, body), self._settings)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def _send(
        self, target: Target, headers: Mapping[str, str], method: str, body: bytes | None
    ) -> aiohttp.ClientResponse:
        # A literal address never reaches the resolver; that of the upstream itself is meant.
        if target.host != self._guard.own_host:
            if is_disguised(target.host):
                raise forbidden(target)
            if is_literal(target.host):
                self._check_literal(target)
        settings = self._settings
        try:
            async with asyncio.timeout(settings.connect_timeout_s + settings.timeout_s):
                return await self._session.request(
                    method,
                    URL(target.url, encoded=True),
                    headers=headers,
                    data=body,
                    allow_redirects=False,
                    proxy=self._proxies.find(target),
                )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise translate(error, target, settings.timeout_s) from error

    def _check_literal(self, target: Target) -> None:
        if not self._guard.admit(target.host, [target.host]):
            raise forbidden(target)


class Reply:
    """An answer of which the head has arrived; it is entered to be closed."""

    def __init__(self, target: Target, response: aiohttp.ClientResponse, settings: UpstreamSettings) -> None:
        self.target = target
        self.status = response.status
        self._response = response
        self._settings = settings
        self._now = asyncio.get_running_loop().time
        self._received = 0
        self._waited_s = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Does nothing where the body was read to its end; else the connection cannot be used again.
        self._response.close()

    def header(self, name: str) -> str | None:
        """Read a field of the head."""
        return self._response.headers.get(name)

    @property
    def location(self) -> str | None:
        """Where a redirect leads; None if the answer is none."""
        return self.header("Location") if self.status in REDIRECTS else None

    @property
    def size_bytes(self) -> int | None:
        """Content-Length, where it is that of the decoded body."""
        if self.header("Content-Encoding") not in {None, "", "identity"}:
            return None
        return self._response.content_length

    async def read(self, limit_bytes: int) -> bytes:
        """Return the whole decoded body; raise Trouble if it breaks off, UpstreamBad if it is too large or damaged."""
        self.check_announced(limit_bytes)
        pieces: list[bytes] = []
        while piece := await self._piece():
            if self._received > limit_bytes:
                raise self._too_large(limit_bytes)
            pieces.append(piece)
        body = b"".join(pieces)
        decoder = self._decoder()
        if decoder is None:
            return body
        if len(body) > _IN_THREAD_BYTES:
            return await asyncio.to_thread(self._decode, decoder, body, limit_bytes)
        return self._decode(decoder, body, limit_bytes)

    async def chunks(self, limit_bytes: int) -> AsyncIterator[bytes]:
        """Yield the decoded body as it arrives; raise as `read` does."""
        decoder = self._decoder()
        received = 0
        while piece := await self._piece():
            for decoded in self._feed(decoder, piece):
                received += len(decoded)
                if received > limit_bytes:
                    raise self._too_large(limit_bytes)
                if decoded:
                    yield decoded
        self._finish(decoder)

    async def discard(self) -> None:
        """Read a body that nobody wants, if it is short and comes at once."""
        if (self._response.content_length or 0) > _DRAIN_BYTES:
            return
        try:
            async with asyncio.timeout(_DRAIN_S):
                while await self._piece():
                    if self._received > _DRAIN_BYTES:
                        return
        except (TimeoutError, Trouble):
            return

    def check_announced(self, limit_bytes: int) -> None:
        """Raise UpstreamBad if the answer says itself that it is too large."""
        if (self._response.content_length or 0) > limit_bytes:
            raise self._too_large(limit_bytes)

    async def _piece(self) -> bytes:
        """Return what has arrived of the body, as it is on the wire; nothing at its end."""
        settings = self._settings
        before = self._now()
        try:
            piece = await self._response.content.readany()
        except TimeoutError as error:
            raise translate(error, self.target, settings.timeout_s) from error
        except (aiohttp.ClientError, OSError) as error:
            raise Trouble(f"the answer of {self.target.place} for {self.target.path} broke off") from error
        self._received += len(piece)
        # Only our waiting counts, not the time that the reader takes.
        self._waited_s += self._now() - before
        if (self._waited_s - settings.timeout_s) * settings.minimum_bytes_per_s > self._received:
            message = f"the answer of {self.target.place} for {self.target.path} comes too slowly"
            raise Trouble(message, again=False)
        return piece

    def _decoder(self) -> Decoder | None:
        try:
            return make_decoder(self.header("Content-Encoding") or "")
        except CodingError as error:
            raise self._damaged(error) from None

    def _decode(self, decoder: Decoder, body: bytes, limit_bytes: int) -> bytes:
        pieces: list[bytes] = []
        size = 0
        for piece in self._feed(decoder, body):
            size += len(piece)
            if size > limit_bytes:
                raise self._too_large(limit_bytes)
            pieces.append(piece)
        self._finish(decoder)
        return b"".join(pieces)

    def _feed(self, decoder: Decoder | None, piece: bytes) -> Iterator[bytes]:
        if decoder is None:
            yield piece
            return
        try:
            yield from decoder.feed(piece)
        except CodingError as error:
            raise self._damaged(error) from None

    def _finish(self, decoder: Decoder | None) -> None:
        try:
            if decoder is not None:
                decoder.finish()
        except CodingError as error:
            raise self._damaged(error) from None

    def _too_large(self, limit_bytes: int) -> UpstreamBad:
        message = f"the answer of {self.target.place} for {self.target.path} is larger than {limit_bytes} bytes"
        return UpstreamBad(message, "raise upstream.max_index or upstream.max_artifact if it should be allowed")

    def _damaged(self, error: CodingError) -> UpstreamBad:
        return UpstreamBad(f"{self.target.place} answers {self.target.path} with {error}", "try again later")


async def system_lookup(host: str, port: int) -> list[str]:
    """Ask the system's resolver."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label that no name server could know
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from error
    return [str(address[0]) for *_, address in found]


def _result(host: str, port: int, address: str) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if ":" in address else socket.AF_INET,
        proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
