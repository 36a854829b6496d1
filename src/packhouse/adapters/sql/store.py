"""All ports that a SQL database implements, in one object."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from packhouse.adapters.sql.artifacts import SqlArtifacts
from packhouse.adapters.sql.audit import SqlAudit
from packhouse.adapters.sql.events import SqlEvents, SqlSwitches
from packhouse.adapters.sql.executor import Row
from packhouse.adapters.sql.fulltext import SqliteSearch
from packhouse.adapters.sql.further import SqlFurther
from packhouse.adapters.sql.grants import SqlGrants
from packhouse.adapters.sql.hooks import SqlHooks
from packhouse.adapters.sql.hosted import SqlHosted
from packhouse.adapters.sql.indexes import SqlIndexes
from packhouse.adapters.sql.organisations import SqlOrganisations
from packhouse.adapters.sql.packing import decode_index, decode_record
from packhouse.adapters.sql.records import SqlRecords
from packhouse.adapters.sql.rendered import SqlRendered
from packhouse.adapters.sql.signing import SqlSigningKeys
from packhouse.adapters.sql.sqlite import Sqlite
from packhouse.adapters.sql.tokens import SqlTokens
from packhouse.adapters.sql.usage import SqlDownloads
from packhouse.adapters.sql.users import SqlUsers
from packhouse.domain.errors import StorageDamaged

_PAGE = 32


class SqlStore(
    SqlIndexes,
    SqlFurther,
    SqlRecords,
    SqlArtifacts,
    SqlRendered,
    SqlEvents,
    SqliteSearch,
    SqlSwitches,
    SqlDownloads,
    SqlUsers,
    SqlTokens,
    SqlOrganisations,
    SqlGrants,
    SqlAudit,
    SqlHosted,
    SqlSigningKeys,
    SqlHooks,
):
    """The store of a server: all that it keeps but the bytes of files."""

    @classmethod
    def open(cls, path: Path) -> "SqlStore":
        """Open or make a database; raise ConfigError or StorageDamaged if the file is no database of ours."""
        return cls(Sqlite(path))

    def close(self) -> None:
        """Finish the writes that wait, then let go of the database."""
        self._database.close()

    async def check(self, *, deep: bool = False) -> list[str]:
        """List damage, a sentence each; `deep` also decodes every document and record."""
        damage = await self._database.check(deep=deep)
        try:
            damage += await self._dangling()
            if deep:
                damage += [found async for found in self._undecodable()]
        except StorageDamaged as error:
            damage.append(str(error))
        return damage

    async def _dangling(self) -> list[str]:
        text = self._database.text
        bodiless = await self._database.scan(text.list_bodiless, {})
        unsearchable = await self._database.scan(text.list_unsearchable, {})
        damage = [f"the index document of {_name(row)} has lost its body" for row in bodiless]
        damage += [f"{_name(row)} cannot be found by the search" for row in unsearchable]
        return damage + await self._unowned()

    async def _unowned(self) -> list[str]:
        text = self._database.text
        ownerless = await self._database.scan(text.list_ownerless, {})
        undocumented = await self._database.scan(text.list_undocumented, {})
        abandoned = await self._database.scan(text.list_abandoned, {})
        damage = [f"{_name(row)} belongs to nobody" for row in ownerless]
        damage += [f"{_name(row)} has owners but no index document" for row in undocumented]
        return damage + [f"the file {name} is left of {_name(row)}, which is gone" for *row, name in abandoned]

    async def _undecodable(self) -> AsyncIterator[str]:
        text = self._database.text
        async for *key, digest, body in self._pages(text.page_bodies):
            if problem := await asyncio.to_thread(_problem, decode_index, body, digest):
                yield f"the index document of {_name(key)} is damaged: {problem}"
        async for *key, body in self._pages(text.page_records):
            if problem := await asyncio.to_thread(_problem, decode_record, body):
                yield f"the record of {_name(key)} is damaged and will be derived anew: {problem}"

    async def _pages(self, sql: str) -> AsyncIterator[tuple[Any, ...]]:
        """Walk over a table in pages, without the row's number."""
        after = 0
        while rows := await self._database.scan(sql, {"after": after, "limit": _PAGE}):
            for number, *row in rows:
                after = number
                yield tuple(row)


def _problem(decode: Callable[..., object], *arguments: object) -> str:
    try:
        decode(*arguments)
    except StorageDamaged as error:
        return error.message
    return ""


def _name(row: Row | list[Any]) -> str:
    origin, ecosystem, name = row
    return f"{ecosystem}/{name} of {origin}"
