"""The door of owners: `cargo owner`.

People who are to own a crate are invited, teams are added at once; only people may change who the owners are.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from packhouse.domain.accounts import Ownership
from packhouse.domain.errors import Invalid, NotFound, NotPermitted
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.listing import Json
from packhouse.ecosystems.cargo.maintaining import find_key, require_published
from packhouse.ecosystems.cargo.owning import written_name
from packhouse.ecosystems.cargo.people import TeamLogin, read_login, team_json, team_login, users_json
from packhouse.ecosystems.cargo.trust_forms import read_form
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Handler, Route, route
from packhouse.services.access import require_user
from packhouse.services.assembly import Services
from packhouse.services.inviting import with_owners

_BODY_BYTES = 64 << 10
_MOST = 10
"""Logins in one request."""
_LAST = (
    "cannot remove all individual owners of a crate. Team member don't have permission to modify owners, so at least"
    " one individual owner is required."
)

Kind = Literal["owners", "owner_user", "owner_team"]


class _Logins(Struct, frozen=True):
    """What cargo sends, and the other name of the field that is documented."""

    users: list[Annotated[str, Meta(max_length=300)]] | None = None
    owners: list[Annotated[str, Meta(max_length=300)]] | None = None


class _Wanted(Struct, frozen=True):
    users: tuple[str, ...]
    teams: tuple[TeamLogin, ...]


class OwnerRoutes:
    """The handlers; `upstream` answers for crates that were not published here."""

    def __init__(self, services: Services, upstream: Handler) -> None:
        self._services = services
        self._upstream = upstream

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of releases."""
        crate = "api/v1/crates/{name}"
        return [
            route(f"{crate}/owners", GET=self.owners, PUT=self.add, DELETE=self.remove),
            route(f"{crate}/owner_user", GET=self.users),
            route(f"{crate}/owner_team", GET=self.teams),
        ]

    async def owners(self, request: Request, name: str) -> Answer:
        """List who owns a crate."""
        found = await self._hosted(request.view, name)
        if found is None:
            return await self._upstream(request, name)
        return json_answer({"users": [*await self._users(found), *await self._teams(found)]})

    async def users(self, request: Request, name: str) -> Answer:
        """List the people who own a crate."""
        found = await self._hosted(request.view, name)
        return (
            await self._upstream(request, name) if found is None else json_answer({"users": await self._users(found)})
        )

    async def teams(self, request: Request, name: str) -> Answer:
        """List the teams that own a crate."""
        found = await self._hosted(request.view, name)
        return (
            await self._upstream(request, name) if found is None else json_answer({"teams": await self._teams(found)})
        )

    async def add(self, request: Request, name: str) -> Answer:
        """Invite users, and add teams."""
        view = request.view
        key, ownership = await self._maintained(view, name)
        logins = _logins(await request.read_body(_BODY_BYTES))
        wanted = await self._wanted(view, ownership, logins)
        inviting = self._services.inviting
        at_once = () if inviting.invites else wanted.users

        def added(before: Ownership) -> Ownership:
            teams = {**before.teams, **{each.path: "publisher" for each in wanted.teams}}
            return msgspec.structs.replace(with_owners(key, before, at_once), teams=teams)

        if wanted.teams or at_once:
            await inviting.change(view, key, "owner add", added)
        invited = await inviting.invite(view, key, wanted.users) if inviting.invites else frozenset()
        crate = await written_name(self._services, view, key)
        said = [_said(crate, each, invited, invites=inviting.invites) for each in wanted.users]
        said += [f"team {each} has been added as an owner of crate {crate}" for each in wanted.teams]
        return json_answer({"ok": True, "msg": ",".join(said)})

    async def remove(self, request: Request, name: str) -> Answer:
        """Let users and teams own a crate no longer; one's own name is allowed too."""
        view = request.view
        key, _ = await self._maintained(view, name)
        logins = _logins(await request.read_body(_BODY_BYTES))

        def removed(before: Ownership) -> Ownership:
            return _without(before, logins)

        await self._services.inviting.change(view, key, "owner remove", removed)
        return json_answer({"ok": True, "msg": "owners successfully removed"})

    async def _hosted(self, view: View, name: str) -> Ownership | None:
        """Find whose a crate is; None for one of an upstream or of nobody, and one that is hidden is like these."""
        key = await find_key(self._services, view, name)
        ownership = await self._services.access.find_readable(view, key)
        if ownership is not None and ownership.removed_at is not None:
            raise NotFound(f"crate `{key.name}` does not exist")
        return ownership

    async def _users(self, ownership: Ownership) -> Sequence[Json]:
        found = await users_json(self._services.people.accounts, ownership.owners)
        return [{**each, "kind": "user"} for each in found]

    async def _teams(self, ownership: Ownership) -> Sequence[Json]:
        found = [team_login(path) for path, role in ownership.teams.items() if role == "publisher"]
        return [{**team_json(each), "kind": "team"} for each in found]

    async def _maintained(self, view: View, name: str) -> tuple[PackageKey, Ownership]:
        require_user(view.actor, write=False)
        key = await find_key(self._services, view, name)
        try:
            return key, await require_published(self._services, view, key, "maintain", "owners")
        except NotPermitted:
            if not self._services.access.token_allows(view.actor, "maintain", key, "owners"):
                raise
            ownership = await self._services.access.ownership(view, key)
            if ownership is None or ownership.role_of(view.actor.user, view.actor.groups) != "publisher":
                raise NotPermitted("only owners have permission to modify owners") from None
            raise NotPermitted("team members don't have permission to modify owners") from None

    async def _wanted(self, view: View, ownership: Ownership, logins: Sequence[str]) -> _Wanted:
        users: list[str] = []
        teams: list[TeamLogin] = []
        for login in logins:
            read = read_login(login)
            if _owns(ownership, read):
                raise Invalid(f"`{login}` is already an owner")
            if isinstance(read, TeamLogin):
                await self._check_team(view, read)
                teams.append(read)
            else:
                user = await self._services.people.accounts.find(read)
                if user is None or user.disabled:
                    raise Invalid(f"could not find user with login `{login}`")
                users.append(user.name)
        return _Wanted(tuple(dict.fromkeys(users)), tuple(dict.fromkeys(teams)))

    async def _check_team(self, view: View, login: TeamLogin) -> None:
        """Let teams pass of which the asker is a member, or whose organisation they manage.

        Which teams there are beside these is nobody's business who is not in the organisation.
        """
        actor = view.actor
        try:
            organisation = await self._services.people.organisations.get(actor, login.organisation)
        except NotFound:
            organisation = None
        if organisation is None or organisation.team(login.team) is None:
            raise Invalid(f"could not find the team `{login}`", "you see teams of your own organisations only")
        manages = organisation.members.get(actor.user) in ("admin", "owner")
        if not (actor.administrator or manages or login.path in actor.groups):
            raise NotPermitted(f"only members of the team `{login}` can add it as an owner")


def _logins(body: bytes) -> tuple[str, ...]:
    asked = read_form(body, _Logins)
    logins = asked.users if asked.users is not None else asked.owners
    if logins is None:
        raise Invalid("missing field `owners`", 'send {"users": ["login"]}')
    if len(logins) > _MOST:
        raise Invalid(f"too many invites for this request - maximum {_MOST}")
    return tuple(logins)


def _owns(ownership: Ownership, read: TeamLogin | str) -> bool:
    if isinstance(read, TeamLogin):
        return ownership.teams.get(read.path) == "publisher"
    return read.casefold() in {each.casefold() for each in ownership.owners}


def _without(before: Ownership, logins: Sequence[str]) -> Ownership:
    """Leave owners out; raise Invalid for who is none, and where no user would be left."""
    owners, teams = list(before.owners), dict(before.teams)
    for login in logins:
        read = read_login(login)
        if not _owns(before, read):
            raise Invalid(f"could not find owner with login `{login}`")
        if isinstance(read, TeamLogin):
            teams.pop(read.path, None)
        else:
            owners = [each for each in owners if each.casefold() != read.casefold()]
    if not owners:
        raise Invalid(_LAST)
    return msgspec.structs.replace(before, owners=tuple(owners), teams=teams)


def _said(crate: str, user: str, invited: frozenset[str], *, invites: bool) -> str:
    if not invites:
        return f"user {user} has been added as an owner of crate {crate}"
    if user in invited:
        return f"user {user} has been invited to be an owner of crate {crate}"
    return f"user {user} already has a pending invitation to be an owner of crate {crate}"
