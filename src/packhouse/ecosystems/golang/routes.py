"""The GOPROXY protocol, and the checksum database behind it.

A path is a module, `/@v/` and a file; a module has slashes of its own, so that the last `/@v/` counts. The go command
tries every beginning of an import path as a module, so that most answers are 404 and have to be fast.
"""

from collections.abc import Sequence

import msgspec

from packhouse.domain.errors import Invalid, NotAllowed, NotFound, PackhouseError, Refused, UpstreamBad, UpstreamError
from packhouse.domain.index import Index
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.golang import checksums
from packhouse.ecosystems.golang.index import archive_name
from packhouse.ecosystems.golang.names import parse_name, unescape
from packhouse.ecosystems.golang.record import info_of, latest_of, mod_of
from packhouse.ecosystems.golang.standing import Standing, choose_standing, decode, make_standing, retracted_by, telling
from packhouse.ecosystems.golang.versions import is_version
from packhouse.http.answers import Answer, text_answer
from packhouse.http.problems import error_headers, status_of
from packhouse.http.request import Request
from packhouse.http.serving import document_answer, file_answer, further_answer
from packhouse.http.site import Mount
from packhouse.services.assembly import Services

_TEXT = "text/plain; charset=utf-8"
_JSON = "application/json"
_BYTES = "application/octet-stream"
_SUPPORTED_MS = 30_000
"""How old the knowledge may be that the checksum database can be asked."""


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
        # A slash may be escaped in an address; for the protocol it is one like any other.
        parts = "/".join(segments).split("/")
        if parts[0] == checksums.SERVICE and len(parts) > 2:
            return await self._checksums(request, parts[1], "/".join(parts[2:]))
        if "@v" in parts:
            at = len(parts) - 1 - parts[::-1].index("@v")
            return await self._file(request, self._key(parts[:at]), "/".join(parts[at + 1 :]))
        if parts[-1] == "@latest":
            return await self._latest(request, self._key(parts[:-1]))
        raise NotFound(
            "there is nothing at this address", "ask for module/@v/list, module/@v/version.info or module/@latest"
        )

    def _key(self, parts: Sequence[str]) -> PackageKey:
        return PackageKey(self._services.ecosystem.key, parse_name(unescape("/".join(parts))))

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
            await self._check(request.view, key, _version_in(found.body))
        # That of a refused version stays readable: versions that others need are compared by it.
        return await further_answer(self._services, request, info_of(key, version), content_type=_JSON)

    async def _latest(self, request: Request, key: PackageKey) -> Answer:
        """Answer with the newest version that is neither refused nor retracted: the upstream's choice, else ours.

        Not every upstream has a choice of its own.
        """
        index = await self._listed(request.view, key)
        versions = [fragment.version for fragment in index.fragments]
        standing = await self._standing(request.view, key, index, versions)
        chosen = await self._chosen(request.view, key, standing)
        refusal: Refused | None = None
        if chosen:
            try:
                await self._check(request.view, key, chosen)
                return await further_answer(self._services, request, latest_of(key), content_type=_JSON)
            except Refused as error:
                refusal = error
        newest = choose_standing(standing, versions)
        if not newest:
            raise refusal or NotFound(f"{key} has no version that is not retracted", "ask for one by its number")
        return await further_answer(self._services, request, info_of(key, newest), content_type=_JSON)

    async def _listed(self, view: View, key: PackageKey) -> Index:
        """Read the list without what is refused; an empty one where the upstream has none."""
        try:
            snapshot = await self._services.source.snapshot(view, key)
        except NotFound:
            return Index(b"", (), "")
        return await self._services.source.index(view, snapshot)

    async def _standing(self, view: View, key: PackageKey, index: Index, versions: Sequence[str]) -> Standing:
        """Tell how a module stands by the newest version that is allowed: what is refused has no say."""
        standing = decode(index.head)
        if standing.newest in versions or not versions:
            return standing
        files: dict[str, bytes] = {}
        for version in telling(versions):
            try:
                files[version] = (await self._services.further.get(view, mod_of(key, version))).body
            except NotFound:
                continue
        return make_standing(versions, files)

    async def _chosen(self, view: View, key: PackageKey, standing: Standing) -> str:
        """Ask what the upstream calls the latest; empty where it does not say, or what is retracted."""
        try:
            version = _version_in((await self._services.further.get(view, latest_of(key))).body)
        except NotFound:
            return ""
        return version if retracted_by(standing)(version) is None else ""

    async def _check(self, view: View, key: PackageKey, version: str) -> None:
        """Raise Refused where a rule says no to a version."""
        await self._services.source.locate(view, key, archive_name(version))

    async def _checksums(self, request: Request, name: str, path: str) -> Answer:
        """Pass on the checksum database; where it cannot be asked, `supported` says no and the command asks itself."""
        if path == "supported":
            return await self._supported(request.view, name)
        latest = checksums.latest_of(self._services.ecosystem.key, name)
        further = checksums.parse_path(self._services.ecosystem.key, name, path)
        if further != latest:
            # Tiles do not say whose they are; the head does.
            await self._services.further.get(request.view, latest)
        return await further_answer(
            self._services, request, further, content_type=_BYTES if path.startswith("tile/") else _TEXT
        )

    async def _supported(self, view: View, name: str) -> Answer:
        further = checksums.latest_of(self._services.ecosystem.key, name)
        try:
            found = await self._services.further.get(view, further, fresh_ms=_SUPPORTED_MS)
        except UpstreamError as error:
            raise NotFound(f"the checksum database {name} cannot be asked: {error.message}") from error
        if found.stale:
            raise NotFound(f"the checksum database {name} cannot be asked now", "ask it without this server")
        return text_answer("")


def _version_in(body: bytes) -> str:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        found = None
    version = found.get("Version") if isinstance(found, dict) else None
    if not isinstance(version, str) or not is_version(version):
        raise UpstreamBad("the upstream's answer names no version")
    return version
