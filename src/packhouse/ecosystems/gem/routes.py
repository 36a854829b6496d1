"""The read side of the RubyGems protocol: compact index, lists of releases, specifications, files, API.

Sources: the guides to the compact index and to the API, and what gem and bundler were seen to ask for.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator

from msgspec.structs import replace

from packhouse.domain.errors import NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment
from packhouse.domain.view import View
from packhouse.ecosystems.gem.api import Api
from packhouse.ecosystems.gem.gatherings import NAMES, QUICK, SPECS
from packhouse.ecosystems.gem.infos import Infos
from packhouse.ecosystems.gem.names import FILE
from packhouse.ecosystems.gem.overview import Overviews
from packhouse.ecosystems.gem.served import Served
from packhouse.ecosystems.gem.specs import SpecsLists
from packhouse.ecosystems.gem.visible import NO_GEM, NO_VERSION, Visible
from packhouse.formats.compression import Coding, choose_coding, compress
from packhouse.http.answers import Answer, Headers, text_answer
from packhouse.http.request import Request
from packhouse.http.router import Door, RoutedDoor, route
from packhouse.http.serving import IMMUTABLE, download_answer, further_answer
from packhouse.services.assembly import Services

_TEXT = "text/plain; charset=utf-8"
_BINARY = "application/octet-stream"
_MINUTE = "public, max-age=60"
_SPEC = ".gemspec.rz"
_LISTS = 8
"""Lists of all gems that are kept ready."""


def build_door(services: Services) -> Door:
    """Make the door."""
    visible = Visible(services)
    reads = Reads(services, visible)
    routes = [
        route("", GET=reads.home),
        route("info/{name}", GET=reads.info),
        route("versions", GET=reads.versions),
        route("names", GET=reads.names),
        *(route(path, GET=reads.specs) for path in SPECS),
        route("gems/{file}", GET=reads.file),
        route(f"{QUICK}{{file}}", GET=reads.specification),
        *Api(services, visible).routes(),
    ]
    return RoutedDoor(routes)


class Reads:
    """The handlers of what every install asks for."""

    def __init__(self, services: Services, visible: Visible) -> None:
        self._services = services
        self._visible = visible
        self._infos = Infos(services)
        self._overviews = Overviews(services, self._infos)
        self._specs = SpecsLists(services, self._overviews)
        self._lists: OrderedDict[tuple[View, Coding], tuple[str, Answer]] = OrderedDict()

    async def home(self, request: Request) -> Answer:
        """Answer gem before 3.6, which asks here whether there is a compact index."""
        return text_answer(f"Gems are installed from here: gem sources --add {request.base}/\n")

    async def info(self, request: Request, name: str) -> Answer:
        """Answer with what the index says of a gem."""
        key = self._visible.key(name)
        overview = self._overviews.of(request.view)
        try:
            info = await self._infos.get(request.view, key, overview.need_of(key.name))
        except NotFound:
            raise NotFound(NO_GEM) from None
        overview.note(key.name, info)
        # Repeated no longer than the list of all gems stands: then there may be a newer one.
        valid_until = Moment(min(info.valid_until, overview.valid_until or info.valid_until))
        answer = Answer(
            content_type=_TEXT,
            etag=f'"{info.digests.md5}"',
            headers=_digests(info.digests.sha256),
            changed_at=info.changed_at,
            cache_control=_MINUTE,
            vary="Accept-Encoding",
            valid_until=valid_until,
            about=str(key),
        )
        if b"range" in request.headers:
            return _in_parts(answer, Served(info.body, ((0, len(info.body)),), len(info.body), "", b""))
        coding = choose_coding(request.header(b"accept-encoding"))
        return _coded(answer, compress(info.body, coding), coding)

    async def versions(self, request: Request) -> Answer:
        """Answer with the list of all gems; what was added to it can be asked for by its range."""
        served = await self._overviews.of(request.view).get()
        coding = choose_coding(request.header(b"accept-encoding"))
        # A part of what is compressed is no use to a client that has what is not.
        if b"range" in request.headers or request.method == "HEAD":
            coding = "identity"
        # One for each view: an old list would keep twenty megabytes from being forgotten.
        which = (View(request.view.registry, request.view.as_of), coding)
        md5, answer = self._lists.get(which, ("", None))
        if answer is None or md5 != served.md5:
            answer = await _list_answer(served, coding)
            self._lists[which] = (served.md5, answer)
            while len(self._lists) > _LISTS:
                self._lists.popitem(last=False)
        return answer

    async def names(self, request: Request) -> Answer:
        """Answer with the names of all gems."""
        answer = await further_answer(self._services, request, self._visible.whole(NAMES), content_type=_TEXT)
        return replace(answer, cache_control=_MINUTE)

    async def specs(self, request: Request) -> Answer:
        """Answer with a list of releases."""
        path = request.raw_path.rpartition(b"/")[2].decode("ascii")
        found = await self._specs.get(request.view, path)
        return replace(_bytes(found.body, _MINUTE), changed_at=found.changed_at, valid_until=Moment(0))

    async def specification(self, request: Request, file: str) -> Answer:
        """Answer with a release's specification, unless the release is refused."""
        if not file.endswith(_SPEC):
            raise NotFound(NO_VERSION)
        full = file[: -len(_SPEC)]
        key, _ = await self._visible.owner_of(request.view, full)
        found = await self._services.further.get(request.view, FurtherKey(key, f"{QUICK}{full}{_SPEC}"))
        # The decision over the release may change with its gem's.
        snapshot = await self._services.source.snapshot(request.view, key, "known")
        return replace(_bytes(found.body, IMMUTABLE), valid_until=snapshot.valid_until, about=str(key))

    async def file(self, request: Request, file: str) -> Answer:
        """Send a gem."""
        if not file.endswith(FILE):
            raise NotFound(NO_VERSION)
        key, located = await self._visible.owner_of(request.view, file[: -len(FILE)])
        download = await self._services.source.download(request.view, key, located)
        return download_answer(download, key, content_type=_BINARY)


async def _list_answer(served: Served, coding: Coding) -> Answer:
    answer = Answer(
        content_type=_TEXT,
        etag=f'"{served.md5}"',
        headers=_digests(served.repr_digest.decode()),
        cache_control=_MINUTE,
        vary="Accept-Encoding",
    )
    if coding == "identity":
        return _in_parts(answer, served)
    whole = b"".join(served.chunks(0, served.size_bytes))
    return _coded(answer, await asyncio.to_thread(compress, whole, coding), coding)


def _bytes(body: bytes, cache_control: str) -> Answer:
    """Answer with what is compressed already."""
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    return Answer(content_type=_BINARY, body=body, etag=f'"{tag}"', cache_control=cache_control)


def _digests(sha256: str) -> Headers:
    """Give the digest in the words of RFC 9530, and in those of the draft that old clients know."""
    return (
        (b"repr-digest", f"sha-256=:{sha256}:".encode()),
        (b"digest", f"sha-256={sha256}".encode()),
    )


def _coded(answer: Answer, body: bytes, coding: Coding) -> Answer:
    if coding == "identity":
        return replace(answer, body=body, headers=((b"accept-ranges", b"bytes"), *answer.headers))
    # The tag is that of the text, which clients compute for themselves: compressed it is the same text, weakly.
    headers = ((b"content-encoding", coding.encode()), *answer.headers)
    return replace(answer, body=body, headers=headers, etag=f"W/{answer.etag}")


def _in_parts(answer: Answer, served: Served) -> Answer:
    async def chunks(start: int, stop: int) -> AsyncIterator[bytes]:
        for chunk in served.chunks(start, stop):
            yield chunk

    headers = ((b"accept-ranges", b"bytes"), *answer.headers)
    return replace(answer, chunks=chunks, size_bytes=served.size_bytes, headers=headers)
