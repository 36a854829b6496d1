"""/api/tokens: one's own tokens, and for administrators everybody's."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from packhouse.apis.admin.asking import (
    OTP_HEADER,
    moment_of,
    read_body,
    require_administrator,
    require_reader,
    require_writer,
    time_of,
)
from packhouse.domain.accounts import Token
from packhouse.domain.actor import Action, Actor, Limit, Operation
from packhouse.domain.errors import Invalid
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.people import People


class LimitForm(Struct, rename="camel", forbid_unknown_fields=True):
    """Something that a limited token may do."""

    actions: tuple[Action, ...]
    ecosystem: str = "*"
    pattern: str = "*"
    operations: tuple[Operation, ...] = ()


class TokenAnswer(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A token; its secret only when it has just been made."""

    key: str
    prefix: str
    user: str
    name: str
    created_at: str | None
    expires_at: str | None
    last_used_at: str | None
    read_only: bool
    networks: tuple[str, ...]
    limits: tuple[Limit, ...]
    bypass_otp: bool
    description: str
    token: str | None = None


class TokensAnswer(Struct, frozen=True, rename="camel"):
    """Tokens of one user, newest first."""

    tokens: tuple[TokenAnswer, ...]


class NewToken(Struct, rename="camel", forbid_unknown_fields=True):
    """A token that is to be made."""

    password: str
    """Of who asks, whosever the token is to be."""
    name: str = ""
    user: str | None = None
    description: str = ""
    read_only: bool = False
    networks: tuple[str, ...] = ()
    expires_at: datetime | None = None
    limits: tuple[LimitForm, ...] = ()
    bypass_otp: bool = False


class TokenRoutes:
    """The handlers."""

    def __init__(self, people: People) -> None:
        self._people = people

    def routes(self) -> list[Route]:
        """List the addresses."""
        return [
            route("tokens", GET=self.tokens, POST=self.create),
            route("tokens/{key}", GET=self.token, DELETE=self.end),
        ]

    async def tokens(self, request: Request) -> Answer:
        """List tokens, one's own or those of `user`."""
        owner = self._owner(request)
        return json_answer(TokensAnswer(_answers(await self._people.tokens.list(owner))))

    async def token(self, request: Request, key: str) -> Answer:
        """Show a token."""
        return json_answer(token_answer(await self._people.tokens.get(self._owner(request), key)))

    async def create(self, request: Request) -> Answer:
        """Make a token, and tell its secret this once."""
        actor = require_writer(request.view.actor)
        asked = await read_body(request, NewToken)
        owner = asked.user or actor.user
        if owner != actor.user:
            require_administrator(actor, write=True)
        await prove(self._people, request, actor, asked.password)
        secret, token = await self._people.tokens.create(
            await self._people.accounts.get(owner),
            asked.name,
            read_only=asked.read_only,
            networks=asked.networks,
            expires_at=None if asked.expires_at is None else moment_of(asked.expires_at),
            limits=tuple(Limit(each.actions, each.ecosystem, each.pattern, each.operations) for each in asked.limits),
            bypass_otp=asked.bypass_otp,
            description=asked.description,
        )
        await self._people.audit.done(actor, "token create", f"token {token.key}", f"{token.name} of {owner}")
        return json_answer(token_answer(token, secret), 201)

    async def end(self, request: Request, key: str) -> Answer:
        """End a token, one's own or one of `user`."""
        actor = require_writer(request.view.actor)
        token = await self._people.tokens.end(self._owner(request, write=True), key)
        await self._people.audit.done(actor, "token revoke", f"token {token.key}", f"{token.name} of {token.user}")
        return Answer(status=204)

    def _owner(self, request: Request, *, write: bool = False) -> str:
        actor = require_reader(request.view.actor)
        owner = request.query.get("user", "") or actor.user
        if owner != actor.user:
            require_administrator(actor, write=write)
        return owner


async def prove(people: People, request: Request, actor: Actor, password: str) -> None:
    """Have who asks prove once more who they are, by password and by a one-time password where they have these."""
    if not password:
        raise Invalid("the password is missing", "send your own as `password`")
    user = await people.accounts.check_password(actor.user, password, actor.address)
    if actor.otp != "shown":
        await people.accounts.check_otp(user, request.header(OTP_HEADER))


def token_answer(token: Token, secret: str | None = None) -> TokenAnswer:
    """Tell of a token what may be told."""
    return TokenAnswer(
        key=token.key,
        prefix=token.prefix,
        user=token.user,
        name=token.name,
        created_at=time_of(token.created_at),
        expires_at=time_of(token.expires_at),
        last_used_at=time_of(token.last_used_at),
        read_only=token.read_only,
        networks=token.networks,
        limits=token.limits,
        bypass_otp=token.bypass_otp,
        description=token.description,
        token=secret,
    )


def _answers(tokens: Sequence[Token]) -> tuple[TokenAnswer, ...]:
    return tuple(token_answer(token) for token in tokens)
