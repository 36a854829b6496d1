"""Owners of a hosted package: who is added at once, who is invited, and what comes of an invitation."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import msgspec

from packhouse.domain.accounts import Ownership
from packhouse.domain.actor import Actor
from packhouse.domain.errors import Invalid, NotFound, NotPermitted
from packhouse.domain.events import EventKind
from packhouse.domain.invitations import Invitation
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.policy.permission import allows
from packhouse.services.access import absent, require_user
from packhouse.services.people import People
from packhouse.services.publishing import Change, Hosted, Publishing

MOST_OWNERS = 100
"""Of a package; whoever wants more wants a team."""

EditOwners = Callable[[Ownership], Ownership]
"""Decides whose a package is to be; pure, since it may be called again. Raises where that cannot be."""


class Inviting:
    """Changes the owners of the packages of one ecosystem."""

    def __init__(self, ecosystem: str, publishing: Publishing, people: People, *, invites: bool) -> None:
        self._ecosystem = ecosystem
        self._publishing = publishing
        self._people = people
        self.invites = invites
        """Whether users become owners only once they have accepted."""

    async def change(self, view: View, key: PackageKey, action: str, edit: EditOwners) -> None:
        """Change whose a package is, whoever may: `access.require` is asked before, and once more at the moment."""
        actor = view.actor

        def checked(before: Ownership) -> Ownership:
            if not self._maintains(actor, key, before):
                raise NotPermitted(f"you may no longer maintain {key}", "ask an owner")
            return edit(before)

        await self._change(view, key, action, checked)

    async def invite(self, view: View, key: PackageKey, users: Collection[str]) -> frozenset[str]:
        """Invite users whom nobody has invited yet, and return them; who asks may change owners."""
        made = await self._people.invitations.send(view.origin, key, view.actor.user, users)
        action = f"{key.ecosystem} owner invite"
        for each in made:
            await self._people.audit.done(view.actor, action, str(key), each.invitee)
        return frozenset(each.invitee for each in made)

    async def mine(self, view: View) -> Sequence[Invitation]:
        """List the invitations of who asks that can be accepted now."""
        actor = require_user(view.actor, write=False)
        found = [each for each in await self._people.invitations.of(actor.user) if self._is_here(view, each)]
        return [each for each in found if await self._stands(view, each)]

    async def to(self, view: View, key: PackageKey) -> Sequence[Invitation]:
        """List the open invitations to own a package; who asks may change its owners."""
        found = await self._people.invitations.to(view.origin, key)
        return [each for each in found if await self._stands(view, each)]

    async def find(self, view: View, wanted: Callable[[Invitation], bool]) -> Invitation:
        """Find an invitation of who asks, ended or not; raise NotFound, also where two are meant."""
        actor = require_user(view.actor)
        every = [*await self._people.invitations.of(actor.user), *await self._people.invitations.ended(actor.user)]
        found = [each for each in every if self._is_here(view, each) and wanted(each)]
        if len(found) != 1:
            raise NotFound("you have no such invitation")
        return found[0]

    async def accept(self, view: View, invitation: Invitation) -> None:
        """Make who asks an owner; raise Expired, NotFound for what they were not invited to, or cannot be any more."""
        actor = self._invited(view, invitation)
        self._people.invitations.check_open(invitation)
        inviter = await self._inviter(invitation)
        key = invitation.key

        def accepted(before: Ownership) -> Ownership:
            # Whoever is no owner any more has nothing to give away.
            if inviter is None or not self._maintains(inviter, key, before):
                raise _no_invitation()
            return with_owners(key, before, (actor.user,))

        try:
            await self._change(view, key, "owner accept", accepted)
        except NotFound:
            raise _no_invitation() from None
        await self._people.invitations.end(invitation)

    async def accept_secret(self, view: View, secret: str) -> Invitation:
        """Make whoever the invitation with that secret is for an owner; raise NotFound, Expired."""
        invitation = await self._people.invitations.find(secret)
        user = await self._people.accounts.find(invitation.invitee)
        if user is None or user.disabled or not self._is_here(view, invitation):
            raise _no_invitation()
        actor = await self._people.identification.of_user(user, view.actor.address, None)
        await self.accept(View(view.registry, actor=actor), invitation)
        return invitation

    async def decline(self, view: View, invitation: Invitation) -> None:
        """Do away with an invitation of who asks."""
        actor = self._invited(view, invitation)
        await self._people.invitations.end(invitation)
        await self._people.audit.done(actor, f"{invitation.key.ecosystem} owner decline", str(invitation.key))

    async def forget(self, view: View, key: PackageKey) -> None:
        """Do away with the invitations to a package that was removed: they are for no other of its name."""
        for each in await self._people.invitations.to(view.origin, key):
            await self._people.invitations.end(each)

    async def _change(self, view: View, key: PackageKey, action: str, edit: EditOwners) -> None:
        def changed(hosted: Hosted) -> Change | None:
            index, before = hosted.index, hosted.ownership
            if index is None or before is None or before.removed_at is not None:
                raise absent(key)
            after = edit(before)
            if after == before:
                return None
            return Change(index, action, events=_events(before, after), ownership=after)

        await self._publishing.change(view, key, changed)

    def _is_here(self, view: View, invitation: Invitation) -> bool:
        return invitation.origin == view.origin and invitation.key.ecosystem == self._ecosystem

    def _invited(self, view: View, invitation: Invitation) -> Actor:
        actor = require_user(view.actor)
        if invitation.invitee != actor.user or not self._is_here(view, invitation):
            raise _no_invitation()
        self._publishing.access.require_otp(actor)
        return actor

    async def _stands(self, view: View, invitation: Invitation) -> bool:
        """Tell whether the package is still there, and its inviter still who may give it away."""
        ownership = await self._publishing.access.ownership(view, invitation.key)
        if ownership is None or ownership.removed_at is not None or invitation.invitee in ownership.owners:
            return False
        inviter = await self._inviter(invitation)
        return inviter is not None and self._maintains(inviter, invitation.key, ownership)

    def _maintains(self, actor: Actor, key: PackageKey, ownership: Ownership) -> bool:
        return allows(self._publishing.access.role_of(actor, key, ownership) or "reader", "maintain")

    async def _inviter(self, invitation: Invitation) -> Actor | None:
        user = await self._people.accounts.find(invitation.inviter)
        if user is None or user.disabled:
            return None
        return await self._people.identification.of_user(user, "", None)


def with_owners(key: PackageKey, ownership: Ownership, users: Collection[str]) -> Ownership:
    """Add users to the owners, those that are there already once; raise Invalid for too many."""
    owners = tuple(dict.fromkeys((*ownership.owners, *users)))
    if len(owners) > MOST_OWNERS:
        raise Invalid(f"{key} would have more than {MOST_OWNERS} owners", "let a team publish it")
    return msgspec.structs.replace(ownership, owners=owners)


def _events(before: Ownership, after: Ownership) -> tuple[tuple[EventKind, str, dict[str, str]], ...]:
    def told(kind: EventKind, name: str, who: Iterable[str]) -> Iterator[tuple[EventKind, str, dict[str, str]]]:
        return ((kind, "", {name: each}) for each in who)

    return (
        *told("owner_added", "user", (each for each in after.owners if each not in before.owners)),
        *told("owner_removed", "user", (each for each in before.owners if each not in after.owners)),
        *told("access_changed", "team", sorted(set(after.teams) ^ set(before.teams))),
    )


def _no_invitation() -> NotFound:
    return NotFound("you have no such invitation")
