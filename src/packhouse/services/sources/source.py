"""What every link of the source chain can do."""

from collections.abc import AsyncIterator, Callable
from typing import Protocol

from msgspec import Struct

from packhouse.domain.digest import Digest
from packhouse.domain.index import Index, Located
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.view import View
from packhouse.services.snapshot import Need, Snapshot


class Download(Struct, frozen=True):
    """A file that is ready to be sent."""

    filename: str
    version: str
    size_bytes: int
    etag: str
    """Empty while the file is still arriving."""
    stored_at: Moment
    chunks: "ChunkReader"
    open_file: Callable[[], int] | None
    """Opens the file as a descriptor, or gives -1; None while it is still arriving."""
    valid_until: Moment
    """Until when the decision to hand it out stands."""
    digests: tuple[Digest, ...] = ()
    """Of the whole file, in every algorithm that we keep; none while it is still arriving."""
    sent: Callable[[], None] | None = None
    """Counts it; to be called each time when the whole of it was sent."""


class ChunkReader(Protocol):
    """Reads a part of a file."""

    def __call__(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to `stop`."""


class Source(Protocol):
    """A place where packages come from; sources wrap one another.

    A source overrides all four methods or hands them on: a rule that is applied to the index only is no rule.
    """

    async def snapshot(self, view: View, key: PackageKey, need: Need = "usual") -> Snapshot:
        """Return the current state; raise NotFound or an UpstreamError.

        What is `confirmed` is asked of the upstream even if what is here still counts as fresh.
        """

    async def index(self, view: View, snapshot: Snapshot) -> Index:
        """Return the document of a snapshot, with the fragments that the view may see."""

    async def locate(self, view: View, key: PackageKey, filename: str) -> Located:
        """Find the release that owns a file; raise NotFound, Refused or an UpstreamError."""

    async def download(self, view: View, key: PackageKey, located: Located) -> Download:
        """Return a file that `locate` has found; raise NotFound or an UpstreamError."""
