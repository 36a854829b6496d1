"""The door of who asks: who they are, what they own, and letters that nobody is sent."""

from msgspec import Struct

from packhouse.domain.errors import Invalid, NotPermitted
from packhouse.ecosystems.cargo.asking import read_small, require_somebody
from packhouse.ecosystems.cargo.listing import Json
from packhouse.ecosystems.cargo.owning import written_name
from packhouse.ecosystems.cargo.people import number_of, user_json
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services

_NO_MAIL = "this server sends no e-mail"


class _Fields(Struct, frozen=True):
    email: str | None = None
    publish_notifications: bool | None = None


class _UserForm(Struct, frozen=True):
    user: _Fields


class _Notification(Struct, frozen=True):
    id: int
    email_notifications: bool


class MeRoutes:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[Route]:
        """List the addresses."""
        return [
            route("api/v1/me", GET=self.me),
            route("api/v1/me/email_notifications", PUT=self.notifications),
            route("api/v1/users/{user_id}", PUT=self.change),
            route("api/v1/users/{user_id}/resend", PUT=self.resend),
            route("api/v1/confirm/{email_token}", PUT=self.confirm),
        ]

    async def me(self, request: Request) -> Answer:
        """Tell who asks what is known of them; a token for some crates is not for that."""
        actor = require_somebody(request)
        if actor.proof is not None and actor.proof.limits:
            raise NotPermitted("this action can only be performed on the website", "or with a token that has no scopes")
        user = await self._services.people.accounts.get(actor.user)
        holdings = self._services.holdings
        owned = await holdings.visible(request.view, list(await holdings.owned(request.view, actor.user)))
        shown: Json = {
            **user_json(user),
            "email": user.email or None,
            # Nobody here has ever proved that an address is theirs.
            "email_verified": False,
            "email_verification_sent": False,
            "is_admin": user.administrator,
            "publish_notifications": False,
        }
        crates = [
            {
                "id": number_of(key.name),
                "name": await written_name(self._services, request.view, key),
                "email_notifications": False,
            }
            for key in owned
        ]
        return json_answer({"user": shown, "owned_crates": crates})

    async def change(self, request: Request, user_id: str) -> Answer:
        """Change one's own address."""
        actor = require_somebody(request, write=True)
        asked = (await read_small(request, _UserForm)).user
        if user_id != str(number_of(actor.user)):
            raise Invalid("current user does not match requested user")
        if asked.publish_notifications:
            raise Invalid(_NO_MAIL, "follow crates instead, or let a hook tell of what is published")
        if asked.email is None and asked.publish_notifications is None:
            raise Invalid("empty email rejected")
        if asked.email is not None:
            await self._set_email(request, asked.email.strip())
        return json_answer({"ok": True})

    async def resend(self, request: Request, user_id: str) -> Answer:
        """Say that no address is verified here."""
        actor = require_somebody(request, write=True)
        if user_id != str(number_of(actor.user)):
            raise Invalid("current user does not match requested user")
        raise Invalid("Email could not be found", _NO_MAIL)

    async def confirm(self, request: Request, email_token: str) -> Answer:
        """Say the same to whoever brings the token of a letter, of which there are none."""
        del request, email_token
        raise Invalid("Email belonging to token not found.", _NO_MAIL)

    async def notifications(self, request: Request) -> Answer:
        """Take back letters that nobody gets; raise Invalid for who wants some."""
        require_somebody(request, write=True)
        if any(each.email_notifications for each in await read_small(request, list[_Notification])):
            raise Invalid(_NO_MAIL, "follow crates instead, or let a hook tell of what is published")
        return json_answer({"ok": True})

    async def _set_email(self, request: Request, email: str) -> None:
        actor = request.view.actor
        if not email:
            raise Invalid("empty email rejected")
        self._services.access.require_otp(actor)
        accounts = self._services.people.accounts
        user = await accounts.get(actor.user)
        if email != user.email:
            await accounts.change(user, email=email)
            action = f"{self._services.ecosystem.key} user set"
            await self._services.people.audit.done(actor, action, f"user {actor.user}", "email")
