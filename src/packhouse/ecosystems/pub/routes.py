"""The hosted pub repository protocol, read side.

Source: repository specification v2 of dart-lang/pub; the older addresses that it still asks servers to keep.
"""

from urllib.parse import urlencode, urlsplit

import msgspec
from msgspec import Raw

from packhouse.domain.errors import Invalid, NotFound, PackhouseError, UpstreamBad, UpstreamError
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import BASE
from packhouse.domain.package import NormalName, PackageKey
from packhouse.ecosystems.pub.index import CONTENT_TYPE, archive_name, entry
from packhouse.ecosystems.pub.names import parse_name
from packhouse.http.answers import Answer, json_answer
from packhouse.http.problems import code_of, error_headers, status_of
from packhouse.http.request import Request
from packhouse.http.router import RoutedDoor, route
from packhouse.http.serving import body_answer, document_answer, file_answer, further_answer
from packhouse.http.site import Mount
from packhouse.services.assembly import Services

_ARCHIVE = ".tar.gz"
_VARY = "Accept, Accept-Encoding"
_PAGE = 10
_PASSED_ON = ("score", "publisher", "options", "metrics", "likes")
"""Documents of a package that hold no releases."""
_CODES = {404: "NotFound", 403: "Forbidden", 400: "InvalidInput"}


def build_mount(services: Services) -> Mount:
    """Make the door that dart and flutter knock at."""
    reads = Reads(services)
    routes = [
        route("api/packages/{name}", GET=reads.package),
        route("api/packages/{name}/versions/{version}", GET=reads.version),
        route("api/packages/{name}/advisories", GET=reads.advisories),
        *(route(f"api/packages/{{name}}/{path}", GET=reads.passed_on(path)) for path in _PASSED_ON),
        route("api/archives/{filename}", GET=reads.archive),
        route("packages/{name}/versions/{filename}", GET=reads.old_archive),
        route("api/package-names", GET=reads.whole("package-names")),
        route("api/package-name-completion-data", GET=reads.whole("package-name-completion-data")),
        route("api/search", GET=reads.search),
    ]
    return Mount(RoutedDoor(routes), pub_problem)


def pub_problem(error: PackhouseError) -> Answer:
    """Word an error for the client, which prints the message.

    Never 401: that makes the client throw its token away.
    """
    status = status_of(error)
    code = _CODES.get(status, code_of(error))
    answer = json_answer({"error": {"code": code, "message": str(error)}}, status)
    return msgspec.structs.replace(answer, content_type=CONTENT_TYPE, headers=error_headers(error))


def _with_next(body: bytes, address: str) -> bytes:
    """Point the address of the next page at us; all else stays as upstream wrote it."""
    try:
        members = msgspec.json.decode(body, type=dict[str, Raw])
        following = msgspec.json.decode(members["nextUrl"]) if "nextUrl" in members else None
        query = urlsplit(following).query if isinstance(following, str) else ""
    except (msgspec.MsgspecError, ValueError):
        raise UpstreamBad("the upstream's list of names cannot be read") from None
    if not query:
        return body
    members["nextUrl"] = Raw(msgspec.json.encode(f"{address}?{query}"))
    return msgspec.json.encode(members)


class Reads:
    """The handlers of one mount."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def package(self, request: Request, name: str) -> Answer:
        """Answer with a package and all its releases."""
        return await document_answer(
            self._services, request, self._key(name), "package", vary="Accept, Accept-Encoding"
        )

    async def version(self, request: Request, name: str, version: str) -> Answer:
        """Answer with one release: an older form of the protocol."""
        if version.endswith(_ARCHIVE):
            return await self.old_archive(request, name, version)
        key = self._key(name)
        snapshot = await self._services.source.snapshot(request.view, key)
        index = await self._services.source.index(request.view, snapshot)
        fragment = next((each for each in index.fragments if each.version == version), None)
        if fragment is None:
            raise NotFound(f"{key} has no version {version[:100]!r}", "its versions are listed with the package")
        body = entry(fragment).replace(BASE, request.base.encode("ascii"))
        return body_answer(request, body, CONTENT_TYPE, valid_until=snapshot.valid_until, about=str(key))

    async def advisories(self, request: Request, name: str) -> Answer:
        """Pass on the advisories, which the client asks for where the package says that there are some."""
        key = self._key(name)
        await self._services.source.snapshot(request.view, key)
        return await further_answer(self._services, request, FurtherKey(key, "advisories"), content_type=CONTENT_TYPE)

    def passed_on(self, path: str):  # type: ignore[no-untyped-def]  # noqa: ANN201 (a handler of this door)
        """Make a handler that passes on a document of a package."""

        async def handler(request: Request, name: str) -> Answer:
            return await further_answer(self._services, request, FurtherKey(self._key(name), path))

        return handler

    def whole(self, path: str):  # type: ignore[no-untyped-def]  # noqa: ANN201
        """Make a handler that passes on a document about the whole registry."""

        async def handler(request: Request) -> Answer:
            page = request.query.get("page", "")
            if page and not (page.isascii() and page.isdigit() and len(page) < 10):
                raise Invalid("page must be a whole number", "e.g. page=2")
            further = self._of_all(f"{path}?page={page}" if page else path)
            found = await self._services.further.get(request.view, further)
            body = _with_next(found.body, f"{request.base}/api/{path}")
            return body_answer(request, body, CONTENT_TYPE, valid_until=found.valid_until, about=str(further.key))

        return handler

    async def search(self, request: Request) -> Answer:
        """Search the registry, or what this server knows where the registry cannot be asked."""
        text = request.query.get("q", "").strip()
        page = request.query.get("page", "1")
        if not (page.isascii() and page.isdigit() and 0 < int(page[:9]) < 1000):
            raise Invalid("page must be a whole number from 1", "e.g. page=2")
        offset = (int(page) - 1) * _PAGE
        try:
            told = await self._services.insights.search(request.view, text, offset, _PAGE)
            names = [hit.name for hit in told.value.hits]
        except (UpstreamError, NotFound):
            key = self._services.ecosystem.key
            found = await self._services.search.find(request.view, key, text, offset, _PAGE)
            names = [summary.key.name for _, summary in found.hits]
        document: dict[str, object] = {"packages": [{"package": name} for name in names]}
        if len(names) == _PAGE:
            document["next"] = f"{request.base}/api/search?{urlencode({'q': text, 'page': int(page) + 1})}"
        return json_answer(document)

    async def archive(self, request: Request, filename: str) -> Answer:
        """Send the archive of a release, named as in the package's document."""
        # A name holds no hyphen, so that the first one ends it.
        name, _, rest = filename.removesuffix(_ARCHIVE).partition("-")
        if not rest or not filename.endswith(_ARCHIVE):
            raise NotFound("there is no such archive", "it is named name-version.tar.gz")
        return await self._archive(request, name, rest)

    async def old_archive(self, request: Request, name: str, filename: str) -> Answer:
        """Send the archive of a release at the address that older clients make up themselves."""
        if not filename.endswith(_ARCHIVE):
            raise NotFound("there is no such archive", "it is named version.tar.gz")
        return await self._archive(request, name, filename.removesuffix(_ARCHIVE))

    async def _archive(self, request: Request, name: str, version: str) -> Answer:
        key = self._key(name)
        return await file_answer(self._services, request, key, archive_name(key.name, version))

    def _key(self, name: str) -> PackageKey:
        return PackageKey(self._services.ecosystem.key, parse_name(name))

    def _of_all(self, path: str) -> FurtherKey:
        return FurtherKey(PackageKey(self._services.ecosystem.key, NormalName("")), path)
