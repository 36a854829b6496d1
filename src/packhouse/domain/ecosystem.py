"""What differs by ecosystem, as one value."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from msgspec import Struct

from packhouse.domain.accounts import Ownership
from packhouse.domain.capability import Analyser
from packhouse.domain.further import FurtherKey
from packhouse.domain.graph import Graph
from packhouse.domain.index import Fragment, Index, IndexFormat, Summary
from packhouse.domain.insight import Downloads, Hits, Owner
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.provenance import Presented
from packhouse.domain.release import Artifact, PackageRecord, Release
from packhouse.domain.upstream import Gathered, Gathering, UpstreamRegistry, UpstreamRequest


class ResolutionRun(Protocol):
    """One resolution under way: asks for records, takes them, answers; pure but for what it remembers."""

    def needed(self) -> frozenset[PackageKey]:
        """Name the records that resolving will very likely want next and that were not loaded."""

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records; None says that there is no such package."""

    def resolve(self) -> Graph:
        """Resolve; raise NotLoaded for records that were not foreseen, Unresolvable where nothing fits, TooHard."""

    def cancel(self) -> None:
        """Let a search that is under way end soon, with TooHard; called from another thread."""


@runtime_checkable
class DocumentRun(ResolutionRun, Protocol):
    """A resolution that also asks for further documents, once it has the records."""

    def wanted(self) -> frozenset[FurtherKey]:
        """Name the documents that resolving wants next and that were not taken."""

    def take(self, documents: Mapping[FurtherKey, bytes | None]) -> None:
        """Take documents; None says that there is no such document."""


class Insight(Struct, frozen=True):
    """What a registry tells beside its index; None for what it does not tell."""

    downloads: Callable[[UpstreamRegistry, PackageKey, str], Gathering[Downloads]] | None = None
    """How often a package was downloaded in a period; raise Invalid for a period that the registry has not."""
    periods: tuple[str, ...] = ()
    """The periods that `downloads` knows, the default first; empty where it takes none."""
    owners: Callable[[UpstreamRegistry, PackageKey], Gathering[tuple[Owner, ...]]] | None = None
    """Who may publish a package."""
    packages_of: Callable[[UpstreamRegistry, str, int, int], Gathering[Hits]] | None = None
    """The packages of an owner, by login, offset and limit."""
    search: Callable[[UpstreamRegistry, str, int, int], Gathering[Hits]] | None = None
    """Search the whole registry for a text, by offset and limit."""


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
    begin_resolution: Callable[[PackageKey, str, Mapping[str, str]], ResolutionRun] | None = None
    """Begin to resolve one release into an empty project, in an environment, of which only what differs from
    `environment` need be told; raise Invalid for a value that it cannot have. None where there are no graphs yet."""
    environment: Mapping[str, str] = {}
    """What resolving takes the environment to be: every name that it knows, with the usual value."""
    dating: str = ""
    """The name in `environment` of the moment up to which releases count, where the client knows such a date and
    chooses otherwise than if there were nothing later; empty where a dated view will do."""
    manifests: tuple[str, ...] = ()
    """Names of the manifest and lock files that `begin_manifest` reads, that of the manifest first."""
    begin_manifest: Callable[[Mapping[str, bytes], Mapping[str, str]], ResolutionRun] | None = None
    """Begin to resolve a project, given its files by name and an environment; `nodes[0]` of the graph is the project.
    Where a lock file is among them, what it chose is kept as by the client. Raise Invalid for a file that is none."""
    purl_name: Callable[[str, str], NormalName] | None = None
    """Make the name that a package URL means, of its namespace (may be empty) and name, both percent-decoded; raise
    Invalid. None where that is `namespace/name`, or the name alone."""
    gather: Callable[[UpstreamRegistry, PackageKey], Gathering[Gathered]] | None = None
    """Fetch an index document that takes more than one request; `split` reads the body that this returns.

    Where it is None, `document` alone is asked. The request marked `conditional` carries our validators."""
    further: Callable[[UpstreamRegistry, FurtherKey], Gathering[Gathered]] | None = None
    """Fetch a document beside the index; raise NotFound for a path that it has no idea of."""
    complete: (
        Callable[[PackageKey, Release, Mapping[FurtherKey, bytes | None]], Release | frozenset[FurtherKey]] | None
    ) = None
    """Complete what the index alone says of a release from further documents: return it, or name the documents that
    are missing for that. None stands for a document that does not exist. Pure."""
    lasting: Callable[[FurtherKey], bool] = lambda _: False
    """Tell whether a further document never changes (one of a single release), so that it is fetched once."""
    date: Callable[[UpstreamRegistry, PackageKey, Fragment], Gathering[Moment | None]] | None = None
    """Find out when a release was published, where the index does not say; asked only if a rule wants to know."""
    digests: Literal["required", "first-use"] = "required"
    """What to do with a file for which the upstream gives no digest: refuse it, or keep the digest of the first
    download and hold every later one to it."""
    files_without_index: bool = False
    """True where an upstream may serve files of a package for which it has no index document."""
    locates_by_path: bool = False
    """True where a file's path alone tells its release, so that no index document is asked for on account of a file;
    with `files_without_index`."""
    merges: bool = False
    """True where the releases of several upstreams are put together; else the first that has a package answers for
    it alone."""
    insight: Insight = Insight()
    analyser: Analyser | None = None
    """What tells the capabilities of its code; None where nothing does."""
    licence_files: "LicenceFiles | None" = None
    """Where a release has its licences, if nothing that is smaller than its archive tells them."""
    attestations: "Attesting | None" = None
    """Signed statements about its files; None where its registry has none."""
    credentials: Callable[[str, Path, Mapping[str, str]], str | None] | None = None
    """Look up in the store of the ecosystem's own client what to send as Authorization to a base URL, given home and
    environment; None where the store has nothing for it."""
    identity: Callable[[str], str] = lambda name: name
    """What a name shares with every other spelling that no registry gives to another package; patterns of names are
    compared by it, so that it must leave `*` and `?` alone."""
    namespace: Callable[[str], str] = lambda _: ""
    """The user or organisation whose namespace a name stands in, such as `acme` of `@acme/press`; empty for none."""
    owning: "Owning | None" = None
    """What else changes with the owners of a package that is published here; None where nothing does."""
    sample_version: str = "0.0.0"
    """Any valid version, to try a range with."""
    osv: tuple[str, ...] = ()
    """Its names in OSV records, the usual one first; what follows a colon there is no part of them."""
    osv_name: Callable[[str], NormalName] | None = None
    """Make a name in an OSV record canonical, where it may be more than `parse_name` accepts."""
    osv_version: Callable[[str], str] = lambda version: version
    """Spell a version of an OSV record as the ecosystem itself does."""
    to_osv: Callable[[Mapping[str, Any]], dict[str, Any] | None] | None = None
    """Turn an advisory in the form of one of the ecosystem's own databases into an OSV record; None for what is not
    in such a form, and raise Invalid for what is and cannot be read. `path` is the name of its file."""


class Attesting(Struct, frozen=True):
    """How an ecosystem's registry presents signed statements about files."""

    presented: Callable[[PackageKey, Release, Artifact, bytes], Sequence[Presented]]
    """Read the further document that `Artifact.attestations` names; raise Invalid. Pure."""
    lists_slsa: bool = False
    """Whether the deps.dev API lists statements of SLSA a second time, as slsaProvenances."""
    publication: str = ""
    """How the deps.dev API says that a repository is known by who has published (ProjectRelationProvenance); empty
    where it has no word for it."""


class LicenceFiles(Struct, frozen=True):
    """Where a release has the texts of its licences."""

    archive: Callable[[str], str]
    """The name under which we serve the zip archive of a version."""
    is_licence: Callable[[str], bool]
    """Tell by its path in the archive whether a file is a licence of the release itself."""


class Hosting(Struct, frozen=True):
    """A package that is published here, and the upstreams that are beside it."""

    key: PackageKey
    index: Index
    upstreams: Sequence[UpstreamRegistry]


class Owning(Struct, frozen=True):
    """How documents of a hosted package follow its owners: pure functions."""

    paths: Callable[[PackageKey], tuple[str, ...]]
    """Name the further documents that `summary` reads."""
    summary: Callable[[Hosting, Mapping[str, bytes], Ownership], Summary | None]
    """Make what search shows of the package anew, from those documents by path and whose it is now."""


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
    program: str = ""
    """The command, where it is not called like the client."""
    version: tuple[str, ...] = ("--version",)
    """What makes the command say its version."""
