"""What the services need of the outside world; adapters implement it.

Every method may raise StorageError (StorageFull, StorageDamaged) where it touches our disk.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from packhouse.domain.digest import Digest
from packhouse.domain.events import Event
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Index, Summary
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.domain.search import Position, SearchQuery, SearchScope, Standing
from packhouse.domain.upstream import HostHealth, UpstreamAnswer, UpstreamRequest


class Clock(Protocol):
    """The time; a parameter, so that tests own it."""

    def __call__(self) -> Moment:
        """Return the present moment."""


class IndexState(Struct, frozen=True):
    """All of a stored index document but its bytes."""

    origin: str
    key: PackageKey
    generation: int
    """Grows with every change of the document, and when it is gone; unique over all documents of the store."""
    digest: str
    """`Index.digest` of the document."""
    checked_at: Moment
    """When the upstream last confirmed it."""
    changed_at: Moment
    """When its bytes last changed here."""
    etag: str | None = None
    last_modified: str | None = None
    gone_at: Moment | None = None
    """When the upstream said that the package no longer exists; None while it does."""


class IndexStore(Protocol):
    """Index documents with their events and search entries."""

    async def find_state(self, origin: str, key: PackageKey) -> IndexState | None:
        """Look up what is known of a document."""

    async def read_index(self, origin: str, key: PackageKey) -> Index:
        """Read a whole document; raise NotFound if there is none, StorageDamaged if its digest is wrong."""

    async def write_index(
        self, state: IndexState, index: Index, events: Sequence[Event], summary: Summary | None
    ) -> IndexState:
        """Store a new or changed document, its events and search entry, if it has one, in one transaction.

        The `generation` of the argument is ignored; the returned state carries the one given by the store.
        """

    async def write_state(self, state: IndexState, events: Sequence[Event] = ()) -> None:
        """Change all but the bytes: confirmed again, or gone. With events it is a change: its generation is a new one.

        Nothing happens if the document has changed since the generation of the state.
        """

    async def list_states(self, after: int, limit: int) -> Sequence[IndexState]:
        """List documents whose generation is above `after`, in the order of their generations."""


class Listed(Struct, frozen=True):
    """One package in a list of all: what is known of its document, and what search shows of it."""

    state: IndexState
    summary: Summary | None


class PackageList(Protocol):
    """All packages of an ecosystem, of every origin."""

    async def list_changed(self, ecosystem: str, after: int, limit: int) -> Sequence[Listed]:
        """List packages whose generation is above `after`, in the order of their generations."""

    async def list_newest(self, ecosystem: str, before: int, limit: int) -> Sequence[Listed]:
        """List packages whose generation is below `before`, newest first."""

    async def list_named(self, ecosystem: str, first: str, limit: int) -> Sequence[Listed]:
        """List packages whose name is `first` or above it, by name and then by origin."""

    async def list_named_back(self, ecosystem: str, before: str, limit: int) -> Sequence[Listed]:
        """List packages whose name is below `before`, the last name first and then by origin."""


class StoredFurther(Struct, frozen=True):
    """A further document that is stored."""

    body: bytes
    content_type: str
    etag: str | None
    last_modified: str | None
    checked_at: Moment
    """When the upstream last confirmed it."""
    changed_at: Moment
    """When its bytes last changed here."""


class FurtherStore(Protocol):
    """Documents beside the index; a cache of what upstreams have."""

    async def find_further(self, origin: str, further: FurtherKey) -> StoredFurther | None:
        """Look a document up; raise StorageDamaged if its bytes are not those that were written."""

    async def write_further(self, origin: str, further: FurtherKey, stored: StoredFurther) -> None:
        """Store a new or changed document."""

    async def write_further_state(self, origin: str, further: FurtherKey, stored: StoredFurther) -> None:
        """Change all but the bytes of a document that is stored."""

    async def drop_further(self, origin: str, further: FurtherKey) -> None:
        """Forget a document; no error if it is not there."""


class RecordStore(Protocol):
    """Records, each derived from one generation of an index document."""

    async def find_record(self, origin: str, key: PackageKey) -> tuple[int, PackageRecord] | None:
        """Look up a record and the generation that it was derived from."""

    async def find_records(
        self, origin: str, keys: Sequence[PackageKey]
    ) -> dict[PackageKey, tuple[int, PackageRecord]]:
        """Look up many records at once; those that are not there are left out."""

    async def write_record(self, origin: str, generation: int, record: PackageRecord) -> None:
        """Store a record in place of an older one."""


class StoredArtifact(Struct, frozen=True):
    """A file of a package that is in the blob store."""

    filename: str
    version: str
    blob: Digest
    """SHA-256: its address in the blob store."""
    size_bytes: int
    digests: tuple[Digest, ...]
    """md5, sha1, sha256 and sha512 of the whole file."""
    stored_at: Moment


class ArtifactStore(Protocol):
    """Which blob is which file of which package."""

    async def find_artifact(self, origin: str, key: PackageKey, filename: str) -> StoredArtifact | None:
        """Look a stored file up."""

    async def write_artifact(self, origin: str, key: PackageKey, artifact: StoredArtifact) -> None:
        """Record a stored file, together with its event."""

    async def uses_blob(self, blob: Digest) -> bool:
        """Tell whether any file is this blob."""

    async def list_artifacts(self, after: int, limit: int) -> Sequence[tuple[int, StoredArtifact]]:
        """Page through all stored files by an increasing row number."""


class Rendered(Struct, frozen=True):
    """The bytes of one answer, as they go over the wire."""

    body: bytes
    encoding: str
    """Content coding: identity, gzip, br or zstd."""
    etag: str
    changed_at: Moment


class RenderedStore(Protocol):
    """Answers kept over a restart; a cache: any entry may vanish."""

    async def find_rendered(self, origin: str, key: PackageKey, variant: str) -> Rendered | None:
        """Look an answer up; `variant` names generation, verdict, form, base address and encoding."""

    async def write_rendered(
        self, origin: str, key: PackageKey, generation: int, variant: str, rendered: Rendered
    ) -> None:
        """Keep an answer and drop those of older generations of the same package."""


class EventLog(Protocol):
    """The append-only log; entries are written by the other stores in their transactions."""

    async def list_events(self, after: int, limit: int) -> Sequence[Event]:
        """List events with a sequence above `after`, oldest first."""

    async def last_sequence(self) -> int:
        """Return a number that no entry of the log is above; it grows with every change."""


class SearchHits(Struct, frozen=True):
    """One page of search results."""

    total: int
    """All matches, not only those of the page."""
    hits: tuple[tuple[float, Summary], ...]
    """Best first, with their scores."""
    standings: tuple[Standing, ...] = ()
    """One for each hit."""
    last: Position | None = None
    """Where the last of the page stands, in all orders but `relevance`."""


class SearchIndex(Protocol):
    """Full-text search over the summaries."""

    async def search(
        self, ecosystem: str, query: SearchQuery, scope: SearchScope, offset: int, limit: int
    ) -> SearchHits:
        """Rank packages: by name, keywords, description, by slips of the fingers where little else is found."""

    async def count_packages(self, ecosystem: str, scope: SearchScope) -> int:
        """Count the packages of an ecosystem that may be shown."""

    async def count_downloads(self, ecosystem: str, scope: SearchScope) -> int:
        """Add up the downloads of all packages that may be shown."""

    async def count_facets(self, ecosystem: str, kind: str, scope: SearchScope) -> dict[str, int]:
        """Count the packages that may be shown by each of their values of a kind of facet."""

    async def may_have_near(self, name: str) -> bool:
        """Tell at little cost that no known name is one slip away; True where one may be, shown or not."""


class SwitchStore(Protocol):
    """Which upstreams an operator has switched off or on at run time."""

    async def read_switches(self) -> dict[str, bool]:
        """Return the switches that were set, by upstream name."""

    async def write_switch(self, name: str, *, enabled: bool) -> None:
        """Set a switch; it survives a restart."""


RECENT_DAYS = 90
"""Days of which downloads are recent."""


class DownloadCounts(Protocol):
    """How many files this server has handed out, by registry, package, version and day."""

    async def add_downloads(self, day: str, counts: Mapping[tuple[str, PackageKey, str], int]) -> None:
        """Add to the counts of a day (2026-08-11), by registry, package and version, in one transaction."""

    async def list_downloads(self, registry: str, key: PackageKey) -> dict[str, int]:
        """Return the count of each day that has one, oldest first."""

    async def list_version_downloads(self, registry: str, key: PackageKey, since: str) -> list[tuple[str, str, int]]:
        """Return versions with their counts of each day from one on: version, day, count; oldest first."""

    async def sum_downloads(self, registry: str, key: PackageKey) -> dict[str, int]:
        """Return the count of each version; of the empty one what was counted before versions were."""

    async def age_downloads(self, day: str) -> None:
        """Let the recent downloads of all packages be those of the 90 days up to a day."""


class BlobWriter(Protocol):
    """A file on its way into the blob store; nothing is visible before `commit`."""

    digests: tuple[Digest, ...]
    """md5, sha1, sha256, sha512 of what was written; valid once `finish` was called."""
    size_bytes: int

    async def write(self, chunk: bytes) -> None:
        """Append bytes."""

    async def finish(self) -> None:
        """End writing and compute the digests; the blob is still invisible."""

    async def commit(self) -> Digest:
        """Make the blob durable and visible under its SHA-256; return that."""

    async def settle(self) -> None:
        """Say that the committed file is referred to now, or never will be.

        Until then a durable one is remembered as unfinished, so that it is found after a crash.
        """

    async def abort(self) -> None:
        """Throw the bytes away; harmless after `commit`."""

    def read(self, start: int, length: int) -> bytes:
        """Read back bytes already written (a second client follows a running download)."""


class BlobStore(Protocol):
    """Files by their SHA-256."""

    async def find_size(self, blob: Digest) -> int | None:
        """Tell a blob's size in bytes, None if it is not there."""

    def stream(self, blob: Digest, start: int, stop: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `stop`; raise StorageDamaged if they are not there."""

    def open_file(self, blob: Digest) -> int:
        """Open a blob as a file descriptor, for a server that can send one; -1 where that is not possible."""

    async def writer(self, *, durable: bool = False) -> BlobWriter:
        """Begin a new blob; a durable one survives a power cut once it is committed."""

    async def delete(self, blob: Digest) -> None:
        """Remove a blob; no error if it is not there."""


class AuditedBlobs(BlobStore, Protocol):
    """A blob store that can be looked through, for checks and cleaning."""

    def list_blobs(self) -> AsyncIterator[Digest]:
        """Walk over all blobs."""

    async def verify(self, blob: Digest) -> bool:
        """Read a blob and tell whether it still hashes to its address."""


class Stores(Struct, frozen=True):
    """Where a source keeps what it has."""

    indexes: IndexStore
    artifacts: ArtifactStore
    blobs: BlobStore


class UpstreamStream(Protocol):
    """The body of an answer as it arrives."""

    size_bytes: int | None
    """Content-Length, None where the upstream did not say."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body; raise UpstreamDown if it breaks off, UpstreamBad if it is longer than allowed."""


class Upstream(Protocol):
    """The client for other registries: limits, retries, back-off and allowed hosts are its business."""

    async def fetch(self, upstream: str, request: UpstreamRequest) -> UpstreamAnswer:
        """Return 200, 206 or 304; raise NotFound (404, 410, 451, 416) or an UpstreamError."""

    def stream(self, upstream: str, request: UpstreamRequest) -> AbstractAsyncContextManager[UpstreamStream]:
        """Open a large body; the same errors on entering."""

    def health(self) -> Sequence[HostHealth]:
        """Tell how each host has been doing."""


class StoredSigningKey(Struct, frozen=True):
    """A key pair with which this server signs."""

    keyid: str
    """What signatures name it by."""
    private_key: bytes
    """PKCS 8, DER."""
    public_key: bytes
    """SubjectPublicKeyInfo, DER."""
    created_at: Moment
    expires_at: Moment | None = None
    """From when on nothing that it signed is believed; None while it is in use."""

    def __repr__(self) -> str:
        """Leave the private key out, so that no log and no traceback ever holds it."""
        return f"StoredSigningKey({self.keyid!r}, created_at={self.created_at}, expires_at={self.expires_at})"


class SigningKeyStore(Protocol):
    """The keys with which this server signs what is published on it."""

    async def list_signing_keys(self) -> Sequence[StoredSigningKey]:
        """List all keys, oldest first; one that ended is still needed to check what it signed."""

    async def write_signing_key(self, key: StoredSigningKey) -> None:
        """Store a new key, or when a known one ends; it is on the disk when this returns."""
