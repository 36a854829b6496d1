"""The door of invitations to own crates: listed for who is invited and for owners, accepted, declined."""

from collections.abc import Sequence

from msgspec import Struct

from packhouse.domain.errors import Invalid, NotPermitted
from packhouse.domain.invitations import Invitation
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.asking import read_small, require_somebody
from packhouse.ecosystems.cargo.hosted_document import iso
from packhouse.ecosystems.cargo.listing import Json
from packhouse.ecosystems.cargo.maintaining import find_key, require_published
from packhouse.ecosystems.cargo.owning import written_name
from packhouse.ecosystems.cargo.paging import DEFAULT_PER_PAGE, read_page, write_query
from packhouse.ecosystems.cargo.people import number_of, users_json
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.policy.permission import token_allows
from packhouse.services.access import require_user
from packhouse.services.assembly import Services


class _Reply(Struct, frozen=True):
    crate_id: int
    accepted: bool


class _Form(Struct, frozen=True):
    crate_owner_invite: _Reply


class InvitationRoutes:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._inviting = services.inviting

    def routes(self) -> list[Route]:
        """List the addresses."""
        mine = "api/v1/me/crate_owner_invitations"
        return [
            route(mine, GET=self.mine),
            route(f"{mine}/{{crate_id}}", PUT=self.answer),
            route(f"{mine}/accept/{{token}}", PUT=self.accept),
            route("api/private/crate_owner_invitations", GET=self.page),
        ]

    async def mine(self, request: Request) -> Answer:
        """List the invitations of who asks; with the token of each, for who may accept."""
        actor = require_somebody(request)
        view = request.view
        found = await self._inviting.mine(view)
        # What accepts by itself is not for a token that may not accept.
        tells = token_allows(actor, "maintain", None) and actor.otp != "writes"
        listed = []
        for each in found:
            shown = {**await self._shown(view, each), "invited_by_username": each.inviter}
            secret = {"token": self._services.people.invitations.secret_of(each)} if tells else {}
            listed.append(shown | secret)
        return json_answer({"crate_owner_invitations": listed, "users": await self._users(found)})

    async def answer(self, request: Request, crate_id: str) -> Answer:
        """Accept or decline an invitation."""
        del crate_id  # the body says it too, and that is what clients of the public registry go by
        require_somebody(request, write=True)
        reply = (await read_small(request, _Form)).crate_owner_invite
        invitation = await self._inviting.find(request.view, lambda each: number_of(each.key.name) == reply.crate_id)
        if reply.accepted:
            await self._inviting.accept(request.view, invitation)
        else:
            await self._inviting.decline(request.view, invitation)
        return _answered(reply.crate_id, accepted=reply.accepted)

    async def accept(self, request: Request, token: str) -> Answer:
        """Accept the invitation of a token, whoever brings it."""
        invitation = await self._inviting.accept_secret(request.view, token)
        return _answered(number_of(invitation.key.name), accepted=True)

    async def page(self, request: Request) -> Answer:
        """List a page of the invitations to a crate, for its owners, or of who asks."""
        require_somebody(request)
        query = {name: request.query[name] for name in ("crate_name", "invitee_id") if request.query.get(name)}
        asked = read_page({name: text for name, text in request.query.items() if name == "per_page"})
        size = asked.size if asked is not None else DEFAULT_PER_PAGE
        found = _after(await self._filtered(request.view, query), request.query.get("seek", ""))
        shown = found[:size]
        more = {**query, "per_page": str(size), "seek": shown[-1].id} if len(found) > size else None
        document = {
            "invitations": [await self._shown(request.view, each) for each in shown],
            "users": await self._users(shown),
            "meta": {"next_page": f"?{write_query(more)}" if more else None},
        }
        return json_answer(document)

    async def _filtered(self, view: View, query: dict[str, str]) -> Sequence[Invitation]:
        if "crate_name" in query:
            key = await find_key(self._services, view, query["crate_name"])
            try:
                await require_published(self._services, view, key, "maintain", "owners")
            except NotPermitted:
                raise NotPermitted("only crate owners can query pending invitations for their crate") from None
            return await self._inviting.to(view, key)
        if not query.get("invitee_id", "").isdecimal():
            raise Invalid("missing or invalid filter", "ask with crate_name or invitee_id")
        if query["invitee_id"] != str(number_of(require_user(view.actor, write=False).user)):
            raise NotPermitted("only the invitee can query their pending invitations")
        return await self._inviting.mine(view)

    async def _shown(self, view: View, invitation: Invitation) -> Json:
        return {
            "invitee_id": number_of(invitation.invitee),
            "inviter_id": number_of(invitation.inviter),
            "crate_id": number_of(invitation.key.name),
            "crate_name": await written_name(self._services, view, invitation.key),
            "created_at": iso(invitation.created_at),
            "expires_at": iso(invitation.expires_at),
        }

    async def _users(self, invitations: Sequence[Invitation]) -> list[Json]:
        names = [name for each in invitations for name in (each.invitee, each.inviter)]
        found = await users_json(self._services.people.accounts, names)
        return sorted(found, key=lambda each: int(each["id"]))


def _after(invitations: Sequence[Invitation], seek: str) -> Sequence[Invitation]:
    if not seek:
        return invitations
    places = [place for place, each in enumerate(invitations) if each.id == seek]
    if not places:
        raise Invalid("invalid seek parameter", "begin again without it")
    return invitations[places[0] + 1 :]


def _answered(crate_id: int, *, accepted: bool) -> Answer:
    return json_answer({"crate_owner_invitation": {"crate_id": crate_id, "accepted": accepted}})
