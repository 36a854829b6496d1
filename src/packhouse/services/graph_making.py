"""Makes the graph of a package's default version from what is stored here, and remembers what it was made of."""

import hashlib
from collections.abc import Iterable

from msgspec import Struct

from packhouse.domain.actor import Actor
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import NotFound, PackhouseError, Refused, StorageError
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.domain.view import View
from packhouse.services.access import Access
from packhouse.services.dependent_ports import KeptGraph
from packhouse.services.dependent_ways import ways_of
from packhouse.services.ports import FurtherStore
from packhouse.services.records import Records
from packhouse.services.resolve import Resolver
from packhouse.services.routing import Routing
from packhouse.services.snapshot import Need, Snapshot
from packhouse.services.sources.source import Source

EVERYTHING = View(actor=Actor("_", administrator=True))
"""The view of somebody who may see all; no account has such a name."""

_ABSENT = 0


class Made(Struct, frozen=True):
    """A graph, and until when it can stay as it is if nothing changes."""

    kept: KeptGraph
    until: Moment | None = None
    """When a rule will decide otherwise by itself; None for never."""
    lacks_documents: bool = False
    """Whether a further document is not stored: that it comes is in no log."""


class GraphMaker:
    """Makes graphs of one ecosystem; no upstream is asked."""

    def __init__(self, ecosystem: Ecosystem, source: Source, records: Records, documents: "StoredDocuments") -> None:
        """Take a source that answers from the store alone, and the records that are made of it."""
        self._ecosystem = ecosystem
        self._source = source
        self._records = records
        self._documents = documents

    async def make(self, view: View, key: PackageKey) -> Made:
        """Resolve the default version as a view sees it; what cannot be resolved has no graph. Raise StorageError."""
        traced = _Traced(self._source, self._records, self._documents)
        version, graph, error = "", None, ""
        try:
            version = self._ecosystem.default_version(await traced.get(view, key))
            if version:
                graph = await Resolver(self._ecosystem, traced, traced.documents).resolve(view, key, version)
        except StorageError:
            raise
        except PackhouseError as failure:
            error = failure.message
        asked = sorted(traced.marks)
        kept = KeptGraph(
            version=version,
            graph=graph,
            ways=None if graph is None else ways_of(graph),
            error=error,
            asked=tuple(asked),
            marks=tuple(traced.marks[each] for each in asked),
            missed=bool(traced.documents.missed) or _ABSENT in traced.marks.values(),
            lasting=traced.documents.lasting,
        )
        return Made(kept, traced.until, traced.documents.missed)

    async def stands(self, view: View, kept: KeptGraph) -> bool:
        """Tell whether everything that a graph was made of is still the same in a view."""
        return kept.lasting and await is_unchanged(self._source, view, kept)


async def is_unchanged(source: Source, view: View, kept: KeptGraph, need: Need = "known") -> bool:
    """Tell whether a source has the same of every package that a graph was made of; raise an UpstreamError."""
    for key, mark in zip(kept.asked, kept.marks, strict=True):
        try:
            found = _mark(await source.snapshot(view, key, need))
        except NotFound:
            found = _ABSENT
        if found != mark:
            return False
    return True


class StoredDocuments:
    """Further documents as they are stored."""

    def __init__(self, ecosystem: Ecosystem, routing: Routing, store: FurtherStore, access: Access) -> None:
        self._ecosystem = ecosystem
        self._routing = routing
        self._store = store
        self._access = access

    def is_lasting(self, further: FurtherKey) -> bool:
        """Tell whether a document never changes."""
        return self._ecosystem.lasting(further)

    async def find(self, view: View, further: FurtherKey) -> bytes | None:
        """Read a document of a package that the view may see, of the first upstream that has it."""
        if not await self._access.may_read(view, further.key):
            return None
        origins = [each.origin for each in self._routing.upstreams_of(further.key)]
        if await self._access.is_ours(view, further.key):
            origins = [view.origin]
        for origin in origins:
            if (found := await self._store.find_further(origin, further)) is not None:
                return found.body
        return None


class _Traced:
    """The records that one resolution reads, and what it thereby depends on."""

    def __init__(self, source: Source, records: Records, documents: StoredDocuments) -> None:
        self._source = source
        self._records = records
        self.documents = _TracedDocuments(documents, self)
        self.marks: dict[PackageKey, int] = {}
        self.until: Moment | None = None

    async def get(self, view: View, key: PackageKey, need: Need = "known") -> PackageRecord:
        try:
            snapshot = await self._source.snapshot(view, key, need)
        except NotFound:
            self.marks[key] = _ABSENT
            raise
        self.marks[key] = _mark(snapshot)
        ends = snapshot.verdict.until
        if ends is not None:
            self.until = ends if self.until is None else min(self.until, ends)
        return await self._records.read(view, snapshot)

    async def list(self, view: View, keys: Iterable[PackageKey]) -> dict[PackageKey, PackageRecord | None]:
        found: dict[PackageKey, PackageRecord | None] = {}
        for key in keys:
            try:
                found[key] = await self.get(view, key)
            except (NotFound, Refused):
                found[key] = None
        return found


class _TracedDocuments:
    """The documents that one resolution reads."""

    def __init__(self, documents: StoredDocuments, records: _Traced) -> None:
        self._documents = documents
        self._records = records
        self.missed = False
        self.lasting = True

    async def list(self, view: View, wanted: Iterable[FurtherKey]) -> dict[FurtherKey, bytes | None]:
        found: dict[FurtherKey, bytes | None] = {}
        for each in wanted:
            if each.key not in self._records.marks:
                await self._records.list(view, (each.key,))
            body = found[each] = await self._documents.find(view, each)
            self.missed |= body is None
            self.lasting &= self._documents.is_lasting(each)
        return found


def _mark(snapshot: Snapshot) -> int:
    """Make a number that stands for what is seen of a package."""
    seen = f"{snapshot.origin}\n{snapshot.digest}\n{snapshot.verdict.digest}"
    return int.from_bytes(hashlib.blake2b(seen.encode(), digest_size=8).digest(), "big") | 1
