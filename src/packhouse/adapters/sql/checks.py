"""What is wrong in the database: rows that miss what belongs to them, and values that cannot be read."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from packhouse.adapters.sql.advisories import read_stored
from packhouse.adapters.sql.executor import Row
from packhouse.adapters.sql.grants import decode_grant
from packhouse.adapters.sql.hosted import decode_ownership
from packhouse.adapters.sql.organisations import decode_organisation
from packhouse.adapters.sql.packages import SqlPort
from packhouse.adapters.sql.packing import decode_index, decode_record
from packhouse.adapters.sql.tokens import decode_token
from packhouse.adapters.sql.users import decode_user
from packhouse.domain.errors import StorageDamaged

_PAGE = 32


class SqlChecks(SqlPort):
    """The check of a whole database."""

    async def check(self, *, deep: bool = False) -> list[str]:
        """List damage, a sentence each; `deep` also decodes all that is stored."""
        damage = await self._database.check(deep=deep)
        try:
            damage += await self._dangling()
            if deep:
                damage += [found async for found in self._undecodable()]
                damage += [found async for found in self._unreadable_accounts()]
                damage += [found async for found in self._unreadable_advisories()]
        except StorageDamaged as error:
            damage.append(str(error))
        return damage

    async def _dangling(self) -> list[str]:
        text = self._database.text
        bodiless = await self._database.scan(text.list_bodiless, {})
        unsearchable = await self._database.scan(text.list_unsearchable, {})
        ownerless = await self._database.scan(text.list_ownerless, {})
        undocumented = await self._database.scan(text.list_undocumented, {})
        abandoned = await self._database.scan(text.list_abandoned, {})
        return [
            *(f"the index document of {_name(row)} has lost its body" for row in bodiless),
            *(f"{_name(row)} cannot be found by the search" for row in unsearchable),
            *(f"{_name(row)} belongs to nobody" for row in ownerless),
            *(f"{_name(row)} has owners but no index document" for row in undocumented),
            *(f"the file {name} is left of {_name(row)}, which is gone" for *row, name in abandoned),
        ]

    async def _undecodable(self) -> AsyncIterator[str]:
        text = self._database.text
        async for *key, digest, body in self._pages(text.page_bodies):
            if problem := await asyncio.to_thread(_problem, decode_index, body, digest):
                yield f"the index document of {_name(key)} is damaged: {problem}"
        async for *key, body in self._pages(text.page_records):
            if problem := await asyncio.to_thread(_problem, decode_record, body):
                yield f"the record of {_name(key)} is damaged and will be derived anew: {problem}"
        async for *key, body in self._pages(text.page_ownerships):
            if problem := _problem(decode_ownership, body):
                yield f"whose {_name(key)} is cannot be told: {problem}"

    async def _unreadable_accounts(self) -> AsyncIterator[str]:
        text = self._database.text
        tables: tuple[tuple[str, str, Callable[[bytes], object]], ...] = (
            ("user", text.page_users, decode_user),
            ("token", text.page_tokens, decode_token),
            ("organisation", text.page_organisations, decode_organisation),
            ("grant", text.page_grants, decode_grant),
        )
        for kind, sql, decode in tables:
            after = ""
            while rows := await self._database.scan(sql, {"after": after, "limit": _PAGE}):
                for after, body in rows:
                    if problem := _problem(decode, body):
                        yield f"the {kind} {after} is damaged: {problem}"

    async def _unreadable_advisories(self) -> AsyncIterator[str]:
        async for row in self._pages(self._database.text.page_advisories):
            try:
                await read_stored(row)
            except StorageDamaged as error:
                yield f"{error.message}; import its database again"

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
