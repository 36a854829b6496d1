"""Which crates depend on one: those that are known here, then those that the upstream's Web API names."""

import asyncio
from collections.abc import Sequence

from packhouse.domain.errors import NotFound, NotTold, Refused, UpstreamError
from packhouse.domain.index import Summary
from packhouse.domain.package import PackageKey
from packhouse.domain.search import SearchQuery, Standing
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.crate_document import crate_path, objects, text
from packhouse.ecosystems.cargo.lines import read_entry
from packhouse.ecosystems.cargo.listing import Json, dependencies_of_record, version_of_record
from packhouse.ecosystems.cargo.paging import Page, Seek
from packhouse.ecosystems.cargo.upstream_lists import Listed, UpstreamLists
from packhouse.ecosystems.cargo.visible import Visible
from packhouse.services.assembly import Services
from packhouse.services.ports import SearchHits

_AT_ONCE = 8


class ReverseDependencies:
    """Lists the default versions that depend on a crate, the most downloaded first."""

    def __init__(self, services: Services, visible: Visible, upstream: UpstreamLists) -> None:
        self._services = services
        self._visible = visible
        self._upstream = upstream

    async def answer(self, view: View, key: PackageKey, part: Page | Seek) -> tuple[Json, int | None]:
        """Make the document, and tell until when it stands; None where it may change with any publish."""
        query = SearchQuery(facets=(((("requires", key.name),),),), order="downloads")
        search, ecosystem = self._services.search, self._services.ecosystem.key
        if not await self._services.access.is_ours(view, key):
            ours = await search.find_hosted(view, ecosystem, query, part.offset, part.size)
            begins = max(0, part.offset - ours.total)
            left = part.size - max(0, min(part.size, ours.total - part.offset))
            try:
                theirs = await self._theirs(view, key, begins, left)
            except (NotFound, NotTold, UpstreamError):
                pass
            else:
                here = await self._written(view, key, ours)
                return _joined(here, theirs, ours.total), theirs.valid_until if not ours.total else None
        found = await search.find(view, ecosystem, query, part.offset, part.size)
        return _document(await self._written(view, key, found), found.total), None

    async def _theirs(self, view: View, key: PackageKey, offset: int, limit: int) -> Listed:
        """Take a window of the upstream's list, without what is refused or published here."""
        path = f"{crate_path(key.name)}/reverse_dependencies"
        part = await self._upstream.window(view, path, {}, "dependencies", offset, limit, key.name)
        pages = [part.document, *objects(part.document, "more")]
        releases = [each for page in pages for each in objects(page, "versions")]
        verdicts = await self._visible.verdicts(view, [text(each, "crate") or "" for each in releases])
        left = [
            release
            for release, verdict in zip(releases, verdicts, strict=True)
            if verdict is not None and text(release, "num") not in verdict.dropped
        ]
        left = [each for each in left if not await self._upstream.is_ours(view, text(each, "crate") or "")]
        identities = {each.get("id") for each in left}
        asked = [each for each in part.entries if each.get("version_id") in identities]
        kept = {each.get("version_id") for each in asked}
        shown = [each for each in left if each.get("id") in kept]
        return Listed(asked, part.total, part.valid_until, {**part.document, "versions": shown})

    async def _written(self, view: View, key: PackageKey, found: SearchHits) -> list[tuple[Json, Json]]:
        """Write the release and the requirement of each dependent."""
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def one(summary: Summary, standing: Standing) -> Sequence[tuple[Json, Json]]:
            async with at_once:
                return await self._one(view, key, summary, standing)

        pairs = zip(found.hits, found.standings, strict=True)
        written = await asyncio.gather(*(one(summary, standing) for (_, summary), standing in pairs))
        return [pair for each in written for pair in each]

    async def _one(
        self, view: View, key: PackageKey, summary: Summary, standing: Standing
    ) -> Sequence[tuple[Json, Json]]:
        try:
            reader = self._services.search.reader
            index = await reader.read(view, await reader.find(view, summary.key, standing.origin))
        except (NotFound, Refused):
            return ()
        fragment = next((each for each in index.fragments if each.version == summary.version), None)
        entry = None if fragment is None else read_entry(fragment.body)
        if fragment is None or entry is None:
            return ()
        # One release is read, and not all of a crate's.
        alone = self._services.ecosystem.index.describe(summary.key, type(index)(index.head, (fragment,), index.digest))
        release = alone.find(summary.version)
        if release is None:
            return ()
        version = version_of_record(entry.name, release)
        named = objects(dependencies_of_record(entry.name, release), "dependencies")
        identity = self._services.ecosystem.identity
        wanted = [each for each in named if identity(each["crate_id"]) == identity(key.name)]
        needed = [each for each in wanted if each["kind"] != "dev"] or wanted
        return [(version, {**each, "downloads": standing.downloads}) for each in needed[:1]]


def _document(written: Sequence[tuple[Json, Json]], total: int) -> Json:
    return {
        "dependencies": [dependency for _, dependency in written],
        "versions": [version for version, _ in written],
        "meta": {"total": total},
    }


def _joined(here: Sequence[tuple[Json, Json]], theirs: Listed, ours: int) -> Json:
    made = _document(here, ours + theirs.total)
    upstreams = {name: value for name, value in theirs.document.items() if name != "more"}
    return {
        **upstreams,
        "dependencies": [*made["dependencies"], *theirs.entries],
        "versions": [*made["versions"], *objects(theirs.document, "versions")],
        "meta": {**(theirs.document.get("meta") or {}), **made["meta"]},
    }
