"""The Simple API and the JSON API, read side."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from packhouse.domain.errors import Invalid, NotFound, PackhouseError, Refused, UpstreamBad
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.ecosystems.pypi.index import HTML, JSON, METADATA, default_version, read_member
from packhouse.ecosystems.pypi.names import is_served_name, parse_name, provenance_path
from packhouse.ecosystems.pypi.negotiation import choose_form
from packhouse.ecosystems.pypi.record import document_of
from packhouse.ecosystems.pypi.versions import version_key
from packhouse.http.answers import Answer, text_answer
from packhouse.http.problems import error_headers, status_of
from packhouse.http.request import Request
from packhouse.http.router import RoutedDoor, route
from packhouse.http.serving import body_answer, document_answer, file_answer, further_answer
from packhouse.http.site import Mount
from packhouse.services.assembly import Services

_VARY = "Accept, Accept-Encoding"
_TYPES = {"json": JSON, "html": HTML, "plain": "text/html; charset=utf-8"}
_PROVENANCE = "application/vnd.pypi.integrity.v1+json"


def build_mount(services: Services) -> Mount:
    """Make the door that pip, uv and poetry knock at."""
    reads = Reads(services)
    routes = [
        route("simple", GET=reads.projects),
        route("simple/{name}", GET=reads.page),
        route("files/{name}/{filename}", GET=reads.file),
        route("integrity/{name}/{version}/{filename}/provenance", GET=reads.provenance),
        route("{name}/json", GET=reads.project_document),
        route("{name}/{version}/json", GET=reads.release_document),
    ]
    return Mount(RoutedDoor(routes, _without_repetition), pypi_problem)


def _without_repetition(segments: Sequence[str]) -> Sequence[str]:
    """Take `/pypi/pypi/name/json` for `/pypi/name/json`: some clients add the registry's own path to any base."""
    return segments[1:] if segments[:1] == ["pypi"] and segments[-1:] == ["json"] and len(segments) > 2 else segments


def pypi_problem(error: PackhouseError) -> Answer:
    """Word an error as plain text: pip and uv print the body or the status alone."""
    answer = text_answer(f"{error}\n", status_of(error))
    return replace(answer, headers=error_headers(error))


class Reads:
    """The handlers of one mount."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def projects(self, request: Request) -> Answer:
        """Pass on the list of all projects."""
        if not _ends_with_slash(request):
            return _moved(request, "simple/")
        form = choose_form(request.header(b"accept"), request.query.get("format", ""))
        if form is None:
            return _not_acceptable()
        whole = PackageKey(self._services.ecosystem.key, NormalName(""))
        if form == "json":
            listed = FurtherKey(whole, "simple.json")
            return await further_answer(self._services, request, listed, content_type=JSON, vary=_VARY)
        found = await self._services.further.get(request.view, FurtherKey(whole, "simple.html"))
        # An upstream may name its pages by its own root; ours are below our mount.
        body = found.body.replace(b'href="/simple/', f'href="{request.base}/simple/'.encode())
        return body_answer(request, body, _TYPES[form], valid_until=found.valid_until, vary=_VARY)

    async def page(self, request: Request, name: str) -> Answer:
        """Answer with a project's page, in the form that the client wants."""
        try:
            key = self._key(name)
        except Invalid as error:
            raise NotFound(error.message, error.hint) from error  # a name that nobody can have is not there
        if name != key.name or not _ends_with_slash(request):
            return _moved(request, f"simple/{key.name}/")
        form = choose_form(request.header(b"accept"), request.query.get("format", ""))
        if form is None:
            return _not_acceptable()
        answer = await document_answer(self._services, request, key, form, vary=_VARY)
        snapshot = await self._services.source.snapshot(request.view, key)
        meta = read_member(await self._services.source.index(request.view, snapshot), "meta")
        serial = meta.get("_last-serial") if isinstance(meta, dict) else None
        if isinstance(serial, int):
            answer = replace(answer, headers=(*answer.headers, (b"x-pypi-last-serial", str(serial).encode())))
        return answer

    async def file(self, request: Request, name: str, filename: str) -> Answer:
        """Send a file, or its metadata."""
        key = self._key(name)
        if not is_served_name(filename):
            raise NotFound(f"{key} has no file {filename[:200]!r}")
        kind = "text/plain; charset=utf-8" if filename.endswith(METADATA) else "application/octet-stream"
        return await file_answer(self._services, request, key, filename, content_type=kind)

    async def provenance(self, request: Request, name: str, version: str, filename: str) -> Answer:
        """Pass on who published a file and how."""
        key = self._key(name)
        if not is_served_name(filename):
            raise NotFound(f"{key} has no file {filename[:200]!r}")
        await self._services.source.locate(request.view, key, filename)
        further = FurtherKey(key, provenance_path(version, filename))
        return await further_answer(self._services, request, further, content_type=_PROVENANCE)

    async def project_document(self, request: Request, name: str) -> Answer:
        """Answer with the JSON document of a project; where its release is refused, with that of the newest allowed."""
        key = self._key(name)
        snapshot = await self._services.source.snapshot(request.view, key)
        further = FurtherKey(key, "json")
        if snapshot.verdict.dropped:
            record = await self._services.records.get(request.view, key)
            if not record.versions:
                await self._services.source.index(request.view, snapshot)
                raise Refused(f"{key} is refused: no release of it is allowed")
            chosen = default_version(record)
            found = await self._services.further.get(request.view, further)
            if _same(_version_in(found.body)) in {_same(each) for each in snapshot.verdict.versions}:
                further = document_of(key, chosen)
        return await self._document(request, key, further)

    async def release_document(self, request: Request, name: str, version: str) -> Answer:
        """Answer with the JSON document of a release."""
        key = self._key(name)
        snapshot = await self._services.source.snapshot(request.view, key)
        if _same(version) in {_same(each) for each in snapshot.verdict.versions}:
            raise Refused(f"{key} {version[:100]} is refused", "ask whoever runs this server to allow it")
        return await self._document(request, key, document_of(key, version))

    async def _document(self, request: Request, key: PackageKey, further: FurtherKey) -> Answer:
        """Send a JSON document with our addresses, and without the files that are refused."""
        found = await self._services.further.get(request.view, further)
        snapshot = await self._services.source.snapshot(request.view, key)
        index = await self._services.source.index(request.view, snapshot)
        # Only files that the page lists too: what it does not list yet, no rule has judged.
        allowed = frozenset(fragment.part for fragment in index.fragments)
        body = _rewritten(found.body, f"{request.base}/files/{key.name}", allowed)
        until = Moment(min(found.valid_until, snapshot.valid_until))
        return body_answer(request, body, "application/json", valid_until=until, about=str(key))

    def _key(self, name: str) -> PackageKey:
        return PackageKey(self._services.ecosystem.key, parse_name(name))


def _rewritten(body: bytes, base: str, allowed: frozenset[str]) -> bytes:
    """Point the files of a document at us; everything else keeps its bytes."""
    try:
        members = msgspec.json.decode(body, type=dict[str, Raw])
        if "urls" in members:
            members["urls"] = Raw(msgspec.json.encode(_files(members["urls"], base, allowed)))
        if "releases" in members:
            releases = msgspec.json.decode(members["releases"], type=dict[str, Raw])
            left = {version: (_files(raw, base, allowed), bool(_any(raw))) for version, raw in releases.items()}
            kept = {version: files for version, (files, had) in left.items() if files or not had}
            members["releases"] = Raw(msgspec.json.encode(kept))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UpstreamBad(f"the upstream's JSON document cannot be read: {error}") from error
    return msgspec.json.encode(members)


def _same(version: str) -> object:
    """Make equal what are spellings of one version."""
    try:
        return version_key(version)
    except Invalid:
        return version


def _any(raw: Raw) -> list[Raw]:
    return msgspec.json.decode(raw, type=list[Raw])


def _files(raw: Raw, base: str, allowed: frozenset[str]) -> list[dict[str, Raw]]:
    files = []
    for entry in msgspec.json.decode(raw, type=list[dict[str, Raw]]):
        filename = msgspec.json.decode(entry.get("filename", Raw(b'""')), type=str)
        if filename not in allowed:
            continue
        if "url" in entry:
            entry["url"] = Raw(msgspec.json.encode(f"{base}/{filename}"))
        files.append(entry)
    return files


def _version_in(body: bytes) -> str:
    try:
        document: Any = msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UpstreamBad(f"the upstream's JSON document cannot be read: {error}") from error
    info = document.get("info") if isinstance(document, dict) else None
    version = info.get("version") if isinstance(info, dict) else None
    return version if isinstance(version, str) else ""


def _ends_with_slash(request: Request) -> bool:
    return request.raw_path.endswith(b"/")


def _moved(request: Request, path: str) -> Answer:
    headers = ((b"location", f"{request.base}/{path}".encode()),)
    return replace(text_answer("", 301), headers=headers, cache_control="public, max-age=86400")


def _not_acceptable() -> Answer:
    known = ", ".join(_TYPES.values())
    return text_answer(f"none of the accepted forms is known here; there are {known}\n", 406)
