"""The doors at which `npm stars`, `pnpm star` and `pnpm stars` knock; npm itself stars by a packument's `users`.

A star for a package that was published here stands in its packument. One for a package of an upstream is only noted
here: what the upstream wrote is never changed, so that its packument shows the upstream's stars and not ours.
"""

import msgspec
from msgspec import Struct

from packhouse.domain.actor import Actor
from packhouse.domain.errors import Invalid
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.npm.hosted import stars_of, with_stars
from packhouse.ecosystems.npm.maintaining import not_published_here
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.organisation_routes import bare
from packhouse.ecosystems.npm.small_bodies import read_small
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.access import absent, require_user
from packhouse.services.assembly import Services
from packhouse.services.publishing import Change, Hosted


class _Named(Struct):
    name: str = ""
    package: str = ""


class _Document(Struct):
    users: dict[str, bool] | None = None
    versions: msgspec.Raw | None = None
    maintainers: msgspec.Raw | None = None


class StarRoutes:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of packages."""
        return [
            route("-/_view/starredByUser", GET=self.starred_by_user),
            route("-/user/v1/star", GET=self.own, PUT=self.star_named, DELETE=self.unstar_named),
            route("-/user/package/{name}/star", PUT=self.star, DELETE=self.unstar),
            route("-/user/{user}/stars", GET=self.of_user),
            route("-/util/user/{user}/stars", GET=self.of_user),
        ]

    async def starred_by_user(self, request: Request) -> Answer:
        """List what somebody has starred, as CouchDB answers a view; nobody has starred nothing."""
        user = bare(_key_parameter(request))
        starred = await self._services.holdings.starred(request.view, user)
        rows = [{"id": key.name, "key": user, "value": key.name} for key in starred]
        return json_answer({"total_rows": len(rows), "offset": 0, "rows": rows})

    async def own(self, request: Request) -> Answer:
        """List what the asker has starred."""
        actor = require_user(request.view.actor, write=False)
        return json_answer([key.name for key in await self._services.holdings.starred(request.view, actor.user)])

    async def of_user(self, request: Request, user: str) -> Answer:
        """List what somebody has starred, as the keys of an object: pnpm reads nothing else."""
        user = bare(user)
        if request.view.actor.signed_in:  # nobody in particular does not learn which users there are
            await self._services.people.accounts.get(user)
        starred = await self._services.holdings.starred(request.view, user)
        return json_answer({key.name: True for key in starred})

    async def star_named(self, request: Request) -> Answer:
        """Star the package that the body names."""
        return await self._set_named(request, starred=True)

    async def unstar_named(self, request: Request) -> Answer:
        """Take back a star from the package that the body names."""
        return await self._set_named(request, starred=False)

    async def star(self, request: Request, name: str) -> Answer:
        """Star a package."""
        return await set_star(self._services, request, self._key(name), starred=True)

    async def unstar(self, request: Request, name: str) -> Answer:
        """Take back a star."""
        return await set_star(self._services, request, self._key(name), starred=False)

    async def _set_named(self, request: Request, *, starred: bool) -> Answer:
        require_user(request.view.actor)
        asked = await read_small(request, _Named)
        return await set_star(self._services, request, self._key(asked.package or asked.name), starred=starred)

    def _key(self, name: str) -> PackageKey:
        return PackageKey(self._services.ecosystem.key, parse_name(name))


async def set_star(services: Services, request: Request, key: PackageKey, *, starred: bool) -> Answer:
    """Star a package that the asker may see, or take it back; npm's PUT of `users` asks for it as well."""
    view = request.view
    actor = require_user(view.actor)
    services.access.require_otp(actor)
    ownership = await services.access.check_read(view, key)
    action = "star" if starred else "unstar"
    if ownership is None:
        await services.source.snapshot(view, key, "known")
        await services.holdings.star(view, key, starred=starred)
        await services.people.audit.done(actor, f"{key.ecosystem} {action}", str(key))
    else:
        await services.publishing.change(view, key, lambda hosted: _starred(hosted, actor, starred=starred))
    return json_answer({"ok": True, "success": True})


async def set_star_by_document(services: Services, request: Request, key: PackageKey, body: bytes) -> Answer:
    """Star a package of an upstream, or take it back, as the `users` of a document say that npm sends back.

    Raise NotFound for a document that asks for anything else: such a package is changed where it comes from.
    """
    try:
        document = msgspec.json.decode(body, type=_Document)
    except RecursionError:
        raise Invalid("the document is nested too deeply") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid(f"the document cannot be read: {error}") from None
    if document.users is None or document.versions is not None or document.maintainers is not None:
        require_user(request.view.actor)
        await services.access.check_read(request.view, key)
        await services.source.snapshot(request.view, key, "known")
        raise not_published_here(key)
    return await set_star(services, request, key, starred=document.users.get(request.view.actor.user, False))


def _starred(hosted: Hosted, actor: Actor, *, starred: bool) -> Change | None:
    index, ownership = hosted.index, hosted.ownership
    if index is None or ownership is None or ownership.removed_at is not None:
        raise absent(hosted.key)
    users = stars_of(index)
    if (actor.user in users) == starred:
        return None
    after = [*users, actor.user] if starred else [user for user in users if user != actor.user]
    return Change(
        with_stars(index, after),
        "star" if starred else "unstar",
        events=(("starred" if starred else "unstarred", "", {"user": actor.user}),),
        stars={actor.user: starred},
    )


def _key_parameter(request: Request) -> str:
    """Read the parameter `key`, which is JSON as all of CouchDB's are; a plain name will do."""
    text = request.query.get("key", "")
    if not text:
        raise Invalid("whose stars are asked for is not said", 'say it as ?key="ada"')
    if not text.startswith('"'):
        return text
    try:
        return msgspec.json.decode(text, type=str)
    except msgspec.MsgspecError:
        raise Invalid("the key cannot be read", 'say it as ?key="ada"') from None
