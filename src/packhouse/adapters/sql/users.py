"""People."""

from collections.abc import Sequence

import msgspec

from packhouse.adapters.sql.bodies import body_decoder, encode_body
from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.packages import SqlPort
from packhouse.domain.accounts import User
from packhouse.domain.errors import Conflict

decode_user = body_decoder(User)
"""Read one back; raise StorageDamaged."""


class SqlUsers(SqlPort):
    """The store of users."""

    async def find_user(self, name: str) -> User | None:
        """Look a user up by name."""
        row = await self._database.one(self._database.text.find_user, {"name": name})
        return None if row is None else decode_user(row[0])

    async def write_user(self, user: User, expected: int) -> None:
        """Store a user in place of the one of revision `expected`; raise Conflict if it is another."""
        user = msgspec.structs.replace(user, revision=expected + 1)
        await self._database.write(lambda: self._write_user(user, expected), durable=True)

    async def list_users(self, after: str, limit: int) -> Sequence[User]:
        """List users whose name is above `after`, by name."""
        rows = await self._database.scan(self._database.text.list_users, {"after": after, "limit": limit})
        return [decode_user(body) for (body,) in rows]

    async def accounts_generation(self) -> int:
        """Return a number that grows with every change of users, tokens, organisations and grants."""
        row = await self._database.one(self._database.text.read_accounts, {})
        return int(row[0]) if row is not None else 0

    def _write_user(self, user: User, expected: int) -> Work[None]:
        text = self._database.text
        columns = {"revision": user.revision, "body": encode_body(user)}
        if expected:
            written = yield text.change_user, columns | {"of_name": user.name, "of_revision": expected}
        else:
            written = yield text.add_user, columns | {"name": user.name, "identity": user.name.casefold()}
        if not written:
            raise Conflict(f"the user {user.name} has been changed meanwhile, or the name is taken")
        yield text.advance_accounts, {}
