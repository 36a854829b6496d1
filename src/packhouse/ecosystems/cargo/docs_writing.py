"""Taking and removing the documentation pages of crates that are published here."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial

from packhouse.domain.errors import NotFound
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.asking import crate_key
from packhouse.ecosystems.cargo.docs_archive import open_docs, read_files
from packhouse.ecosystems.cargo.docs_pack import pack
from packhouse.ecosystems.cargo.docs_places import docs_filename, docs_path, no_docs
from packhouse.ecosystems.cargo.visible import Visible
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services
from packhouse.services.ports import StoredArtifact
from packhouse.services.publishing import Change, Hosted, Upload

_AT_ONCE = 2
"""Archives that are unpacked at the same time: each is in memory, as are its largest pages."""


class DocsWrites:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._visible = Visible(services)
        self._packing = asyncio.Semaphore(_AT_ONCE)

    def routes(self) -> list[Route]:
        """List the addresses."""
        return [route("api/v1/crates/{name}/{version}/docs", PUT=self.upload, DELETE=self.remove)]

    async def upload(self, request: Request, name: str, version: str) -> Answer:
        """Take the pages of a release, in place of those it had."""
        key = await self._publishable(request, name, version)
        body = await request.read_large(self._services.archive_bytes)
        async with self._packing:
            archive = await asyncio.to_thread(open_docs, body, key.name)
            upload = await self._services.publishing.store_file(_in_thread(pack(archive.start, read_files(archive))))
        try:
            await self._place(request.view, key, version, upload)
        finally:
            await upload.abort()
        url = f"{request.base}/{docs_path(key.name, version)}"
        return json_answer({"ok": True, "url": url, "pages": len(archive.files)})

    async def _place(self, view: View, key: PackageKey, version: str, upload: Upload) -> None:
        """Let the release have these pages and no others."""
        publishing = self._services.publishing
        async with publishing.placing(upload) as blob:

            def edit(found: Hosted) -> Change:
                file = StoredArtifact(
                    filename=docs_filename(version),
                    version=version,
                    blob=blob,
                    size_bytes=upload.size_bytes,
                    digests=upload.digests,
                    stored_at=found.now,
                )
                return _changed(found, version, "docs upload", files=(file,))

            before = await publishing.files_of(view, key, (docs_filename(version),))
            await publishing.change(view, key, edit)
        await publishing.forget_files(each for each in before if each.blob != blob)

    async def remove(self, request: Request, name: str, version: str) -> Answer:
        """Remove the pages of a release."""
        key = await self._publishable(request, name, version)
        publishing = self._services.publishing
        before = await publishing.files_of(request.view, key, (docs_filename(version),))
        if not before:
            raise no_docs(key, version)

        def edit(found: Hosted) -> Change:
            return _changed(found, version, "docs remove", removed_files=(docs_filename(version),))

        await publishing.change(request.view, key, edit)
        await publishing.forget_files(before)
        return json_answer({"ok": True})

    async def _publishable(self, request: Request, name: str, version: str) -> PackageKey:
        services = self._services
        services.access.require_signed_in(request.view, crate_key(self._services, name), "update")
        key, _ = await self._visible.seen(request.view, name)
        await services.access.require(request.view, "publish", key, "update")
        _release(await services.publishing.get(request.view, key), key, version)
        return key


def _changed(
    found: Hosted,
    version: str,
    action: str,
    files: tuple[StoredArtifact, ...] = (),
    removed_files: tuple[str, ...] = (),
) -> Change:
    _release(found, found.key, version)
    if found.index is None:  # which `_release` has found out
        raise no_docs(found.key, version)
    return Change(found.index, action, f"@{version}", files=files, removed_files=removed_files)


def _release(found: Hosted, key: PackageKey, version: str) -> None:
    if found.index is None or all(each.version != version for each in found.index.fragments):
        raise NotFound(f"crate `{key.name}` does not have a version `{version[:80]}`")


async def _in_thread(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Make each chunk beside the event loop."""
    while (chunk := await asyncio.to_thread(partial(next, chunks, None))) is not None:
        yield chunk
