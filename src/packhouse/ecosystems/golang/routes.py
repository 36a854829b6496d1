"""The GOPROXY protocol, and the checksum database behind it.

A path is a module, `/@v/` and a file; a module has slashes of its own, so that the last `/@v/` counts. The go command
tries every beginning of an import path as a module, so that most answers are 404 and have to be fast.
"""

from collections.abc import Sequence

import msgspec

from packhouse.domain.errors import Invalid, NotAllowed, NotFound, PackhouseError, Refused, UpstreamBad
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import NormalName, PackageKey
from packhouse.ecosystems.golang.index import archive_name, choose_latest
from packhouse.ecosystems.golang.names import escape, parse_name, unescape
from packhouse.ecosystems.golang.record import LATEST, info_of, mod_of
from packhouse.ecosystems.golang.versions import is_version
from packhouse.http.answers import Answer, text_answer
from packhouse.http.problems import error_headers, status_of
from packhouse.http.request import Request
from packhouse.http.serving import document_answer, file_answer, further_answer
from packhouse.http.site import Mount
from packhouse.services.assembly import Services

_TEXT = "text/plain; charset=utf-8"
_JSON = "application/json"


def build_mount(services: Services) -> Mount:
    """Make the door that the go command knocks at."""
    return Mount(GoDoor(services), go_problem)


def go_problem(error: PackhouseError) -> Answer:
    """Word an error as the plain text that the go command shows.

    404 makes it try the next proxy, 403 and everything else make it stop (with a comma between the proxies).
    """
    kind = "not found: " if isinstance(error, NotFound | Invalid) else ""
    # What is no module path is no module: the command tries beginnings of paths that cannot be one.
    status = 404 if isinstance(error, Invalid) else status_of(error)
    answer = text_answer(f"{kind}{error}\n", status)
    return msgspec.structs.replace(answer, headers=error_headers(error))


class GoDoor:
    """Reads the path and answers it."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, request: Request, segments: Sequence[str]) -> Answer:
        """Answer a request; raise NotFound, Refused or an UpstreamError."""
        if request.method not in ("GET", "HEAD"):
            raise NotAllowed(f"{request.method[:20]} is not possible here", "use GET")
        if segments and segments[0] == "sumdb":
            return await self._sumdb(request, segments[1:])
        if "@v" in segments:
            at = len(segments) - 1 - segments[::-1].index("@v")
            return await self._file(request, self._key(segments[:at]), "/".join(segments[at + 1 :]))
        if segments and segments[-1] == LATEST:
            return await self._latest(request, self._key(segments[:-1]))
        raise NotFound(
            "there is nothing at this address", "ask for module/@v/list, module/@v/version.info or module/@latest"
        )

    def _key(self, segments: Sequence[str]) -> PackageKey:
        path = "/".join(segments)
        return PackageKey(self._services.ecosystem.key, parse_name(unescape(path)))

    async def _file(self, request: Request, key: PackageKey, name: str) -> Answer:
        if name == "list":
            return await document_answer(self._services, request, key, "list")
        stem, _, kind = name.rpartition(".")
        version = unescape(stem)
        match kind:
            case "zip" if is_version(version):
                return await file_answer(
                    self._services, request, key, archive_name(version), content_type="application/zip"
                )
            case "mod" if is_version(version):
                return await further_answer(self._services, request, mod_of(key, version), content_type=_TEXT)
            case "info" if version:
                return await self._info(request, key, version)
        raise NotFound(
            f"{key.name} has no file {name[:200]}", "there are list, version.info, version.mod and version.zip"
        )

    async def _info(self, request: Request, key: PackageKey, version: str) -> Answer:
        """Answer with time and version; `version` may be a branch or a commit, whose version must be allowed."""
        if not is_version(version):
            found = await self._services.further.get(request.view, info_of(key, version))
            meant = _version_in(found.body)
            await self._services.source.locate(request.view, key, archive_name(meant))
        # That of a refused version stays readable: versions that others need are compared by it.
        return await further_answer(self._services, request, info_of(key, version), content_type=_JSON)

    async def _latest(self, request: Request, key: PackageKey) -> Answer:
        """Answer with the newest version that is allowed: the upstream's choice, else the newest of the list."""
        further = FurtherKey(key, LATEST)
        chosen = _version_in((await self._services.further.get(request.view, further)).body)
        try:
            await self._services.source.locate(request.view, key, archive_name(chosen))
        except Refused:
            snapshot = await self._services.source.snapshot(request.view, key)
            index = await self._services.source.index(request.view, snapshot)
            newest = choose_latest([fragment.version for fragment in index.fragments])
            if not newest:
                raise
            further = info_of(key, newest)
        return await further_answer(self._services, request, further, content_type=_JSON)

    async def _sumdb(self, request: Request, segments: Sequence[str]) -> Answer:
        """Pass on the checksum database; where it cannot be had, `supported` says so and the command asks it itself."""
        path = "/".join(("sumdb", *segments))
        whole = PackageKey(self._services.ecosystem.key, NormalName(""))
        if segments[-1:] == ["supported"] and len(segments) == 2:
            # The database has no such document: what matters is whether it can be asked.
            await self._services.further.get(request.view, FurtherKey(whole, f"sumdb/{segments[0]}/latest"))
            return text_answer("")
        if len(segments) > 2 and segments[1] == "lookup":
            path = f"sumdb/{segments[0]}/lookup/{escape_once('/'.join(segments[2:]))}"
        return await further_answer(self._services, request, FurtherKey(whole, path), content_type=_TEXT)


def escape_once(text: str) -> str:
    """Escape capitals that are not escaped yet."""
    return text if "!" in text else escape(text)


def _version_in(body: bytes) -> str:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        found = None
    version = found.get("Version") if isinstance(found, dict) else None
    if not isinstance(version, str) or not is_version(version):
        raise UpstreamBad("the upstream's answer names no version")
    return version
