"""What `<latest>` and `<release>` name, when the release that they named is left out."""

import re
from collections.abc import Collection

from packhouse.ecosystems.maven.versions import is_prerelease, is_snapshot, version_key

LATEST = "latest"
"""The newest of all, snapshots too."""
RELEASE = "release"
"""The newest that is no snapshot."""


def retag(tags: dict[str, str], versions: Collection[str]) -> dict[str, str]:
    """Move a tag to the nearest release below the one that it named; no tag is left dangling."""
    moved = {tag: _moved(tag, version, versions) for tag, version in tags.items()}
    return {tag: version for tag, version in moved.items() if version}


def default_of(tags: dict[str, str], versions: Collection[str]) -> str:
    """Choose what someone gets who names no version: what upstream calls the release, if it is one.

    Dates that some projects once used as versions are above every other, and some upstreams call one of them the
    release: a date only counts where there is nothing else.
    """
    named = tags.get(RELEASE, "")
    if named in versions and not is_prerelease(named) and not _is_date(named):
        return named
    stable = [version for version in versions if not is_prerelease(version)]
    plain = [version for version in stable if not _is_date(version)]
    return max(plain or stable or versions, key=version_key, default="")


_is_date = re.compile(r"(?:19|20)\d\d[01]\d[0-3]\d(?:\D.*)?", re.ASCII | re.DOTALL).fullmatch


def _moved(tag: str, version: str, versions: Collection[str]) -> str:
    if version in versions:
        return version
    left = [each for each in versions if tag == LATEST or not is_snapshot(each)]
    if not is_prerelease(version):
        left = [each for each in left if not is_prerelease(each)] or left
    limit = version_key(version)
    below = [each for each in left if version_key(each) <= limit]
    return max(below or left, key=version_key, default="")
