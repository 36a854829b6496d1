"""The door at which `npm org` and `npm team` knock.

An organisation is seen by its members and by nobody else: to all others there is none, whatever they ask.
"""

from typing import Literal

from msgspec import Struct

from packhouse.domain.accounts import Organisation, Team
from packhouse.domain.actor import Actor
from packhouse.ecosystems.npm.small_bodies import read_small
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.access import Access, require_user
from packhouse.services.people import People


class _Membership(Struct):
    user: str
    role: Literal["developer", "admin", "owner"] | None = None


class _Named(Struct):
    user: str


class _NewTeam(Struct):
    name: str
    description: str | None = None


class OrganisationRoutes:
    """The handlers."""

    def __init__(self, people: People, access: Access) -> None:
        self._people = people
        self._organisations = people.organisations
        self._access = access

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of packages."""
        return [
            route("-/org/{org}/user", GET=self.members, PUT=self.set_member, DELETE=self.remove_member),
            route("-/org/{org}/team", GET=self.teams, PUT=self.add_team),
            route("-/team/{org}/{team}", DELETE=self.remove_team),
            route("-/team/{org}/{team}/user", GET=self.team_members, PUT=self.join_team, DELETE=self.leave_team),
        ]

    async def members(self, request: Request, org: str) -> Answer:
        """Tell who is in an organisation, and as what."""
        organisation = await self._organisations.get(request.view.actor, bare(org))
        return json_answer(dict(sorted(organisation.members.items())))

    async def set_member(self, request: Request, org: str) -> Answer:
        """Add a member, or change what one is; without a role one becomes a developer."""
        actor = self._writer(request)
        asked = await read_small(request, _Membership)
        user, role = bare(asked.user), asked.role or "developer"
        changed = await self._organisations.set_member(actor, bare(org), user, role)
        await self._people.audit.done(actor, "npm org set", f"{changed.name}/{user}", role)
        shown = {"name": changed.name, "size": len(changed.members)}
        return json_answer({"org": shown, "user": user, "role": role})

    async def remove_member(self, request: Request, org: str) -> Answer:
        """Remove a member from an organisation and its teams."""
        actor = self._writer(request)
        user = bare((await read_small(request, _Named)).user)
        changed = await self._organisations.remove_member(actor, bare(org), user)
        await self._people.audit.done(actor, "npm org rm", f"{changed.name}/{user}")
        return json_answer({"ok": True})

    async def teams(self, request: Request, org: str) -> Answer:
        """List the teams: `org:team` for npm, which asks for that form, and objects for everybody else."""
        organisation = await self._organisations.get(request.view.actor, bare(org))
        if _for_command_line(request):
            return json_answer([f"{organisation.name}:{team.name}" for team in organisation.teams])
        return json_answer([_shown(organisation, team) for team in organisation.teams])

    async def add_team(self, request: Request, org: str) -> Answer:
        """Make a team."""
        actor = self._writer(request)
        asked = await read_small(request, _NewTeam)
        changed = await self._organisations.add_team(actor, bare(org), asked.name, asked.description or "")
        await self._people.audit.done(actor, "npm team create", f"{changed.name}/{asked.name}")
        return json_answer({"name": asked.name, "description": asked.description}, 201)

    async def remove_team(self, request: Request, org: str, team: str) -> Answer:
        """Remove a team; its members stay in the organisation."""
        actor = self._writer(request)
        changed = await self._organisations.remove_team(actor, bare(org), team)
        await self._people.audit.done(actor, "npm team destroy", f"{changed.name}/{team}")
        return json_answer({"ok": True})

    async def team_members(self, request: Request, org: str, team: str) -> Answer:
        """List the members of a team: names for npm, objects for everybody else."""
        found = await self._organisations.get_team(request.view.actor, bare(org), team)
        if _for_command_line(request):
            return json_answer(found.members)
        return json_answer([{"name": user} for user in found.members])

    async def join_team(self, request: Request, org: str, team: str) -> Answer:
        """Put a member of the organisation into a team."""
        actor = self._writer(request)
        user = bare((await read_small(request, _Named)).user)
        changed = await self._organisations.add_to_team(actor, bare(org), team, user)
        await self._people.audit.done(actor, "npm team add", f"{changed.name}/{team}", user)
        return json_answer({"ok": True, "user": user}, 201)

    async def leave_team(self, request: Request, org: str, team: str) -> Answer:
        """Take somebody out of a team."""
        actor = self._writer(request)
        user = bare((await read_small(request, _Named)).user)
        changed = await self._organisations.remove_from_team(actor, bare(org), team, user)
        await self._people.audit.done(actor, "npm team rm", f"{changed.name}/{team}", user)
        return json_answer({"ok": True})

    def _writer(self, request: Request) -> Actor:
        # Asked before the body is read and before anything is looked up: it says nothing about the organisation.
        actor = require_user(request.view.actor)
        self._access.require_otp(actor)
        return actor


def bare(name: str) -> str:
    """Take off what people write before the name of an organisation or user."""
    return name.removeprefix("@").removeprefix("~")


def _for_command_line(request: Request) -> bool:
    return request.query.get("format") == "cli"


def _shown(organisation: Organisation, team: Team) -> dict[str, object]:
    size = len(team.members)
    return {"name": team.name, "description": team.description, "org": organisation.name, "size": size}
