"""The keys with which this server signs."""

from collections.abc import Sequence

import msgspec

from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.packages import SqlPort
from packhouse.services.ports import StoredSigningKey


class SqlSigningKeys(SqlPort):
    """The store of signing keys."""

    async def list_signing_keys(self) -> Sequence[StoredSigningKey]:
        """List all keys, oldest first."""
        rows = await self._database.scan(self._database.text.list_signing_keys, {})
        return [StoredSigningKey(*row) for row in rows]

    async def write_signing_key(self, key: StoredSigningKey) -> None:
        """Store a new key, or when a known one ends; it survives a power cut."""
        await self._database.write(lambda: self._write_signing_key(key), durable=True)

    def _write_signing_key(self, key: StoredSigningKey) -> Work[None]:
        yield self._database.text.write_signing_key, msgspec.structs.asdict(key)
