"""The POMs that resolving has and those that it wants next, a snapshot's under the name of its newest build."""

from collections.abc import Mapping

from packhouse.domain.errors import Invalid, TooHard, UpstreamBad
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.maven.elements import parse_elements
from packhouse.ecosystems.maven.index import pom_key
from packhouse.ecosystems.maven.layout import METADATA, is_folder
from packhouse.ecosystems.maven.names import make_name, split_name
from packhouse.ecosystems.maven.pom import Coordinates
from packhouse.ecosystems.maven.versions import is_snapshot

ECOSYSTEM = "maven"
_MOST = 50_000
"""Ten times as many as the largest real graph wants."""


class Documents:
    """Documents by key; asked for one that is not there yet it notes it."""

    def __init__(self) -> None:
        self._bodies: dict[FurtherKey, bytes | None] = {}
        self._keys: dict[Coordinates, FurtherKey] = {}
        """Of POMs that are no snapshots."""
        self.wanted: set[FurtherKey] = set()

    def take(self, documents: Mapping[FurtherKey, bytes | None]) -> None:
        """Take documents; None says that there is no such document. Raise TooHard where there is no end to them."""
        self._bodies.update(documents)
        self.wanted -= documents.keys()
        if len(self._bodies) > _MOST:
            raise TooHard(f"this project leads to more than {_MOST} POMs")

    def pom(self, place: Coordinates) -> bytes | None:
        """Return a POM, None for one that does not exist; raise KeyError for one that is wanted first."""
        known = self._keys.get(place)
        if known is not None:
            return self._read(known)
        try:
            package = PackageKey(ECOSYSTEM, make_name(place.group, place.artifact))
        except Invalid:
            return None
        if not is_folder(place.version):
            return None
        if is_snapshot(place.version):
            listed = self._read(FurtherKey(package, f"{place.version}/{METADATA}"))
            build = _newest(listed) if listed is not None else ""
            if build:
                _, artifact = split_name(package.name)
                return self._read(FurtherKey(package, f"{place.version}/{artifact}-{build}.pom"))
        key = pom_key(package, place.version)
        if not is_snapshot(place.version):
            self._keys[place] = key
        return self._read(key)

    def _read(self, key: FurtherKey) -> bytes | None:
        if key not in self._bodies:
            self.wanted.add(key)
            raise KeyError(key)
        return self._bodies[key]


def _newest(listed: bytes) -> str:
    """Read the version in the name of a snapshot's newest POM; empty where it has none of its own."""
    try:
        versioning = parse_elements(listed).find("versioning")
    except UpstreamBad:
        return ""
    every = versioning.find("snapshotVersions") if versioning is not None else None
    for each in every or ():
        if each.read("extension") == "pom" and not each.read("classifier"):
            value = each.read("value") or ""
            return value if is_folder(value) else ""
    return ""
