"""The door of users and teams: those of this server, and else those of the upstream."""

from packhouse.domain.accounts import User
from packhouse.domain.errors import NotFound, PackhouseError
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.numbered_users import NumberedUsers
from packhouse.ecosystems.cargo.people import HANDLER, TeamLogin, read_login, team_json, user_json
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Handler, Route, route
from packhouse.http.serving import body_answer
from packhouse.services.assembly import Services


class UserRoutes:
    """The handlers; `upstream` answers for logins that nobody here has."""

    def __init__(self, services: Services, upstream: Handler) -> None:
        self._services = services
        self._upstream = upstream
        self._numbered = NumberedUsers(services.people.accounts)

    def routes(self) -> list[Route]:
        """List the addresses."""
        return [
            route("api/v1/users/{name}", GET=self.user),
            route("api/v1/users/{user_id}/stats", GET=self.stats),
            route("api/v1/teams/{name}", GET=self.team),
        ]

    async def user(self, request: Request, name: str) -> Answer:
        """Tell who somebody is, by their login."""
        found = await self._services.people.accounts.find(name)
        if found is None or not await self._is_shown(request.view, found):
            return await self._upstream(request, name)
        return json_answer({"user": user_json(found)})

    async def stats(self, request: Request, user_id: str) -> Answer:
        """Count what was downloaded of somebody's crates, those that who asks may see."""
        if not (user_id.isascii() and user_id.isdecimal()):
            raise NotFound("there is no such user", "ask by the number that the user's document has")
        shown = [
            each for each in await self._numbered.find(int(user_id[:12])) if await self._is_shown(request.view, each)
        ]
        if not shown:
            return await self._upstream_stats(request, user_id)
        total = 0
        for each in shown:
            for key in await self._seen_of(request.view, each.name):
                total += sum((await self._services.usage.list_days(request.view, key)).values())
        return json_answer({"total_downloads": total})

    async def team(self, request: Request, name: str) -> Answer:
        """Tell what a team is, by its login."""
        if not name.startswith(f"{HANDLER}:"):
            return await self._upstream(request, name)
        login = read_login(name)
        if not isinstance(login, TeamLogin):
            raise _no_team(name)
        organisations = self._services.people.organisations
        try:
            found = (await organisations.get(request.view.actor, login.organisation)).team(login.team)
        except PackhouseError:
            found = None
        if found is None and not await self._owns_something(request.view, login):
            raise _no_team(name)
        return json_answer({"team": team_json(login, found)})

    async def _is_shown(self, view: View, user: User) -> bool:
        """Tell whether who asks may know that there is this user.

        Whoever has signed in knows everybody; all others know who owns what they can see.
        """
        if view.actor.signed_in:
            return True
        return bool(await self._seen_of(view, user.name))

    async def _seen_of(self, view: View, owner: str) -> list[PackageKey]:
        holdings = self._services.holdings
        return await holdings.visible(view, list(await holdings.owned(view, owner)))

    async def _owns_something(self, view: View, login: TeamLogin) -> bool:
        owned = await self._services.holdings.owned(view, None)
        of_team = [key for key, ownership in owned.items() if ownership.teams.get(login.path) == "publisher"]
        return bool(await self._services.holdings.visible(view, of_team))

    async def _upstream_stats(self, request: Request, user_id: str) -> Answer:
        registry = PackageKey(self._services.ecosystem.key, NormalName(""))
        path = f"users/{int(user_id[:12])}/stats"
        found = await self._services.further.get(request.view, FurtherKey(registry, path))
        return body_answer(request, found.body, "application/json", valid_until=found.valid_until)


def _no_team(name: str) -> NotFound:
    return NotFound(f"there is no team {name[:100]!r}")
