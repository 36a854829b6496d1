"""The Composer repository protocol, read side.

Source: Composer's documentation of repositories, and what Composer 2 was seen to ask for.
"""

import msgspec

from packhouse.domain.errors import Invalid, NotFound, NotTold, PackhouseError, UpstreamError
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import NormalName, PackageKey
from packhouse.ecosystems.composer.names import BRANCHES, parse_document_name, parse_name
from packhouse.http.answers import Answer, json_answer
from packhouse.http.problems import error_headers, status_of
from packhouse.http.request import Request
from packhouse.http.router import RoutedDoor, route
from packhouse.http.serving import body_answer, document_answer, file_answer, further_answer
from packhouse.http.site import Mount
from packhouse.services.assembly import Services

_JSON = "application/json"
_NOTIFICATION_BYTES = 1 << 20
_PAGE = 15


def build_mount(services: Services) -> Mount:
    """Make the door that composer knocks at."""
    reads = Reads(services)
    routes = [
        route("packages.json", GET=reads.root),
        route("p2/{vendor}/{file}", GET=reads.package),
        route("dist/{vendor}/{name}/{filename}", GET=reads.archive),
        route("downloads", POST=reads.notify),
        route("security-advisories", GET=reads.advisories, POST=reads.advisories),
        route("search.json", GET=reads.search),
        route("packages/list.json", GET=reads.names),
        route("metadata/changes.json", GET=reads.changes),
        route("packages/{vendor}/{file}", GET=reads.about),
    ]
    return Mount(RoutedDoor(routes), composer_problem)


def composer_problem(error: PackhouseError) -> Answer:
    """Word an error: composer prints `warning` and `info` of an answer's body."""
    answer = json_answer({"status": "error", "message": str(error), "warning": str(error)}, status_of(error))
    return msgspec.structs.replace(answer, headers=error_headers(error))


class Reads:
    """The handlers of one mount."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def root(self, request: Request) -> Answer:
        """Say where everything is: all of it at our address."""
        base = request.base
        document = {
            "packages": [],
            "metadata-url": f"{base}/p2/%package%.json",
            "notify-batch": f"{base}/downloads",
            "search": f"{base}/search.json?q=%query%&type=%type%",
            "list": f"{base}/packages/list.json?filter=%query%",
            "metadata-changes-url": f"{base}/metadata/changes.json",
            "security-advisories": {"metadata": False, "api-url": f"{base}/security-advisories"},
        }
        return body_answer(request, msgspec.json.encode(document), _JSON)

    async def package(self, request: Request, vendor: str, file: str) -> Answer:
        """Answer with the tagged releases of a package, or with its branches."""
        if not file.endswith(".json"):
            raise NotFound("there is nothing at this address", "ask for p2/vendor/name.json")
        key = self._key(parse_document_name(f"{vendor}/{file.removesuffix('.json')}"))
        return await document_answer(self._services, request, key, "package")

    async def archive(self, request: Request, vendor: str, name: str, filename: str) -> Answer:
        """Send the archive of a release or of a branch."""
        package = parse_name(f"{vendor}/{name}")
        try:
            return await file_answer(self._services, request, self._key(package), filename)
        except NotFound:
            branches = self._key(NormalName(package + BRANCHES))
            return await file_answer(self._services, request, branches, filename)

    async def notify(self, request: Request) -> Answer:
        """Take the news of an install; nothing is passed on."""
        await request.read_body(_NOTIFICATION_BYTES)
        return json_answer({"status": "success"})

    async def advisories(self, request: Request) -> Answer:
        """Tell of no advisory; without this very field Composer 2.5 fails."""
        if request.method == "POST":
            await request.read_body(_NOTIFICATION_BYTES)
        return json_answer({"advisories": {}})

    async def search(self, request: Request) -> Answer:
        """Search the repository, or what this server knows where it cannot be asked."""
        text = request.query.get("q", "").strip()
        size = min(_number(request.query, "per_page", _PAGE), 100)
        offset = (_number(request.query, "page", 1) - 1) * size
        try:
            told = await self._services.insights.search(request.view, text, offset, size)
            results = [
                {"name": hit.name, "description": hit.description, "downloads": hit.downloads or 0}
                for hit in told.value.hits
            ]
            total = told.value.total if told.value.total is not None else offset + len(results)
        except (UpstreamError, NotFound, NotTold):
            found = await self._services.search.find(request.view, self._services.ecosystem.key, text, offset, size)
            results = [{"name": summary.key.name, "description": summary.description} for _, summary in found.hits]
            total = found.total
        return json_answer({"results": results, "total": total})

    async def names(self, request: Request) -> Answer:
        """Pass on the list of names."""
        asked = {name: request.query[name] for name in ("vendor", "type", "filter") if request.query.get(name)}
        return await self._whole(request, "list", asked)

    async def changes(self, request: Request) -> Answer:
        """Pass on what has changed since a moment."""
        since = request.query.get("since", "")
        if since and not (since.isascii() and since.isdigit() and len(since) < 20):
            raise Invalid("since must be a whole number", "the moment in ten-thousandths of a second")
        return await self._whole(request, "changes", {"since": since} if since else {})

    async def about(self, request: Request, vendor: str, file: str) -> Answer:
        """Pass on what the site tells of a package, if none of its releases is refused."""
        if not file.endswith(".json"):
            raise NotFound("there is nothing at this address", "ask for packages/vendor/name.json")
        key = self._key(parse_name(f"{vendor}/{file.removesuffix('.json')}"))
        snapshot = await self._services.source.snapshot(request.view, key)
        found = await self._services.further.get(request.view, FurtherKey(key, "api"))
        body = _without(found.body, snapshot.verdict.versions)
        return body_answer(request, body, _JSON, valid_until=found.valid_until, about=str(key))

    async def _whole(self, request: Request, path: str, query: dict[str, str]) -> Answer:
        from urllib.parse import urlencode  # noqa: PLC0415 (start-up time)

        whole = PackageKey(self._services.ecosystem.key, NormalName(""))
        asked = f"{path}?{urlencode(sorted(query.items()))}" if query else path
        return await further_answer(self._services, request, FurtherKey(whole, asked[:500]), content_type=_JSON)

    def _key(self, name: NormalName) -> PackageKey:
        return PackageKey(self._services.ecosystem.key, name)


def _without(body: bytes, refused: frozenset[str]) -> bytes:
    """Leave refused releases out of the site's document."""
    if not refused:
        return body
    document = msgspec.json.decode(body)
    package = document.get("package") if isinstance(document, dict) else None
    versions = package.get("versions") if isinstance(package, dict) else None
    if isinstance(versions, dict) and isinstance(package, dict):
        package["versions"] = {version: each for version, each in versions.items() if version not in refused}
    return msgspec.json.encode(document)


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) < 1_000_000):
        raise Invalid(f"{name} must be a whole number from 1", f"e.g. {name}={default}")
    return int(text[:9])
