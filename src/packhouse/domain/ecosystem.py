"""What differs by ecosystem, as one value."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from packhouse.domain.graph import Graph
from packhouse.domain.index import IndexFormat
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import PackageRecord, Release
from packhouse.domain.upstream import UpstreamRequest


class ResolutionRun(Protocol):
    """One resolution under way: asks for records, takes them, answers; pure but for what it remembers."""

    def needed(self) -> frozenset[PackageKey]:
        """Name the records that resolving will very likely want next and that were not loaded."""

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records; None says that there is no such package."""

    def resolve(self) -> Graph:
        """Resolve; raise NotLoaded for records that were not foreseen, Unresolvable where nothing fits."""


class Ecosystem(Struct, frozen=True):
    """One ecosystem; its folder exports exactly one of these."""

    key: str
    """The purl type, e.g. golang."""
    title: str
    """How its users write it."""
    system: str
    """Its name in the deps.dev API, in capitals."""
    aliases: tuple[str, ...]
    """Other names that callers use for it, in lower case."""
    mount: str
    """First segment of the paths that its clients use."""
    parse_name: Callable[[str], NormalName]
    """Make a name canonical; raise Invalid if it is none."""
    version_key: Callable[[str], Any]
    """Order of versions; raise Invalid if the text is no version."""
    matches: Callable[[str, str], bool]
    """Tell whether a version is in a range, both as text; raise Invalid if they are none."""
    purl: Callable[[str, str], str]
    """Write name and version (may be empty) as a package URL."""
    index: IndexFormat
    document: Callable[[str, PackageKey], UpstreamRequest]
    """The request that fetches a package's index document from the upstream with this base URL."""
    release_page: Callable[[str, str, str], str]
    """The address of a release at the upstream with this base URL, by name and version."""
    default_version: Callable[[PackageRecord], str]
    """The version that a client installs when none is named; empty where there is none."""
    requirements_wire: Callable[[Release], dict[str, Any]]
    """The requirements in deps.dev's own shape for this ecosystem."""
    install_hint: Callable[[str, str, str], Sequence[str]]
    """Commands that install a release through us, by base URL, name and version."""
    setup_hint: Callable[[str], Sequence[str]]
    """Commands that point the client at our base URL."""
    clients: Sequence["ClientSetting"] = ()
    begin_resolution: Callable[[PackageKey, str], ResolutionRun] | None = None
    """Begin to resolve one release into an empty project; None where graphs are not resolved yet."""


class ClientSetting(Struct, frozen=True):
    """How one client program is pointed at us, and back."""

    client: str
    """The program's name, as in `packhouse use <client>`."""
    use: Callable[..., str]
    """Write the setting; return a sentence that says what was done."""
    undo: Callable[..., str]
    """Restore what was there before; return a sentence."""
    current: Callable[..., str] | None = None
    """Tell the address that the client installs from now; empty for its own default."""
