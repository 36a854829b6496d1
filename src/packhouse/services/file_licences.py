"""Licences read from the files of a release, where neither its index nor anybody else tells them.

Only an archive that is in the blob store already is read: that a licence is asked for fetches nothing.
"""

import asyncio
import io
import logging
import os
from collections.abc import Sequence
from typing import Protocol

import msgspec

from packhouse.domain.digest import Digest
from packhouse.domain.ecosystem import Ecosystem, LicenceFiles
from packhouse.domain.errors import StorageError
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Licence
from packhouse.domain.view import View
from packhouse.formats.licence_texts import BadZip, LicenceText, read_zip
from packhouse.services.fact_ports import FactStore, ReleaseFact
from packhouse.services.ports import BlobStore, Clock, StoredArtifact

log = logging.getLogger(__name__)

_IN_MEMORY_BYTES = 64 << 20
"""Of an archive that cannot be opened as a file."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[LicenceText, ...]).decode


class LicenceStore(FactStore, Protocol):
    """What was read once, and where files are."""

    async def find_artifact(self, origin: str, key: PackageKey, filename: str) -> StoredArtifact | None:
        """Look a file up."""


class FileLicences:
    """Reads the licences of one ecosystem's releases, once for each archive."""

    def __init__(
        self, ecosystem: Ecosystem, origins: Sequence[str], store: LicenceStore, blobs: BlobStore, clock: Clock
    ) -> None:
        self._files: LicenceFiles | None = ecosystem.licence_files
        self._origins = tuple(origins)
        self._store = store
        self._blobs = blobs
        self._clock = clock

    async def find(self, view: View, key: PackageKey, version: str) -> tuple[Licence, ...]:
        """Tell the licences of a release that the view may see; nothing where they cannot be told."""
        stored = await self._archive(view, key, version)
        if self._files is None or stored is None:
            return ()
        try:
            texts = await self._texts(self._files, stored, key, version)
        except (StorageError, BadZip) as error:
            log.warning("the licences of %s %s are not read: %s", key, version, error)
            return ()
        return tuple(licence for text in texts for licence in _licences(text))

    async def _archive(self, view: View, key: PackageKey, version: str) -> StoredArtifact | None:
        if self._files is None:
            return None
        filename = self._files.archive(version)
        for origin in (view.origin, *self._origins):
            if (found := await self._store.find_artifact(origin, key, filename)) is not None:
                return found
        return None

    async def _texts(
        self, files: LicenceFiles, stored: StoredArtifact, key: PackageKey, version: str
    ) -> Sequence[LicenceText]:
        """Return what was read before of the very same archive, or read it."""
        fact = await self._store.find_fact(key, version, "licences")
        if fact is not None and fact.source == str(stored.blob):
            try:
                return _decode(fact.body)
            except msgspec.MsgspecError:
                log.warning("the licences of %s %s are read again: what was kept is damaged", key, version)
        texts = await self._read(files, stored.blob, stored.size_bytes)
        body = _encode(texts)
        await self._store.write_facts([ReleaseFact(key, version, "licences", body, str(stored.blob), self._clock())])
        return texts

    async def _read(self, files: LicenceFiles, blob: Digest, size_bytes: int) -> Sequence[LicenceText]:
        descriptor = self._blobs.open_file(blob)
        if descriptor >= 0:
            return await asyncio.to_thread(_read_file, descriptor, files)
        if size_bytes > _IN_MEMORY_BYTES:
            return ()
        chunks = [chunk async for chunk in self._blobs.stream(blob, 0, size_bytes)]
        return await asyncio.to_thread(read_zip, io.BytesIO(b"".join(chunks)), files.is_licence)


def _read_file(descriptor: int, files: LicenceFiles) -> Sequence[LicenceText]:
    with os.fdopen(descriptor, "rb") as file:
        return read_zip(file, files.is_licence)


def _licences(text: LicenceText) -> Sequence[Licence]:
    return [Licence(each, each) for each in text.ids] or [Licence(text.name)]
