"""What the Web API says of crates: the objects of its answers, as the OpenAPI document describes them.

The fields are the public registry's own. What is `Written` is made here and has these fields and no other. What is
`PassedOn` has them as well, but an upstream's document is handed on as it is, and its registry may add to it.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

Identity = Annotated[int, Meta(ge=0, le=(1 << 32) - 1)]
"""cargo reads a number of 32 bits."""
Count = Annotated[int, Meta(ge=0)]
Time = Annotated[datetime, Meta(tz=True)]
Checksum = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Written(Struct, frozen=True, forbid_unknown_fields=True):
    """An object that is made here."""


class PassedOn(Struct, frozen=True):
    """An object that an upstream may have made."""


class User(PassedOn, frozen=True):
    """Somebody who publishes."""

    id: Identity
    login: str
    name: str | None
    avatar: str | None
    url: str | None
    username: str | UnsetType = UNSET
    """The login, once more."""


class Owner(PassedOn, frozen=True):
    """Who may publish the next release of a crate."""

    id: Identity
    login: str
    kind: Literal["user", "team"]
    name: str | None
    avatar: str | None
    url: str | None


class Team(PassedOn, frozen=True):
    """A team of an organisation."""

    id: Identity
    login: str
    name: str | None
    avatar: str | None
    url: str | None


class CrateLinks(PassedOn, frozen=True):
    """Where the Web API tells more about a crate."""

    version_downloads: str
    versions: str | None
    owners: str | None
    owner_team: str | None
    owner_user: str | None
    reverse_dependencies: str


class Crate(PassedOn, frozen=True):
    """A crate; of its releases it names the ones that stand for it."""

    id: str
    name: str
    updated_at: Time
    created_at: Time
    versions: list[Identity] | None
    """The numbers of its releases, where they are in the same document."""
    keywords: list[str] | None
    categories: list[str] | None
    badges: list[dict[str, Any]]
    """Always empty by now."""
    downloads: Count
    recent_downloads: Count | None
    """Those of 90 days."""
    default_version: str | None
    num_versions: Count
    yanked: bool
    """Whether the default version is."""
    max_version: str
    max_stable_version: str | None
    newest_version: str
    description: str | None
    homepage: str | None
    documentation: str | None
    repository: str | None
    links: CrateLinks
    exact_match: bool
    """Whether its name is what was searched for."""
    trustpub_only: bool
    """Whether nothing but trusted publishing may publish it."""


class VersionLinks(PassedOn, frozen=True):
    """Where the Web API tells more about a release."""

    dependencies: str
    version_downloads: str
    authors: str


class AuditAction(PassedOn, frozen=True):
    """What somebody did to a release."""

    action: str
    """publish, yank or unyank."""
    user: User
    time: Time


class Version(PassedOn, frozen=True):
    """A release."""

    id: Identity
    crate: str
    num: str
    dl_path: str
    readme_path: str
    updated_at: Time
    created_at: Time
    downloads: Count
    features: dict[str, list[str]]
    yanked: bool
    yank_message: str | None
    lib_links: str | None
    """What the manifest says in `links`."""
    license: str | None
    links: VersionLinks
    crate_size: Count | None
    published_by: User | None
    audit_actions: list[AuditAction]
    checksum: Checksum | None
    """The SHA-256 of the file."""
    rust_version: str | None
    has_lib: bool | None
    bin_names: list[str | None] | None
    edition: str | None
    description: str | None
    homepage: str | None
    documentation: str | None
    repository: str | None
    linecounts: dict[str, Any] | None
    trustpub_data: dict[str, Any] | None
    """Which run of a repository published it."""


class Dependency(PassedOn, frozen=True):
    """What a release depends on."""

    id: int
    version_id: int
    crate_id: str
    """The name of the other crate."""
    req: str
    optional: bool
    default_features: bool
    features: list[str]
    target: str | None
    kind: Literal["normal", "build", "dev"]
    downloads: Count


class Keyword(PassedOn, frozen=True):
    """A word that crates describe themselves with."""

    id: str
    keyword: str
    created_at: Time
    crates_cnt: Count


class Category(PassedOn, frozen=True):
    """What crates are about; `::` parts the levels."""

    id: str
    category: str
    slug: str
    description: str
    created_at: Time
    crates_cnt: Count


class WholeCategory(Category, frozen=True):
    """A category among those above and beneath it."""

    subcategories: list[Category]
    parent_categories: list[Category]


class CategorySlug(PassedOn, frozen=True):
    """A category that a manifest may name."""

    id: str
    slug: str
    description: str


class VersionDownloads(PassedOn, frozen=True):
    """How often a release was downloaded on a day."""

    version: Identity
    date: date
    downloads: Count


class DayDownloads(PassedOn, frozen=True):
    """How often releases that are not listed one by one were downloaded on a day."""

    date: str
    downloads: Count


class Extent(PassedOn, frozen=True):
    """How long a list is, and where it goes on."""

    total: Count
    next_page: str | UnsetType | None = UNSET
    """The query of the next page."""
    prev_page: str | UnsetType | None = UNSET
    release_tracks: dict[str, "Track"] | UnsetType = UNSET
    """The highest release of each series of compatible ones."""


class Track(Written, frozen=True):
    """A series of compatible releases."""

    highest: str


# Answers


class Crates(PassedOn, frozen=True):
    """A page of crates."""

    crates: list[Crate]
    meta: Extent


class WholeCrate(PassedOn, frozen=True):
    """A crate, and what was asked to be with it."""

    crate: Crate
    versions: list[Version] | None = None
    keywords: list[Keyword] | None = None
    categories: list[Category] | None = None


class Published(Written, frozen=True):
    """A crate that has a release more, and what its publisher should know."""

    crate: Crate
    warnings: "Warnings"


class Warnings(Written, frozen=True):
    """What cargo prints."""

    invalid_categories: list[str]
    invalid_badges: list[str]
    other: list[str]


class Versions(PassedOn, frozen=True):
    """A page of a crate's releases."""

    versions: list[Version]
    meta: Extent


class OneVersion(Written, frozen=True):
    """A release."""

    version: Version


class OneCrate(Written, frozen=True):
    """A crate."""

    crate: Crate


class Dependencies(PassedOn, frozen=True):
    """What a release depends on."""

    dependencies: list[Dependency]


class ReverseDependencies(PassedOn, frozen=True):
    """A page of what depends on a crate: the default releases of others."""

    dependencies: list[Dependency]
    versions: list[Version]
    meta: Extent


class CrateDownloads(PassedOn, frozen=True):
    """The downloads of a crate: of the newest releases one by one, of the others together."""

    version_downloads: list[VersionDownloads]
    meta: "ExtraDownloads"
    versions: list[Version] | None = None


class ExtraDownloads(PassedOn, frozen=True):
    """The downloads of the releases that are not listed."""

    extra_downloads: list[DayDownloads]


class ReleaseDownloads(PassedOn, frozen=True):
    """The downloads of a release, day by day."""

    version_downloads: list[VersionDownloads]


class Authors(Written, frozen=True):
    """Nothing: authors are not told any more."""

    users: Annotated[list[str], Meta(max_length=0)]
    meta: "AuthorNames"


class AuthorNames(Written, frozen=True):
    """Nothing."""

    names: Annotated[list[str], Meta(max_length=0)]


class Owners(PassedOn, frozen=True):
    """People and teams."""

    users: list[Owner]


class OwningTeams(PassedOn, frozen=True):
    """Teams."""

    teams: list[Owner]


class Address(Written, frozen=True):
    """Where something is."""

    url: str


class Keywords(PassedOn, frozen=True):
    """A page of keywords."""

    keywords: list[Keyword]
    meta: Extent


class OneKeyword(PassedOn, frozen=True):
    """A keyword."""

    keyword: Keyword


class Categories(PassedOn, frozen=True):
    """A page of categories."""

    categories: list[Category]
    meta: Extent


class OneCategory(PassedOn, frozen=True):
    """A category."""

    category: WholeCategory


class CategorySlugs(PassedOn, frozen=True):
    """What a manifest may name."""

    category_slugs: list[CategorySlug]


class Summary(PassedOn, frozen=True):
    """What is new and what is popular."""

    num_crates: Count
    num_downloads: Count
    new_crates: list[Crate]
    most_downloaded: list[Crate]
    most_recently_downloaded: list[Crate]
    just_updated: list[Crate]
    popular_keywords: list[Keyword]
    popular_categories: list[Category]


class SiteMetadata(Written, frozen=True):
    """What this server is."""

    deployed_sha: str
    commit: str
    read_only: bool
    banner_message: str | None
    cdn_base: str | None = None


class Configuration(Written, frozen=True):
    """What cargo asks for first."""

    dl: str
    api: str
    auth_required: bool | UnsetType = field(name="auth-required", default=UNSET)


class Done(Written, frozen=True):
    """That it is done."""

    ok: bool


class Uploaded(Written, frozen=True):
    """Where pages are, and how many."""

    ok: bool
    url: str
    pages: Count


class Message(Written, frozen=True):
    """That it is done, in words that cargo prints."""

    ok: bool
    msg: str


class Failure(Written, frozen=True):
    """What went wrong; cargo prints each `detail`."""

    errors: Annotated[list["Fault"], Meta(min_length=1)]


class Fault(Written, frozen=True):
    """One thing that went wrong."""

    detail: str


# What is sent


class CrateChange(Struct, frozen=True):
    """What to change of a crate."""

    crate: "CrateFields"


class CrateFields(Struct, frozen=True):
    """The fields that may change."""

    trustpub_only: bool


class VersionChange(Struct, frozen=True):
    """What to change of a release."""

    version: "VersionFields"


class VersionFields(Struct, frozen=True):
    """The fields that may change."""

    yanked: bool | None = None
    yank_message: str | None = None
    """Why; only with `yanked`."""


class OwnersChange(Struct, frozen=True):
    """Who is to become an owner, or to be none any more."""

    users: Annotated[list[str], Meta(max_length=10)] | UnsetType = UNSET
    """Logins, or teams as `packhouse:organisation:team`."""
    owners: Annotated[list[str], Meta(max_length=10)] | UnsetType = UNSET
    """The same by another name."""
