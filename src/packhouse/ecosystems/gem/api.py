"""The read side of the registry's API: the upstream's own documents, without what is refused."""

from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment
from packhouse.ecosystems.gem.gem_document import read_objects, text, versions_path
from packhouse.ecosystems.gem.insight import search_path
from packhouse.ecosystems.gem.names import FILE, RUBY, full_name
from packhouse.ecosystems.gem.visible import NO_GEM, Visible
from packhouse.http.answers import Answer, text_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.http.serving import body_answer, further_answer
from packhouse.services.assembly import Services

_JSON = "application/json; charset=utf-8"
_MAX_PAGE = 100
_MAX_QUERY = 200
_GONE = "The dependency API has gone away: clients that know the compact index do not ask for it."
_encode = msgspec.json.Encoder().encode


class Api:
    """The handlers."""

    def __init__(self, services: Services, visible: Visible) -> None:
        self._services = services
        self._visible = visible

    def routes(self) -> list[Route]:
        """List the addresses; endings are read by the handlers, since names have dots in them."""
        return [
            route("api/v1/search.json", GET=self.search),
            route("api/v1/downloads.json", GET=self.all_downloads),
            route("api/v1/dependencies", GET=self.dependencies),
            route("api/v1/dependencies.json", GET=self.dependencies),
            route("api/v1/gems/{file}", GET=self.gem),
            route("api/v1/versions/{file}", GET=self.versions),
            route("api/v1/downloads/{file}", GET=self.downloads),
            route("api/v1/attestations/{file}", GET=self.attestations),
            route("api/v1/activity/{file}", GET=self.activity),
            route("api/v1/versions/{name}/latest.json", GET=self.latest),
            route("api/v1/gems/{name}/owners.json", GET=self.owners),
            route("api/v1/gems/{name}/owners.yaml", GET=self.owners_for_gem),
            route("api/v1/gems/{name}/reverse_dependencies.json", GET=self.reverse_dependencies),
            route("api/v1/owners/{handle}/gems.json", GET=self.gems_of),
            route("api/v2/rubygems/{name}/versions/{file}", GET=self.version),
        ]

    async def gem(self, request: Request, file: str) -> Answer:
        """Describe a gem by its newest release."""
        document, key, valid_until = await self._visible.gem(request.view, request.base, _without(file, ".json"))
        return _made(request, document, valid_until, str(key))

    async def version(self, request: Request, name: str, file: str) -> Answer:
        """Describe a release."""
        document, key, valid_until = await self._visible.version(
            request.view, request.base, name, _without(file, ".json"), request.query.get("platform", "")
        )
        return _made(request, document, valid_until, str(key))

    async def versions(self, request: Request, file: str) -> Answer:
        """List the releases of a gem, for each platform."""
        key, snapshot = await self._visible.seen(request.view, _without(file, ".json"))
        found = await self._services.further.get(request.view, FurtherKey(key, versions_path(key.name)))
        valid_until = Moment(min(found.valid_until, snapshot.valid_until))
        dropped = snapshot.verdict.dropped
        if not dropped:
            return body_answer(request, found.body, _JSON, valid_until=valid_until, about=str(key))
        listed = [
            each
            for each in read_objects(found.body) or ()
            if full_name(key.name, text(each, "number") or "", text(each, "platform") or RUBY) + FILE not in dropped
        ]
        return _made(request, listed, valid_until, str(key))

    async def latest(self, request: Request, name: str) -> Answer:
        """Name the newest release."""
        key, snapshot = await self._visible.seen(request.view, name)
        record = await self._services.records.get(request.view, key, "known")
        document = {"version": self._services.ecosystem.default_version(record)}
        return _made(request, document, snapshot.valid_until, str(key))

    async def search(self, request: Request) -> Answer:
        """Search the registry, a page at a time."""
        wanted = request.query.get("query", "")[:_MAX_QUERY]
        if not wanted.strip():
            raise Invalid("Request is missing param 'query'")
        path = search_path(wanted, _page(request.query))
        return await self._list(request, path)

    async def gems_of(self, request: Request, handle: str) -> Answer:
        """List the gems of an owner."""
        if not handle.strip("."):
            raise NotFound("Owner could not be found.")
        return await self._list(request, f"api/v1/owners/{quote(handle[:_MAX_QUERY], safe='')}/gems.json")

    async def activity(self, request: Request, file: str) -> Answer:
        """List what is new, as far as it is not refused."""
        if file not in {"latest.json", "just_updated.json"}:
            raise NotFound("there is nothing at this address")
        return await self._list(request, f"api/v1/activity/{file}")

    async def owners(self, request: Request, name: str) -> Answer:
        """List who may publish a gem."""
        return await self._of_gem(request, name, "owners.json", _JSON)

    async def owners_for_gem(self, request: Request, name: str) -> Answer:
        """List who may publish a gem, as `gem owner` reads it."""
        return await self._of_gem(request, name, "owners.yaml", "text/yaml; charset=utf-8")

    async def reverse_dependencies(self, request: Request, name: str) -> Answer:
        """List the names of gems that depend on one."""
        only = request.query.get("only", "")
        query = f"?only={only}" if only in {"development", "runtime"} else ""
        return await self._of_gem(request, name, f"reverse_dependencies.json{query}", _JSON)

    async def all_downloads(self, request: Request) -> Answer:
        """Count the downloads of all gems together."""
        return await further_answer(
            self._services, request, self._visible.whole("api/v1/downloads.json"), content_type=_JSON
        )

    async def downloads(self, request: Request, file: str) -> Answer:
        """Count the downloads of a release."""
        return await self._of_release(request, "downloads", _without(file, ".json"))

    async def attestations(self, request: Request, file: str) -> Answer:
        """Give the signed statements about a release's file."""
        return await self._of_release(request, "attestations", _without(file, ".json"))

    async def dependencies(self, request: Request) -> Answer:
        """Say that this is gone, as it is at the public registry: clients then take the compact index."""
        del request
        return text_answer(_GONE, 404)

    async def _of_gem(self, request: Request, name: str, what: str, content_type: str) -> Answer:
        key, _ = await self._visible.seen(request.view, name)
        further = FurtherKey(key, f"api/v1/gems/{key.name}/{what}")
        try:
            return await further_answer(self._services, request, further, content_type=content_type)
        except NotFound:
            raise NotFound(NO_GEM) from None

    async def _of_release(self, request: Request, kind: str, full: str) -> Answer:
        key, _ = await self._visible.owner_of(request.view, full)
        further = FurtherKey(key, f"api/v1/{kind}/{full}.json")
        return await further_answer(self._services, request, further, content_type=_JSON)

    async def _list(self, request: Request, path: str) -> Answer:
        found = await self._services.further.get(request.view, self._visible.whole(path))
        gems = await self._visible.checked(request.view, request.base, read_objects(found.body) or ())
        # About gems of which any may change before the list does.
        return _made(request, gems, Moment(0), "")


def _made(request: Request, document: object, valid_until: Moment, about: str) -> Answer:
    return body_answer(request, _encode(document), _JSON, valid_until=valid_until, about=about)


def _without(file: str, end: str) -> str:
    if not file.endswith(end):
        raise NotFound("there is nothing at this address", f"ask for {end[1:]}")
    return file[: -len(end)]


def _page(query: Mapping[str, str]) -> int:
    page = query.get("page", "1")
    if not (page.isascii() and page.isdigit() and 0 < int(page[:6]) <= _MAX_PAGE):
        raise Invalid(f"page must be a number up to {_MAX_PAGE}")
    return int(page[:6])
