"""Documentation pages of crates that are published here: uploaded as an archive, served in a sandbox.

Whoever writes a crate writes programs into its pages. So a page is of an origin of its own: its programs can read
nothing of this server that not everybody can, act for nobody who is signed in, and ask no other server.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from urllib.parse import quote, urlencode

import msgspec

from packhouse.domain.errors import NotFound
from packhouse.domain.index import Located
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Artifact
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.asking import crate_key
from packhouse.ecosystems.cargo.docs_pack import TRAILER_BYTES, Contents, Page, contents_start, read_contents
from packhouse.ecosystems.cargo.docs_passes import MARK, Passes
from packhouse.ecosystems.cargo.docs_places import DocsPlaces, docs_filename, docs_path, no_docs
from packhouse.ecosystems.cargo.docs_writing import DocsWrites
from packhouse.ecosystems.cargo.head import file_name
from packhouse.ecosystems.cargo.visible import Visible
from packhouse.http.answers import Answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.http.serving import IMMUTABLE, REVALIDATE
from packhouse.services.assembly import Services
from packhouse.services.sources.source import Download

LATEST = "latest"
_HASHED = "static.files/"
"""Names there have a digest of what the file holds."""
_DEEPEST = 24
"""Folders that a page may lie in."""
_REMEMBERED = 32
"""Tables that are kept in memory."""
_WHOLE_BYTES = 1 << 20
"""Larger pages are not held in memory."""

_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "gif": "image/gif",
    "htm": "text/html; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "ico": "image/x-icon",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "md": "text/plain; charset=utf-8",
    "png": "image/png",
    "svg": "image/svg+xml",
    "ttf": "font/ttf",
    "txt": "text/plain; charset=utf-8",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
}

# Being of no origin, what a page loads is another's to it. Its words are not for every site that a browser shows.
_LOADED = ("font/", "text/javascript")
_SHARED = ((b"access-control-allow-origin", b"*"),)


class Docs:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._visible = Visible(services)
        self._places = DocsPlaces(services)
        self._passes = Passes()
        self._contents: OrderedDict[str, Contents] = OrderedDict()

    def routes(self) -> list[Route]:
        """List the addresses."""
        segments = [f"{{s{number}}}" for number in range(_DEEPEST)]
        return [
            *DocsWrites(self._services).routes(),
            route("docs/{name}", GET=self.latest),
            route("docs/{name}/{version}", GET=self.start),
            *(
                route("/".join(("docs/{name}/{version}", *segments[:depth])), GET=self.page)
                for depth in range(1, _DEEPEST + 1)
            ),
        ]

    async def latest(self, request: Request, name: str) -> Answer:
        """Lead to the pages of the latest release that has any."""
        key, _ = await self._visible.seen(request.view, name)
        version = await self._places.latest_version(request.view, key)
        return _redirect(request, f"{request.base}/{docs_path(key.name, version)}")

    async def start(self, request: Request, name: str, version: str) -> Answer:
        """Lead to the first page of a release."""
        key, version, download = await self._find(request.view, name, version)
        contents = await self._read_contents(download)
        return _redirect(request, f"{request.base}/{docs_path(key.name, version)}{quote(contents.first)}")

    async def page(self, request: Request, name: str, version: str, **segments: str) -> Answer:
        """Answer with a page, a program or whatever else belongs to them."""
        first, *rest = segments.values()
        if first.startswith(MARK):
            return await self._passed(request, name, version, first, "/".join(rest))
        path = "/".join(segments.values())
        key, found, download = await self._find(request.view, name, version)
        own = f"{request.base}/{docs_path(key.name, found)}"
        if version == LATEST:
            return _redirect(request, own + quote(path))
        if _needs_pass(request):
            given = self._passes.give(request.view.actor, key, found, self._services.clock())
            return _redirect(request, f"{own}{given}/{quote(path)}")
        return await self._answer(request, download, own, path)

    async def _passed(self, request: Request, name: str, version: str, given: str, path: str) -> Answer:
        """Answer whoever comes by a pass as the one whom it was given to."""
        own = f"{request.base}/{docs_path(name, version)}"
        actor = self._passes.find(given, crate_key(self._services, name), version, self._services.clock())
        if actor is None:
            return _redirect(request, own + quote(path))
        view = msgspec.structs.replace(request.view, actor=actor)
        _, _, download = await self._find(view, name, version)
        return await self._answer(request, download, f"{own}{given}/", path)

    async def _answer(self, request: Request, download: Download, own: str, path: str) -> Answer:
        contents = await self._read_contents(download)
        page = contents.pages.get(path)
        if page is None and (page := contents.pages.get(f"{path}/index.html")):
            if not request.raw_path.endswith(b"/"):
                return _redirect(request, f"{own}{quote(path)}/")
            path = f"{path}/index.html"
        if page is None:
            raise NotFound(f"the documentation has no page {path[:200]!r}")
        answer = await _page_answer(request, download, page)
        content_type = _MEDIA_TYPES.get(path.rpartition(".")[2].lower(), "application/octet-stream")
        return msgspec.structs.replace(
            answer,
            content_type=content_type,
            headers=(*answer.headers, *_protection(own), *(_SHARED if content_type.startswith(_LOADED) else ())),
            cache_control=IMMUTABLE if path.startswith(_HASHED) else REVALIDATE,
        )

    async def _find(self, view: View, name: str, version: str) -> tuple[PackageKey, str, Download]:
        key, _ = await self._visible.seen(view, name)
        if version == LATEST:
            version = await self._places.latest_version(view, key)
        # Who may not have the release may not have its pages.
        release = await self._services.source.locate(view, key, file_name(key.name, version))
        # Only a package of ours has files that no index names.
        if not await self._places.has(view, key, version):
            raise no_docs(key, version)
        located = Located(release.fragment, Artifact(docs_filename(version), "", kind="metadata"))
        return key, version, await self._services.source.download(view, key, located)

    async def _read_contents(self, download: Download) -> Contents:
        found = self._contents.get(download.etag)
        if found is None:
            size = download.size_bytes
            trailer = await _read(download, size - TRAILER_BYTES, size)
            table = await _read(download, contents_start(trailer, size), size - TRAILER_BYTES)
            found = self._contents[download.etag] = read_contents(table)
            if len(self._contents) > _REMEMBERED:
                self._contents.popitem(last=False)
        self._contents.move_to_end(download.etag)
        return found


def _needs_pass(request: Request) -> bool:
    """Tell whether a browser has shown a session, and the page is not for everybody."""
    sight = request.view.sight
    return sight is not None and sight.restricted and b"authorization" not in request.headers


async def _page_answer(request: Request, download: Download, page: Page) -> Answer:
    stop = page.start + page.stored_bytes
    coding = "gzip" if page.gzipped and "gzip" in request.header(b"accept-encoding") else "identity"
    answer = Answer(
        etag=f'"{page.tag}-{coding}"',
        changed_at=download.stored_at,
        cache_control=REVALIDATE,
        vary="Accept-Encoding" if page.gzipped else "",
        headers=((b"content-encoding", b"gzip"),) if coding == "gzip" else (),
    )
    if page.gzipped and coding == "identity":
        body = await asyncio.to_thread(_gunzip, await _read(download, page.start, stop))
        return msgspec.structs.replace(answer, body=body)
    if page.stored_bytes <= _WHOLE_BYTES:
        return msgspec.structs.replace(answer, body=await _read(download, page.start, stop))

    def chunks(start: int, stop: int) -> AsyncIterator[bytes]:
        return download.chunks(page.start + start, page.start + stop)

    return msgspec.structs.replace(answer, chunks=chunks, size_bytes=page.stored_bytes)


def _protection(own: str) -> tuple[tuple[bytes, bytes], ...]:
    """Write what keeps pages and their programs within the folder at `own`."""
    loads = f"{own} 'unsafe-inline'"
    policy = (
        # No allow-same-origin: a page is of no origin that anything here belongs to.
        "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox allow-downloads; default-src 'none'; "
        f"script-src {loads}; style-src {loads}; img-src {own} data:; font-src {own} data:; connect-src {own}; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    return (
        (b"content-security-policy", policy.encode("ascii", "replace")),
        (b"referrer-policy", b"no-referrer"),
    )


def _redirect(request: Request, url: str) -> Answer:
    """Lead elsewhere, with the question: rustdoc's search is one."""
    if request.query:
        url = f"{url}?{urlencode(request.query)}"
    return Answer(status=302, headers=((b"location", url.encode("ascii", "replace")),), content_type="text/plain")


async def _read(download: Download, start: int, stop: int) -> bytes:
    return b"".join([chunk async for chunk in download.chunks(start, stop)])


def _gunzip(body: bytes) -> bytes:
    import gzip  # noqa: PLC0415 (start-up time)

    return gzip.decompress(body)
