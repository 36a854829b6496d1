"""The door of who asks: who they are, what they own, what they follow and what came new of that."""

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from packhouse.domain.errors import Invalid, PackhouseError
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.asking import read_small, require_somebody
from packhouse.ecosystems.cargo.crate_document import objects, text
from packhouse.ecosystems.cargo.listing import Json
from packhouse.ecosystems.cargo.paging import DEFAULT_PER_PAGE, Page, read_page
from packhouse.ecosystems.cargo.people import number_of, user_json
from packhouse.ecosystems.cargo.visible import Visible
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services

_AT_ONCE = 8
_MOST_FOLLOWED = 500
"""Of whose releases news are looked for."""
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
        self._visible = Visible(services)

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of releases."""
        crate = "api/v1/crates/{name}"
        return [
            route("api/v1/me", GET=self.me),
            route("api/v1/me/updates", GET=self.updates),
            route("api/v1/me/email_notifications", PUT=self.notifications),
            route("api/v1/users/{user_id}", PUT=self.change),
            route("api/v1/users/{user_id}/resend", PUT=self.resend),
            route("api/v1/confirm/{email_token}", PUT=self.confirm),
            route(f"{crate}/follow", PUT=self.follow, DELETE=self.unfollow),
            route(f"{crate}/following", GET=self.following),
        ]

    async def me(self, request: Request) -> Answer:
        """Tell who asks what is known of them."""
        actor = require_somebody(request)
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
        crates = [{"id": number_of(key.name), "name": key.name, "email_notifications": False} for key in owned]
        return json_answer({"user": shown, "owned_crates": crates})

    async def updates(self, request: Request) -> Answer:
        """List the releases of what who asks follows, the newest first."""
        actor = require_somebody(request)
        page = read_page(request.query) or Page(1, DEFAULT_PER_PAGE)
        followed = await self._services.holdings.starred(request.view, actor.user)
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def one(key: PackageKey) -> Sequence[Json]:
            async with at_once:
                return await self._releases(request.view, key)

        found = await asyncio.gather(*(one(key) for key in followed[:_MOST_FOLLOWED]))
        releases = [each for of_one in found for each in of_one]
        releases.sort(key=lambda each: text(each, "created_at") or "", reverse=True)
        shown = releases[page.offset : page.offset + page.size]
        more = len(releases) > page.offset + page.size
        return json_answer({"versions": shown, "meta": {"more": more}})

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

    async def follow(self, request: Request, name: str) -> Answer:
        """Follow a crate, of here or of an upstream."""
        require_somebody(request, write=True)
        key, _ = await self._visible.seen(request.view, name)
        await self._services.holdings.star(request.view, key, starred=True)
        return json_answer({"ok": True})

    async def unfollow(self, request: Request, name: str) -> Answer:
        """Follow a crate no longer, be it there still or not."""
        actor = require_somebody(request, write=True)
        key = await self._followed(request.view, actor.user, name)
        if key is None:
            await self._visible.seen(request.view, name)
        else:
            await self._services.holdings.star(request.view, key, starred=False)
        return json_answer({"ok": True})

    async def following(self, request: Request, name: str) -> Answer:
        """Tell whether who asks follows a crate."""
        actor = require_somebody(request)
        await self._visible.seen(request.view, name)
        found = await self._followed(request.view, actor.user, name)
        return json_answer({"following": found is not None})

    async def _followed(self, view: View, user: str, name: str) -> PackageKey | None:
        """Find what somebody follows by any spelling of its name."""
        identity = self._services.ecosystem.identity
        wanted = identity(NormalName(name))
        followed = await self._services.holdings.starred(view, user)
        return next((key for key in followed if identity(key.name) == wanted), None)

    async def _releases(self, view: View, key: PackageKey) -> Sequence[Json]:
        try:
            _, snapshot = await self._visible.seen(view, key.name)
            document, _ = await self._visible.document(view, key, snapshot)
        except PackhouseError:
            return ()  # gone, refused, or out of reach for now: the other crates have news all the same
        return objects(document, "versions")

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
