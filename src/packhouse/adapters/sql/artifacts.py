"""Which blob is which file."""

from collections.abc import Sequence

import msgspec

from packhouse.adapters.sql.digests import put_digests, rows_of
from packhouse.adapters.sql.executor import Row, Work
from packhouse.adapters.sql.packages import SqlPort, append_events, next_numbers, package, package_id
from packhouse.adapters.sql.texts import Texts
from packhouse.domain.digest import Digest
from packhouse.domain.events import Event
from packhouse.domain.package import PackageKey
from packhouse.services.ports import StoredArtifact

_ADDRESS = "sha256"


class SqlArtifacts(SqlPort):
    """The artifact store."""

    async def find_artifact(self, origin: str, key: PackageKey, filename: str) -> StoredArtifact | None:
        """Look a stored file up."""
        where = package(origin, key) | {"filename": filename}
        row = await self._database.one(self._database.text.find_artifact, where)
        return None if row is None else _artifact(row)

    async def write_artifact(self, origin: str, key: PackageKey, artifact: StoredArtifact) -> None:
        """Record a stored file, together with its event."""
        await self._database.write(lambda: self._write_artifact(origin, key, artifact))

    async def uses_blob(self, blob: Digest) -> bool:
        """Tell whether any file is this blob."""
        return bool(await self._database.scan(self._database.text.find_blob_use, {"sha256": blob.value, "one": 1}))

    async def list_artifacts(self, after: int, limit: int) -> Sequence[tuple[int, StoredArtifact]]:
        """Page through all stored files by an increasing row number."""
        rows = await self._database.scan(self._database.text.list_artifacts, {"after": after, "limit": limit})
        return [(number, _artifact(tuple(row))) for number, *row in rows]

    def _write_artifact(self, origin: str, key: PackageKey, artifact: StoredArtifact) -> Work[None]:
        text = self._database.text
        row = yield from package_id(text, origin, key)
        yield from put_artifact(text, row, artifact)
        number = yield from next_numbers(text, 1)
        yield from append_events(text, row, [stored_event(origin, key, artifact)], number)


def put_artifact(text: Texts, package_id: int, artifact: StoredArtifact) -> Work[None]:
    """Write the row of a stored file and those of its digests; whoever has taken a number for it writes its event."""
    columns = {
        "package_id": package_id,
        "filename": artifact.filename,
        "version": artifact.version,
        "sha256": artifact.blob.value,
        "size_bytes": artifact.size_bytes,
        "digests": _encode(artifact.digests),
        "stored_at": artifact.stored_at,
    }
    yield text.write_artifact, columns
    yield from put_digests(text, package_id, rows_of(artifact.version, artifact.digests))


def stored_event(origin: str, key: PackageKey, artifact: StoredArtifact) -> Event:
    """Make the event of a stored file."""
    detail = {"filename": artifact.filename, _ADDRESS: artifact.blob.value}
    return Event("artifact_stored", artifact.stored_at, origin, key, artifact.version, detail)


def _artifact(row: Row) -> StoredArtifact:
    filename, version, sha256, size_bytes, digests, stored_at = row
    return StoredArtifact(
        filename=filename,
        version=version,
        blob=Digest(_ADDRESS, sha256),
        size_bytes=size_bytes,
        digests=_decode(digests),
        stored_at=stored_at,
    )


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[Digest, ...]).decode
