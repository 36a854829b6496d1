"""Organisations with their members and teams."""

from collections.abc import Sequence

import msgspec

from packhouse.adapters.sql.bodies import body_decoder, encode_body
from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.packages import SqlPort
from packhouse.domain.accounts import Organisation
from packhouse.domain.errors import Conflict

decode_organisation = body_decoder(Organisation)
"""Read one back; raise StorageDamaged."""


class SqlOrganisations(SqlPort):
    """The store of organisations."""

    async def find_organisation(self, name: str) -> Organisation | None:
        """Look an organisation up."""
        row = await self._database.one(self._database.text.find_organisation, {"name": name})
        return None if row is None else decode_organisation(row[0])

    async def write_organisation(self, organisation: Organisation, expected: int) -> None:
        """Store an organisation in place of revision `expected`; raise Conflict if it is another."""
        organisation = msgspec.structs.replace(organisation, revision=expected + 1)
        await self._database.write(lambda: self._write_organisation(organisation, expected), durable=True)

    async def drop_organisation(self, name: str) -> None:
        """Forget an organisation; no error if it is not there."""
        await self._database.write(lambda: self._drop_organisation(name), durable=True)

    async def list_organisations(self) -> Sequence[Organisation]:
        """List all of them, by name."""
        rows = await self._database.scan(self._database.text.list_organisations, {})
        return [decode_organisation(body) for (body,) in rows]

    def _write_organisation(self, organisation: Organisation, expected: int) -> Work[None]:
        text = self._database.text
        name = organisation.name
        columns = {"revision": organisation.revision, "body": encode_body(organisation)}
        if expected:
            written = yield text.change_organisation, columns | {"of_name": name, "of_revision": expected}
        else:
            written = yield text.add_organisation, columns | {"name": name}
        if not written:
            raise Conflict(f"the organisation {name} has been changed meanwhile, or the name is taken")
        yield text.advance_accounts, {}

    def _drop_organisation(self, name: str) -> Work[None]:
        dropped = yield self._database.text.drop_organisation, {"of_name": name}
        if dropped:
            yield self._database.text.advance_accounts, {}
