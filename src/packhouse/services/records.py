"""Records: derived from an index document when they are first asked for, then kept."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable

import msgspec

from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import NotFound, UpstreamError
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord, Release, without_files, without_versions
from packhouse.domain.view import View
from packhouse.policy.decision import NOTHING_REFUSED
from packhouse.services.file_licences import FileLicences
from packhouse.services.further import FurtherDocuments
from packhouse.services.ports import RecordStore
from packhouse.services.snapshot import Need, Snapshot
from packhouse.services.sources.source import Source

log = logging.getLogger(__name__)

_ROUNDS = 40
"""A chain of documents that name one another ends somewhere."""
_AT_ONCE = 48
"""Packages asked for side by side."""
_THREAD_FRAGMENTS = 100
"""Documents with more releases are described off the event loop."""


class Records:
    """Answers with a package's record as one view sees it."""

    def __init__(
        self,
        ecosystem: Ecosystem,
        source: Source,
        store: RecordStore,
        memory_bytes: int,
        further: FurtherDocuments,
        licences: FileLicences | None = None,
    ) -> None:
        self._ecosystem = ecosystem
        self._further = further
        self._licences = licences
        self._source = source
        self._store = store
        self._memory_bytes = memory_bytes
        self._size_bytes = 0
        self._kept: OrderedDict[tuple[str, PackageKey, str], tuple[PackageRecord, int]] = OrderedDict()

    async def get(self, view: View, key: PackageKey, need: Need = "usual") -> PackageRecord:
        """Return the record; raise NotFound or an UpstreamError."""
        return await self.read(view, await self._source.snapshot(view, key, need))

    async def list(
        self, view: View, keys: Iterable[PackageKey], need: Need = "known"
    ) -> dict[PackageKey, PackageRecord | None]:
        """Return many records, None for packages that do not exist; raise an UpstreamError."""
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def one(key: PackageKey) -> tuple[PackageKey, PackageRecord | None]:
            async with at_once:
                try:
                    return key, await self.get(view, key, need)
                except NotFound:
                    return key, None

        return dict(await asyncio.gather(*(one(key) for key in keys)))

    async def read(self, view: View, snapshot: Snapshot) -> PackageRecord:
        """Return the record of a snapshot, without what it refuses."""
        where = (snapshot.origin, snapshot.key, snapshot.digest)
        kept = self._kept.get(where)
        if kept is not None:
            self._kept.move_to_end(where)
            record = kept[0]
        else:
            record = await self._stored(view, snapshot)
            self._keep(where, record)
        verdict = snapshot.verdict
        if not verdict.dropped:
            return record
        left = without_versions(without_files(record, verdict.dropped), verdict.versions)
        return msgspec.structs.replace(left, tags=self._ecosystem.index.retag(record.tags, left.versions))

    async def release(self, view: View, key: PackageKey, version: str, need: Need = "known") -> Release:
        """Return one release with all that can be found out about it; raise NotFound, Refused or an UpstreamError.

        Where a further document cannot be had, the release is what is known without it.
        """
        record = await self.get(view, key, need)
        release = record.find(version)
        if release is None:
            raise NotFound(f"{key} has no release {version}", "its versions are listed with the package")
        return await self.complete(view, key, release)

    async def complete(self, view: View, key: PackageKey, release: Release) -> Release:
        """Complete a release from further documents and its files, as far as they can be had."""
        completed = await self._from_documents(view, key, release)
        if completed.licences or self._licences is None:
            return completed
        licences = await self._licences.find(view, key, release.version)
        return msgspec.structs.replace(completed, licences=licences) if licences else completed

    async def _from_documents(self, view: View, key: PackageKey, release: Release) -> Release:
        if self._ecosystem.complete is None:
            return release
        documents: dict[FurtherKey, bytes | None] = {}
        for _ in range(_ROUNDS):
            completed = self._ecosystem.complete(key, release, documents)
            if isinstance(completed, Release):
                return completed
            wanted = [further for further in completed if further not in documents]
            if not wanted:
                break
            bodies = await asyncio.gather(*(self._document(view, further) for further in wanted))
            documents.update(zip(wanted, bodies, strict=True))
        return release

    async def _document(self, view: View, further: FurtherKey) -> bytes | None:
        """Read a further document; one that cannot be had now counts as one that does not exist."""
        try:
            return (await self._further.get(view, further)).body
        except NotFound:
            return None
        except UpstreamError as error:
            log.info("goes without %s: %s", further, error)
            return None

    async def _stored(self, view: View, snapshot: Snapshot) -> PackageRecord:
        found = await self._store.find_record(snapshot.origin, snapshot.key)
        if found is not None and found[0] == snapshot.generation:
            return found[1]
        # The stored record is that of the whole document: every view leaves out for itself what it may not see.
        whole = msgspec.structs.replace(snapshot, verdict=NOTHING_REFUSED)
        index = await self._source.index(view, whole)
        describe = self._ecosystem.index.describe
        if len(index.fragments) > _THREAD_FRAGMENTS:
            record = await asyncio.to_thread(describe, snapshot.key, index)
        else:
            record = describe(snapshot.key, index)
        await self._store.write_record(snapshot.origin, snapshot.generation, record)
        return record

    def _keep(self, where: tuple[str, PackageKey, str], record: PackageRecord) -> None:
        size = sum(memoryview(release).nbytes + 100 for release in record.releases)
        self._kept[where] = (record, size)
        self._size_bytes += size
        while self._size_bytes > self._memory_bytes:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._size_bytes -= dropped
