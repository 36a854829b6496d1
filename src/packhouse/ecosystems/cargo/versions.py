"""Versions as cargo reads and orders them: Semantic Versioning to the letter, with an order of build metadata.

Cargo's library compares build metadata last, although SemVer 10 says that it has no precedence: so the order is total.
"""

from packhouse.domain.errors import Invalid
from packhouse.formats import semver
from packhouse.formats.semver import Key

MAX_NUMBER = 2**64 - 1
"""The highest major, minor or patch."""
_BUILD = -1
"""Stands in a key before build metadata: under every kind of pre-release identifier."""
# Any shorter version has no number above the highest: that has 20 digits.
_SURELY_SMALL = 20


def version_key(version: str) -> Key:
    """Make the key that sorts as cargo compares; raise Invalid if this is no version."""
    key = _parse(version)
    _, plus, build = version.partition("+")
    return (*key, _BUILD, *_build_key(build)) if plus else key


def precedence(version: str) -> Key:
    """Make the key that counts when a version is compared with a requirement: build metadata is no part of it."""
    return _parse(version)


def is_prerelease(version: str) -> bool:
    """Tell whether a version has a pre-release part; raise Invalid if it is no version."""
    return semver.is_prerelease(_parse(version))


def _parse(version: str) -> Key:
    try:
        key = semver.parse(version)
    except ValueError:
        raise Invalid(f"{version[:80]!r} is not a version", "a version is like 1.2.3 or 1.2.3-beta.1") from None
    if len(version) >= _SURELY_SMALL and any(isinstance(part, int) and part > MAX_NUMBER for part in key[:3]):
        raise Invalid(f"a number in {version[:80]!r} is over {MAX_NUMBER}")
    return key


def _build_key(build: str) -> Key:
    """Order build metadata like a pre-release, but that zeros may stand in front: they break ties."""
    parts: list[int | str] = []
    for part in build.split("."):
        if part.isdigit():
            digits = part.lstrip("0")
            parts += (0, len(digits), digits, len(part))
        else:
            parts += (1, part)
    return tuple(parts)
