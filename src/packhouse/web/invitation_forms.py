"""Invitations to own packages, on the page of who has signed in."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from packhouse.domain.errors import Invalid, NotFound
from packhouse.http.request import Request
from packhouse.services.assembly import Services
from packhouse.services.ports import Clock
from packhouse.web.wording import When, when

_MOST = 200


class InvitationRow(Struct, frozen=True):
    """An invitation in the list."""

    id: str
    ecosystem: str
    name: str
    inviter: str
    until: When | None


class InvitationForms:
    """Lists the invitations of every ecosystem, and takes the answers."""

    def __init__(self, ecosystems: Mapping[str, Services], clock: Clock) -> None:
        self._ecosystems = ecosystems
        self._clock = clock

    async def rows(self, request: Request) -> Sequence[InvitationRow]:
        """List what can be accepted now; without an address, for a package may be hidden until it is."""
        now = self._clock()
        return [
            InvitationRow(each.id, services.ecosystem.title, each.key.name, each.inviter, when(each.expires_at, now))
            for services in self._ecosystems.values()
            for each in await services.inviting.mine(request.view)
        ][:_MOST]

    async def answer(self, request: Request, form: Mapping[str, str]) -> None:
        """Accept or decline; raise Invalid, NotFound, Expired."""
        answer = form.get("answer", "")
        if answer not in ("accept", "decline"):
            raise Invalid("an invitation is accepted or declined", "press one of the two buttons")
        for services in self._ecosystems.values():
            try:
                invitation = await services.inviting.find(request.view, lambda each: each.id == form.get("id", ""))
            except NotFound:
                continue
            if answer == "accept":
                await services.inviting.accept(request.view, invitation)
            else:
                await services.inviting.decline(request.view, invitation)
            return
        raise NotFound("you have no such invitation", "it may have been answered already")
