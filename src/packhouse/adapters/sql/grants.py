"""Roles that were granted."""

from collections.abc import Sequence

from packhouse.adapters.sql.bodies import body_decoder, encode_body
from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.packages import SqlPort
from packhouse.domain.actor import Grant

decode_grant = body_decoder(Grant)
"""Read one back; raise StorageDamaged."""


class SqlGrants(SqlPort):
    """The store of grants."""

    async def write_grant(self, grant: Grant) -> None:
        """Store a grant under its id."""
        await self._database.write(lambda: self._write_grant(grant), durable=True)

    async def drop_grant(self, id: str) -> bool:  # noqa: A002 (the field's name)
        """Forget a grant; tell whether it was there."""
        return await self._database.write(lambda: self._drop_grant(id), durable=True)

    async def list_grants(self) -> Sequence[Grant]:
        """List all grants, oldest first."""
        rows = await self._database.scan(self._database.text.list_grants, {})
        return [decode_grant(body) for (body,) in rows]

    def _write_grant(self, grant: Grant) -> Work[None]:
        text = self._database.text
        yield text.write_grant, {"id": grant.id, "created_at": grant.created_at, "body": encode_body(grant)}
        yield text.advance_accounts, {}

    def _drop_grant(self, grant_id: str) -> Work[bool]:
        dropped = yield self._database.text.drop_grant, {"of_id": grant_id}
        if dropped:
            yield self._database.text.advance_accounts, {}
        return bool(dropped)
