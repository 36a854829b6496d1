"""Packages published here."""

from collections.abc import AsyncIterator
from functools import partial

from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import NotFound
from packhouse.domain.index import Index, Located
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.view import View
from packhouse.services.access import absent
from packhouse.services.ports import Clock, Stores
from packhouse.services.recent import Recent
from packhouse.services.snapshot import Need, Snapshot
from packhouse.services.sources.source import Download

_RECHECK_MS = 60_000
"""A publish invalidates what is served at once; this only bounds what a lost invalidation can do."""


class Hosted:
    """Answers from the store alone, for the packages that belong to the view's registry."""

    def __init__(self, ecosystem: Ecosystem, stores: Stores, recent: Recent, clock: Clock) -> None:
        self._ecosystem = ecosystem
        self._indexes = stores.indexes
        self._artifacts = stores.artifacts
        self._blobs = stores.blobs
        self._recent = recent
        self._clock = clock

    async def snapshot(self, view: View, key: PackageKey, need: Need = "usual") -> Snapshot:
        """Return the present state: what is stored here is always right."""
        del need
        state = await self._indexes.find_state(view.origin, key)
        if state is None or state.gone_at is not None:
            raise absent(key)
        return Snapshot(
            view.origin, key, state.generation, state.digest, state.changed_at, Moment(self._clock() + _RECHECK_MS)
        )

    async def index(self, view: View, snapshot: Snapshot) -> Index:
        """Read the document."""
        index = self._recent.find(view.origin, snapshot.key, snapshot.generation)
        if index is None:
            index = await self._indexes.read_index(view.origin, snapshot.key)
            self._recent.keep(view.origin, snapshot.key, snapshot.generation, index)
        return index

    async def locate(self, view: View, key: PackageKey, filename: str) -> Located:
        """Find a file's release in the stored document."""
        snapshot = await self.snapshot(view, key)
        located = self._ecosystem.index.locate(key, await self.index(view, snapshot), filename)
        if located is None:
            raise NotFound(f"{key} has no file {filename[:200]}")
        return located

    async def download(self, view: View, key: PackageKey, located: Located) -> Download:
        """Return the stored file."""
        filename = located.artifact.filename
        stored = await self._artifacts.find_artifact(view.origin, key, filename)
        if stored is None:
            raise NotFound(f"{key} has no file {filename[:200]}")
        blob = stored.blob

        def chunks(start: int, stop: int) -> AsyncIterator[bytes]:
            return self._blobs.stream(blob, start, stop)

        return Download(
            filename=filename,
            version=stored.version,
            size_bytes=stored.size_bytes,
            etag=f'"{blob.value[:32]}"',
            stored_at=stored.stored_at,
            chunks=chunks,
            open_file=partial(self._blobs.open_file, blob),
            valid_until=Moment(self._clock() + _RECHECK_MS),
            digests=stored.digests,
        )
