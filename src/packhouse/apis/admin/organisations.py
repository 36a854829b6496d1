"""/api/organisations: made and ended by administrators, seen by members, changed by their own admins and owners."""

from typing import Literal

from msgspec import Struct

from packhouse.apis.admin.asking import read_body, require_administrator, require_reader, require_writer, time_of
from packhouse.domain.accounts import Organisation
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.people import People


class TeamAnswer(Struct, frozen=True, rename="camel"):
    """Some members."""

    name: str
    description: str
    members: tuple[str, ...]


class OrganisationAnswer(Struct, frozen=True, rename="camel"):
    """People who own namespaces together."""

    name: str
    created_at: str | None
    members: dict[str, Literal["developer", "admin", "owner"]]
    teams: tuple[TeamAnswer, ...]


class OrganisationsAnswer(Struct, frozen=True, rename="camel"):
    """Organisations by name."""

    organisations: tuple[OrganisationAnswer, ...]


class Namespace(Struct, rename="camel", forbid_unknown_fields=True):
    """Names that are to be theirs."""

    ecosystem: str
    pattern: str


class NewOrganisation(Struct, rename="camel", forbid_unknown_fields=True):
    """An organisation that is to be made."""

    name: str
    owner: str = ""
    namespaces: tuple[Namespace, ...] = ()


class Member(Struct, rename="camel", forbid_unknown_fields=True):
    """What a member is to be."""

    standing: Literal["developer", "admin", "owner"] = "developer"


class TeamForm(Struct, rename="camel", forbid_unknown_fields=True):
    """What a team is for."""

    description: str = ""


class OrganisationRoutes:
    """The handlers."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._organisations = people.organisations

    def routes(self) -> list[Route]:
        """List the addresses."""
        one = "organisations/{name}"
        return [
            route("organisations", GET=self.organisations, POST=self.add),
            route(one, GET=self.organisation, DELETE=self.remove),
            route(f"{one}/members/{{user}}", PUT=self.set_member, DELETE=self.remove_member),
            route(f"{one}/teams/{{team}}", PUT=self.add_team, DELETE=self.remove_team),
            route(f"{one}/teams/{{team}}/members/{{user}}", PUT=self.join_team, DELETE=self.leave_team),
        ]

    async def organisations(self, request: Request) -> Answer:
        """List those that one is in; administrators see all."""
        actor = require_reader(request.view.actor)
        every = await self._organisations.list()
        seen = [each for each in every if actor.administrator or actor.user in each.members]
        return json_answer(OrganisationsAnswer(tuple(organisation_answer(each) for each in seen)))

    async def organisation(self, request: Request, name: str) -> Answer:
        """Show an organisation to its members."""
        return json_answer(organisation_answer(await self._organisations.get(request.view.actor, name)))

    async def add(self, request: Request) -> Answer:
        """Make an organisation, and grant it its namespaces."""
        actor = require_administrator(request.view.actor, write=True)
        asked = await read_body(request, NewOrganisation)
        namespaces = [(each.ecosystem, each.pattern) for each in asked.namespaces]
        made = await self._organisations.create(asked.name, asked.owner or actor.user, namespaces)
        await self._audit(request, "org add", made.name)
        return json_answer(organisation_answer(made), 201)

    async def remove(self, request: Request, name: str) -> Answer:
        """Forget an organisation with all that was granted to it."""
        require_administrator(request.view.actor, write=True)
        await self._organisations.remove(name)
        await self._audit(request, "org remove", name)
        return Answer(status=204)

    async def set_member(self, request: Request, name: str, user: str) -> Answer:
        """Add a member or change what one is."""
        actor = require_writer(request.view.actor)
        asked = await read_body(request, Member)
        changed = await self._organisations.set_member(actor, name, user, asked.standing)
        await self._audit(request, "org member", f"{name}/{user}", asked.standing)
        return json_answer(organisation_answer(changed))

    async def remove_member(self, request: Request, name: str, user: str) -> Answer:
        """Remove a member from an organisation and its teams."""
        changed = await self._organisations.remove_member(require_writer(request.view.actor), name, user)
        await self._audit(request, "org member remove", f"{name}/{user}")
        return json_answer(organisation_answer(changed))

    async def add_team(self, request: Request, name: str, team: str) -> Answer:
        """Make a team."""
        actor = require_writer(request.view.actor)
        asked = await read_body(request, TeamForm)
        changed = await self._organisations.add_team(actor, name, team, asked.description)
        await self._audit(request, "org team add", f"{name}/{team}")
        return json_answer(organisation_answer(changed), 201)

    async def remove_team(self, request: Request, name: str, team: str) -> Answer:
        """Remove a team."""
        changed = await self._organisations.remove_team(require_writer(request.view.actor), name, team)
        await self._audit(request, "org team remove", f"{name}/{team}")
        return json_answer(organisation_answer(changed))

    async def join_team(self, request: Request, name: str, team: str, user: str) -> Answer:
        """Put a member into a team."""
        changed = await self._organisations.add_to_team(require_writer(request.view.actor), name, team, user)
        await self._audit(request, "org team member", f"{name}/{team}/{user}")
        return json_answer(organisation_answer(changed))

    async def leave_team(self, request: Request, name: str, team: str, user: str) -> Answer:
        """Take a member out of a team."""
        changed = await self._organisations.remove_from_team(require_writer(request.view.actor), name, team, user)
        await self._audit(request, "org team member remove", f"{name}/{team}/{user}")
        return json_answer(organisation_answer(changed))

    async def _audit(self, request: Request, action: str, subject: str, detail: str = "") -> None:
        await self._people.audit.done(request.view.actor, action, subject, detail)


def organisation_answer(organisation: Organisation) -> OrganisationAnswer:
    """Tell of an organisation."""
    return OrganisationAnswer(
        name=organisation.name,
        created_at=time_of(organisation.created_at),
        members=dict(sorted(organisation.members.items())),
        teams=tuple(TeamAnswer(team.name, team.description, team.members) for team in organisation.teams),
    )
