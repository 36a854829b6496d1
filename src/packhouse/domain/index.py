"""An index document as a head and one fragment for each release."""

from collections.abc import Callable, Collection, Sequence

from msgspec import Struct

from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import Artifact, PackageRecord

BASE = b"\0"
"""Stands in head and fragments for our own public address of the mount, without a trailing slash.

No text format that a registry serves may hold a NUL, so that it is never ambiguous; `split` refuses one from upstream.
"""


class Fragment(Struct, frozen=True):
    """What an index document says of one release, in the upstream's own bytes."""

    version: str
    body: bytes
    """Upstream's bytes, but for addresses of artifacts, which begin with BASE."""
    published_at: Moment | None = None
    """When the upstream says that it was published."""
    absent_at: Moment | None = None
    """When we last saw the upstream's document without this release; None if it was there when we first looked.

    A release cannot be older than this, whatever date its upstream gives it.
    """
    part: str = ""
    """The file name, where a release has a fragment for each of its files (PyPI); empty where it has one in all."""

    @property
    def id(self) -> str:
        """What tells it from the other fragments of its document."""
        return self.part or self.version


class Index(Struct, frozen=True):
    """An index document, taken apart; fragments stand in the upstream's order."""

    head: bytes
    """All that is not of one release, in a form that only the ecosystem reads."""
    fragments: tuple[Fragment, ...]
    digest: str
    """Hexadecimal hash of the body that was split: equal digests, equal documents."""


class Form(Struct, frozen=True):
    """One shape in which an index document is served (npm: full, abbreviated)."""

    name: str
    content_type: str
    join: Callable[[Index, Sequence[Fragment]], bytes]
    """Make the document of the fragments that are left, BASE still in it; recompute what names a dropped release."""


class Located(Struct, frozen=True):
    """A file and the release that owns it."""

    fragment: Fragment
    artifact: Artifact


class IndexFormat(Struct, frozen=True):
    """How an ecosystem reads and writes its index documents: pure functions."""

    forms: dict[str, Form]
    split: Callable[[PackageKey, bytes], Index]
    """Take an upstream body apart; raise UpstreamBad if it is not this package's document."""
    describe: Callable[[PackageKey, Index], PackageRecord]
    """Derive the record of the package and its releases."""
    locate: Callable[[PackageKey, Index, str], Located | None]
    """Find the release that owns a file, by the file name under which we serve it.

    Where the upstream has no index document (`Ecosystem.files_without_index`), the index is an empty one.
    """
    tags: Callable[[Index], dict[str, str]]
    """Read the upstream's tags: a version by name; empty where the ecosystem has none."""
    retag: Callable[[dict[str, str], Collection[str]], dict[str, str]]
    """Move or remove the tags whose release is not among the versions that are left; none is left dangling."""
    summary: Callable[[PackageKey, Index], "Summary | None"]
    """Read what search shows, without decoding every release; None for a document that search should not show."""


class Summary(Struct, frozen=True, omit_defaults=True):
    """What a search result shows of a package."""

    key: PackageKey
    version: str = ""
    """The version that the ecosystem calls the default one."""
    description: str = ""
    keywords: tuple[str, ...] = ()
    published_at: Moment | None = None
    maintainers: tuple[str, ...] = ()
    links: dict[str, str] = {}
    licence: str = ""
    author: str = ""
    publisher: str = ""
    """Who published that version."""
    emails: dict[str, str] = {}
    """Addresses of the author, publisher and maintainers who give one, by their names above."""
    flags: tuple[str, ...] = ()
    """Words for what should be known of that version: `unstable`, `deprecated`, `insecure`."""
    requires: tuple[str, ...] = ()
    """Names of the packages of the same ecosystem that that version requires, each once; tests and tools left out."""
    categories: tuple[str, ...] = ()
    created_at: Moment | None = None
    """When the first release was published, where that is known."""
    listed: bytes = b""
    """What lists show of the releases beside this, in a form that only the ecosystem reads; empty where nothing is."""
