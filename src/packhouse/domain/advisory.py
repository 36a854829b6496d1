"""What is known to be wrong with releases: advisories as OSV writes them, and what they say of a package."""

from typing import Literal

import msgspec
from msgspec import Struct

from packhouse.domain.package import Moment, PackageKey

RangeKind = Literal["semver", "ecosystem", "git"]
EventKind = Literal["introduced", "fixed", "last_affected", "limit"]


class Severity(Struct, frozen=True, omit_defaults=True):
    """How bad it is, by one scheme."""

    scheme: str
    """As OSV names it: CVSS_V2, CVSS_V3, CVSS_V4, Ubuntu ..."""
    vector: str
    """The text of the record, which is a vector for CVSS."""
    score: float | None = None
    """The base score of 0 to 10; None where it is not to be had, which never means harmless."""


# Values that are made by the hundred thousand are none of the garbage collector's business: they cannot form cycles.
class RangeEvent(Struct, frozen=True, array_like=True, gc=False):
    """A point in the order of versions at which something changes."""

    kind: EventKind
    version: str


class AffectedRange(Struct, frozen=True, omit_defaults=True, gc=False):
    """A set of versions, by the events of its history."""

    kind: RangeKind
    events: tuple[RangeEvent, ...]
    """In the record's own order, which says nothing: matching sorts them."""
    repository: str = ""
    """The address of the repository, for git."""


class Affected(Struct, frozen=True, omit_defaults=True):
    """What an advisory says of one package."""

    ecosystem: str
    """As the record writes it, with any suffix."""
    name: str
    """As the record writes it."""
    package: PackageKey | None = None
    """None where the ecosystem is not one of ours, or the name is not one of its names."""
    ranges: tuple[AffectedRange, ...] = ()
    versions: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    ecosystem_specific: msgspec.Raw = msgspec.Raw()
    """The JSON of the record, as it is; empty where there is none."""
    database_specific: msgspec.Raw = msgspec.Raw()


class Reference(Struct, frozen=True):
    """Where more is said."""

    kind: str
    """ADVISORY, ARTICLE, FIX, PACKAGE, REPORT, WEB ..."""
    url: str


class Advisory(Struct, frozen=True, kw_only=True):
    """A record of a database of vulnerable and malicious releases."""

    id: str
    source: str
    """The name under which the database was imported."""
    modified_at: Moment
    published_at: Moment | None = None
    withdrawn_at: Moment | None = None
    """When the record was taken back; such a one matches nothing."""
    aliases: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    summary: str = ""
    details: str = ""
    severities: tuple[Severity, ...] = ()
    affected: tuple[Affected, ...] = ()
    references: tuple[Reference, ...] = ()
    malicious: bool = False
    """True where its id or an alias begins with MAL-: the release is an attack, not merely open to one."""
    body: bytes = b""
    """The record as its database wrote it."""


class Mention(Struct, frozen=True, omit_defaults=True, gc=False):
    """What one advisory says of one package: all that matching takes."""

    id: str
    source: str
    modified_at: Moment
    aliases: tuple[str, ...] = ()
    malicious: bool = False
    score: float | None = None
    """The highest score of the advisory and of what it says of this package."""
    ranges: tuple[AffectedRange, ...] = ()
    """Of all that the advisory says of the package, but those of a repository's commits."""
    versions: tuple[str, ...] = ()


class Finding(Struct, frozen=True):
    """One thing that is wrong with a release, whatever number of databases say so."""

    id: str
    """The preferred id of the group."""
    ids: tuple[str, ...]
    """The ids of all records of the group that match, the preferred one first."""
    aliases: tuple[str, ...]
    """What else the group is called, sorted."""
    package: PackageKey
    version: str
    fixed_versions: tuple[str, ...] = ()
    """The lowest fixed version above this one, for each record that names one, lowest first."""
    malicious: bool = False
    score: float | None = None
    modified_at: Moment = Moment(0)
    """When a record of the group was last changed."""
