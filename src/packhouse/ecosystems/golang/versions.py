"""Versions of modules: SemVer with a leading v; pseudo-versions for commits without a tag.

Source: the module reference, sections on versions and pseudo-versions; precedence is SemVer's.
"""

import re
from datetime import UTC, datetime

from packhouse.domain.errors import Invalid
from packhouse.domain.package import Moment
from packhouse.formats import semver
from packhouse.formats.semver import Key

INCOMPATIBLE = "+incompatible"
"""Ends the versions from 2 on of a module whose path does not end with /vN."""
_MAX_LENGTH = 256
_PSEUDO = re.compile(
    r"v[0-9]+\.(?:0\.0-|[0-9]+\.[0-9]+-(?:[^+]*\.)?0\.)([0-9]{14})-[A-Za-z0-9]+(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)
_is_short = re.compile(r"v(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))?", re.ASCII).fullmatch


def version_key(version: str) -> Key:
    """Turn a version into its sort key, which build metadata is no part of; raise Invalid if it is none."""
    if not version.startswith("v") or len(version) > _MAX_LENGTH:
        raise _no_version(version)
    try:
        return semver.parse(version[1:])
    except ValueError:
        raise _no_version(version) from None


def is_version(text: str) -> bool:
    """Tell whether a text is a whole version, and not a branch, a commit or part of a version."""
    try:
        version_key(text)
    except Invalid:
        return False
    # Of build metadata only +incompatible is part of a version.
    return "+" not in text or text.endswith(INCOMPATIBLE)


def canonical(text: str) -> str:
    """Write a version whole: v1 and v1.2 get zeros, build metadata goes; raise Invalid if it is none."""
    if _is_short(text) and len(text) <= _MAX_LENGTH:
        return text + ".0" * (2 - text.count("."))
    version_key(text)
    core, plus, build = text.partition("+")
    return text if plus + build == INCOMPATIBLE else core


def is_prerelease(version: str) -> bool:
    """Tell whether a version is a pre-release; a pseudo-version is one."""
    return semver.is_prerelease(version_key(version))


def is_pseudo(version: str) -> bool:
    """Tell whether a version stands for a commit without a tag."""
    return _PSEUDO.fullmatch(version) is not None


def pseudo_moment(version: str) -> Moment | None:
    """Read the time of the commit that a pseudo-version names; None for another version."""
    found = _PSEUDO.fullmatch(version)
    if found is None:
        return None
    try:
        moment = datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return Moment(int(moment.timestamp() * 1000))


def read_time(text: object) -> Moment | None:
    """Read a time as `.info` and some lists have it; None for anything else."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
        # A time without a zone would be read as one of this machine's.
        return None if found is None or found.tzinfo is None else Moment(int(found.timestamp() * 1000))
    except (ValueError, OverflowError):
        return None


def _no_version(version: str) -> Invalid:
    return Invalid(f"{version[:80]!r} is no version", "write it as vMAJOR.MINOR.PATCH, e.g. v1.2.0")
