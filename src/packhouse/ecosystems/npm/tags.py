"""dist-tags: names for versions, which must never point to a release that is not there."""

from bisect import bisect_left
from collections.abc import Collection, Iterable
from functools import cached_property

from packhouse.domain.errors import Invalid
from packhouse.domain.index import Index
from packhouse.ecosystems.npm.head import read_head
from packhouse.ecosystems.npm.versions import version_key
from packhouse.formats import semver
from packhouse.formats.semver import Key

LATEST = "latest"


def tags_of(index: Index) -> dict[str, str]:
    """Read the upstream's tags."""
    return dict(read_head(index).tags)


def retag(tags: dict[str, str], versions: Collection[str]) -> dict[str, str]:
    """Move each tag whose release is not left to the nearest one that can stand in for it; remove it if none can."""
    left = frozenset(versions)
    if left.issuperset(tags.values()):
        return tags
    candidates = _Candidates(left)
    moved = {tag: version if version in left else candidates.replace(tag, version) for tag, version in tags.items()}
    return {tag: version for tag, version in moved.items() if version is not None}


class _Group:
    """Releases of one sort, in ascending order."""

    def __init__(self, releases: Iterable[tuple[Key, str]]) -> None:
        self._releases = sorted(releases)

    def below(self, key: Key) -> str | None:
        """Find the highest under a key."""
        at = bisect_left(self._releases, (key, ""))
        return self._releases[at - 1][1] if at else None

    def highest(self) -> str | None:
        return self._releases[-1][1] if self._releases else None


class _Candidates:
    """What is left, by what it can stand in for."""

    def __init__(self, versions: Iterable[str]) -> None:
        self._releases = [(key, version) for version in versions if (key := _key(version)) is not None]
        self._groups: dict[tuple[int | str, ...], _Group] = {}

    def replace(self, tag: str, version: str) -> str | None:
        """Find the release that a tag moves to."""
        key = _key(version)
        if key is None:
            return None
        return self._latest(key) if tag == LATEST else self._tagged(key)

    def _latest(self, key: Key) -> str | None:
        """Keep to stable releases, and go up only if there is none below: what is newer may be there for a reason."""
        found = self._stable.below(key) or self._stable.highest()
        if found is None and semver.is_prerelease(key):
            found = self._prereleases.highest()
        return found

    def _tagged(self, key: Key) -> str | None:
        """Keep to the major version, to stable releases for a stable one, and to `beta` for a `beta`."""
        major = key[0]
        if not semver.is_prerelease(key):
            return self._group(major, "stable").below(key)
        return self._group(major, "line", *_line(key)).below(key) or self._group(major, "any").below(key)

    @cached_property
    def _stable(self) -> _Group:
        return _Group(release for release in self._releases if not semver.is_prerelease(release[0]))

    @cached_property
    def _prereleases(self) -> _Group:
        return _Group(release for release in self._releases if semver.is_prerelease(release[0]))

    def _group(self, *wanted: int | str) -> _Group:
        # Built by the first tag that asks: a document may have 10,000 tags or 10,000 releases.
        if not self._groups:
            sorts: dict[tuple[int | str, ...], list[tuple[Key, str]]] = {}
            for release in self._releases:
                for sort in _sorts(release[0]):
                    sorts.setdefault(sort, []).append(release)
            self._groups = {sort: _Group(releases) for sort, releases in sorts.items()}
        return self._groups.get(wanted, _NOBODY)


_NOBODY = _Group(())


def _sorts(key: Key) -> list[tuple[int | str, ...]]:
    if semver.is_prerelease(key):
        return [(key[0], "any"), (key[0], "line", *_line(key))]
    return [(key[0], "any"), (key[0], "stable")]


def _line(key: Key) -> tuple[int | str, ...]:
    """Name the series of pre-releases, e.g. `beta`; those that are only numbers are one series."""
    kind, identifier = key[4], key[5]
    return (kind, identifier) if isinstance(identifier, str) else (kind,)


def _key(version: str) -> Key | None:
    try:
        return version_key(version)
    except Invalid:
        return None
