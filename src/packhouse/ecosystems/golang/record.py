"""A release, completed from its `.info` and `.mod`, and from the site where the upstream has one."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from msgspec.structs import replace

from packhouse.domain.further import FurtherKey
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Link, Release
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.golang.gomod import GoMod, parse_go_mod
from packhouse.ecosystems.golang.names import escape
from packhouse.ecosystems.golang.site import page_of, read_licences, read_object
from packhouse.ecosystems.golang.versions import read_time

AT_LATEST = "@latest"
INDIRECT = "indirect"
"""The marker of a requirement that a go.mod lists for what others require."""


def info_of(key: PackageKey, version: str) -> FurtherKey:
    """Name the `.info` of a version or of a query."""
    return FurtherKey(key, f"{escape(version)}.info")


def mod_of(key: PackageKey, version: str) -> FurtherKey:
    """Name the `.mod` of a version."""
    return FurtherKey(key, f"{escape(version)}.mod")


def latest_of(key: PackageKey) -> FurtherKey:
    """Name the `.info` of what the upstream calls the latest."""
    return FurtherKey(key, AT_LATEST)


def complete(
    key: PackageKey, release: Release, documents: Mapping[FurtherKey, bytes | None]
) -> Release | frozenset[FurtherKey]:
    """Add time, requirements, the go that it needs, licences and a repository."""
    info, mod, page = info_of(key, release.version), mod_of(key, release.version), page_of(key, release.version)
    if missing := frozenset({info, mod, page} - documents.keys()):
        return missing
    facts, own, told = read_object(documents[info]), parse_go_mod(documents[mod] or b""), read_object(documents[page])
    return replace(
        release,
        published_at=read_time(facts.get("Time")) or release.published_at,
        requirements=tuple(_requirements(own)),
        links=_links(facts, told) or release.links,
        licences=tuple(read_licences(told)),
        runtimes={"go": f">={own.go}"} if own.go else {},
    )


def _requirements(own: GoMod) -> Iterator[Requirement]:
    for each in own.requires:
        # A minimum: the highest of all is chosen.
        yield Requirement(each.path, f">={each.version}", marker=INDIRECT if each.indirect else None, raw=each.version)


def _links(facts: Mapping[str, Any], told: Mapping[str, Any]) -> tuple[Link, ...]:
    """Tell where the code came from: as the proxy fetched it, else as the site says."""
    origin = facts.get("Origin")
    fetched = origin.get("URL") if isinstance(origin, dict) else None
    if _is_address(fetched):
        return (Link("repository", fetched), Link("origin", fetched))
    address = told.get("repoUrl")
    return (Link("repository", address),) if _is_address(address) else ()


def _is_address(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.startswith(("https://", "http://"))
