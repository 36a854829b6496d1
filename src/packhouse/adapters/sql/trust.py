"""Trusted publishers, and identities that were used."""

from collections.abc import Sequence

import msgspec

from packhouse.adapters.sql.bodies import body_decoder, encode_body
from packhouse.adapters.sql.executor import Row, Work
from packhouse.adapters.sql.packages import SqlPort
from packhouse.domain.package import Moment
from packhouse.domain.trust import IssuerKind, TrustedPublisher

_decode = body_decoder(TrustedPublisher)


class SqlTrust(SqlPort):
    """The store of trusted publishers; what is found out later stands beside the body."""

    async def add_trusted(self, publisher: TrustedPublisher) -> TrustedPublisher:
        """Store a new one; what is returned has its id."""
        return await self._database.write(lambda: self._add_trusted(publisher), durable=True)

    async def pin_trusted(self, id: int, owner_id: str) -> str:  # noqa: A002 (the field's name)
        """Set the owner's number of one that has none yet; return the one that it has now."""
        return await self._database.write(lambda: self._pin_trusted(id, owner_id), durable=True)

    async def drop_trusted(self, id: int) -> bool:  # noqa: A002 (the field's name)
        """Forget one; tell whether it was there."""

        def work() -> Work[bool]:
            dropped = yield self._database.text.drop_trusted, {"of_id": id}
            return bool(dropped)

        return await self._database.write(work, durable=True)

    async def list_trusted(self, origin: str, ecosystem: str, name: str | None) -> Sequence[TrustedPublisher]:
        """List those of a package, or of all of an ecosystem (None), oldest first."""
        text = self._database.text
        where = {"origin": origin, "ecosystem": ecosystem}
        if name is None:
            rows = await self._database.scan(text.list_trusted, where)
        else:
            rows = await self._database.scan(text.list_trusted_of, where | {"name": name})
        return [_publisher(row) for row in rows]

    async def find_trusted(self, kind: IssuerKind, owner: str, repository: str) -> Sequence[TrustedPublisher]:
        """List those of a repository, whatever the capitals of its name, oldest first."""
        where = {"kind": kind, "owner": owner.lower(), "repository": repository.lower()}
        return [_publisher(row) for row in await self._database.scan(self._database.text.find_trusted, where)]

    async def spend_identity(self, hash: str, expires_at: Moment, now: Moment) -> bool:  # noqa: A002 (the field's name)
        """Remember an identity until it expires; tell whether it was not known yet."""

        def work() -> Work[bool]:
            yield self._database.text.forget_spent, {"now": now}
            spent = yield self._database.text.spend_identity, {"hash": hash, "expires_at": expires_at}
            return bool(spent)

        return await self._database.write(work, durable=True)

    def _add_trusted(self, publisher: TrustedPublisher) -> Work[TrustedPublisher]:
        columns = {
            "origin": publisher.origin,
            "ecosystem": publisher.package.ecosystem,
            "name": publisher.package.name,
            "kind": publisher.kind,
            "owner": publisher.owner.lower(),
            "repository": publisher.repository.lower(),
            "owner_id": publisher.owner_id,
            "body": encode_body(publisher),
        }
        rows = yield self._database.text.add_trusted, columns
        return msgspec.structs.replace(publisher, id=int(rows[0][0]))

    def _pin_trusted(self, number: int, owner_id: str) -> Work[str]:
        text = self._database.text
        yield text.pin_trusted, {"of_id": number, "before": "", "owner_id": owner_id}
        rows = yield text.read_trusted_owner, {"of_id": number}
        return str(rows[0][0]) if rows else ""


def _publisher(row: Row) -> TrustedPublisher:
    number, owner_id, body = row
    return msgspec.structs.replace(_decode(body), id=number, owner_id=owner_id)
