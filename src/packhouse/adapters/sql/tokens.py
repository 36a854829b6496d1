"""Tokens and sessions."""

from collections.abc import Collection, Sequence

import msgspec

from packhouse.adapters.sql.bodies import body_decoder, encode_body
from packhouse.adapters.sql.executor import Row, Work
from packhouse.adapters.sql.packages import SqlPort
from packhouse.domain.accounts import Token
from packhouse.domain.errors import Conflict
from packhouse.domain.package import Moment

decode_token = body_decoder(Token)
"""Read one back; raise StorageDamaged."""


class SqlTokens(SqlPort):
    """The store of tokens; when one was last used stands beside its body, for that is written most."""

    async def find_token(self, hash: str) -> Token | None:  # noqa: A002 (the field's name)
        """Look a token up by the keyed hash of its secret."""
        row = await self._database.one(self._database.text.find_token, {"hash": hash})
        return None if row is None else _token(row)

    async def write_token(self, token: Token) -> None:
        """Store a new token, or a changed one under its key; raise Conflict if another has its hash."""
        await self._database.write(lambda: self._write_token(token), durable=True)

    async def touch_tokens(self, used: dict[str, Moment]) -> None:
        """Set when tokens were last used, by key; the generation of accounts stays."""
        await self._database.write(lambda: self._touch_tokens(used), durable=True)

    async def drop_tokens(self, keys: Collection[str]) -> None:
        """Forget tokens; no error for those that are not there."""
        await self._database.write(lambda: self._drop_tokens(keys), durable=True)

    async def list_tokens(self, user: str) -> Sequence[Token]:
        """List a user's tokens and sessions, newest first."""
        rows = await self._database.scan(self._database.text.list_tokens, {"user": user})
        return sorted(map(_token, rows), key=lambda token: (token.created_at, token.key), reverse=True)

    def _write_token(self, token: Token) -> Work[None]:
        text = self._database.text
        known = yield text.find_token_key, {"hash": token.hash}
        if known and known[0][0] != token.key:
            raise Conflict("another token has the same secret")
        columns = {"key": token.key, "hash": token.hash, "user": token.user, "last_used_at": token.last_used_at}
        yield text.write_token, columns | {"body": encode_body(token)}
        yield text.advance_accounts, {}

    def _touch_tokens(self, used: dict[str, Moment]) -> Work[None]:
        for key, at in used.items():
            yield self._database.text.touch_token, {"of_key": key, "last_used_at": at}

    def _drop_tokens(self, keys: Collection[str]) -> Work[None]:
        text = self._database.text
        found = False
        for key in keys:
            dropped = yield text.drop_token, {"of_key": key}
            found = found or bool(dropped)
        if found:
            yield text.advance_accounts, {}


def _token(row: Row) -> Token:
    body, last_used_at = row
    return msgspec.structs.replace(decode_token(body), last_used_at=last_used_at)
