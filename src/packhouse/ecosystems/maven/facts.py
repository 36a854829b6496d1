"""What only a Maven release has, beside the record that all ecosystems share."""

import msgspec
from msgspec import Struct

from packhouse.domain.release import Release
from packhouse.ecosystems.maven.pom import Coordinates, Dependency, Profile, Repository


class Facts(Struct, frozen=True, omit_defaults=True):
    """Kept in `Release.native`."""

    packaging: str = "jar"
    parent: Coordinates | None = None
    dependencies: tuple[Dependency, ...] = ()
    """Those of the release, complete: with type, classifier and exclusions; parallel to `Release.requirements`."""
    written: tuple[Dependency, ...] = ()
    """Those of its own POM, as written."""
    resolved: tuple[int, ...] = ()
    """Where each of `written` stands in `dependencies`; -1 for one whose name nobody can resolve."""
    management: tuple[Dependency, ...] = ()
    """The managed versions of its own POM, as written, imports included."""
    properties: dict[str, str] = {}
    """Those of its own POM."""
    repositories: tuple[Repository, ...] = ()
    profiles: tuple[Profile, ...] = ()
    absent: tuple[Coordinates, ...] = ()
    """Parents and imported lists that could not be had, so that something may be missing."""


def facts(release: Release) -> Facts:
    """Read them from a release; defaults where its POM was not read yet."""
    raw = bytes(release.native)
    return _NOTHING if raw == b"\xc0" else msgspec.msgpack.decode(raw, type=Facts)


_NOTHING = Facts()
