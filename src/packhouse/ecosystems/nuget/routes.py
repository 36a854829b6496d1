"""The read side of NuGet's V3 protocol.

Sources: the protocol's own documentation and what nuget.exe 5.8 was seen to ask for.
"""

import msgspec

from packhouse.domain.errors import Invalid, NotFound, UpstreamError
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import BASE
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.ecosystems.nuget import hives
from packhouse.ecosystems.nuget.documents import leaf_document, page_document
from packhouse.ecosystems.nuget.gatherings import CATALOG, OF_RELEASE, SERVICES, SIGNATURES
from packhouse.ecosystems.nuget.index import FLAT_FORM, JSON
from packhouse.ecosystems.nuget.places import Places, file_name
from packhouse.ecosystems.nuget.search import Searches
from packhouse.ecosystems.nuget.service_index import service_index
from packhouse.ecosystems.nuget.versions import normalise
from packhouse.ecosystems.nuget.visible import Visible
from packhouse.http.answers import Answer
from packhouse.http.request import Request
from packhouse.http.router import RoutedDoor, route
from packhouse.http.serving import body_answer, document_answer, file_answer, further_answer
from packhouse.services.assembly import Services

_INDEX_MS = 60_000
_UPDATED = "2026-01-01T00:00:00Z"
"""Since when the list of vulnerabilities is as it is: empty, as long as this server has no advisories of its own."""
_TYPES = {
    "nuspec": "application/xml",
    "readme": "text/markdown; charset=utf-8",
    "license": "text/plain; charset=utf-8",
    "icon": "application/octet-stream",
}
_ATTACHED = ((b"content-disposition", b"attachment"),)


def build_door(services: Services) -> RoutedDoor:
    """Lead every address to its handler."""
    visible = Visible(services)
    reads = Reads(services, visible)
    searches = Searches(services, visible)
    routes = [
        route("v3/index.json", GET=reads.services),
        route("index.json", GET=reads.services),
        route(f"{hives.FLAT}/{{name}}/index.json", GET=reads.versions),
        route(f"{hives.FLAT}/{{name}}/{{version}}/{{filename}}", GET=reads.of_release),
        route(hives.SEARCH, GET=searches.search),
        route(hives.AUTOCOMPLETE, GET=searches.autocomplete),
        route(f"{hives.CATALOG}/{{filename}}", GET=reads.catalog),
        route(f"{hives.CATALOG}/data/{{time}}/{{filename}}", GET=reads.catalog_entry),
        route(f"{hives.VULNERABILITIES}/index.json", GET=reads.vulnerabilities),
        route(f"{hives.VULNERABILITIES}/base.json", GET=reads.no_vulnerabilities),
        route(hives.SIGNATURES, GET=reads.signatures),
    ]
    for form, folder in hives.HIVES.items():
        hive = Hive(services, visible, form)
        routes += [
            route(f"{folder}/{{name}}/index.json", GET=hive.index),
            route(f"{folder}/{{name}}/{{filename}}", GET=hive.leaf),
            route(f"{folder}/{{name}}/page/{{lower}}/{{filename}}", GET=hive.page),
        ]
    return RoutedDoor(routes)


class Reads:
    """The handlers of what every restore asks for, and of what belongs to a whole feed."""

    def __init__(self, services: Services, visible: Visible) -> None:
        self._services = services
        self._visible = visible

    async def services(self, request: Request) -> Answer:
        """Say where everything is: here, but for pages that people look at."""
        body = service_index(request.base, await self._upstream(request))
        return body_answer(request, body, JSON, valid_until=Moment(self._services.clock() + _INDEX_MS))

    async def versions(self, request: Request, name: str) -> Answer:
        """List all versions of a package, unlisted ones too."""
        return await document_answer(self._services, request, self._visible.key(name), FLAT_FORM)

    async def of_release(self, request: Request, name: str, version: str, filename: str) -> Answer:
        """Send a release's file, or a document that was taken out of it."""
        key = self._visible.key(name)
        file = file_name(key.name, _normal(key, version))
        if filename.lower() == file:
            return await file_answer(self._services, request, key, file, headers=_ATTACHED)
        kind = "nuspec" if filename.lower() == f"{key.name}.nuspec" else filename
        if kind not in OF_RELEASE or (kind == "nuspec" and kind == filename):
            raise NotFound(f"{key} {version[:100]} has no file {filename[:200]!r}")
        # Whoever may not have the file may not have a part of it.
        await self._services.source.locate(request.view, key, file)
        further = FurtherKey(key, f"{kind}/{_normal(key, version)}")
        answer = await further_answer(self._services, request, further, content_type=_TYPES[kind])
        return msgspec.structs.replace(answer, headers=(*answer.headers, *_ATTACHED))

    async def catalog(self, request: Request, filename: str) -> Answer:
        """Pass on the upstream's record of all changes: what happened stays readable, whatever is refused now."""
        return await self._of_feed(request, f"{CATALOG}{filename}")

    async def catalog_entry(self, request: Request, time: str, filename: str) -> Answer:
        """Pass on what the upstream recorded of one release."""
        return await self._of_feed(request, f"{CATALOG}data/{time}/{filename}")

    async def vulnerabilities(self, request: Request) -> Answer:
        """List the parts of the list of vulnerabilities."""
        part = {"@name": "base", "@id": f"{request.base}/{hives.VULNERABILITIES}/base.json", "@updated": _UPDATED}
        return body_answer(request, msgspec.json.encode([part]), JSON)

    async def no_vulnerabilities(self, request: Request) -> Answer:
        """Tell of no vulnerability: this server has no advisories of its own, and never sends clients elsewhere."""
        return body_answer(request, b"{}", JSON)

    async def signatures(self, request: Request) -> Answer:
        """Pass on which certificates the upstream signs with; none where it has no such document."""
        try:
            return await self._of_feed(request, SIGNATURES)
        except NotFound:
            document = {"allRepositorySigned": False, "signingCertificates": []}
            return body_answer(request, msgspec.json.encode(document), JSON)

    async def _of_feed(self, request: Request, path: str) -> Answer:
        found = await self._services.further.get(request.view, FurtherKey(self._feed(), path))
        body = found.body.replace(BASE, request.base.encode())
        return body_answer(request, body, JSON, valid_until=found.valid_until)

    async def _upstream(self, request: Request) -> Places:
        try:
            found = await self._services.further.get(request.view, FurtherKey(self._feed(), SERVICES))
        except (NotFound, UpstreamError):
            return Places()
        return msgspec.json.decode(found.body, type=Places)

    def _feed(self) -> PackageKey:
        return PackageKey(self._services.ecosystem.key, NormalName(""))


class Hive:
    """The handlers of one registration hive."""

    def __init__(self, services: Services, visible: Visible, form: str) -> None:
        self._services = services
        self._visible = visible
        self._form = form

    async def index(self, request: Request, name: str) -> Answer:
        """Answer with all that is known of a package's releases."""
        return await document_answer(self._services, request, self._visible.key(name), self._form)

    async def page(self, request: Request, name: str, lower: str, filename: str) -> Answer:
        """Answer with the releases between two versions, one page of the index."""
        key = self._visible.key(name)
        snapshot, index = await self._visible.index(request.view, key)
        body = page_document(index, self._form, lower, filename.removesuffix(".json"))
        body = body.replace(BASE, request.base.encode())
        return body_answer(request, body, JSON, valid_until=snapshot.valid_until, about=str(key))

    async def leaf(self, request: Request, name: str, filename: str) -> Answer:
        """Answer with what is known of one release."""
        key = self._visible.key(name)
        if not filename.endswith(".json"):
            raise NotFound(f"the registration of {key} has no {filename[:200]!r}")
        version = _normal(key, filename.removesuffix(".json"))
        snapshot, index, fragment = await self._visible.released(request.view, key, version)
        body = leaf_document(index, self._form, fragment).replace(BASE, request.base.encode())
        return body_answer(request, body, JSON, valid_until=snapshot.valid_until, about=str(key))


def _normal(key: PackageKey, version: str) -> str:
    try:
        return normalise(version)
    except Invalid:
        raise NotFound(f"{key} has no release {version[:100]!r}") from None
