"""Crates that are known here, as the Web API writes them in lists: what search knows, and what the index says."""

import asyncio
from collections.abc import Sequence

from packhouse.domain.errors import NotFound, Refused
from packhouse.domain.index import Index, Summary
from packhouse.domain.package import PackageKey
from packhouse.domain.search import Standing
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.lines import read_entry
from packhouse.ecosystems.cargo.listing import Json, best_of, iso, links_of_crate
from packhouse.ecosystems.cargo.names import identity
from packhouse.services.assembly import Services
from packhouse.services.ports import SearchHits

_AT_ONCE = 8
_REMEMBERED = 10_000
"""Crates of which is remembered which versions stand for them."""


class FoundCrates:
    """Writes what a search has found."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._facts: dict[tuple[str, PackageKey, int, frozenset[str]], Json] = {}

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
            snapshot = await self._services.search.reader.find(view, summary.key, standing.origin)
            where = (snapshot.origin, summary.key, snapshot.generation, snapshot.verdict.dropped)
            facts = self._facts.get(where)
            if facts is None:
                facts = _facts(await self._services.search.reader.read(view, snapshot), summary)
                if len(self._facts) >= _REMEMBERED:
                    self._facts.clear()
                self._facts[where] = facts
        except (NotFound, Refused):
            return None
        return {**facts, **_standing(summary, standing, facts["name"], wanted)} if facts else None


def _facts(index: Index, summary: Summary) -> Json:
    """Gather what changes with the crate alone; nothing where no release is left."""
    name, versions = _versions(index)
    if not versions:
        return {}
    dates = sorted(each["created_at"] for each in versions)
    best = best_of(versions)
    yanked = {each["num"] for each in versions if each["yanked"]}
    name = name or summary.key.name
    return {
        "id": name,
        "name": name,
        "created_at": dates[0],
        "updated_at": dates[-1],
        "versions": None,
        "keywords": None,
        "categories": None,
        "badges": [],
        "num_versions": len(versions),
        "yanked": best["default_version"] in yanked,
        **best,
        "links": links_of_crate(name),
        "trustpub_only": False,
    }


def _versions(index: Index) -> tuple[str, Sequence[Json]]:
    """Read a crate's name as its first release spells it, and what decides which version stands for it."""
    name, versions = "", []
    for fragment in index.fragments:
        entry = read_entry(fragment.body)
        if entry is not None:
            name = name or entry.name
            at = iso(fragment.published_at)
            versions.append({"num": fragment.version, "yanked": bool(entry.yanked), "created_at": at})
    return name, versions


def _standing(summary: Summary, standing: Standing, name: str, wanted: str) -> Json:
    """Say what search knows of a crate."""
    told: Json = {
        "description": summary.description or None,
        "downloads": standing.downloads,
        "recent_downloads": standing.recent,
        "homepage": summary.links.get("homepage"),
        "documentation": summary.links.get("documentation"),
        "repository": summary.links.get("repository"),
        "exact_match": bool(wanted) and identity(name) == identity(wanted),
    }
    return told | {"created_at": iso(summary.created_at)} if summary.created_at else told
