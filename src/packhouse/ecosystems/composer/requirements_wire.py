"""Requirements in a shape like that of the deps.dev API, which has none for this ecosystem; composer.json's own words.

`dependencies` and `devDependencies` are packages, `platform` is PHP, its extensions and libraries.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from packhouse.domain.release import Release
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.composer.record import Native

_native = msgspec.msgpack.Decoder(Native).decode
_NONE = Release("").native
_NOTHING = Native()


def requirements_wire(release: Release) -> dict[str, Any]:
    """Write what a release needs, excludes, stands in for and suggests, in the order of its document."""
    native = _NOTHING if release.native == _NONE else _native(release.native)
    return {
        "dependencies": [_write(each) for each in release.requirements if each.scope == "runtime"],
        "devDependencies": [_write(each) for each in release.requirements if each.scope == "dev"],
        "platform": [_write(each) for each in release.requirements if each.scope == "system"],
        "conflicts": _listed(native.conflict),
        "replaces": _listed(native.replace),
        "provides": _listed(native.provide),
        "suggests": [{"name": name, "reason": reason} for name, reason in native.suggest.items()],
    }


def _write(requirement: Requirement) -> dict[str, str]:
    return {"name": requirement.name, "requirement": requirement.range}


def _listed(links: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "requirement": wanted} for name, wanted in links.items()]
