"""The door at which `npm access` knocks.

The public registry has restricted packages in scopes only, and npm asks for no others; so it is here.
"""

from collections.abc import Callable
from typing import Literal

import msgspec
from msgspec import Struct

from packhouse.domain.accounts import Ownership
from packhouse.domain.actor import Actor, Role
from packhouse.domain.errors import Invalid, NotFound, NotPermitted
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.npm.collaborators import Permission, collaborators, group_of, permission
from packhouse.ecosystems.npm.maintaining import maintained, require_maintainer
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.organisation_routes import bare
from packhouse.ecosystems.npm.small_bodies import read_small
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.policy.permission import role_in
from packhouse.services.access import absent, require_user
from packhouse.services.assembly import Services
from packhouse.services.publishing import Change, Hosted

_TEAM_ROLES: dict[str, Literal["reader", "publisher"]] = {"read-only": "reader", "read-write": "publisher"}
_PERMISSIONS: dict[Permission, str] = {"read": "read-only", "write": "read-write"}


class _Access(Struct):
    access: Literal["public", "restricted", "private"] | None = None
    publish_requires_tfa: bool | None = None
    automation_token_overrides_tfa: bool | None = None


class _TeamGrant(Struct):
    package: str
    permissions: Literal["read-only", "read-write"]


class _TeamRevocation(Struct):
    package: str


class AccessRoutes:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._access = services.access
        self._people = services.people

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of packages."""
        return [
            route("-/package/{name}/visibility", GET=self.visibility),
            route("-/package/{name}/collaborators", GET=self.collaborators),
            route("-/package/{name}/access", GET=self.get_access, POST=self.set_access),
            route("-/org/{org}/package", GET=self.packages_of_organisation),
            route("-/user/{user}/package", GET=self.packages_of_user),
            route("-/-/package", GET=self.own_packages),
            route("-/team/{org}/{team}/package", GET=self.packages_of_team, PUT=self.grant, DELETE=self.revoke),
        ]

    async def visibility(self, request: Request, name: str) -> Answer:
        """Tell whether everybody may see a package."""
        ownership = await self._ownership(request, self._key(name))
        return json_answer({"public": ownership is None or not ownership.restricted})

    async def collaborators(self, request: Request, name: str) -> Answer:
        """Tell who may read or write a package; only who is one of them learns more than its owners."""
        key, actor = self._key(name), request.view.actor
        ownership = await self._ownership(request, key)
        if ownership is None:
            raise NotFound(f"{key} is not published here", "its collaborators are where it comes from")
        found: dict[str, Permission] = dict.fromkeys(ownership.owners, "write")
        if role_in(actor, key, ownership) is not None:
            organisations = await self._people.organisations.list()
            grants = await self._people.grants.list_grants()
            found = collaborators(key, ownership, grants, organisations)
        wanted = bare(request.query.get("user", ""))
        return _listed(request, {user: found[user] for user in sorted(found) if wanted in ("", user)})

    async def get_access(self, request: Request, name: str) -> Answer:
        """Tell pnpm who may see a package, and whether publishing it takes a one-time password."""
        ownership = await self._ownership(request, self._key(name))
        restricted = ownership is not None and ownership.restricted
        otp = ownership is not None and ownership.otp_required
        access = "restricted" if restricted else "public"
        return json_answer({"access": access, "publish_requires_tfa": otp, "automation_token_overrides_tfa": otp})

    async def set_access(self, request: Request, name: str) -> Answer:
        """Change who may see a package, or whether publishing it takes a one-time password."""
        key = self._key(name)
        await require_maintainer(self._services, request.view, key)
        asked = await read_small(request, _Access)
        if asked.access is None and asked.publish_requires_tfa is None:
            raise Invalid("nothing is asked for", "send access or publish_requires_tfa")
        if asked.access in ("restricted", "private") and not key.name.startswith("@"):
            raise Invalid(f"{key.name} has no scope, and only packages in a scope can be restricted", "give it a scope")
        if asked.automation_token_overrides_tfa is False and asked.publish_requires_tfa:
            # Taking it for the weaker setting would leave open what was to be closed.
            raise Invalid("tokens for automation cannot be kept from publishing one package", "use mfa=automation")
        if asked.publish_requires_tfa and request.view.actor.otp == "off":
            # Who has none could neither publish it any more nor take this back.
            hint = "set them up with npm profile enable-2fa, and do this without a token for automation"
            raise NotPermitted("only who has one-time passwords can demand them of a package", hint)
        await self._change(request, key, "access", lambda ownership: _with_access(ownership, asked))
        return json_answer({"ok": True})

    async def packages_of_organisation(self, request: Request, org: str) -> Answer:
        """List what an organisation's members may read or write, to one of them."""
        organisation = await self._people.organisations.get(request.view.actor, bare(org))
        groups = {organisation.name, *(f"{organisation.name}/{team.name}" for team in organisation.teams)}
        return await self._packages_of_groups(request, frozenset(groups))

    async def packages_of_team(self, request: Request, org: str, team: str) -> Answer:
        """List what a team may read or write, to a member of its organisation."""
        org = bare(org)
        found = await self._people.organisations.get_team(request.view.actor, org, team)
        return await self._packages_of_groups(request, frozenset({f"{org}/{found.name}"}))

    async def packages_of_user(self, request: Request, user: str) -> Answer:
        """List the packages that somebody owns, and for who asks about themselves all that they may read or write."""
        actor, user = request.view.actor, bare(user)
        if user == actor.user:
            return await self.own_packages(request)
        if actor.signed_in:  # nobody in particular does not learn which users there are
            await self._people.accounts.get(user)
        owned = await self._services.holdings.owned(request.view, user)
        return await self._shown(request, dict.fromkeys(owned, "write"))

    async def own_packages(self, request: Request) -> Answer:
        """List what the asker owns or was granted."""
        # An administrator may write everything, which is no news to them.
        actor = msgspec.structs.replace(require_user(request.view.actor, write=False), administrator=False)
        return await self._packages_by(request, lambda key, ownership: role_in(actor, key, ownership))

    async def grant(self, request: Request, org: str, team: str) -> Answer:
        """Let a team read or publish a package."""
        actor = require_user(request.view.actor, write=False)
        asked = await read_small(request, _TeamGrant)
        key, group = await self._team_and_package(request, actor, bare(org), team, asked.package)
        role = _TEAM_ROLES[asked.permissions]
        await self._change(request, key, "access grant", lambda ownership: _with_team(ownership, group, role))
        return json_answer({"ok": True})

    async def revoke(self, request: Request, org: str, team: str) -> Answer:
        """Take from a team what it was granted."""
        actor = require_user(request.view.actor, write=False)
        asked = await read_small(request, _TeamRevocation)
        key, group = await self._team_and_package(request, actor, bare(org), team, asked.package)
        await self._change(request, key, "access revoke", lambda ownership: _without_team(ownership, group))
        return json_answer({"ok": True})

    async def _team_and_package(
        self, request: Request, actor: Actor, org: str, team: str, package: str
    ) -> tuple[PackageKey, str]:
        key = self._key(package)
        await require_maintainer(self._services, request.view, key)
        found = await self._people.organisations.get_team(actor, org, team)
        return key, f"{org}/{found.name}"

    async def _change(
        self, request: Request, key: PackageKey, action: str, edit: Callable[[Ownership], Ownership]
    ) -> None:
        actor = request.view.actor

        def changed(hosted: Hosted) -> Change | None:
            index, ownership = maintained(actor, hosted)
            after = edit(ownership)
            if after == ownership:
                return None
            detail = {"access": "restricted" if after.restricted else "public"}
            return Change(index, action, events=(("access_changed", "", detail),), ownership=after)

        await self._services.publishing.change(request.view, key, changed)

    async def _packages_of_groups(self, request: Request, groups: frozenset[str]) -> Answer:
        grants = await self._people.grants.list_grants()
        given = tuple(grant for grant in grants if group_of(grant) in groups)
        somebody = Actor(grants=given, groups=groups)
        return await self._packages_by(request, lambda key, ownership: role_in(somebody, key, ownership))

    async def _packages_by(self, request: Request, role_of: Callable[[PackageKey, Ownership], Role | None]) -> Answer:
        found: dict[PackageKey, Permission] = {}
        for key, ownership in (await self._services.holdings.owned(request.view, None)).items():
            role = role_of(key, ownership)
            if role is not None:
                found[key] = permission(role)
        return await self._shown(request, found)

    async def _shown(self, request: Request, found: dict[PackageKey, Permission]) -> Answer:
        seen = await self._services.holdings.visible(request.view, list(found))
        return json_answer({key.name: found[key] for key in seen})

    async def _ownership(self, request: Request, key: PackageKey) -> Ownership | None:
        """Tell whose a package is that the asker may see; raise NotFound where there is none."""
        ownership = await self._access.check_read(request.view, key)
        if ownership is None:
            await self._services.source.snapshot(request.view, key)
        elif ownership.removed_at is not None:
            raise absent(key)
        return ownership

    def _key(self, name: str) -> PackageKey:
        return PackageKey(self._services.ecosystem.key, parse_name(name))


def _listed(request: Request, found: dict[str, Permission]) -> Answer:
    """Word collaborators: pnpm asks as npm 8 and older do, and reads another form than they."""
    if not request.header(b"user-agent").startswith("pnpm/"):
        return json_answer(found)
    entries = [{"user": user, "username": user, "permissions": _PERMISSIONS[found[user]]} for user in found]
    return json_answer(entries)


def _with_access(ownership: Ownership, asked: _Access) -> Ownership:
    restricted = ownership.restricted if asked.access is None else asked.access != "public"
    otp = ownership.otp_required if asked.publish_requires_tfa is None else asked.publish_requires_tfa
    return msgspec.structs.replace(ownership, restricted=restricted, otp_required=otp)


def _with_team(ownership: Ownership, group: str, role: Literal["reader", "publisher"]) -> Ownership:
    return msgspec.structs.replace(ownership, teams={**ownership.teams, group: role})


def _without_team(ownership: Ownership, group: str) -> Ownership:
    if group not in ownership.teams:
        raise NotFound(f"the team {group} was granted nothing for this package")
    return msgspec.structs.replace(ownership, teams={each: at for each, at in ownership.teams.items() if each != group})
