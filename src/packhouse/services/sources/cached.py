"""An origin behind a store: what was fetched once is kept, and confirmed again when it grows old."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from packhouse.domain.digest import Digest, strongest
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import NotFound, StorageError, StorageFull, UpstreamDenied, UpstreamError
from packhouse.domain.events import Event
from packhouse.domain.index import Index, Located
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import Artifact
from packhouse.domain.view import View
from packhouse.services.access import absent
from packhouse.services.changes import carry_over, changes_between
from packhouse.services.notices import Notices
from packhouse.services.ports import (
    BlobWriter,
    Clock,
    IndexState,
    StoredArtifact,
    Stores,
)
from packhouse.services.recent import Recent
from packhouse.services.snapshot import Need, Snapshot
from packhouse.services.sources.remote import Fetched, Origin
from packhouse.services.sources.source import Download
from packhouse.services.sources.transfer import Transfer

T = TypeVar("T")

log = logging.getLogger(__name__)

_WHOLE_BYTES = 1 << 20
"""Files up to this size are checked as a whole before the answer begins."""
_DECISION_MS = 60_000
"""How long a download's answer may be repeated without asking the sources again."""
_RETRY_MS = 5_000
"""How long a stale document is served before the upstream is tried again."""
_MAX_REFRESHING = 32
_MISSING_FILES = 50_000
_CLOSING_S = 10.0
_POLL_MS = 1_000
"""How long a document is served unasked while it is being confirmed in the background."""


class Freshness(Struct, frozen=True):
    """How old a document may become."""

    fresh_ms: int = 60_000
    """Served without asking."""
    stale_ms: int = 240_000
    """Served after that while it is confirmed in the background; beyond, the client waits."""
    insight_ms: int = 3_600_000
    """Questions about a package that nobody installs just now are answered from what is up to this old."""
    missing_ms: int = 30_000
    """For this long a package that the upstream did not have is not asked for again."""


class Cached:
    """Answers from the store, and from the origin where the store has nothing or nothing fresh."""

    def __init__(
        self,
        ecosystem: Ecosystem,
        origin: Origin,
        stores: Stores,
        recent: Recent,
        notices: Notices,
        clock: Clock,
        freshness: Freshness,
    ) -> None:
        self._ecosystem = ecosystem
        self._origin = origin
        self._indexes = stores.indexes
        self._artifacts = stores.artifacts
        self._blobs = stores.blobs
        self._recent = recent
        self._notices = notices
        self._clock = clock
        self._freshness = freshness
        self._missing: dict[PackageKey, Moment] = {}
        self._missing_files: dict[tuple[PackageKey, str], Moment] = {}
        self._refreshing: dict[tuple[PackageKey, bool], asyncio.Task[Snapshot]] = {}
        self._transfers: dict[tuple[PackageKey, str], Transfer] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._background: set[asyncio.Task[Any]] = set()

    async def snapshot(self, view: View, key: PackageKey, need: Need = "usual") -> Snapshot:
        """Answer at once while the document is fresh, soon after with what there is, later only when confirmed."""
        del view  # fragments of upstreams are the same for every view
        state = await self._indexes.find_state(self._origin.name, key)
        now = self._clock()
        if state is None:
            if need != "confirmed" and self._missing.get(key, 0) > now:
                raise absent(key)
            return await self._refresh(key, None)
        age = now - state.checked_at
        served_ms = (
            self._freshness.insight_ms if need == "known" else self._freshness.fresh_ms + self._freshness.stale_ms
        )
        if need == "confirmed" or age >= served_ms:
            return await self._refresh_or_stale(key, state)
        if state.gone_at is not None:
            if age < self._freshness.missing_ms:
                raise absent(key)
            return await self._refresh_or_stale(key, state)
        if age < self._freshness.fresh_ms:
            return _snapshot(state, Moment(state.checked_at + self._freshness.fresh_ms))
        if need == "usual":
            self._refresh_later(key, state)
        return _snapshot(state, Moment(now + _POLL_MS))

    async def index(self, view: View, snapshot: Snapshot) -> Index:
        """Read the document, from memory if it was used a moment ago."""
        del view
        return await self._read(snapshot.key, snapshot.generation)

    async def locate(self, view: View, key: PackageKey, filename: str) -> Located:
        """Find a file's release in what is known; ask the origin only if it is not there.

        A release never changes, so that an old document is as good as a new one; and the files of a package that
        the upstream has removed stay available.
        """
        state = await self._indexes.find_state(self._origin.name, key)
        if state is not None:
            located = await self._locate(key, state.generation, filename)
            if located is not None:
                return located
            if state.gone_at is not None:
                raise _no_such_file(key, filename)
        elif self._ecosystem.locates_by_path:
            return self._locate_without_index(key, filename)
        try:
            snapshot = await self.snapshot(view, key, "usual" if state is None else "confirmed")
        except NotFound:
            return self._locate_without_index(key, filename)
        located = await self._locate(key, snapshot.generation, filename)
        if located is None:
            raise _no_such_file(key, filename)
        return located

    async def download(self, view: View, key: PackageKey, located: Located) -> Download:
        """Return the stored file, or the one that is just arriving."""
        del view
        filename = located.artifact.filename
        stored = await self._artifacts.find_artifact(self._origin.name, key, filename)
        if stored is not None and await self._blobs.find_size(stored.blob) == stored.size_bytes:
            return self._stored_download(stored)
        transfer = self._transfers.get((key, filename))
        if transfer is None or transfer.ended:
            if self._missing_files.get((key, filename), 0) > self._clock():
                raise _no_such_file(key, filename)
            transfer = self._begin(key, located)
        try:
            size = await transfer.wait_size(_WHOLE_BYTES)
        except NotFound:
            if self._ecosystem.files_without_index:
                self._lose_file(key, filename)
            raise
        if size is not None:
            return self._arriving_download(located, transfer, size)
        stored = await self._artifacts.find_artifact(self._origin.name, key, filename)
        if stored is None:
            raise _no_such_file(key, filename)
        return self._stored_download(stored)

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Finish what somebody waited for; give up what waits its turn in the background."""
        for task in self._background:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSING_S)
        for task in self._tasks:
            task.cancel()

    # Documents

    def _locate_without_index(self, key: PackageKey, filename: str) -> Located:
        located = None
        if self._ecosystem.files_without_index:
            located = self._ecosystem.index.locate(key, Index(b"", (), ""), filename)
        if located is None:
            raise absent(key)
        return located

    async def _locate(self, key: PackageKey, generation: int, filename: str) -> Located | None:
        return self._ecosystem.index.locate(key, await self._read(key, generation), filename)

    async def _read(self, key: PackageKey, generation: int) -> Index:
        index = self._recent.find(self._origin.name, key, generation)
        if index is None:
            index = await self._indexes.read_index(self._origin.name, key)
            self._recent.keep(self._origin.name, key, generation, index)
        return index

    async def _refresh_or_stale(self, key: PackageKey, state: IndexState) -> Snapshot:
        """Confirm a document; where the upstream cannot or our disk is full, serve the old one rather than nothing."""
        try:
            return await self._refresh(key, state)
        except UpstreamDenied:
            raise
        except (UpstreamError, StorageFull) as error:
            if state.gone_at is not None:
                raise
            log.warning("served %s as of %d: %s", key, state.checked_at, error)
            return _snapshot(state, Moment(self._clock() + _RETRY_MS), stale=True)

    def _refresh_later(self, key: PackageKey, state: IndexState) -> None:
        """Confirm a document when there is time; of many at once only some, the others when they are next asked for."""
        if (key, True) not in self._refreshing and len(self._refreshing) < _MAX_REFRESHING:
            task = self._spawn(self._refresh_quietly(key, state))
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    async def _refresh_quietly(self, key: PackageKey, state: IndexState) -> None:
        try:
            await self._refresh(key, state, background=True)
        except NotFound:
            log.info("%s is gone from its upstream", key)
        except (UpstreamError, StorageError) as error:
            log.warning("could not confirm %s: %s", key, error)

    async def _refresh(self, key: PackageKey, state: IndexState | None, *, background: bool = False) -> Snapshot:
        """Join a running refresh of the same document or run one.

        A client never joins one in the background: that waits its turn, a client does not.
        """
        which = (key, background)
        running = self._refreshing.get(which)
        if running is None:
            running = self._spawn(self._fetch(key, state, background=background))
            self._refreshing[which] = running
            if background:
                self._background.add(running)
                running.add_done_callback(self._background.discard)
            running.add_done_callback(lambda _: self._refreshing.pop(which, None))
        return await asyncio.shield(running)

    async def _fetch(self, key: PackageKey, state: IndexState | None, *, background: bool) -> Snapshot:
        try:
            # A package that was gone is fetched whole: what its validators stood for is not served any more.
            known = state if state is not None and state.gone_at is None else None
            fetched = await self._origin.fetch_index(key, known, background=background)
        except NotFound:
            await self._lose(key, state)
            raise absent(key) from None
        if background:
            newest = await self._indexes.find_state(self._origin.name, key)
            if newest is not None and newest != state:
                # A client was faster: what it was told must not be replaced by something that may be older.
                return _snapshot(newest, Moment(newest.checked_at + self._freshness.fresh_ms))
        state = await self._confirm(state) if fetched is None else await self._write(key, state, fetched)
        return _snapshot(state, Moment(state.checked_at + self._freshness.fresh_ms))

    async def _confirm(self, state: IndexState | None) -> IndexState:
        if state is None:  # an origin says "unchanged" only of something that we have
            message = "an upstream confirmed a document that we never had"
            raise NotFound(message)
        state = msgspec.structs.replace(state, checked_at=self._clock())
        await self._indexes.write_state(state)
        return state

    async def _write(self, key: PackageKey, old: IndexState | None, fetched: Fetched) -> IndexState:
        now = self._clock()
        state = IndexState(
            origin=self._origin.name,
            key=key,
            generation=0,
            digest=fetched.index.digest,
            checked_at=now,
            changed_at=now,
            etag=fetched.etag,
            last_modified=fetched.last_modified,
        )
        if old is not None and old.digest == state.digest and old.gone_at is None:
            same = msgspec.structs.replace(state, generation=old.generation, changed_at=old.changed_at)
            await self._indexes.write_state(same)
            return same
        index, events = fetched.index, [Event("package_seen", now, self._origin.name, key)]
        if old is not None:
            before = await self._read(key, old.generation)
            index = carry_over(before, index, old.checked_at)
            events = changes_between(before, index, old, now, self._ecosystem.index.tags)
        summary = self._ecosystem.index.summary(key, index)
        state = await self._indexes.write_index(state, index, events, summary)
        self._missing.pop(key, None)
        self._recent.keep(self._origin.name, key, state.generation, index)
        self._notices.changed(key)
        return state

    async def _lose(self, key: PackageKey, state: IndexState | None) -> None:
        """Remember that the upstream has no such package; what we have of it stays, but its index is not served."""
        now = self._clock()
        if state is None:
            if len(self._missing) > 10_000:
                self._missing.clear()
            self._missing[key] = Moment(now + self._freshness.missing_ms)
            return
        events: Sequence[Event] = ()
        if state.gone_at is None:
            events = [Event("package_gone", now, self._origin.name, key)]
        gone_at = state.gone_at or now
        await self._indexes.write_state(msgspec.structs.replace(state, checked_at=now, gone_at=gone_at), events)
        self._notices.changed(key)

    # Files

    def _lose_file(self, key: PackageKey, filename: str) -> None:
        """Remember that the upstream has no such file: some clients ask for many that may exist."""
        if len(self._missing_files) > _MISSING_FILES:
            self._missing_files.clear()
        self._missing_files[key, filename] = Moment(self._clock() + self._freshness.missing_ms)

    def _begin(self, key: PackageKey, located: Located) -> Transfer:
        trusting = self._ecosystem.digests == "first-use"
        transfer = Transfer(located, self._blobs, partial(self._find_digest, key), trusting=trusting)
        where = (key, located.artifact.filename)
        self._transfers[where] = transfer
        task = self._spawn(self._transfer(key, located, transfer))
        task.add_done_callback(lambda _: self._end(where, transfer))
        return transfer

    async def _find_digest(self, key: PackageKey, artifact: Artifact) -> Digest | None:
        """Find what a file must hash to: what the index says, what the upstream says elsewhere, what it was before."""
        expected = strongest(artifact.digests)
        if expected is None and artifact.checksum_url:
            expected = await self._origin.fetch_checksum(artifact)
        if expected is None:
            before = await self._artifacts.find_artifact(self._origin.name, key, artifact.filename)
            expected = None if before is None else before.blob
        return expected

    def _end(self, where: tuple[PackageKey, str], transfer: Transfer) -> None:
        if self._transfers.get(where) is transfer:
            del self._transfers[where]

    async def _transfer(self, key: PackageKey, located: Located, transfer: Transfer) -> None:
        async def record(blob: Digest, writer: BlobWriter) -> None:
            stored = StoredArtifact(
                filename=located.artifact.filename,
                version=located.fragment.version,
                blob=blob,
                size_bytes=writer.size_bytes,
                digests=writer.digests,
                stored_at=self._clock(),
            )
            await self._artifacts.write_artifact(self._origin.name, key, stored)

        await transfer.run(lambda wanted: self._origin.open_artifact(wanted.artifact), record)

    def _stored_download(self, stored: StoredArtifact) -> Download:
        def chunks(start: int, stop: int) -> AsyncIterator[bytes]:
            return self._blobs.stream(stored.blob, start, stop)

        return Download(
            filename=stored.filename,
            version=stored.version,
            size_bytes=stored.size_bytes,
            etag=f'"{stored.blob.value[:32]}"',
            stored_at=stored.stored_at,
            chunks=chunks,
            open_file=partial(self._blobs.open_file, stored.blob),
            valid_until=Moment(self._clock() + _DECISION_MS),
            digests=stored.digests,
        )

    def _arriving_download(self, located: Located, transfer: Transfer, size_bytes: int) -> Download:
        return Download(
            filename=located.artifact.filename,
            version=located.fragment.version,
            size_bytes=size_bytes,
            etag="",
            stored_at=self._clock(),
            chunks=transfer.follow,
            open_file=None,
            valid_until=Moment(0),
        )

    def _spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Run something whose waiters may all have gone, and keep it from being collected."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._settle)
        return task

    def _settle(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # marks it as seen: whoever still waits gets it too


def _snapshot(state: IndexState, valid_until: Moment, *, stale: bool = False) -> Snapshot:
    return Snapshot(
        origin=state.origin,
        key=state.key,
        generation=state.generation,
        digest=state.digest,
        changed_at=state.changed_at,
        valid_until=valid_until,
        stale=stale,
    )


def _no_such_file(key: PackageKey, filename: str) -> NotFound:
    return NotFound(f"{key} has no file {filename[:200]}", "no release of the package owns such a file")
