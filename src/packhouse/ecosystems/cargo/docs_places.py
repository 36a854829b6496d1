"""Which releases have documentation pages here, and where those are."""

from urllib.parse import quote

from packhouse.domain.errors import NotFound
from packhouse.domain.index import Fragment
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.crate_document import objects, text
from packhouse.ecosystems.cargo.lines import read_entry
from packhouse.ecosystems.cargo.listing import Json
from packhouse.ecosystems.cargo.versions import is_prerelease, version_key
from packhouse.http.request import Request
from packhouse.services.assembly import Services

_LOOKED_AT = 100
"""Of the latest releases; pages of an older one alone are not found without its version."""


def docs_filename(version: str) -> str:
    """Name the stored file of a release's pages; it ends in what no release's own file does."""
    return f"{version}.docs"


def docs_path(name: str, version: str = "") -> str:
    """Write the path of a crate's pages behind the mount."""
    return f"docs/{quote(name)}/{quote(version)}/" if version else f"docs/{quote(name)}/"


def no_docs(key: PackageKey, version: str) -> NotFound:
    """Make the error of a release without pages."""
    return NotFound(f"{key} {version[:80]} has no documentation here", "who publishes it can upload it")


class DocsPlaces:
    """Looks for pages."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def has(self, view: View, key: PackageKey, version: str) -> bool:
        """Tell whether a release has pages; whether somebody may see it was asked before."""
        return bool(await self._services.publishing.files_of(view, key, (docs_filename(version),)))

    async def latest_version(self, view: View, key: PackageKey) -> str:
        """Find the latest release with pages, one that is neither yanked nor a pre-release where there is one."""
        snapshot = await self._services.source.snapshot(view, key, "known")
        index = await self._services.source.index(view, snapshot)
        for each in sorted(index.fragments, key=_rank, reverse=True)[:_LOOKED_AT]:
            if await self.has(view, key, each.version):
                return each.version
        raise NotFound(f"no release of {key} has documentation here")

    async def with_links(self, request: Request, key: PackageKey, document: Json) -> Json:
        """Let a document of the Web API lead to pages here, where the manifest names no others."""
        if await self._services.access.ownership(request.view, key) is None:
            return document
        base = f"{request.base}/"
        changed = dict(document)
        versions = objects(document, "versions")
        if "versions" in document:
            linked = [await self._with_link(request.view, key, each, base) for each in versions[:_LOOKED_AT]]
            changed["versions"] = [*linked, *versions[_LOOKED_AT:]]
        if isinstance(version := document.get("version"), dict):
            changed["version"] = await self._with_link(request.view, key, version, base)
        crate = document.get("crate")
        if isinstance(crate, dict) and not crate.get("documentation"):
            try:
                await self.latest_version(request.view, key)
            except NotFound:
                return changed
            changed["crate"] = {**crate, "documentation": base + docs_path(key.name)}
        return changed

    async def _with_link(self, view: View, key: PackageKey, release: Json, base: str) -> Json:
        version = text(release, "num")
        if version is None or release.get("documentation") or not await self.has(view, key, version):
            return release
        return {**release, "documentation": base + docs_path(key.name, version)}


def _rank(fragment: Fragment) -> tuple[bool, bool, object]:
    entry = read_entry(fragment.body)
    yanked = bool(entry and entry.yanked)
    return not yanked, not is_prerelease(fragment.version), version_key(fragment.version)
