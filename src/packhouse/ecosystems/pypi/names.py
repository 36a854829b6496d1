"""Names of projects (PEP 503) and of their files (PEP 427, PEP 625)."""

import re

from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName

MAX_LENGTH = 214
_is_name = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII).fullmatch
_separators = re.compile(r"[-_.]+")
_ARCHIVES = (".tar.gz", ".tar.bz2", ".tar.xz", ".tar.Z", ".tgz", ".tar", ".zip")
_INSTALLERS = (".egg", ".exe", ".msi", ".rpm", ".deb", ".dmg")
_is_safe = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!~@-]{0,254}", re.ASCII).fullmatch


def parse_name(raw: str) -> NormalName:
    """Normalise a project's name; raise Invalid if it is none."""
    if len(raw) > MAX_LENGTH or not _is_name(raw):
        hint = "letters, digits and ._- , beginning and ending with a letter or digit"
        raise Invalid(f"{raw[:80]!r} is no project name", hint)
    return NormalName(_separators.sub("-", raw).lower())


def purl_name(namespace: str, name: str) -> NormalName:
    """Make the name that a package URL means; raise Invalid for one with a namespace."""
    if namespace:
        raise Invalid("projects have no namespace", "write pkg:pypi/name")
    return parse_name(name)


def to_purl(name: str, version: str = "") -> str:
    """Write the package URL; an epoch's ! and a local version's + are escaped."""
    escaped = version.replace("!", "%21").replace("+", "%2B")
    return f"pkg:pypi/{name}@{escaped}" if version else f"pkg:pypi/{name}"


def is_served_name(filename: str) -> bool:
    """Tell whether a file name can be one of ours: one segment of a path, and nothing else."""
    return _is_safe(filename) is not None


def version_of(name: str, filename: str) -> str | None:
    """Read the version from a file's name; None where the name does not tell."""
    if filename.endswith(".whl"):
        parts = filename[:-4].split("-")
        return parts[1] if len(parts) in (5, 6) else None
    for ending in _ARCHIVES:
        if filename.endswith(ending):
            return _after_name(name, filename[: -len(ending)])
    for ending in _INSTALLERS:
        if filename.endswith(ending):
            rest = _after_name(name, filename[: -len(ending)])
            # name-1.0-py2.7.egg, name-1.0.win32.exe, name-1.0-1.noarch.rpm
            return None if rest is None else re.split(r"-|\.(?:win|linux|macosx|noarch|src)", rest, maxsplit=1)[0]
    return None


def kind_of(filename: str) -> str:
    """Tell what a file is."""
    if filename.endswith(".whl"):
        return "wheel"
    return "source" if filename.endswith(_ARCHIVES) else "archive"


def _after_name(name: str, stem: str) -> str | None:
    """Take the project's name off: an old name may have hyphens in it, and so may an old version."""
    at = stem.find("-")
    while at >= 0:
        if _separators.sub("-", stem[:at]).lower() == name and stem[at + 1 :]:
            return stem[at + 1 :]
        at = stem.find("-", at + 1)
    return None


def provenance_path(version: str, filename: str) -> str:
    """Name the further document that holds the provenance of a file."""
    return f"integrity/{version}/{filename}/provenance"
