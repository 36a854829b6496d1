"""A server with some people who have accounts, and a crate of ada's."""

import json
from typing import Any

from packhouse.http.callers import COOKIE
from packhouse.services.access import AccessRules
from tests.asgi import Reply
from tests.assembled import Assembled
from tests.ecosystems.cargo.publications import assembled, must_publish

OWNERS = "/cargo/api/v1/crates/press/owners"


class People:
    """A server with a crate `press` of ada's, and tokens of some people."""

    def __init__(self, server: Assembled, tokens: dict[str, str]) -> None:
        self.server = server
        self.tokens = tokens

    async def ask(self, method: str, path: str, user: str = "", body: object = None) -> Reply:
        """Send a request as somebody."""
        return await self.server.send(method, path, body, self.tokens.get(user, ""))

    async def browse(self, method: str, path: str, user: str, body: object = None) -> Reply:
        """Send a request as a page of ours would, in somebody's session."""
        found = await self.server.people.accounts.get(user)
        secret, _ = await self.server.people.tokens.begin_session(found, "browser")
        headers = {"cookie": f"{COOKIE}={secret}", "sec-fetch-site": "same-origin"}
        return await self.server.send(method, path, body, headers=headers)

    async def change(self, method: str, user: str, *logins: str) -> Reply:
        """Change owners as cargo does."""
        return await self.ask(method, OWNERS, user, {"users": list(logins)})

    async def logins(self, path: str = OWNERS, field: str = "users") -> list[str]:
        """List the logins of owners."""
        reply = await self.ask("GET", path, "ada")
        return [each["login"] for each in json.loads(reply.body)[field]]

    async def invitations(self, user: str) -> list[dict[str, Any]]:
        """List the invitations of somebody."""
        reply = await self.ask("GET", "/cargo/api/v1/me/crate_owner_invitations", user)
        assert reply.status == 200, reply.body
        found: list[dict[str, Any]] = json.loads(reply.body)["crate_owner_invitations"]
        return found

    async def answer(self, user: str, *, accepted: bool) -> Reply:
        """Answer the first invitation of somebody."""
        number = (await self.invitations(user))[0]["crate_id"]
        said = {"crate_owner_invite": {"crate_id": number, "accepted": accepted}}
        return await self.ask("PUT", f"/cargo/api/v1/me/crate_owner_invitations/{number}", user, said)


async def people(access: AccessRules | None = None) -> People:
    """Run a server with some people and a crate."""
    server = assembled(access=access)
    tokens = {name: await server.token(name) for name in ("ada", "bob", "eve")}
    await must_publish(server, tokens["ada"], "press", "1.0.0")
    return People(server, tokens)


async def with_team(found: People, *members: str) -> None:
    """Make the organisation acme of ada's, with a team of builders."""
    organisations = found.server.people.organisations
    await organisations.create("acme", "ada", ())
    user = await found.server.people.accounts.get("ada")
    ada = await found.server.people.identification.of_user(user, "", None)
    await organisations.add_team(ada, "acme", "builders")
    for name in members:
        await organisations.set_member(ada, "acme", name, "developer")
        await organisations.add_to_team(ada, "acme", "builders", name)
