"""Crates that are known here, as the Web API writes them in lists: what search knows, and what the index says."""

import asyncio
from collections.abc import Sequence

from packhouse.domain.errors import NotFound, Refused, UpstreamError
from packhouse.domain.index import Index, Summary
from packhouse.domain.search import Standing
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.lines import read_entry
from packhouse.ecosystems.cargo.listing import Json, best_of, iso, links_of_crate
from packhouse.ecosystems.cargo.names import identity
from packhouse.services.assembly import Services
from packhouse.services.ports import SearchHits

_AT_ONCE = 8


class FoundCrates:
    """Writes what a search has found."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def write(self, view: View, found: SearchHits, wanted: str = "") -> list[Json]:
        """Write every crate of a page; one of which nothing is left meanwhile is left out."""
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def one(summary: Summary, standing: Standing) -> Json | None:
            async with at_once:
                return await self._one(view, summary, standing, wanted)

        pairs = zip(found.hits, found.standings, strict=True)
        written = await asyncio.gather(*(one(summary, standing) for (_, summary), standing in pairs))
        return [each for each in written if each is not None]

    async def _one(self, view: View, summary: Summary, standing: Standing, wanted: str) -> Json | None:
        try:
            snapshot = await self._services.source.snapshot(view, summary.key, "known")
            index = await self._services.source.index(view, snapshot)
        except (NotFound, Refused, UpstreamError):
            return None
        name, versions = read_versions(index)
        return _crate(summary, standing, name or summary.key.name, versions, wanted) if versions else None


def read_versions(index: Index) -> tuple[str, Sequence[Json]]:
    """Read a crate's name as its first release spells it, and what decides which version stands for it."""
    name, versions = "", []
    for fragment in index.fragments:
        entry = read_entry(fragment.body)
        if entry is not None:
            name = name or entry.name
            at = iso(fragment.published_at)
            versions.append({"num": fragment.version, "yanked": bool(entry.yanked), "created_at": at})
    return name, versions


def _crate(summary: Summary, standing: Standing, name: str, versions: Sequence[Json], wanted: str) -> Json:
    dates = sorted(each["created_at"] for each in versions)
    best = best_of(versions)
    yanked = {each["num"] for each in versions if each["yanked"]}
    return {
        "id": name,
        "name": name,
        "description": summary.description or None,
        "created_at": iso(summary.created_at) if summary.created_at else dates[0],
        "updated_at": dates[-1],
        "versions": None,
        "keywords": None,
        "categories": None,
        "badges": [],
        "downloads": standing.downloads,
        "recent_downloads": standing.recent,
        "num_versions": len(versions),
        "yanked": best["default_version"] in yanked,
        **best,
        "homepage": summary.links.get("homepage"),
        "documentation": summary.links.get("documentation"),
        "repository": summary.links.get("repository"),
        "links": links_of_crate(name),
        "exact_match": bool(wanted) and identity(name) == identity(wanted),
        "trustpub_only": False,
    }
