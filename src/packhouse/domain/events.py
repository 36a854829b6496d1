"""The append-only log of every change."""

from typing import Literal

from msgspec import Struct

from packhouse.domain.package import Moment, PackageKey

EventKind = Literal[
    "package_seen",
    "release_seen",
    "release_removed",
    "release_changed",
    "tag_moved",
    "package_gone",
    "package_back",
    "artifact_stored",
    "release_published",
    "package_removed",
    "owner_added",
    "owner_removed",
    "access_changed",
    "starred",
    "unstarred",
]


class Event(Struct, frozen=True, omit_defaults=True):
    """One change to one package."""

    kind: EventKind
    at: Moment
    origin: str
    """Whose package: `upstream:<name>` or `hosted:<registry>`."""
    key: PackageKey
    version: str = ""
    detail: dict[str, str] = {}
    sequence: int = 0
    """Position in the log, given by the store; 0 before it is written."""
