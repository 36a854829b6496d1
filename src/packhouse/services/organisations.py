"""Organisations: people who own a namespace together, and their teams."""

from collections.abc import Collection, Sequence
from typing import Literal, Protocol

import msgspec

from packhouse.domain.accounts import Organisation, Team
from packhouse.domain.actor import Actor, Grant, Role
from packhouse.domain.errors import Conflict, Invalid, NotFound, NotPermitted
from packhouse.services.access import require_user
from packhouse.services.account_ports import GrantStore, OrganisationStore, UserStore
from packhouse.services.accounts import check_name
from packhouse.services.ports import Clock
from packhouse.services.secrets import new_key

Standing = Literal["developer", "admin", "owner"]
STANDINGS: tuple[Standing, ...] = ("developer", "admin", "owner")
DEVELOPERS = "developers"
"""The team that every member is in; it may publish everything in the namespace."""


class OrganisationsStore(OrganisationStore, UserStore, GrantStore, Protocol):
    """What organisations are made of."""


class Organisations:
    """Makes and changes organisations; members see them, admins and owners change them."""

    def __init__(self, store: OrganisationsStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def create(self, name: str, owner: str, namespaces: Sequence[tuple[str, str]]) -> Organisation:
        """Make an organisation; raise Invalid, NotFound for the owner, Conflict for a name that is taken.

        Each namespace is an ecosystem and a pattern of names, in which members may publish.
        """
        check_name(name)
        await self._user(owner)
        if await self._store.find_user(name) is not None and name != owner:
            raise Conflict(f"{name} is the name of a user", "take another")
        team = Team(DEVELOPERS, "All members", (owner,))
        organisation = Organisation(name, self._clock(), {owner: "owner"}, (team,))
        await self._store.write_organisation(organisation, 0)
        for ecosystem, pattern in namespaces:
            await self._grant(f"org-admin:{name}", "maintainer", ecosystem, pattern, owner)
            await self._grant(f"team:{name}/{DEVELOPERS}", "publisher", ecosystem, pattern, owner)
        return organisation

    async def get(self, actor: Actor, name: str) -> Organisation:
        """Return an organisation to one of its members; raise NotFound to everyone else."""
        require_user(actor, write=False)
        organisation = await self._store.find_organisation(name)
        if organisation is None or not (actor.administrator or actor.user in organisation.members):
            raise NotFound(f"there is no organisation {name[:100]!r}", "an administrator makes one: packhouse org add")
        return organisation

    async def list(self) -> Sequence[Organisation]:
        """List all of them."""
        return await self._store.list_organisations()

    async def remove(self, name: str) -> Organisation:
        """Forget an organisation with all that was granted to it; raise NotFound."""
        organisation = await self._store.find_organisation(name)
        if organisation is None:
            raise NotFound(f"there is no organisation {name[:100]!r}")
        teams = (f"team:{name}/{team.name}" for team in organisation.teams)
        await self._take_back({f"org:{name}", f"org-admin:{name}", *teams})
        await self._store.drop_organisation(name)
        return organisation

    async def set_member(self, actor: Actor, name: str, user: str, standing: Standing) -> Organisation:
        """Add a member or change what one is."""
        organisation = await self._managed(actor, name, owners=standing == "owner")
        await self._user(user)
        before = organisation.members.get(user)
        if before == "owner" and standing != "owner":
            await self._managed(actor, name, owners=True)
            self._check_owner_left(organisation, user)
        members = {**organisation.members, user: standing}
        teams = tuple(_with(team, user) if team.name == DEVELOPERS else team for team in organisation.teams)
        return await self._write(organisation, members=members, teams=teams)

    async def remove_member(self, actor: Actor, name: str, user: str) -> Organisation:
        """Remove a member from an organisation and all its teams; the last owner stays."""
        leaving = actor.user == user
        organisation = await self.get(actor, name) if leaving else await self._managed(actor, name)
        if user not in organisation.members:
            raise NotFound(f"{user[:100]} is not a member of {name}")
        if organisation.members[user] == "owner":
            if not leaving:
                await self._managed(actor, name, owners=True)
            self._check_owner_left(organisation, user)
        members = {each: standing for each, standing in organisation.members.items() if each != user}
        teams = tuple(_without(team, user) for team in organisation.teams)
        return await self._write(organisation, members=members, teams=teams)

    async def add_team(self, actor: Actor, name: str, team: str, description: str = "") -> Organisation:
        """Make a team."""
        organisation = await self._managed(actor, name)
        check_name(team)
        if organisation.team(team) is not None:
            raise Conflict(f"{name} has a team {team} already")
        return await self._write(organisation, teams=(*organisation.teams, Team(team, description[:400])))

    async def remove_team(self, actor: Actor, name: str, team: str) -> Organisation:
        """Remove a team; that of all members stays."""
        organisation = await self._managed(actor, name)
        self._team(organisation, team)
        if team == DEVELOPERS:
            raise Invalid(f"the team {DEVELOPERS} is that of all members", "remove the organisation, or members")
        await self._take_back({f"team:{name}/{team}"})
        teams = tuple(each for each in organisation.teams if each.name != team)
        return await self._write(organisation, teams=teams)

    async def add_to_team(self, actor: Actor, name: str, team: str, user: str) -> Organisation:
        """Put a member into a team."""
        organisation = await self._managed(actor, name)
        if user not in organisation.members:
            raise Invalid(f"{user[:100]} is not a member of {name}", "add them to the organisation first")
        changed = _with(self._team(organisation, team), user)
        return await self._write(organisation, teams=_replaced(organisation, changed))

    async def remove_from_team(self, actor: Actor, name: str, team: str, user: str) -> Organisation:
        """Take a member out of a team."""
        organisation = await self._managed(actor, name)
        changed = _without(self._team(organisation, team), user)
        return await self._write(organisation, teams=_replaced(organisation, changed))

    async def get_team(self, actor: Actor, name: str, team: str) -> Team:
        """Return a team to a member of its organisation."""
        return self._team(await self.get(actor, name), team)

    async def _managed(self, actor: Actor, name: str, *, owners: bool = False) -> Organisation:
        """Return an organisation to who may change it."""
        organisation = await self.get(require_user(actor), name)
        allowed = ("owner",) if owners else ("admin", "owner")
        if not actor.administrator and organisation.members.get(actor.user) not in allowed:
            raise NotPermitted(f"you may not change the organisation {name}", f"ask one of its {' or '.join(allowed)}s")
        return organisation

    async def _write(self, organisation: Organisation, **fields: object) -> Organisation:
        changed = msgspec.structs.replace(organisation, **fields, revision=organisation.revision + 1)
        await self._store.write_organisation(changed, organisation.revision)
        return changed

    async def _grant(self, subject: str, role: Role, ecosystem: str, pattern: str, by: str) -> None:
        await self._store.write_grant(Grant(subject, role, ecosystem, pattern, new_key(), self._clock(), by))

    async def _take_back(self, subjects: Collection[str]) -> None:
        """Drop grants before whom they are for: one of that name that is made later must not find them."""
        for grant in await self._store.list_grants():
            if grant.subject in subjects:
                await self._store.drop_grant(grant.id)

    async def _user(self, name: str) -> None:
        if await self._store.find_user(name) is None:
            raise NotFound(f"there is no user {name[:100]!r}")

    def _team(self, organisation: Organisation, name: str) -> Team:
        team = organisation.team(name)
        if team is None:
            raise NotFound(f"{organisation.name} has no team {name[:100]!r}")
        return team

    def _check_owner_left(self, organisation: Organisation, leaving: str) -> None:
        owners = [user for user, standing in organisation.members.items() if standing == "owner"]
        if owners == [leaving]:
            raise Invalid(f"{leaving} is the last owner of {organisation.name}", "make somebody else an owner first")


def _with(team: Team, user: str) -> Team:
    return team if user in team.members else msgspec.structs.replace(team, members=(*team.members, user))


def _without(team: Team, user: str) -> Team:
    return msgspec.structs.replace(team, members=tuple(each for each in team.members if each != user))


def _replaced(organisation: Organisation, team: Team) -> tuple[Team, ...]:
    return tuple(team if each.name == team.name else each for each in organisation.teams)
