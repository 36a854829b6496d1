"""npm's doors for people on a whole server in memory, with packages that are published there."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from packhouse.domain.accounts import Ownership
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems.npm import ECOSYSTEM
from packhouse.ecosystems.npm.hosted import add_release, begin, with_maintainers
from packhouse.ecosystems.npm.routes import build_mount, join_scopes, npm_problem
from packhouse.http.callers import Callers
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.router import Door, Route, RoutedDoor
from packhouse.http.site import Mount, Site
from packhouse.services.access import AccessRules
from packhouse.services.assembly import Services
from packhouse.services.publishing import Change
from tests.asgi import Reply, call
from tests.assembled import START, Assembled

FARM = UpstreamRegistry("farm", "npm", "https://farm.example")
UPSTREAM = {
    "_id": "melon",
    "name": "melon",
    "dist-tags": {"latest": "1.0.0"},
    "versions": {"1.0.0": {"name": "melon", "version": "1.0.0", "dist": {"tarball": "https://farm.example/m.tgz"}}},
    "maintainers": [{"name": "grower", "email": "grower@farm.example"}],
    "users": {"stranger": True},
}


class Doors:
    """A server that has nothing but the doors under test and the packument."""

    def __init__(self, doors: Callable[[Services], Sequence[Route] | Door], access: AccessRules | None = None) -> None:
        body = json.dumps(UPSTREAM).encode()
        answers = {"https://farm.example/melon": body}
        self.server = server = Assembled(ECOSYSTEM, build_mount, answers, [FARM], access=access or AccessRules())
        self.desk = server.services
        address = PublicAddress(None, ())
        callers = Callers(server.people.identification, server.people.audit, address)
        made = doors(self.desk)
        door = RoutedDoor(made, join_scopes) if isinstance(made, Sequence) else made
        mount = Mount(door, npm_problem)
        self.site = Site({"npm": mount}, mount, address, ("default",), Ready(0), callers)

    async def ask(
        self, method: str, path: str, body: object = None, by: str = "", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send a request by somebody who has an account, or by nobody."""
        token = await self.server.token(by) if by else ""
        return await self.with_token(method, path, body, token, headers)

    async def with_token(
        self, method: str, path: str, body: object, token: str, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send a request with a token."""
        sent = dict(headers or {}) | ({"authorization": f"Bearer {token}"} if token else {})
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return await call(self.site, f"/npm/{path}", method, sent, raw)

    async def told(self, path: str, by: str = "") -> Any:  # noqa: ANN401 (whatever is answered)
        """Send a GET that must be answered, and return what it says."""
        reply = await self.ask("GET", path, by=by)
        assert reply.status == 200, reply.text
        return json.loads(reply.body)

    async def publish(self, name: str, owner: str, *, restricted: bool = False) -> PackageKey:
        """Publish a package."""
        await self.server.token(owner)
        key = PackageKey("npm", NormalName(name))
        manifest = {"name": name, "version": "1.0.0", "dist": {"tarball": f"\0/{name}/-/apple-1.0.0.tgz"}}
        index = add_release(begin(key, START), "1.0.0", json.dumps(manifest).replace("\\u0000", "\0").encode(), START)
        index = with_maintainers(index, [(owner, f"{owner}@team.example")], START)
        ownership = Ownership((owner,), restricted=restricted)
        await self.desk.publishing.change(self.view, key, lambda _: Change(index, "publish", ownership=ownership))
        return key

    @property
    def view(self) -> View:
        """See as nobody in particular."""
        return View()

    async def packument(self, key: PackageKey) -> Any:  # noqa: ANN401 (a document)
        """Give the full packument as it is now."""
        found = await self.desk.publishing.get(self.view, key)
        assert found.index is not None
        return json.loads(ECOSYSTEM.index.forms["full"].join(found.index, found.index.fragments).replace(b"\0", b""))

    async def ownership(self, key: PackageKey) -> Ownership:
        """Tell whose a package is."""
        found = await self.server.store.find_ownership(self.view.origin, key)
        assert found is not None
        return found

    async def organisation(self, name: str, owner: str, *developers: str) -> None:
        """Make an organisation that owns the scope of its name."""
        for user in (owner, *developers):
            await self.server.token(user)
        organisations = self.desk.people.organisations
        await organisations.create(name, owner, [("npm", f"@{name}/*")])
        by = await self.actor(owner)
        for user in developers:
            await organisations.set_member(by, name, user, "developer")

    async def actor(self, user: str) -> Any:  # noqa: ANN401
        """Make the actor of a user."""
        people = self.desk.people
        return await people.identification.of_user(await people.accounts.get(user), "", None)
