"""Changes to packages that are published here: decided over values, written at once or not at all."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from typing import Protocol
from weakref import WeakValueDictionary

import msgspec
from msgspec import Struct

from packhouse.domain.accounts import Ownership
from packhouse.domain.actor import Actor
from packhouse.domain.digest import Digest
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import Conflict, NotFound, NotPermitted, PackhouseError, StorageError, UpstreamOff
from packhouse.domain.events import Event, EventKind
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Index, Summary
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.view import View
from packhouse.services.access import Access
from packhouse.services.account_ports import HostedChange, OwnedStore
from packhouse.services.audit import Audit
from packhouse.services.notices import Notices
from packhouse.services.ports import (
    ArtifactStore,
    BlobStore,
    BlobWriter,
    Clock,
    FurtherStore,
    IndexState,
    IndexStore,
    StoredArtifact,
    StoredFurther,
)
from packhouse.services.recent import Recent
from packhouse.services.sources.source import Source
from packhouse.services.summaries import Summaries

log = logging.getLogger(__name__)

_PACKAGES = 256
_CLAIMS = 1000
"""Claims of so many packages are remembered, if they are not more."""
_TRIES = 20
"""Another process may change the same package; more than that is not chance."""


class Hosted(Struct, frozen=True):
    """A package that is published here, as a change finds it."""

    key: PackageKey
    index: Index | None
    """None for one that was never published."""
    ownership: Ownership | None
    claims: frozenset[str]
    """Versions that were ever published, the removed ones too: none may be published again."""
    generation: int
    now: Moment
    documents: dict[str, bytes] = {}
    """Those of the wanted further documents that there are, by path."""


class Change(Struct, frozen=True):
    """What a package is to become; made by an ecosystem's pure functions."""

    index: Index
    action: str
    """For the audit log, such as `publish` or `tag add`."""
    subject: str = ""
    """What it is about beside the package, such as a version or tag."""
    events: tuple[tuple[EventKind, str, dict[str, str]], ...] = ()
    """Kind, version (or empty) and detail of each entry of the event log."""
    ownership: Ownership | None = None
    claims: tuple[str, ...] = ()
    identity: str = ""
    """What its name shares with other spellings, of which none can be another package from now on."""
    files: tuple[StoredArtifact, ...] = ()
    removed_files: tuple[str, ...] = ()
    further: tuple[tuple[FurtherKey, StoredFurther], ...] = ()
    removed_further: tuple[FurtherKey, ...] = ()
    stars: dict[str, bool] = {}
    summary: Summary | None = None
    """What search shows of it; None to make that of its index and documents."""


class PublishingStore(IndexStore, OwnedStore, FurtherStore, ArtifactStore, Protocol):
    """What a change reads and writes."""


class Places(Struct, frozen=True):
    """Where packages and their files are kept."""

    store: PublishingStore
    blobs: BlobStore
    recent: Recent


Edit = Callable[[Hosted], Change | None]
"""Decides a change; pure, since it may be called again when somebody was faster. None changes nothing."""


class Publishing:
    """Changes the packages of one ecosystem."""

    def __init__(
        self,
        ecosystem: Ecosystem,
        places: Places,
        upstream: Source,
        access: Access,
        audit: Audit,
        notices: Notices,
        clock: Clock,
        summaries: Summaries,
    ) -> None:
        self._ecosystem = ecosystem
        self._summaries = summaries
        self._store = places.store
        self._blobs = places.blobs
        self._recent = places.recent
        self._upstream = upstream
        self.access = access
        self._audit = audit
        self._notices = notices
        self._clock = clock
        self._arriving: Counter[str] = Counter()
        self._begun = 0
        """How many files were ever begun to be placed."""
        self._claims: dict[tuple[str, PackageKey], tuple[int, frozenset[str]]] = {}
        """Of packages that were changed lately, by their generation: a claim is only made with a new one."""
        self._locks: WeakValueDictionary[tuple[str, PackageKey], asyncio.Lock] = WeakValueDictionary()

    async def find(self, view: View, key: PackageKey, paths: Collection[str] = ()) -> Hosted:
        """Read a package as it is now, with some of its further documents; decides nothing about who may."""
        ownership = await self.access.ownership(view, key)
        # Whatever is published here is somebody's from the same transaction on.
        state = None if ownership is None else await self._store.find_state(view.origin, key)
        index = None if state is None else await self._read(view.origin, key, state.generation)
        claims = frozenset[str]() if state is None else await self._claimed(view.origin, key, state.generation)
        generation = 0 if state is None else state.generation
        documents = {} if state is None else await self._read_further(view.origin, key, paths)
        return Hosted(key, index, ownership, claims, generation, self._clock(), documents)

    async def files_of(self, view: View, key: PackageKey, filenames: Iterable[str]) -> list[StoredArtifact]:
        """List the stored files of a package that have these names."""
        found = [await self._store.find_artifact(view.origin, key, filename) for filename in filenames]
        return [file for file in found if file is not None]

    async def get(self, view: View, key: PackageKey) -> Hosted:
        """Read a package that was published here; raise NotFound for any other."""
        hosted = await self.find(view, key)
        if hosted.index is None or (hosted.ownership is not None and hosted.ownership.removed_at is not None):
            raise NotFound(f"{key} is not published here", "packages of upstreams are changed where they come from")
        return hosted

    async def change(
        self, view: View, key: PackageKey, edit: Edit, found: Hosted | None = None, paths: Collection[str] = ()
    ) -> IndexState | None:
        """Change a package, whoever may: `access.require` is asked before. Raise what `edit` raises, or Conflict.

        Changes of one package wait for one another here; where another process was faster, the edit is made anew.
        `found` is what `find` said a moment ago, of the same paths.
        """
        async with self._lock(view.origin, key) as waited:
            known = None if found is None or waited else msgspec.structs.replace(found, now=self._clock())
            for _ in range(_TRIES):
                hosted = known or await self.find(view, key, paths)
                known = None
                change = edit(hosted)
                if change is None:
                    return None
                try:
                    state = await self._store.commit(await self._commitment(view, hosted, change))
                except Conflict:
                    again = await self.find(view, key)
                    if again.generation == hosted.generation:
                        raise  # not somebody who was faster: a version that is taken
                    continue
                self._recent.keep(view.origin, key, state.generation, change.index)
                self._remember_claims(view.origin, key, state.generation, hosted.claims.union(change.claims))
                self._notices.changed(key)
                return state
        raise Conflict(f"{key} is being changed by too many at once", "try again")

    async def check_new_name(self, view: View, key: PackageKey) -> None:
        """Let a name be used for the first time that would hide nobody's package; raise NotPermitted or UpstreamError.

        Upstreams that are switched off have nothing to hide.
        """
        if self.access.may_shadow(view.actor, key):
            return
        try:
            found = await self._upstream.snapshot(View(view.registry), key, "confirmed")
        except (NotFound, UpstreamOff):
            return
        hint = "choose another name, or let an administrator grant you the role of maintainer for it"
        raise NotPermitted(f"{key} exists at {found.origin}, and publishing it here would hide that one", hint)

    async def store_file(self, chunks: Iterable[bytes] | AsyncIterator[bytes]) -> "Upload":
        """Write a file that is not visible yet; `Upload.commit` makes it so, `Upload.abort` forgets it."""
        writer = await self._blobs.writer(durable=True)
        try:
            if isinstance(chunks, AsyncIterator):
                async for chunk in chunks:
                    await writer.write(chunk)
            else:
                for chunk in chunks:
                    await writer.write(chunk)
            await writer.finish()
        except BaseException:
            await writer.abort()
            raise
        return Upload(writer)

    async def forget_files(self, files: Iterable[StoredArtifact]) -> None:
        """Delete what removed files held, unless another file of this server is the same.

        They are removed already, whatever happens here: what cannot be deleted is left, and said in the log.
        """
        for file in files:
            try:
                await self._delete_unused(file.blob, 0)
            except StorageError as error:
                log.warning("could not delete %s, which nothing refers to: %s", file.blob.value, error)

    async def _delete_unused(self, blob: Digest, mine: int) -> None:
        """Delete a file that nothing refers to, and that nobody but the caller is just placing."""
        for _ in range(_TRIES):
            begun = self._begun
            used = await self._store.uses_blob(blob)
            # Whoever has begun since may have placed the same file meanwhile; from here on nothing can come between.
            if begun == self._begun:
                if not used and self._arriving[blob.value] == mine:
                    await self._blobs.delete(blob)
                return

    @asynccontextmanager
    async def placing(self, upload: "Upload") -> AsyncIterator[Digest]:
        """Make a file visible while a release is written that has it; where that fails, it is deleted again."""
        value = next(digest for digest in upload.digests if digest.algorithm == "sha256").value
        self._arriving[value] += 1
        self._begun += 1
        try:
            blob = await upload.commit()
            try:
                yield blob
            except PackhouseError:
                await self._delete_unused(blob, 1)
                raise
            finally:
                await upload.settle()
        finally:
            self._arriving[value] -= 1
            self._arriving += Counter()  # forgets what is at zero

    async def _read_further(self, origin: str, key: PackageKey, paths: Collection[str]) -> dict[str, bytes]:
        found = {path: await self._store.find_further(origin, FurtherKey(key, path)) for path in paths}
        return {path: stored.body for path, stored in found.items() if stored is not None}

    async def _read(self, origin: str, key: PackageKey, generation: int) -> Index:
        index = self._recent.find(origin, key, generation)
        if index is None:
            index = await self._store.read_index(origin, key)
            self._recent.keep(origin, key, generation, index)
        return index

    async def _claimed(self, origin: str, key: PackageKey, generation: int) -> frozenset[str]:
        known = self._claims.get((origin, key))
        if known is not None and known[0] == generation:
            return known[1]
        claims = await self._store.list_claims(origin, key)
        self._remember_claims(origin, key, generation, claims)
        return claims

    def _remember_claims(self, origin: str, key: PackageKey, generation: int, claims: frozenset[str]) -> None:
        self._claims.pop((origin, key), None)
        if len(claims) <= _CLAIMS:
            self._claims[origin, key] = (generation, claims)
            if len(self._claims) > _PACKAGES:
                del self._claims[next(iter(self._claims))]

    async def _commitment(self, view: View, hosted: Hosted, change: Change) -> HostedChange:
        now, key, origin = self._clock(), hosted.key, view.origin
        gone_at = change.ownership.removed_at if change.ownership is not None else None
        state = IndexState(
            origin=origin,
            key=key,
            generation=0,
            digest=change.index.digest,
            checked_at=now,
            changed_at=now,
            gone_at=gone_at,
        )
        events = tuple(
            Event(kind, now, origin, key, version, {**detail, "by": view.actor.user})
            for kind, version, detail in change.events
        )
        subject = f"{key}{change.subject}"
        return HostedChange(
            state=state,
            expected=hosted.generation,
            index=change.index,
            summary=None if gone_at is not None else change.summary or await self._summarize(origin, hosted, change),
            events=events,
            ownership=change.ownership,
            claims=change.claims,
            identity=change.identity,
            files=change.files,
            removed_files=change.removed_files,
            further=change.further,
            removed_further=change.removed_further,
            stars=change.stars,
            audit=self._audit.entry(view.actor, f"{self._ecosystem.key} {change.action}", subject),
        )

    async def _summarize(self, origin: str, hosted: Hosted, change: Change) -> Summary | None:
        fresh: dict[str, bytes | None] = {key.path: stored.body for key, stored in change.further}
        fresh |= dict.fromkeys(key.path for key in change.removed_further)
        ownership = change.ownership or hosted.ownership
        return await self._summaries.make(origin, hosted.key, change.index, ownership, fresh)

    @asynccontextmanager
    async def _lock(self, origin: str, key: PackageKey) -> AsyncIterator[bool]:
        """Let one at a time change a package; tell whether there was another."""
        lock = self._locks.get((origin, key))
        if lock is None:
            lock = self._locks[origin, key] = asyncio.Lock()
        waited = lock.locked()
        async with lock:
            yield waited


class Upload:
    """A file that was sent and is not visible yet."""

    def __init__(self, writer: BlobWriter) -> None:
        self._writer = writer
        self.size_bytes = writer.size_bytes
        self.digests: tuple[Digest, ...] = writer.digests
        """md5, sha1, sha256 and sha512."""

    def read(self, start: int, length: int) -> bytes:
        """Read back what was sent."""
        return self._writer.read(start, length)

    async def commit(self) -> Digest:
        """Make it durable and visible under its SHA-256."""
        return await self._writer.commit()

    async def settle(self) -> None:
        """Say that a release has the file now, or that none will."""
        await self._writer.settle()

    async def abort(self) -> None:
        """Forget it; harmless after `commit`."""
        await self._writer.abort()


def new_ownership(actor: Actor, *, restricted: bool) -> Ownership:
    """Make the ownership of a package that somebody publishes for the first time."""
    return Ownership(owners=(actor.user,), restricted=restricted)
