"""The last source: another registry, asked for one document or file."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec
from msgspec import Struct

from packhouse.domain.digest import Digest, parse_checksum
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import NotFound
from packhouse.domain.index import Index
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Artifact
from packhouse.domain.upstream import UpstreamRegistry, UpstreamRequest
from packhouse.services.gathering import Gatherer
from packhouse.services.ports import IndexState, Upstream, UpstreamStream

_SPLIT_IN_THREAD_BYTES = 1 << 20
"""Larger bodies are taken apart off the event loop, so that other requests are not held up."""


class Fetched(Struct, frozen=True):
    """A document as the upstream has it now."""

    index: Index
    etag: str | None
    last_modified: str | None


class Origin(Protocol):
    """Where a cache gets what it does not have."""

    name: str
    """The key under which the cache keeps what comes from here."""

    async def fetch_index(self, key: PackageKey, known: IndexState | None, *, background: bool) -> Fetched | None:
        """Return the document, None if `known` is still right; raise NotFound or an UpstreamError."""

    def open_artifact(self, artifact: Artifact) -> AbstractAsyncContextManager[UpstreamStream]:
        """Open a file; raise NotFound or an UpstreamError on entering."""

    async def fetch_checksum(self, artifact: Artifact) -> Digest | None:
        """Read the digest that the upstream keeps in a text of its own; None if it keeps none; raise UpstreamError."""


class Remote:
    """One upstream registry of one ecosystem."""

    def __init__(
        self, ecosystem: Ecosystem, registry: UpstreamRegistry, upstream: Upstream, gatherer: Gatherer
    ) -> None:
        self.name = registry.origin
        self._ecosystem = ecosystem
        self._registry = registry
        self._upstream = upstream
        self._gatherer = gatherer

    async def fetch_index(self, key: PackageKey, known: IndexState | None, *, background: bool) -> Fetched | None:
        """Ask for the document, with the validators of the one that is known."""
        if self._ecosystem.gather is None:
            return await self._fetch(key, known, background=background)
        validators = None if known is None else (known.etag, known.last_modified)
        gathering = self._ecosystem.gather(self._registry, key)
        gathered = await self._gatherer.run(self._registry, gathering, validators, background=background)
        if gathered is None:
            return None
        if gathered.missing:
            raise NotFound(f"{self._registry.name} has no {key}")
        return Fetched(await self._split(key, gathered.body), gathered.etag, gathered.last_modified)

    async def _fetch(self, key: PackageKey, known: IndexState | None, *, background: bool) -> Fetched | None:
        request = self._ecosystem.document(self._registry.url, key)
        request = msgspec.structs.replace(
            request,
            etag=known.etag if known else None,
            last_modified=known.last_modified if known else None,
            background=background,
        )
        answer = await self._upstream.fetch(self._registry.name, request)
        if answer.status == 304:
            return None
        return Fetched(await self._split(key, answer.body), answer.etag, answer.last_modified)

    async def _split(self, key: PackageKey, body: bytes) -> Index:
        split = self._ecosystem.index.split
        if len(body) > _SPLIT_IN_THREAD_BYTES:
            return await asyncio.to_thread(split, key, body)
        return split(key, body)

    def open_artifact(self, artifact: Artifact) -> AbstractAsyncContextManager[UpstreamStream]:
        """Open the file where the upstream's index says that it is."""
        return self._upstream.stream(self._registry.name, UpstreamRequest(url=self._address(artifact.url)))

    async def fetch_checksum(self, artifact: Artifact) -> Digest | None:
        """Ask for the text beside a file, whose first word is the digest."""
        try:
            answer = await self._upstream.fetch(
                self._registry.name, UpstreamRequest(url=self._address(artifact.checksum_url))
            )
        except NotFound:
            return None
        return parse_checksum(answer.body)

    def _address(self, url: str) -> str:
        return f"{self._registry.url}{url}" if url.startswith("/") else url


class Coalesced:
    """Asks an origin once where many wait for the same document."""

    def __init__(self, origin: Origin) -> None:
        self.name = origin.name
        self._origin = origin
        self._running: dict[PackageKey, asyncio.Task[Fetched | None]] = {}

    async def fetch_index(self, key: PackageKey, known: IndexState | None, *, background: bool) -> Fetched | None:
        """Join a running fetch of the same document or start one; one in the background is on its own."""
        if background:
            return await self._origin.fetch_index(key, known, background=True)
        running = self._running.get(key)
        if running is None:
            running = asyncio.create_task(self._origin.fetch_index(key, known, background=False))
            self._running[key] = running
            running.add_done_callback(self._forget(key))
        # A client that gives up must not end the fetch that others wait for.
        return await asyncio.shield(running)

    def open_artifact(self, artifact: Artifact) -> AbstractAsyncContextManager[UpstreamStream]:
        """Hand on: the cache already follows one transfer for all who want a file."""
        return self._origin.open_artifact(artifact)

    async def fetch_checksum(self, artifact: Artifact) -> Digest | None:
        """Hand on: there is one for each transfer."""
        return await self._origin.fetch_checksum(artifact)

    def _forget(self, key: PackageKey) -> Callable[[asyncio.Task[Fetched | None]], None]:
        def forget(task: asyncio.Task[Fetched | None]) -> None:
            self._running.pop(key, None)
            if not task.cancelled():
                task.exception()  # marks it as seen: every waiter may have gone

        return forget
