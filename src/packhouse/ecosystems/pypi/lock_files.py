"""What lock files of pip, uv and poetry have chosen."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.pypi.markers import holds
from packhouse.ecosystems.pypi.names import parse_name
from packhouse.ecosystems.pypi.targets import Target

_NO_EXTRAS: frozenset[str] = frozenset()
_ELSEWHERE = frozenset({"vcs", "directory", "archive"})
"""Where pylock.toml takes a package from, if not from an index."""


def locked(name: str, body: bytes, target: Target) -> Iterator[tuple[str, str]]:
    """List what a lock file has chosen for a target, less the project and what comes from elsewhere than an index."""
    document = read_toml(name, body)
    listed = document.get("packages" if name.startswith("pylock") else "package")
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict) or not isinstance(each.get("version"), str):
            continue
        if isinstance(each.get("name"), str) and _is_of_index(each) and _is_meant(each, target):
            yield parse_name(each["name"]), each["version"]


def _is_of_index(entry: Mapping[str, Any]) -> bool:
    source = entry.get("source")
    if isinstance(source, dict):
        # uv names the index; poetry calls one that is not its usual one legacy.
        return "registry" in source or source.get("type") == "legacy"
    return not _ELSEWHERE & entry.keys()


def _is_meant(entry: Mapping[str, Any], target: Target) -> bool:
    """Tell whether an entry is for the target: a project may be locked at several versions, for several of them."""
    told = entry.get("resolution-markers", entry.get("marker"))
    markers = [told] if isinstance(told, str) else told if isinstance(told, list) else []
    return not markers or any(isinstance(each, str) and _holds(each, target) for each in markers)


def _holds(marker: str, target: Target) -> bool:
    try:
        return holds(marker, target.markers, _NO_EXTRAS)
    except Invalid:
        return True  # PEP 751 has markers about the lock file's own extras and groups


def read_toml(name: str, body: bytes) -> dict[str, Any]:
    """Read a file; raise Invalid."""
    try:
        return tomllib.loads(text_of(name, body))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Invalid(f"{name} cannot be read: {error}") from error


def text_of(name: str, body: bytes) -> str:
    """Read a file's text; raise Invalid."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{name} is not UTF-8") from error
