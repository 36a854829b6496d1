"""The read side of the Web API: the upstream's own documents, without what is refused.

A crate's one document answers for the crate, its list of releases and each of them, since the public registry gives
one answer a second; the other documents are asked for when somebody wants them.
"""

from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from packhouse.domain.errors import NotFound, UpstreamError
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.categories import known_categories
from packhouse.ecosystems.cargo.counted_downloads import FRESH_MS, CountedDownloads
from packhouse.ecosystems.cargo.crate_document import crate_path, objects, text
from packhouse.ecosystems.cargo.crate_includes import include, read_includes
from packhouse.ecosystems.cargo.crate_lists import CrateLists
from packhouse.ecosystems.cargo.docs_places import DocsPlaces
from packhouse.ecosystems.cargo.listing import (
    Json,
    dependencies_of_record,
    page_of,
    version_of_record,
)
from packhouse.ecosystems.cargo.paging import MAX_QUERY, read_part, write_query
from packhouse.ecosystems.cargo.reverse_dependencies import ReverseDependencies
from packhouse.ecosystems.cargo.summary import Summary
from packhouse.ecosystems.cargo.upstream_lists import UpstreamLists
from packhouse.ecosystems.cargo.visible import Visible, read_found
from packhouse.ecosystems.cargo.words_routes import WordRoutes
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.http.serving import body_answer
from packhouse.services.assembly import Services
from packhouse.services.further import Further
from packhouse.services.snapshot import Snapshot

_JSON = "application/json"
_HTML = "text/html; charset=utf-8"
_LISTING = ("all_keywords", "category", "include_yanked", "keyword", "letter", "sort", "team_id", "user_id")
"""What the public registry's list of crates may be narrowed by."""
_WHOLE = frozenset({"sort", "page", "per_page"})
"""What its lists of categories and keywords may be asked with."""


class WebApi:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._visible = Visible(services)
        upstream = UpstreamLists(services, self._visible)
        self._lists = CrateLists(services, upstream, known_categories(services))
        self._words = WordRoutes(services, upstream)
        self._summary = Summary(services, self._visible, upstream)
        self._reverse = ReverseDependencies(services, self._visible, upstream)
        self._counted = CountedDownloads(services)
        self._docs = DocsPlaces(services)

    def routes(self) -> list[Route]:
        """List the addresses; what stands for a crate's own document comes before its releases."""
        crate = "api/v1/crates/{name}"
        return [
            route("api/v1/crates", GET=self._lists.answer),
            route("api/v1/summary", GET=self._summary.answer),
            route("api/v1/site_metadata", GET=self.site),
            *self._words.routes(),
            route(crate, GET=self.crate),
            route(f"{crate}/versions", GET=self.versions),
            route(f"{crate}/downloads", GET=self.downloads),
            route(f"{crate}/reverse_dependencies", GET=self.reverse_dependencies),
            route(f"{crate}/{{version}}", GET=self.version),
            route(f"{crate}/{{version}}/dependencies", GET=self.dependencies),
            route(f"{crate}/{{version}}/authors", GET=self.authors),
            route(f"{crate}/{{version}}/downloads", GET=self.version_downloads),
            route(f"{crate}/{{version}}/readme", GET=self.readme),
        ]

    # The registry as a whole

    async def whole(self, request: Request, name: str = "") -> Answer:
        """Pass on a document that names no releases."""
        kind = request.raw_path.split(b"/api/v1/")[-1].split(b"/")[0].split(b"?")[0].decode("ascii", "replace")
        path = f"{kind}/{quote(name[:MAX_QUERY], safe='')}" if name else kind
        query = {each: value[:MAX_QUERY] for each, value in request.query.items() if each in _WHOLE}
        found = await self._whole(request.view, f"{path}?{write_query(query)}" if query else path)
        return body_answer(request, found.body, _JSON, valid_until=found.valid_until)

    async def site(self, request: Request) -> Answer:
        """Say what this is, and from where files are sent."""
        told = {"deployed_sha": "", "commit": "", "read_only": False, "banner_message": None}
        return json_answer(told | {"cdn_base": request.base})

    # A crate

    async def crate(self, request: Request, name: str) -> Answer:
        """Answer with the document of a crate and its releases, or with the parts of it that are asked for."""
        parts = read_includes(request.query.get("include"))
        key, snapshot = await self._visible.seen(request.view, name)
        document, valid_until = await self._document(request.view, key, snapshot)
        document = include(await self._docs.with_links(request, key, document), parts)
        return self._made(request, document, valid_until, key)

    async def versions(self, request: Request, name: str) -> Answer:
        """Answer with the releases of a crate."""
        part = None if _asks_for_all(request.query) else read_part(request.query)
        key, snapshot = await self._visible.seen(request.view, name)
        document, valid_until = await self._document(request.view, key, snapshot)
        listed = page_of(objects(document, "versions"), request.query, request.values("nums[]"), part)
        return self._made(request, await self._docs.with_links(request, key, listed), valid_until, key)

    async def downloads(self, request: Request, name: str) -> Answer:
        """Answer with the daily downloads of a crate."""
        key, snapshot = await self._visible.seen(request.view, name)
        known, valid_until = await self._visible.document(request.view, key, snapshot)
        releases = objects(known, "versions")
        if await self._services.access.is_ours(request.view, key):
            include = request.query.get("include", "")
            document = await self._counted.of_crate(request.view, key, releases, include)
            return self._made(request, document, self._soon(valid_until), key)
        found = await self._further(request.view, key, f"{crate_path(key.name)}/downloads")
        document = read_found(found)
        if snapshot.verdict.dropped:
            left = {each.get("id") for each in releases}
            counts = objects(document, "version_downloads")
            document["version_downloads"] = [each for each in counts if each.get("version") in left]
        return self._made(request, document, min(found.valid_until, snapshot.valid_until), key)

    async def reverse_dependencies(self, request: Request, name: str) -> Answer:
        """Answer with the releases of other crates that depend on a crate."""
        key, _ = await self._visible.seen(request.view, name)
        document, valid_until = await self._reverse.answer(request.view, key, read_part(request.query))
        return self._made(request, document, valid_until or 0, key)

    async def people(self, request: Request, name: str) -> Answer:
        """Pass on who owns a crate."""
        key, snapshot = await self._visible.seen(request.view, name)
        kind = request.raw_path.rstrip(b"/").rpartition(b"/")[2].decode("ascii", "replace")
        found = await self._further(request.view, key, f"{crate_path(key.name)}/{kind}")
        valid_until = min(found.valid_until, snapshot.valid_until)
        return body_answer(request, found.body, _JSON, valid_until=Moment(valid_until), about=str(key))

    # A release

    async def version(self, request: Request, name: str, version: str) -> Answer:
        """Answer with one release."""
        key, snapshot = await self._visible.released(request.view, name, version)
        document, valid_until = await self._document(request.view, key, snapshot)
        found = next((each for each in objects(document, "versions") if text(each, "num") == version), None)
        if found is None:  # published a moment ago: the index knows it already
            found = version_of_record(key.name, await self._visible.release(request.view, key, version))
        document = await self._docs.with_links(request, key, {"version": found})
        return self._made(request, document, valid_until, key)

    async def dependencies(self, request: Request, name: str, version: str) -> Answer:
        """Answer with what a release depends on."""
        key, snapshot = await self._visible.released(request.view, name, version)
        try:
            found = await self._further(request.view, key, f"{_version_path(key, version)}/dependencies")
        except (NotFound, UpstreamError):
            release = await self._visible.release(request.view, key, version)
            document = dependencies_of_record(key.name, release)
            return self._made(request, document, snapshot.valid_until, key)
        return body_answer(request, found.body, _JSON, valid_until=snapshot.valid_until, about=str(key))

    async def authors(self, request: Request, name: str, version: str) -> Answer:
        """Answer as the public registry does for every release: authors are not told any more."""
        await self._visible.released(request.view, name, version)
        return json_answer({"users": [], "meta": {"names": []}})

    async def version_downloads(self, request: Request, name: str, version: str) -> Answer:
        """Answer with the daily downloads of a release."""
        key, snapshot = await self._visible.released(request.view, name, version)
        before = request.query.get("before_date", "")
        if await self._services.access.is_ours(request.view, key):
            known, valid_until = await self._visible.document(request.view, key, snapshot)
            release = next((each for each in objects(known, "versions") if text(each, "num") == version), {})
            document = await self._counted.of_version(request.view, key, release, before)
            return self._made(request, document, self._soon(valid_until), key)
        path = f"{_version_path(key, version)}/downloads"
        found = await self._further(
            request.view, key, f"{path}?{write_query({'before_date': before})}" if before else path
        )
        return body_answer(request, found.body, _JSON, valid_until=found.valid_until, about=str(key))

    async def readme(self, request: Request, name: str, version: str) -> Answer:
        """Answer with a release's readme as a page, or with the address of that page."""
        key, _ = await self._visible.released(request.view, name, version)
        path = f"{_version_path(key, version)}/readme"
        if _JSON in request.header(b"accept"):
            return msgspec.structs.replace(json_answer({"url": f"{request.base}/api/v1/{path}"}), vary="Accept")
        found = await self._further(request.view, key, path)
        answer = body_answer(request, found.body, _HTML, valid_until=found.valid_until, about=str(key))
        # A stranger has written it: on our address it may run and load nothing.
        policy = (b"content-security-policy", b"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:")
        return msgspec.structs.replace(answer, headers=(*answer.headers, policy), vary="Accept, Accept-Encoding")

    # What they share

    async def _document(self, view: View, key: PackageKey, snapshot: Snapshot) -> tuple[Json, int]:
        """Give a crate's document with what is counted here, where it is published here."""
        document, valid_until = await self._visible.document(view, key, snapshot)
        if not await self._services.access.is_ours(view, key):
            return document, valid_until
        document = await self._counted.fill(view, key, document)
        return await self._words.fill(view, document), self._soon(valid_until)

    def _soon(self, valid_until: int) -> int:
        """Let an answer with counts be made anew before long."""
        return min(valid_until, self._services.clock() + FRESH_MS)

    async def _further(self, view: View, key: PackageKey, path: str) -> Further:
        return await self._services.further.get(view, FurtherKey(key, path))

    async def _whole(self, view: View, path: str) -> Further:
        return await self._further(view, PackageKey(self._services.ecosystem.key, NormalName("")), path)

    def _made(self, request: Request, document: Json, valid_until: int, key: PackageKey | None = None) -> Answer:
        body = msgspec.json.encode(document)
        about = "" if key is None else str(key)
        return body_answer(request, body, _JSON, valid_until=Moment(valid_until), about=about)


def _asks_for_all(query: Mapping[str, str]) -> bool:
    """Tell whether no part of a list is asked for."""
    return query.keys().isdisjoint({"page", "per_page", "seek"})


def _version_path(key: PackageKey, version: str) -> str:
    return f"{crate_path(key.name)}/{quote(version, safe='')}"
