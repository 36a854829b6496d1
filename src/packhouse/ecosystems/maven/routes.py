"""The read side of a Maven repository: files by their paths, and a checksum beside each of them.

Sources: the layout and metadata documents of maven-resolver, and what mvn 3.8 and Gradle 4.4 were seen to ask for.
"""

import hashlib
from collections.abc import Sequence

from msgspec.structs import replace

from packhouse.domain.digest import Digest
from packhouse.domain.errors import NotAllowed, NotFound, PackhouseError
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, PackageKey
from packhouse.ecosystems.maven.index import XML
from packhouse.ecosystems.maven.layout import Place, read_path
from packhouse.http.answers import Answer, Headers, text_answer
from packhouse.http.problems import error_headers, status_of
from packhouse.http.request import Request
from packhouse.http.serving import body_answer, document_answer, download_answer, further_answer
from packhouse.http.site import Mount
from packhouse.services.assembly import Services
from packhouse.services.further import Further
from packhouse.services.sources.source import Download

_PLAIN = "text/plain; charset=utf-8"
_FRESH_MS = 60_000
"""For this long a snapshot's metadata is served unasked: somebody may be waiting for the next build."""
_TYPES = {"pom": XML, "xml": XML, "jar": "application/java-archive", "module": "application/json", "asc": _PLAIN}


def build_mount(services: Services) -> Mount:
    """Make the door."""
    return Mount(_Door(services), _problem)


class _Door:
    """Answers by the path alone; there are no routes but the layout."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, request: Request, segments: Sequence[str]) -> Answer:
        """Serve a document, a file or the checksum of one."""
        if request.method not in {"GET", "HEAD"}:
            raise NotAllowed(f"{request.method[:20]} is not possible here", "this server does not take uploads yet")
        if request.raw_path.endswith(b"/"):
            raise NotFound("folders are not listed here")
        place = read_path(list(segments))
        if place.checksum:
            return await self._checksum(request, place)
        return await self._answer(request, place)

    async def _answer(self, request: Request, place: Place) -> Answer:
        if place.is_index:
            return await document_answer(self._services, request, self._key(place), "metadata")
        if place.is_moving:
            return await self._moving(request, place)
        download = await self._download(request, place)
        headers = _checksum_headers(download.digests)
        return download_answer(download, self._key(place), content_type=_type(place.filename), headers=headers)

    async def _moving(self, request: Request, place: Place) -> Answer:
        """Pass on what changes: the metadata of a snapshot or of a group, a snapshot without a time in its name."""
        further = await self._further(request, place)
        return body_answer(
            request, further.body, _type(place.filename), valid_until=_until(further), about=str(self._key(place))
        )

    async def _download(self, request: Request, place: Place) -> Download:
        key = self._key(place)
        located = await self._services.source.locate(request.view, key, f"{place.version}/{place.filename}")
        return await self._services.source.download(request.view, key, located)

    async def _checksum(self, request: Request, place: Place) -> Answer:
        """Give the checksum of exactly what we serve; of a file that is still arriving, the upstream's own."""
        if place.is_index or place.is_moving:
            return await self._computed(request, place)
        download = await self._download(request, place)
        digest = next((each for each in download.digests if each.algorithm == place.checksum), None)
        if digest is None:
            theirs = _further_key(self._key(place), place, f".{place.checksum}")
            return await further_answer(self._services, request, theirs, content_type=_PLAIN)
        return body_answer(
            request, digest.value.encode(), _PLAIN, valid_until=download.valid_until, about=str(self._key(place))
        )

    async def _computed(self, request: Request, place: Place) -> Answer:
        """Hash a document as it is served, before any coding."""
        key = self._key(place)
        if place.is_index:
            document = await self._services.documents.get(request.view, key, "metadata", request.base, "identity")
            body, valid_until = document.rendered.body, document.valid_until
        else:
            further = await self._further(request, place)
            body, valid_until = further.body, _until(further)
        value = hashlib.new(place.checksum, body, usedforsecurity=False).hexdigest()
        return body_answer(request, value.encode(), _PLAIN, valid_until=valid_until, about=str(key))

    async def _further(self, request: Request, place: Place) -> Further:
        """Read what may change; raise Refused for what belongs to a refused release."""
        key = self._key(place)
        if place.name:
            await self._services.source.locate(request.view, key, f"{place.version}/{place.filename}")
        return await self._services.further.get(request.view, _further_key(key, place), fresh_ms=_FRESH_MS)

    def _key(self, place: Place) -> PackageKey:
        return PackageKey(self._services.ecosystem.key, place.name)


def _further_key(key: PackageKey, place: Place, end: str = "") -> FurtherKey:
    return FurtherKey(key, f"{place.version}/{place.filename}{end}")


def _until(further: Further) -> Moment:
    """Say until when nobody needs to be asked; what could not be confirmed is tried again sooner."""
    return Moment(further.valid_until if further.stale else min(further.valid_until, further.checked_at + _FRESH_MS))


def _type(filename: str) -> str:
    return _TYPES.get(filename.rpartition(".")[2], "application/octet-stream")


def _checksum_headers(digests: Sequence[Digest]) -> Headers:
    """Name the digests that resolvers read from the head of an answer instead of asking for a checksum file."""
    return tuple(
        (b"x-checksum-" + digest.algorithm.encode(), digest.value.encode())
        for digest in digests
        if digest.algorithm in {"sha1", "md5"}
    )


def _problem(error: PackhouseError) -> Answer:
    """Say it in plain text: Maven shows the status, people read the text."""
    return replace(text_answer(f"{error}\n", status_of(error)), headers=error_headers(error))
