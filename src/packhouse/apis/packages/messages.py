"""What is answered. A field's description stands beneath it, in the OpenAPI document too.

Every field is always written, so that a program need not ask whether it is there; what is not known is null.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

Time = Annotated[datetime, Meta(tz=True)]
"""A moment, written as in RFC 3339."""


class Message(Struct, frozen=True, kw_only=True):
    """An answer or a part of one."""


class Registry(Message, frozen=True):
    """A registry that can be asked about."""

    registry: str
    """Its name in answers: the type of its package URLs."""
    title: str
    names: tuple[str, ...]
    """Every name under which it can be asked for, in small letters."""
    upstreams: tuple[str, ...]
    """The upstreams that are asked, in this order."""
    tells: tuple[str, ...]
    """What its upstream tells beside its packages: downloads, owners, packages_of, search."""
    periods: tuple[str, ...]
    """The periods in which its downloads are counted; empty where it takes none."""


class Registries(Message, frozen=True):
    """All of them."""

    registries: tuple[Registry, ...]


class License(Message, frozen=True):
    """A licence as written and, where it can be told, as SPDX."""

    raw: str
    spdx: str | None
    """An SPDX expression."""


class Link(Message, frozen=True):
    """A web address that a release names."""

    label: str
    """homepage, repository, issues, documentation, changelog, funding, or the registry's own word."""
    url: str


class Person(Message, frozen=True):
    """An author or maintainer as a release names them."""

    name: str | None
    email: str | None
    url: str | None


class Facts(Message, frozen=True):
    """What a release says of itself."""

    registry: str
    package: str
    """The canonical name."""
    purl: str
    description: str | None
    license: str | None
    """All licences as one SPDX expression, or as they are written where that cannot be made of them."""
    licenses: tuple[License, ...]
    homepage: str | None
    repository: str | None
    links: tuple[Link, ...]
    """All addresses, homepage and repository among them."""
    authors: tuple[Person, ...]
    maintainers: tuple[Person, ...]
    keywords: tuple[str, ...]
    deprecated: str | None
    """The warning to whoever chooses it; null where it is not deprecated."""
    successor: str | None
    """The package that should be used instead."""
    yanked: str | None
    """Why it should not be chosen anew (may be empty text); null where it is not yanked."""
    runtimes: dict[str, str]
    """What it must run on: a range by runtime name."""


class Package(Facts, frozen=True):
    """A package: what holds for its latest version, or for its last one where none counts as the latest."""

    latest: str | None
    """What a client installs if no version is named, by the registry's own rule."""
    latest_prerelease: str | None
    """The newest pre-release that is not yanked."""
    latest_published_at: Time | None
    version_count: int
    tags: dict[str, str]
    """A version by tag, where the registry has tags."""
    install: tuple[str, ...]
    """Commands that install it through this server."""
    page: str | None
    """Its address at the upstream that it comes from."""
    sources: tuple[str, ...]
    """The upstreams that it comes from; `hosted` for what was published here."""
    stale: bool
    """True where the upstream could not be asked just now."""


class Vulnerability(Message, frozen=True):
    """What an imported advisory says against a version."""

    id: str
    aliases: tuple[str, ...]
    """What else it is called, e.g. its CVE number."""
    severity: str | None
    """low, medium, high or critical, as CVSS names its scores; null where it has none, which is not harmless."""
    score: float | None
    """The highest CVSS base score, from 0 to 10."""
    description: str | None
    url: str | None
    """Where the whole record is."""
    fixed_versions: tuple[str, ...]
    """The lowest versions above this one that are mended."""
    malicious: bool
    """True where the version is an attack, not merely open to one."""


class VersionInfo(Message, frozen=True):
    """A package as an editor shows it beside a dependency."""

    latest: str | None
    latest_prerelease: str | None
    versions: tuple[str, ...]
    """Newest first."""
    description: str | None
    homepage: str | None
    repository: str | None
    license: str | None
    vulnerabilities: tuple[Vulnerability, ...]
    """What the imported advisories say against the latest version; empty too where none are imported."""
    deprecated: bool
    """Whether the latest version is."""
    yanked: bool
    """Whether the latest version is."""


class Listed(Message, frozen=True):
    """A version in a list."""

    version: str
    published_at: Time | None
    latest: bool
    prerelease: bool
    deprecated: str | None
    """The warning; null where it is not deprecated."""
    yanked: str | None
    """The reason (may be empty text); null where it is not yanked."""
    tags: tuple[str, ...]


class Versions(Message, frozen=True):
    """A page of versions, newest first."""

    registry: str
    package: str
    page: int
    page_size: int
    """As it was used."""
    pages: int
    total: int
    versions: tuple[Listed, ...]


class File(Message, frozen=True):
    """A file of a release."""

    filename: str
    kind: str
    """archive, source, wheel, metadata, signature, or the registry's own word."""
    size_bytes: int | None
    digests: dict[str, str]
    """Hexadecimal, by algorithm."""
    published_at: Time | None


class Version(Facts, frozen=True):
    """A release with all that is known of it."""

    version: str
    published_at: Time | None
    latest: bool
    prerelease: bool
    tags: tuple[str, ...]
    files: tuple[File, ...]
    vulnerabilities: tuple[Vulnerability, ...]
    """What the imported advisories say against it; empty too where none are imported."""
    install: tuple[str, ...]
    """Commands that install it through this server."""
    page: str | None
    """Its address at the upstream that it comes from."""
    sources: tuple[str, ...]
    """The upstreams that it comes from; `hosted` for what was published here."""
    stale: bool
    """True where the upstream could not be asked just now."""


class Statement(Message, frozen=True):
    """What somebody has signed about a file of a release, and whether it is to be believed."""

    type: str
    """What kind of thing is said: the address of a predicate's type; empty where nothing can be read."""
    filename: str
    """The file that it should be about."""
    verified: bool
    """Whether it is about just this file, signed by whom a trusted authority vouches for, and publicly logged."""
    reason: str | None
    """Why it is not believed."""
    repository: str | None
    """The source repository; where it is not verified, what is only claimed."""
    commit: str | None
    """The commit that was built; where it is not verified, what is only claimed."""
    workflow: str | None
    """The address of the workflow that was run, with its ref behind an @, as the certificate has it."""
    run: str | None
    """The address of that run."""
    signer: str | None
    """Whom the certificate names: a workflow's address, or an e-mail address."""
    issuer: str | None
    """Who knew the signer: the address of an identity provider."""
    url: str | None
    """Where the registry has the statement."""


class Provenance(Message, frozen=True):
    """Where a release comes from, by what is signed about it."""

    registry: str
    package: str
    version: str
    purl: str
    verified: bool
    """Whether any statement is verified; false too where the registry has none."""
    statements: tuple[Statement, ...]


class Dependency(Message, frozen=True):
    """A requirement of a release."""

    package: str
    """The package that is meant."""
    range: str
    """The versions that will do, as written."""
    kind: str
    """range or tag for a package of the registry; git, url, file or workspace for something from elsewhere."""
    optional: bool
    alias: str | None
    """The name under which it is installed, where that is another."""
    marker: str | None
    """The condition under which it counts."""
    extras: tuple[str, ...]
    raw: str | None
    """The requirement exactly as the manifest has it, where `range` is not that."""
    purl: str | None
    """Its package URL, without a version; null for something from elsewhere."""


class Dependencies(Message, frozen=True):
    """What a release requires: not resolved, its own requirements only."""

    registry: str
    package: str
    version: str
    purl: str
    dependencies: dict[str, tuple[Dependency, ...]]
    """By scope: runtime and dev always, and peer, build, test, provided, system, import where there are any."""


class Problem(Message, frozen=True):
    """What went wrong."""

    code: str
    """For programs: unknown_registry, unknown_package, unknown_version, bad_paging, upstream_down and so on."""
    message: str
    hint: str
    """What to do about it; may be empty."""


class RegistryDownloads(Message, frozen=True):
    """What the registry counted."""

    upstream: str
    """Who told it."""
    asked_at: Time
    stale: bool
    """True where the upstream could not be asked again just now."""
    counts: dict[str, int]
    """By period: last-day, last-week, last-month, last-year, recent (the registry's own idea of it) or total."""
    by_version: dict[str, int]
    """All downloads of each version, where the registry says."""
    daily: dict[str, int]
    """By date, where the registry says."""
    until: str | None
    """The last date that is counted, where the registry says."""


class HereDownloads(Message, frozen=True):
    """What this server has handed out: whole files, to whomever."""

    count: int
    """In the period, today included."""
    daily: dict[str, int]
    """By date in UTC; days without downloads are left out."""
    total: int
    """Ever."""
    since: str | None
    """The first date with a download."""


class ResolvedNode(Message, frozen=True):
    """A release that was chosen, in one place."""

    package: str
    version: str
    path: str
    """Where the client puts it; empty where places mean nothing."""
    direct: bool
    """True where the root itself asks for it."""
    optional: bool
    dev: bool
    peer: bool
    """True where only peer requirements lead to it."""
    bundled: bool
    errors: tuple[str, ...]
    """Requirements of this release that cannot be met, a sentence each."""
    why: str
    """Why this version and no other, where the edges that lead here do not tell it all."""


class ResolvedEdge(Message, frozen=True):
    """A requirement of one node that another meets."""

    from_node: int
    """Position in nodes."""
    to_node: int
    """Position in nodes."""
    requirement: str
    """The range as written."""
    kind: str
    """runtime, dev, peer, optional, peer-optional or build."""
    indirect: bool
    """True where it is written down only for what other nodes need."""


class Resolution(Message, frozen=True):
    """What installing would install; nodes[0] is what was asked about."""

    registry: str
    package: str | None
    """None for a project."""
    version: str | None
    """None for a project."""
    environment: dict[str, str]
    """What it was resolved for, by name."""
    nodes: tuple[ResolvedNode, ...]
    edges: tuple[ResolvedEdge, ...]
    error: str | None
    """Why the whole cannot be resolved, in sentences."""


class Downloads(Message, frozen=True):
    """How often a package was downloaded; what the registry counted and what went through here are never added up."""

    registry: str
    package: str
    period: str
    from_registry: RegistryDownloads | None
    """Null where the registry tells nothing about it, or cannot be asked now."""
    trouble: Problem | None
    """Why `from_registry` is null: not_told, not_found, or upstream_down and its like."""
    through_here: HereDownloads


class Maintainer(Message, frozen=True):
    """Someone who may publish a package."""

    login: str
    """The name in the registry; an e-mail address or a name where it has no logins."""
    name: str | None
    email: str | None
    url: str | None
    """Their page."""
    kind: str
    """user, team or organization."""


class Maintainers(Message, frozen=True):
    """Who maintains a package."""

    registry: str
    package: str
    told_by: str
    """The upstream that told it; `release` where only the latest release names them."""
    maintainers: tuple[Maintainer, ...]


class Hit(Message, frozen=True):
    """A package in a list."""

    package: str
    purl: str
    version: str | None
    description: str | None
    published_at: Time | None
    downloads: int | None
    """As the registry ranks it: its own period."""
    links: dict[str, str]


class MaintainedPackages(Message, frozen=True):
    """A page of the packages of a maintainer."""

    registry: str
    login: str
    page: int
    page_size: int
    """As it was used."""
    total: int | None
    """Null where the registry does not say."""
    told_by: str
    """The upstream that told it."""
    packages: tuple[Hit, ...]


class Search(Message, frozen=True):
    """A page of packages that were found, best first."""

    registry: str
    query: str
    page: int
    page_size: int
    """As it was used."""
    total: int | None
    """Null where the registry does not say."""
    told_by: str
    """The upstream that was searched; `here` where only what this server knows could be searched."""
    packages: tuple[Hit, ...]


class Failure(Message, frozen=True):
    """The answer to every question that could not be answered."""

    error: Problem
