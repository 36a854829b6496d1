"""The legacy index: the same lines as those of the sparse one, in a git repository that can be read only.

It holds what everybody may see, and nothing else. Whoever asks is told of what has happened up to then, but for what
has happened within the last moment: files are written at most once in that time.
"""

import asyncio
import importlib.util
import io
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from packhouse.domain.errors import ConfigError, Invalid, NotFound, NotPermitted, TooLarge, TooOften
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.git_protocol import UPLOAD_PACK, advertise, upload_pack
from packhouse.ecosystems.cargo.git_repository import GitRepository
from packhouse.ecosystems.cargo.index import join
from packhouse.ecosystems.cargo.names import index_path
from packhouse.http.answers import Answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services
from packhouse.services.ports import IndexState

_ANYONE = View()
_PAGE = 500
_WHOLE_MS = 3_600_000
"""How often everything is looked at: time alone may let a release through, or somebody's decision."""
_NEW_ADDRESS_MS = 10_000
"""How often a line of commits may begin for an address that nobody has asked under."""
_BODY_BYTES = 4 << 20
_AT_ONCE = 2
"""Packs that are made at the same time."""


class GitIndex:
    """The handlers."""

    def __init__(self, services: Services, folder: Path, refresh_ms: int = 1_000) -> None:
        """Take where the repository is, or is to be made; raise ConfigError where the library is missing."""
        if importlib.util.find_spec("dulwich") is None:
            raise ConfigError("a git index takes the package dulwich", "install packhouse[git]")
        # It tells of each request what both sides can do.
        logging.getLogger("dulwich").setLevel(logging.WARNING)
        self._services = services
        self._folder = folder
        self._refresh_ms = refresh_ms
        self._repository: GitRepository | None = None
        self._refreshed_at = 0
        self._whole_at = 0
        self._new_address_at = 0
        self._changing = asyncio.Lock()
        self._packing = asyncio.Semaphore(_AT_ONCE)

    def routes(self) -> list[Route]:
        """List the addresses."""
        return [
            route("git/index/info/refs", GET=self.refs),
            route(f"git/index/{UPLOAD_PACK}", POST=self.pack),
        ]

    async def refs(self, request: Request) -> Answer:
        """Tell which commit is the newest."""
        service = request.query.get("service", "")
        if service != UPLOAD_PACK:
            raise NotPermitted("the git index can be read only, by the smart protocol", "publish with `cargo publish`")
        commits = await self._commits(request)
        body = await asyncio.to_thread(advertise, self._folder, commits)
        return Answer(
            content_type=f"application/x-{UPLOAD_PACK}-advertisement", body=body, cache_control="no-cache, no-store"
        )

    async def pack(self, request: Request) -> Answer:
        """Send what a client does not have."""
        body = await request.read_body(_BODY_BYTES)
        if request.header(b"content-encoding") == "gzip":
            body = await asyncio.to_thread(_gunzip, body)
        commits = await self._commits(request)
        async with self._packing:
            answer = await asyncio.to_thread(upload_pack, self._folder, commits, body)
        return Answer(content_type=f"application/x-{UPLOAD_PACK}-result", body=answer, cache_control="no-cache")

    async def _commits(self, request: Request) -> list[str]:
        view = request.view
        if view.as_of is not None or view.registry != _ANYONE.registry or self._services.access.is_closed:
            # Who asks is not known to git: it has what everybody may see.
            raise NotFound("there is no git index of this view", "the sparse index has it")
        config = msgspec.json.encode({"dl": f"{request.base}/api/v1/crates", "api": request.base})
        async with self._changing:
            repository = await self._refresh()
            now = self._services.clock()
            if not repository.knows(request.base):
                if now - self._new_address_at < _NEW_ADDRESS_MS:
                    hint = "set public_url, so that there is one address only"
                    raise TooOften("the git index was just made for another address", hint, _NEW_ADDRESS_MS / 1000)
                self._new_address_at = now
            return await asyncio.to_thread(repository.commits, request.base, config, now // 1000)

    async def _refresh(self) -> GitRepository:
        """Write what has changed since, unless that was a moment ago."""
        if self._repository is None:
            self._repository = await asyncio.to_thread(GitRepository, self._folder)
        repository, now = self._repository, self._services.clock()
        if now - self._whole_at >= _WHOLE_MS:
            await self._write_all(repository)
            self._whole_at = self._refreshed_at = now
        elif now - self._refreshed_at >= self._refresh_ms:
            await self._write_changed(repository)
            self._refreshed_at = now
        return repository

    async def _write_all(self, repository: GitRepository) -> None:
        sequence = await self._services.feed.latest()
        left = set(await asyncio.to_thread(repository.paths))
        async for files in self._pages():
            left -= files.keys()
            await asyncio.to_thread(repository.apply, files, repository.sequence)
        await asyncio.to_thread(repository.apply, dict.fromkeys(left), sequence)

    async def _pages(self) -> AsyncIterator[dict[str, bytes | None]]:
        """Read all index files that everybody may see."""
        files: dict[str, bytes | None] = {}
        async for shown in self._services.feed.named(_ANYONE):
            await asyncio.sleep(0)
            body = await self._lines(shown.state)
            if body is not None:
                files[index_path(shown.state.key.name)] = body
            if len(files) >= _PAGE:
                yield files
                files = {}
        yield files

    async def _write_changed(self, repository: GitRepository) -> None:
        """Follow the event log: that something is hidden now is an event as well."""
        feed, mine = self._services.feed, self._services.ecosystem.key
        latest, after = await feed.latest(), repository.sequence
        if latest <= after:
            return
        keys: set[PackageKey] = set()
        while events := await self._services.events.list_events(after, _PAGE):
            keys.update(each.key for each in events if each.key.ecosystem == mine and each.key.name)
            after = events[-1].sequence
            await asyncio.sleep(0)
        files: dict[str, bytes | None] = {}
        for key in keys:
            await asyncio.sleep(0)
            state = await feed.find(_ANYONE, key)
            files[index_path(key.name)] = None if state is None else await self._lines(state)
        await asyncio.to_thread(repository.apply, files, max(latest, after))

    async def _lines(self, state: IndexState) -> bytes | None:
        if state.gone_at is not None:
            return None
        index = await self._services.feed.index(_ANYONE, state)
        return join(index, index.fragments) if index.fragments else None


def _gunzip(body: bytes) -> bytes:
    import gzip  # noqa: PLC0415 (start-up time)
    import zlib  # noqa: PLC0415 (start-up time)

    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            made = file.read(_BODY_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise Invalid("the body is not compressed with gzip, as it says") from None
    if len(made) > _BODY_BYTES:
        raise TooLarge(f"the body is larger than {_BODY_BYTES} bytes")
    return made
