"""/api/grants: who is what to which packages, for administrators."""

from msgspec import Struct

from packhouse.apis.admin.asking import read_body, require_administrator, time_of
from packhouse.domain.actor import Grant
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.people import People


class GrantAnswer(Struct, frozen=True, rename="camel"):
    """A role on every package whose name has a pattern."""

    id: str
    subject: str
    role: str
    ecosystem: str
    pattern: str
    created_at: str | None
    created_by: str


class GrantsAnswer(Struct, frozen=True, rename="camel"):
    """Grants, oldest first."""

    grants: tuple[GrantAnswer, ...]


class NewGrant(Struct, rename="camel", forbid_unknown_fields=True):
    """A role that is to be granted."""

    subject: str
    role: str
    ecosystem: str = "*"
    pattern: str = "*"


class GrantRoutes:
    """The handlers."""

    def __init__(self, people: People) -> None:
        self._people = people

    def routes(self) -> list[Route]:
        """List the addresses."""
        return [route("grants", GET=self.grants, POST=self.add), route("grants/{id}", DELETE=self.remove)]

    async def grants(self, request: Request) -> Answer:
        """List all grants, or those of `subject`."""
        require_administrator(request.view.actor)
        found = await self._people.granting.list(request.query.get("subject") or None)
        return json_answer(GrantsAnswer(tuple(grant_answer(grant) for grant in found)))

    async def add(self, request: Request) -> Answer:
        """Grant a role."""
        actor = require_administrator(request.view.actor, write=True)
        asked = await read_body(request, NewGrant)
        grant = await self._people.granting.add(asked.subject, asked.role, asked.ecosystem, asked.pattern, actor.user)
        await self._people.audit.done(actor, "grant add", grant.subject, _told(grant))
        return json_answer(grant_answer(grant), 201)

    async def remove(self, request: Request, id: str) -> Answer:  # noqa: A002 (the address says so)
        """Take a grant back."""
        actor = require_administrator(request.view.actor, write=True)
        grant = await self._people.granting.remove(id)
        await self._people.audit.done(actor, "grant remove", grant.subject, _told(grant))
        return Answer(status=204)


def grant_answer(grant: Grant) -> GrantAnswer:
    """Tell of a grant."""
    return GrantAnswer(
        id=grant.id,
        subject=grant.subject,
        role=grant.role,
        ecosystem=grant.ecosystem,
        pattern=grant.pattern,
        created_at=time_of(grant.created_at),
        created_by=grant.created_by,
    )


def _told(grant: Grant) -> str:
    return f"{grant.role} of {grant.ecosystem}/{grant.pattern}"
