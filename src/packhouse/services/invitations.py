"""Invitations to own packages: sent, listed, found again by their secret, ended."""

import hmac
from collections.abc import Collection, Sequence
from typing import Protocol

from packhouse.domain.errors import Expired, NotFound
from packhouse.domain.invitations import Invitation
from packhouse.domain.package import Moment, PackageKey
from packhouse.services.ports import Clock
from packhouse.services.secrets import Hasher, new_key

_OPEN_MS = 30 * 86_400_000
_TOLD_MS = 30 * 86_400_000
"""How long who was invited is told that an invitation has ended; it is forgotten when somebody is invited later."""
_LONGEST = 200


class InvitationStore(Protocol):
    """Where invitations are; of one user to one package there is one at most."""

    async def find_invitation(self, id: str) -> Invitation | None:  # noqa: A002 (the field's name)
        """Look an invitation up."""

    async def list_invitations_of(self, invitee: str) -> Sequence[Invitation]:
        """List the invitations of a user, oldest first."""

    async def list_invitations_to(self, origin: str, key: PackageKey) -> Sequence[Invitation]:
        """List the invitations to own a package, oldest first."""

    async def write_invitations(self, invitations: Sequence[Invitation]) -> None:
        """Store invitations, each in place of what the same user had to the same package."""

    async def drop_invitation(self, id: str) -> bool:  # noqa: A002 (the field's name)
        """Forget an invitation; tell whether it was there."""

    async def drop_ended_invitations(self, before: Moment) -> None:
        """Forget all invitations that ended before a moment."""


class Invitations:
    """Keeps them, for every ecosystem; who may invite and accept is asked before."""

    def __init__(self, store: InvitationStore, hasher: Hasher, clock: Clock) -> None:
        self._store = store
        self._hash = hasher
        self._clock = clock

    async def send(self, origin: str, key: PackageKey, inviter: str, invitees: Collection[str]) -> Sequence[Invitation]:
        """Invite users, and return the new invitations: whoever has an open one keeps that."""
        known = {each.invitee for each in await self.to(origin, key)}
        now = self._clock()
        made = [
            Invitation(new_key(), origin, key, invitee, inviter, now, Moment(now + _OPEN_MS))
            for invitee in dict.fromkeys(invitees)
            if invitee not in known
        ]
        if made:
            await self._store.drop_ended_invitations(Moment(now - _TOLD_MS))
            await self._store.write_invitations(made)
        return made

    async def of(self, invitee: str) -> Sequence[Invitation]:
        """List the invitations of a user that have not ended, oldest first."""
        return self._open(await self._store.list_invitations_of(invitee))

    async def to(self, origin: str, key: PackageKey) -> Sequence[Invitation]:
        """List the invitations to own a package that have not ended, oldest first."""
        return self._open(await self._store.list_invitations_to(origin, key))

    async def ended(self, invitee: str) -> Sequence[Invitation]:
        """List those of a user that nobody has answered in time."""
        now = self._clock()
        return [each for each in await self._store.list_invitations_of(invitee) if each.expires_at <= now]

    async def find(self, secret: str) -> Invitation:
        """Find the invitation of a secret, ended or not; raise NotFound."""
        name, _, _ = secret[:_LONGEST].partition(".")
        found = await self._store.find_invitation(name)
        if found is None or not hmac.compare_digest(self.secret_of(found).encode(), secret[:_LONGEST].encode()):
            raise NotFound("there is no such invitation")
        return found

    def secret_of(self, invitation: Invitation) -> str:
        """Make what stands for the invitation where nobody has signed in.

        It is made of the server's key, so that whoever has read the database cannot accept anything.
        """
        return f"{invitation.id}.{self._hash(f'invitation {invitation.id}')[:40]}"

    def check_open(self, invitation: Invitation) -> None:
        """Raise Expired for one that has ended."""
        if invitation.expires_at <= self._clock():
            raise Expired(
                f"The invitation to become an owner of the {invitation.key} expired.", "ask an owner to send another"
            )

    async def end(self, invitation: Invitation) -> bool:
        """Forget an invitation; tell whether nobody else had done so."""
        return await self._store.drop_invitation(invitation.id)

    def _open(self, invitations: Sequence[Invitation]) -> Sequence[Invitation]:
        now = self._clock()
        return [each for each in invitations if each.expires_at > now]
