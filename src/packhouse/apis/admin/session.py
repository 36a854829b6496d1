"""/api/session: signing in, who one is, signing out."""

from typing import Literal

from msgspec import Struct

from packhouse.apis.admin.asking import names, read_body, require_reader, time_of
from packhouse.apis.admin.users import UserAnswer, user_answer
from packhouse.domain.actor import Grant, Limit
from packhouse.domain.errors import Invalid
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.people import People


class BegunAnswer(Struct, frozen=True, rename="camel"):
    """A session that has just begun."""

    token: str
    """Sent as `Authorization: Bearer …`; shown this once."""
    expires_at: str | None
    user: UserAnswer


class ProofAnswer(Struct, frozen=True, rename="camel"):
    """How somebody has shown who they are."""

    kind: Literal["token", "password", "session"]
    read_only: bool
    limits: tuple[Limit, ...]


class RoleAnswer(Struct, frozen=True, rename="camel"):
    """What somebody is to packages of that name."""

    role: str
    ecosystem: str
    pattern: str
    because: str
    """Whom it was granted to."""


class SessionAnswer(Struct, frozen=True, rename="camel"):
    """Who asks."""

    user: UserAnswer
    groups: tuple[str, ...]
    roles: tuple[RoleAnswer, ...]
    proof: ProofAnswer | None
    one_time_password: str
    """Whether writing takes one: off, writes, or shown."""


class SignIn(Struct, rename="camel", forbid_unknown_fields=True):
    """Who signs in."""

    user: str
    password: str
    otp: str = ""


class SessionRoutes:
    """The handlers."""

    def __init__(self, people: People) -> None:
        self._people = people

    def routes(self) -> list[Route]:
        """List the addresses."""
        return [route("session", GET=self.session, POST=self.begin, DELETE=self.end)]

    async def begin(self, request: Request) -> Answer:
        """Sign in."""
        asked = await read_body(request, SignIn)
        address = request.view.actor.address
        user = await self._people.accounts.check_password(asked.user, asked.password, address)
        user = await self._people.accounts.check_otp(user, asked.otp.strip())
        secret, token = await self._people.tokens.begin_session(user, request.header(b"user-agent"))
        actor = await self._people.identification.of_user(user, address, None)
        await self._people.audit.done(actor, "sign in", f"user {user.name}", f"session {token.key}")
        return json_answer(BegunAnswer(secret, time_of(token.expires_at), user_answer(user)), 201)

    async def session(self, request: Request) -> Answer:
        """Tell who asks what is known of them."""
        actor = require_reader(request.view.actor)
        user = await self._people.accounts.get(actor.user)
        proof = actor.proof
        shown = None if proof is None else ProofAnswer(proof.kind, proof.read_only, proof.limits)
        roles = tuple(_role(grant) for grant in actor.grants)
        return json_answer(SessionAnswer(user_answer(user), names(list(actor.groups)), roles, shown, actor.otp))

    async def end(self, request: Request) -> Answer:
        """Sign out: end the session or token that was sent."""
        actor = require_reader(request.view.actor)
        if actor.proof is None or not actor.proof.token:
            raise Invalid("there is no session to end", "a password is sent with each request")
        await self._people.tokens.end(actor.user, actor.proof.token)
        await self._people.audit.done(actor, "sign out", f"user {actor.user}")
        return Answer(status=204)


def _role(grant: Grant) -> RoleAnswer:
    return RoleAnswer(grant.role, grant.ecosystem, grant.pattern, grant.subject)
