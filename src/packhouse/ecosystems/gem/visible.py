"""What a view may see of gems, for documents that tell about several releases."""

import asyncio
from collections.abc import Sequence
from urllib.parse import quote

from packhouse.domain.errors import Invalid, NotFound, Refused, UpstreamError
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Located
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.gem.gem_document import Json, gem_path, read_object, text, version_path
from packhouse.ecosystems.gem.names import FILE, RUBY, full_name, names_of, parse_name
from packhouse.services.assembly import Services
from packhouse.services.further import Further
from packhouse.services.snapshot import Snapshot

NO_GEM = "This rubygem could not be found."
NO_VERSION = "This version could not be found."
"""As the public registry words it."""
_AT_ONCE = 16


class Visible:
    """Finds gems and releases, and leaves out what is refused."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def key(self, name: str) -> PackageKey:
        """Name a gem; raise NotFound for what can be none."""
        try:
            return PackageKey(self._services.ecosystem.key, parse_name(name))
        except Invalid:
            raise NotFound(NO_GEM) from None

    def whole(self, path: str) -> FurtherKey:
        """Name a document about the whole registry."""
        return FurtherKey(PackageKey(self._services.ecosystem.key, NormalName("")), path)

    async def owner_of(self, view: View, full: str) -> tuple[PackageKey, Located]:
        """Find the gem that a full name belongs to, by the index; raise NotFound, Refused or an UpstreamError."""
        for name in names_of(full):
            key = PackageKey(self._services.ecosystem.key, name)
            try:
                return key, await self._services.source.locate(view, key, full + FILE)
            except NotFound:
                continue
        raise NotFound(NO_VERSION)

    async def seen(self, view: View, name: str) -> tuple[PackageKey, Snapshot]:
        """Find a gem; raise Refused where all of it is, NotFound where there is none."""
        key = self.key(name)
        try:
            snapshot = await self._services.source.snapshot(view, key, "known")
        except NotFound:
            raise NotFound(NO_GEM) from None
        if snapshot.verdict.nothing_left:
            await self._services.source.index(view, snapshot)
            raise NotFound(NO_GEM)  # there was none yet at the date of the view
        return key, snapshot

    async def gem(self, view: View, base: str, name: str) -> tuple[Json, PackageKey, Moment]:
        """Give the document of a gem's newest release that is not refused."""
        key, snapshot = await self.seen(view, name)
        found = await self._services.further.get(view, FurtherKey(key, gem_path(key.name)))
        valid_until = Moment(min(found.valid_until, snapshot.valid_until))
        document = read_found(found)
        if _file(key.name, document) in snapshot.verdict.dropped:
            document = await self._best(view, key, document)
        return with_address(document, base), key, valid_until

    async def version(
        self, view: View, base: str, name: str, version: str, platform: str
    ) -> tuple[Json, PackageKey, Moment]:
        """Give the document of one release."""
        key, snapshot = await self.seen(view, name)
        record = await self._services.records.get(view, key, "known")
        release = record.find(version)
        wanted = full_name(key.name, version, platform or RUBY) + FILE
        if release is None or (platform and all(each.filename != wanted for each in release.artifacts)):
            await self._services.source.locate(view, key, wanted)  # which gives the reason, where there is one
            raise NotFound(NO_VERSION)
        if not platform and all(each.filename != wanted for each in release.artifacts):
            platform = release.artifacts[0].filename[len(key.name) + len(version) + 2 : -len(FILE)]
        path = version_path(key.name, quote(version, safe=""), quote(platform, safe=""))
        found = await self._services.further.get(view, FurtherKey(key, path))
        return with_address(read_found(found), base), key, Moment(min(found.valid_until, snapshot.valid_until))

    async def checked(self, view: View, base: str, gems: Sequence[Json]) -> list[Json]:
        """Leave out gems that are refused, and let the others name no release that is."""
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def one(document: Json) -> Json | None:
            async with at_once:
                try:
                    return with_address(await self._allowed(view, document), base)
                except (NotFound, Refused):
                    return None

        found = await asyncio.gather(*(one(each) for each in gems))
        return [each for each in found if each is not None]

    async def _allowed(self, view: View, document: Json) -> Json:
        key = self.key(text(document, "name") or "")
        try:
            snapshot = await self._services.source.snapshot(view, key, "known")
        except UpstreamError:
            # Nothing can be installed of it now: better a name too many than a list with holes.
            return document
        if snapshot.verdict.nothing_left:
            raise NotFound(NO_GEM)
        if _file(key.name, document) in snapshot.verdict.dropped:
            return await self._best(view, key, document)
        return document

    async def _best(self, view: View, key: PackageKey, document: Json) -> Json:
        """Describe the newest release that is left; what cannot be had of it is left out."""
        record = await self._services.records.get(view, key, "known")
        version = self._services.ecosystem.default_version(record)
        try:
            found = await self._services.further.get(view, FurtherKey(key, version_path(key.name, version)))
            return read_found(found)
        except (NotFound, UpstreamError):
            release = record.find(version)
            sums = [digest.value for each in (release.artifacts if release else ()) for digest in each.digests]
            kept: Json = {
                name: document[name] for name in ("name", "downloads", "info", "licenses") if name in document
            }
            return {**kept, "version": version, "sha": sums[0] if sums else None}


def read_found(found: Further) -> Json:
    """Read a further document; raise NotFound where it is no JSON object."""
    document = read_object(found.body)
    if document is None:
        raise NotFound(NO_GEM)
    return document


def with_address(document: Json, base: str) -> Json:
    """Let a document say that its file is here."""
    name = text(document, "name")
    if "gem_uri" not in document or name is None:
        return document
    return {**document, "gem_uri": f"{base}/gems/{_file(name, document)}"}


def _file(name: str, document: Json) -> str:
    version = text(document, "version") or text(document, "number") or ""
    return full_name(name, version, text(document, "platform") or RUBY) + FILE
