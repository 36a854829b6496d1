"""Crates that are known here, as the Web API writes them in lists: what search knows of them."""

from packhouse.domain.errors import NotFound, Refused
from packhouse.domain.index import Summary
from packhouse.domain.search import Standing
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.listed_crate import ListedCrate, read_listed
from packhouse.ecosystems.cargo.listing import Json, iso
from packhouse.ecosystems.cargo.names import identity
from packhouse.services.assembly import Services
from packhouse.services.ports import SearchHits


class FoundCrates:
    """Writes what a search has found."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def write(self, view: View, found: SearchHits, wanted: str = "") -> list[Json]:
        """Write every crate of a page; one of which nothing is left meanwhile is left out."""
        asked, written = identity(wanted), list[Json]()
        for (_, summary), standing in zip(found.hits, found.standings, strict=True):
            listed = read_listed(summary.listed) or await self._read(view, summary, standing)
            if listed is not None:
                exact = bool(asked) and identity(listed.name) == asked
                written.append({**listed.json(), **_told(summary, standing), "exact_match": exact})
        return written

    async def _read(self, view: View, summary: Summary, standing: Standing) -> ListedCrate | None:
        """Read the index file of a crate that was found before more was kept of it."""
        search = self._services.search
        try:
            index = await search.reader.read(view, await search.reader.find(view, summary.key, standing.origin))
        except (NotFound, Refused):
            return None
        remade = self._services.ecosystem.index.summary(summary.key, index)
        return None if remade is None else read_listed(remade.listed)


def _told(summary: Summary, standing: Standing) -> Json:
    """Say what search knows of a crate."""
    links = summary.links
    told: Json = {
        "description": summary.description or None,
        "downloads": standing.downloads,
        "recent_downloads": standing.recent,
        "homepage": links.get("homepage"),
        "documentation": links.get("documentation"),
        "repository": links.get("repository"),
    }
    if summary.created_at:
        told["created_at"] = iso(summary.created_at)
    return told
