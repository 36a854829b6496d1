"""Removing a whole crate, which its owner may do while nobody can depend on it much."""

import msgspec

from packhouse.domain.errors import NotPermitted
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.search import SearchQuery
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.crate_document import crate_path, read_object, text
from packhouse.ecosystems.cargo.docs_places import docs_filename
from packhouse.ecosystems.cargo.hosted import EMPTY
from packhouse.ecosystems.cargo.index import locate
from packhouse.ecosystems.cargo.lines import parse_moment
from packhouse.ecosystems.cargo.maintaining import changeable, require_published
from packhouse.ecosystems.cargo.publishing import readme_path
from packhouse.services.assembly import Services
from packhouse.services.publishing import Change, Hosted

FRESH_MS = 72 * 3_600_000
"""How long a crate that has several owners, or was downloaded often, may be removed all the same."""
MONTHLY_DOWNLOADS = 1000
_MONTH_MS = 30 * 24 * 3_600_000


class Removing:
    """Removes crates."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def why_not(self, view: View, key: PackageKey) -> str | None:
        """Tell why a crate has to stay, whoever asks; None for one that may go. Raise as `require_published` does."""
        if view.actor.proof is not None and view.actor.proof.kind == "token":
            raise NotPermitted("this action can only be performed on the website", "sign in there")
        ownership = await require_published(self._services, view, key, "maintain")
        age_ms = self._services.clock() - await self._created_at(view, key)
        if age_ms > FRESH_MS:
            if len(ownership.owners) > 1:
                return "only crates with a single owner can be deleted after 72 hours"
            months = -(-age_ms // _MONTH_MS)
            if await self._downloads(view, key) > MONTHLY_DOWNLOADS * months:
                return (
                    f"only crates with less than {MONTHLY_DOWNLOADS} downloads per month can be deleted after 72 hours"
                )
        if await self._is_required(view, key):
            return "only crates without reverse dependencies can be deleted"
        return None

    async def remove(self, view: View, key: PackageKey, message: str = "") -> None:
        """Remove a crate; its name stays its owners', and nobody may use it for a day."""
        publishing = self._services.publishing
        found = await publishing.get(view, key)
        files = await publishing.files_of(view, key, _filenames(found))
        await publishing.change(view, key, lambda now: _removed(view, now, message))
        await self._services.inviting.forget(view, key)
        await publishing.forget_files(files)

    async def _created_at(self, view: View, key: PackageKey) -> Moment:
        found = await self._services.publishing.find(view, key, (crate_path(key.name),))
        raw = found.documents.get(crate_path(key.name))
        crate = (read_object(raw) or {}).get("crate") if raw else None
        at = parse_moment(text(crate, "created_at")) if isinstance(crate, dict) else None
        return at or found.now

    async def _downloads(self, view: View, key: PackageKey) -> int:
        return sum((await self._services.usage.list_days(view, key)).values())

    async def _is_required(self, view: View, key: PackageKey) -> bool:
        query = SearchQuery(facets=(((("requires", key.name),),),))
        hits = await self._services.search.find(view, key.ecosystem, query, 0, 2)
        return any(summary.key != key for _, summary in hits.hits)


def _removed(view: View, found: Hosted, message: str) -> Change:
    index, ownership, now = changeable(view.actor, found, "maintain")
    key = found.key
    versions = [fragment.version for fragment in index.fragments]
    gone = [crate_path(key.name), *(readme_path(key, version) for version in versions)]
    detail = {"message": message[:400]} if message else {}
    return Change(
        index=EMPTY,
        action="delete",
        events=(
            *(("release_removed", version, {}) for version in versions),
            ("package_removed", "", detail),
        ),
        ownership=msgspec.structs.replace(ownership, removed_at=now, revision=ownership.revision + 1),
        removed_files=tuple(_filenames(found)),
        removed_further=tuple(FurtherKey(key, path) for path in gone),
    )


def _filenames(found: Hosted) -> list[str]:
    index = found.index or EMPTY
    names = [f"{found.key.name}-{fragment.version}.crate" for fragment in index.fragments]
    files = [located.artifact.filename for name in names if (located := locate(found.key, index, name)) is not None]
    return [*files, *(docs_filename(fragment.version) for fragment in index.fragments)]
