"""Invitations to own packages."""

from collections.abc import Sequence

from packhouse.adapters.sql.executor import Row, Work
from packhouse.adapters.sql.packages import SqlPort, package
from packhouse.domain.invitations import Invitation
from packhouse.domain.package import Moment, NormalName, PackageKey


class SqlInvitations(SqlPort):
    """The store of invitations."""

    async def find_invitation(self, id: str) -> Invitation | None:  # noqa: A002 (the field's name)
        """Look an invitation up."""
        row = await self._database.one(self._database.text.find_invitation, {"id": id})
        return None if row is None else _invitation(row)

    async def list_invitations_of(self, invitee: str) -> Sequence[Invitation]:
        """List the invitations of a user, oldest first."""
        rows = await self._database.scan(self._database.text.list_invitations_of, {"invitee": invitee})
        return [_invitation(row) for row in rows]

    async def list_invitations_to(self, origin: str, key: PackageKey) -> Sequence[Invitation]:
        """List the invitations to own a package, oldest first."""
        rows = await self._database.scan(self._database.text.list_invitations_to, package(origin, key))
        return [_invitation(row) for row in rows]

    async def write_invitations(self, invitations: Sequence[Invitation]) -> None:
        """Store invitations, each in place of what the same user had to the same package."""
        await self._database.write(lambda: self._write(invitations), durable=True)

    async def drop_invitation(self, id: str) -> bool:  # noqa: A002 (the field's name)
        """Forget an invitation; tell whether it was there."""
        return await self._database.write(lambda: self._drop(id), durable=True)

    async def drop_ended_invitations(self, before: Moment) -> None:
        """Forget all invitations that ended before a moment."""
        await self._database.write(lambda: self._drop_ended(before))

    def _write(self, invitations: Sequence[Invitation]) -> Work[None]:
        for each in invitations:
            yield (
                self._database.text.write_invitation,
                {
                    **package(each.origin, each.key),
                    "id": each.id,
                    "invitee": each.invitee,
                    "inviter": each.inviter,
                    "created_at": each.created_at,
                    "expires_at": each.expires_at,
                },
            )

    def _drop(self, invitation_id: str) -> Work[bool]:
        dropped = yield self._database.text.drop_invitation, {"of_id": invitation_id}
        return bool(dropped)

    def _drop_ended(self, before: Moment) -> Work[None]:
        yield self._database.text.drop_ended_invitations, {"before": before}


def _invitation(row: Row) -> Invitation:
    id_, origin, ecosystem, name, invitee, inviter, created_at, expires_at = row
    return Invitation(
        id_,
        origin,
        PackageKey(ecosystem, NormalName(name)),
        invitee,
        inviter,
        Moment(created_at),
        Moment(expires_at),
    )
