"""Records."""

import asyncio
import logging
from collections.abc import Sequence

from packhouse.adapters.sql.digests import Rows, changed_releases, digests_of, put_digests
from packhouse.adapters.sql.executor import Row, Work
from packhouse.adapters.sql.packages import SqlPort, package, package_id
from packhouse.adapters.sql.packing import decode_record, pack_record, unpack_record
from packhouse.adapters.sql.projects import projects_of, put_projects
from packhouse.domain.errors import StorageDamaged
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord

log = logging.getLogger(__name__)

_FEW = 4
"""Up to so many records are decoded one by one."""
_SLICE = 96
"""Records decoded in one go: enough to be worth a thread, and several threads decompress side by side."""

_MANY_RELEASES = 100
"""Above that, what is new is looked for beside the event loop."""

Found = tuple[int, PackageRecord]
_Findable = tuple[Rows, Sequence[int]]
"""Under which digests and projects a record is found."""


class SqlRecords(SqlPort):
    """The record store; a record that cannot be read counts as missing, for it can be derived anew."""

    async def find_record(self, origin: str, key: PackageKey) -> Found | None:
        """Look up a record and the generation that it was derived from."""
        row = await self._database.one(self._database.text.find_record, package(origin, key))
        if row is None:
            return None
        try:
            return row[0], await unpack_record(row[1])
        except StorageDamaged as error:
            _report(key, error)
            return None

    async def find_records(self, origin: str, keys: Sequence[PackageKey]) -> dict[PackageKey, Found]:
        """Look up many records at once; those that are not there are left out."""
        if len(keys) <= _FEW:
            several = [(key, await self.find_record(origin, key)) for key in keys]
            return {key: record for key, record in several if record is not None}
        slices = [keys[start : start + _SLICE] for start in range(0, len(keys), _SLICE)]
        decoded = await asyncio.gather(*(self._find_slice(origin, each) for each in slices))
        return {key: record for each in decoded for key, record in each}

    async def write_record(self, origin: str, generation: int, record: PackageRecord) -> None:
        """Store a record unless one of a later generation is there."""
        before = await self.find_record(origin, record.key)
        known = before[1] if before is not None else None
        if len(record.versions) > _MANY_RELEASES:
            found = await asyncio.to_thread(_findable, record, known)
        else:
            found = _findable(record, known)
        body = await pack_record(record)
        await self._database.write(lambda: self._write_record(origin, generation, record.key, body, found))

    async def _find_slice(self, origin: str, keys: Sequence[PackageKey]) -> list[tuple[PackageKey, Found]]:
        wanted = [package(origin, key) for key in keys]
        rows = await self._database.several(self._database.text.find_record, wanted)
        return await asyncio.to_thread(_decode, keys, rows)

    def _write_record(self, origin: str, generation: int, key: PackageKey, body: bytes, found: _Findable) -> Work[None]:
        text = self._database.text
        row = yield from package_id(text, origin, key)
        yield text.write_record, {"package_id": row, "generation": generation, "body": body}
        yield from put_digests(text, row, found[0])
        yield from put_projects(text, row, found[1])


def _findable(record: PackageRecord, before: PackageRecord | None) -> _Findable:
    changed = changed_releases(record, before)
    return digests_of(changed), projects_of(changed)


def _decode(keys: Sequence[PackageKey], rows: Sequence[Row | None]) -> list[tuple[PackageKey, Found]]:
    found: list[tuple[PackageKey, Found]] = []
    for key, row in zip(keys, rows, strict=True):
        if row is None:
            continue
        try:
            found.append((key, (row[0], decode_record(row[1]))))
        except StorageDamaged as error:
            _report(key, error)
    return found


def _report(key: PackageKey, error: StorageDamaged) -> None:
    log.warning("the stored record of %s is left aside: %s", key, error)
