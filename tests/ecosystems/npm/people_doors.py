"""npm's doors for accounts on people in memory; nothing about packages."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.package import Moment
from packhouse.ecosystems.npm.routes import join_scopes, npm_problem
from packhouse.formats.one_time import STEP_S, password_at
from packhouse.http.callers import Callers
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.router import Door, Route, RoutedDoor
from packhouse.http.site import Mount, Site
from packhouse.services.people import People
from tests.asgi import Reply, call
from tests.people import some_people

PASSWORD = "correct horse battery"
START = Moment(1_767_225_600_000)
"""2026-01-01T00:00:00Z."""


class PeopleDoors:
    """A server that has nothing but the doors under test; its clock stands still until `now` is changed."""

    def __init__(
        self,
        routes: Callable[[People], Sequence[Route]],
        *,
        registration: bool = True,
        around: Callable[[Door, People], Door] = lambda door, _: door,
    ) -> None:
        self.now = START
        self.store = MemoryStore()
        self.people = some_people(self.store, self.clock, registration=registration)
        address = PublicAddress(None, ())
        callers = Callers(self.people.identification, self.people.audit, address)
        mount = Mount(around(RoutedDoor(routes(self.people), join_scopes), self.people), npm_problem)
        self.site = Site({"npm": mount}, mount, address, ("default",), Ready(0), callers)

    def clock(self) -> Moment:
        """Tell the time of this server."""
        return self.now

    async def token(self, user: str, **fields: Any) -> str:  # noqa: ANN401 (those of `Tokens.create`)
        """Make a token, and its user where there is none of that name."""
        accounts = self.people.accounts
        found = await accounts.find(user) or await accounts.add(user, f"{user}@team.example", PASSWORD)
        secret, _ = await self.people.tokens.create(found, **fields)
        return secret

    async def ask(
        self, method: str, path: str, body: object = None, by: str = "", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send a request by somebody who has an account, or by nobody."""
        token = await self.token(by) if by else ""
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

    async def counts(self, token: str) -> bool:
        """Tell whether a token still stands for somebody."""
        return (await self.people.identification.identify(f"Bearer {token}", "127.0.0.1")).signed_in

    async def audited(self) -> list[tuple[str, str]]:
        """List who did what, newest first."""
        return [(entry.user, entry.action) for entry in await self.people.audit.list()]

    async def second_factor(self, user: str = "ada", mode: Any = "auth-and-writes") -> "OneTime":  # noqa: ANN401
        """Set one-time passwords up."""
        await self.token(user)
        accounts = self.people.accounts
        found, _ = await accounts.begin_otp(await accounts.get(user), mode)
        assert found.second_factor is not None
        passwords = OneTime(found.second_factor.secret, self)
        await accounts.confirm_otp(found, passwords.next())
        return passwords


class OneTime:
    """An authenticator app, which gives another password each time; the clock goes on with it."""

    def __init__(self, secret: bytes, doors: PeopleDoors) -> None:
        self._secret = secret
        self._doors = doors

    def next(self) -> str:
        """Wait for the next password."""
        self._doors.now = Moment(self._doors.now + STEP_S * 1000)
        return password_at(self._secret, self._doors.now // 1000 // STEP_S)

    def header(self) -> dict[str, str]:
        """Give the header with the next password."""
        return {"npm-otp": self.next()}


def basic(name: str, password: str) -> dict[str, str]:
    """Give the header with name and password."""
    return {"authorization": f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"}
