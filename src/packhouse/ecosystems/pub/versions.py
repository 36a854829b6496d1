"""Versions: SemVer 2, and unlike SemVer ordered by their build metadata as well.

Source: pub_semver's documented ordering: equal but for the build, the one without a build is lower.
"""

import re

from packhouse.domain.errors import Invalid
from packhouse.formats import semver
from packhouse.formats.semver import Key, identifiers

_MAX_LENGTH = 256
_NUMBER = r"[0-9]{1,15}"
_PART = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_match = re.compile(rf"v?({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_PART}))?(?:\+({_PART}))?", re.ASCII).fullmatch

VersionKey = tuple[Key, Key]
"""The SemVer key, then the build's identifiers."""


def version_key(version: str) -> VersionKey:
    """Turn a version into its sort key; raise Invalid if it is none."""
    if "+" not in version:
        try:
            return semver.parse(version), ()
        except ValueError:
            pass  # leading zeros and a leading v are tolerated, as pub_semver does
    found = _match(version) if len(version) <= _MAX_LENGTH else None
    if found is None:
        raise Invalid(f"{version[:80]!r} is no version", "write major.minor.patch, e.g. 1.2.0 or 1.2.0-dev.1")
    major, minor, patch, prerelease, build = found.groups()
    core: Key = (int(major), int(minor), int(patch))
    key = (*core, semver.RELEASE) if prerelease is None else (*core, semver.PRERELEASE, *identifiers(prerelease))
    return key, () if build is None else identifiers(build)


def is_prerelease(key: VersionKey) -> bool:
    """Tell whether a key is that of a pre-release; build metadata makes none."""
    return semver.is_prerelease(key[0])
