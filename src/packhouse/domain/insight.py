"""What registries tell about packages beside their releases: downloads, people, search."""

from msgspec import Struct

from packhouse.domain.package import Moment, NormalName
from packhouse.domain.release import Person


class Downloads(Struct, frozen=True, omit_defaults=True):
    """How often a package was downloaded, as its registry counts."""

    counts: dict[str, int]
    """By period: last-day, last-week, last-month, last-year, recent (the registry's own idea of it), total."""
    by_version: dict[str, int] = {}
    """All downloads of each version, where the registry says."""
    daily: dict[str, int] = {}
    """By date (2026-08-11), where the registry says."""
    until: str = ""
    """The last date that is counted, where the registry says."""


class Owner(Struct, frozen=True, omit_defaults=True):
    """Someone who may publish a package."""

    login: str
    """The name in the registry; an e-mail address or a name where it has no logins."""
    person: Person = Person()
    kind: str = "user"
    """user, team or organization."""
    page: str = ""
    """Their page at the registry."""


class Hit(Struct, frozen=True, omit_defaults=True):
    """One package that a registry's search found."""

    name: NormalName
    version: str = ""
    description: str = ""
    published_at: Moment | None = None
    downloads: int | None = None
    """As the registry ranks them: its own period."""
    links: dict[str, str] = {}


class Hits(Struct, frozen=True):
    """One page of what a registry's search found."""

    hits: tuple[Hit, ...]
    total: int | None = None
    """All matches; None where the registry does not say."""
