"""Documents beside the index."""

from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.packages import SqlPort, package, package_id
from packhouse.adapters.sql.packing import pack_bytes, unpack_bytes
from packhouse.adapters.sql.texts import Texts
from packhouse.domain.errors import StorageDamaged
from packhouse.domain.further import FurtherKey
from packhouse.services.ports import StoredFurther


class SqlFurther(SqlPort):
    """The store of further documents."""

    async def find_further(self, origin: str, further: FurtherKey) -> StoredFurther | None:
        """Look a document up; raise StorageDamaged if its bytes are not those that were written."""
        where = package(origin, further.key) | {"path": further.path}
        row = await self._database.one(self._database.text.find_further, where)
        if row is None:
            return None
        packed, *rest = row
        try:
            return StoredFurther(await unpack_bytes(packed), *rest)
        except StorageDamaged as error:
            raise StorageDamaged(f"the stored document {further} is damaged: {error.message}") from error

    async def write_further(self, origin: str, further: FurtherKey, stored: StoredFurther) -> None:
        """Store a new or changed document."""
        body = await pack_bytes(stored.body)
        await self._database.write(lambda: self._write_further(origin, further, stored, body))

    async def write_further_state(self, origin: str, further: FurtherKey, stored: StoredFurther) -> None:
        """Change all but the bytes of a document that is stored."""
        await self._database.write(lambda: self._write_further_state(origin, further, stored))

    async def drop_further(self, origin: str, further: FurtherKey) -> None:
        """Forget a document; no error if it is not there."""
        await self._database.write(lambda: self._drop_further(origin, further))

    def _write_further(self, origin: str, further: FurtherKey, stored: StoredFurther, body: bytes) -> Work[None]:
        row = yield from package_id(self._database.text, origin, further.key)
        yield from put_further(self._database.text, row, further, stored, body)

    def _write_further_state(self, origin: str, further: FurtherKey, stored: StoredFurther) -> Work[None]:
        found = yield self._database.text.find_package, package(origin, further.key)
        for (row,) in found:
            columns = {"of_package": row, "at_path": further.path, **_state(stored)}
            yield self._database.text.write_further_state, columns

    def _drop_further(self, origin: str, further: FurtherKey) -> Work[None]:
        found = yield self._database.text.find_package, package(origin, further.key)
        for (row,) in found:
            yield self._database.text.drop_further, {"of_package": row, "at_path": further.path}


def put_further(text: Texts, package_id: int, further: FurtherKey, stored: StoredFurther, body: bytes) -> Work[None]:
    """Write a document whose bytes are packed."""
    yield text.write_further, {"package_id": package_id, "path": further.path, "body": body, **_state(stored)}


def _state(stored: StoredFurther) -> dict[str, object]:
    return {
        "content_type": stored.content_type,
        "etag": stored.etag,
        "last_modified": stored.last_modified,
        "checked_at": stored.checked_at,
        "changed_at": stored.changed_at,
    }
