"""A module's record, completed from `.info`, `.mod`, the newest go.mod, and the site where the upstream has one."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from packhouse.domain.errors import Invalid
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import Licence, Link, Release
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.golang.gomod import GoMod, parse_go_mod
from packhouse.ecosystems.golang.names import escape
from packhouse.ecosystems.golang.versions import version_key

LATEST = "@latest"


def info_of(key: PackageKey, version: str) -> FurtherKey:
    """Name the `.info` of a version or of a query."""
    return FurtherKey(key, f"{escape(version)}.info")


def mod_of(key: PackageKey, version: str) -> FurtherKey:
    """Name the `.mod` of a version."""
    return FurtherKey(key, f"{escape(version)}.mod")


def complete(
    key: PackageKey, release: Release, documents: Mapping[FurtherKey, bytes | None]
) -> Release | frozenset[FurtherKey]:
    """Add time, requirements, retraction, deprecation and licence.

    Retractions and the deprecation stand in the go.mod of the newest version, of which `@latest` tells the number.
    """
    info, mod, latest = info_of(key, release.version), mod_of(key, release.version), FurtherKey(key, LATEST)
    site = FurtherKey(key, f"site/{release.version}")
    missing = frozenset({info, mod, latest, site} - documents.keys())
    if missing:
        return missing
    newest = _text(_object(documents[latest]).get("Version"))
    newest_mod = mod_of(key, newest) if newest else mod
    if newest_mod not in documents:
        return frozenset({newest_mod})
    facts = _object(documents[info])
    own = parse_go_mod(documents[mod] or b"")
    return _apply(release, facts, own, parse_go_mod(documents[newest_mod] or b""), _object(documents[site]))


def _apply(release: Release, facts: dict[str, Any], own: GoMod, newest: GoMod, site: dict[str, Any]) -> Release:
    origin = facts.get("Origin")
    return replace(
        release,
        published_at=read_time(facts.get("Time")) or release.published_at,
        requirements=tuple(_requirements(own)),
        links=_links(release.links, origin if isinstance(origin, dict) else {}, site),
        licences=tuple(_licences(site)),
        yanked=_retraction(release.version, newest),
        deprecated=newest.deprecated,
        runtimes={"go": f">={own.go}"} if own.go else {},
    )


def read_time(text: object) -> Moment | None:
    """Read a time as `.info` has it."""
    try:
        return Moment(int(datetime.fromisoformat(text).timestamp() * 1000)) if isinstance(text, str) else None
    except (ValueError, OverflowError):
        return None


def _requirements(own: GoMod) -> Iterator[Requirement]:
    for each in own.requires:
        yield Requirement(each.path, each.version, marker="indirect" if each.indirect else None)


def _retraction(version: str, newest: GoMod) -> str | None:
    """Give the reason for which a version was taken back (may be empty text); None where it was not."""
    for each in newest.retractions:
        try:
            if version_key(each.low) <= version_key(version) <= version_key(each.high):
                return each.rationale
        except Invalid:
            continue
    return None


def _links(links: tuple[Link, ...], origin: dict[str, Any], site: dict[str, Any]) -> tuple[Link, ...]:
    for address in (origin.get("URL"), site.get("repoUrl")):
        if not links and isinstance(address, str) and address.startswith(("https://", "http://")):
            return (Link("repository", address),)
    return links


def _licences(site: dict[str, Any]) -> Iterator[Licence]:
    from packhouse.formats.licences import to_spdx  # noqa: PLC0415 (start-up time)

    found = site.get("licenses")
    for each in found if isinstance(found, list) else ():
        for name in each.get("types") or () if isinstance(each, dict) else ():
            if isinstance(name, str):
                yield Licence(name, to_spdx(name))


def _object(body: bytes | None) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body) if body else {}
    except (msgspec.MsgspecError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
