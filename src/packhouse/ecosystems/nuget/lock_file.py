"""packages.lock.json: what it chose is kept, as long as the project asks for the same."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName
from packhouse.ecosystems.nuget.catalogue import Wish, read_wish
from packhouse.ecosystems.nuget.frameworks import Framework, parse_framework

LOCK = "packages.lock.json"


def read_locked(
    body: bytes, framework: Framework, wishes: Sequence[Wish], pins: Sequence[Wish] = ()
) -> Mapping[NormalName, str] | None:
    """Read the versions that count; None where the project asks for something else by now, as if there were no file."""
    entries = _entries(body, framework)
    if entries is None:
        return None
    kinds = {"Direct": wishes, "CentralTransitive": [pin for pin in pins if pin.name in entries]}
    for kind, wanted in kinds.items():
        told = {name: entry.get("requested") for name, entry in entries.items() if entry.get("type") == kind}
        if told.keys() != {wish.name for wish in wanted}:
            return None
        if any(not _is_same(wish, told[wish.name]) for wish in wanted):
            return None
    versions = {name: entry.get("resolved") for name, entry in entries.items()}
    return {name: version for name, version in versions.items() if isinstance(version, str)}


def _entries(body: bytes, framework: Framework) -> dict[NormalName, dict[str, Any]] | None:
    try:
        told = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Invalid(f"{LOCK} cannot be read: {error}") from None
    frameworks = told.get("dependencies") if isinstance(told, dict) else None
    if not isinstance(frameworks, dict):
        raise Invalid(f"{LOCK} has no dependencies in it")
    for name, packages in frameworks.items():
        if parse_framework(name) == framework and isinstance(packages, dict):
            return {NormalName(key.lower()): each for key, each in packages.items() if isinstance(each, dict)}
    return None


def _is_same(wish: Wish, requested: object) -> bool:
    return isinstance(requested, str) and read_wish(wish.written, requested).bounds == wish.bounds
