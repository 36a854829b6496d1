"""The door of tokens: made in a browser's session, listed, revoked."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from packhouse.domain.accounts import Token
from packhouse.domain.actor import Actor
from packhouse.domain.errors import Invalid, NotFound, NotPermitted
from packhouse.domain.package import Moment
from packhouse.ecosystems.cargo.asking import read_small, require_somebody
from packhouse.ecosystems.cargo.hosted_document import iso
from packhouse.ecosystems.cargo.listing import Json
from packhouse.ecosystems.cargo.scopes import crate_scopes_of, endpoint_scopes_of, read_scopes
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services

_MOST = 500
"""Tokens of a user."""
_DAY_MS = 86_400_000
_MOST_DAYS = 36_500


class _Fields(Struct, frozen=True):
    name: str
    crate_scopes: list[str] | None = None
    endpoint_scopes: list[str] | None = None
    expired_at: datetime | None = None


class _Form(Struct, frozen=True):
    api_token: _Fields


class TokenRoutes:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tokens = services.people.tokens
        self._ecosystem = services.ecosystem.key

    def routes(self) -> list[Route]:
        """List the addresses."""
        return [
            route("api/v1/me/tokens", GET=self.tokens, PUT=self.create),
            route("api/v1/me/tokens/{token_id}", GET=self.token, DELETE=self.revoke),
            route("api/v1/tokens/current", DELETE=self.revoke_current),
        ]

    async def tokens(self, request: Request) -> Answer:
        """List the tokens of who asks, with those that expired in the last days that `expired_days` counts."""
        actor = _require_session(request)
        since = self._services.clock() - _days(request.query.get("expired_days", "0")) * _DAY_MS
        every = await self._tokens.list(actor.user)
        shown = [each for each in every if each.expires_at is None or each.expires_at > since]
        return json_answer({"api_tokens": [self._shown(each) for each in shown]})

    async def token(self, request: Request, token_id: str) -> Answer:
        """Show a token."""
        actor = require_somebody(request)
        return json_answer({"api_token": self._shown(await self._find(actor.user, token_id))})

    async def create(self, request: Request) -> Answer:
        """Make a token; its secret is told this once."""
        proof = require_somebody(request).proof
        if proof is not None and proof.kind == "token":
            raise Invalid("cannot use an API token to create a new API token")
        actor = _require_session(request)
        self._services.access.require_otp(actor)
        asked = (await read_small(request, _Form)).api_token
        if not asked.name.strip():
            raise Invalid("name must have a value")
        limits = read_scopes(self._ecosystem, asked.crate_scopes, asked.endpoint_scopes)
        if len(await self._unexpired(actor.user)) >= _MOST:
            raise Invalid(f"maximum tokens per user is: {_MOST}")
        user = await self._services.people.accounts.get(actor.user)
        secret, token = await self._tokens.create(user, asked.name, limits=limits, expires_at=_moment(asked.expired_at))
        await self._audit(request, "create", token)
        return json_answer({"api_token": {**self._shown(token), "token": secret}})

    async def revoke(self, request: Request, token_id: str) -> Answer:
        """Revoke a token; one that is not there is revoked already."""
        actor = require_somebody(request, write=True)
        self._services.access.require_otp(actor)
        try:
            token = await self._find(actor.user, token_id)
        except NotFound:
            return json_answer({})
        await self._end(request, token)
        return json_answer({})

    async def revoke_current(self, request: Request) -> Answer:
        """Revoke the token that is sent, whatever it may do."""
        actor = require_somebody(request)
        proof = actor.proof
        if proof is None or proof.kind != "token":
            raise Invalid("token not provided", "send the token that is to be revoked")
        await self._end(request, await self._tokens.get(actor.user, proof.token))
        return Answer(status=204)

    async def _end(self, request: Request, token: Token) -> None:
        await self._tokens.end(token.user, token.key)
        await self._audit(request, "revoke", token)

    async def _find(self, user: str, token_id: str) -> Token:
        """Find a token by its number, or its key where two should have the same number; raise NotFound."""
        found = [each for each in await self._tokens.list(user) if token_id in (str(_number(each)), each.key)]
        if len(found) != 1:
            raise NotFound("you have no such token")
        return found[0]

    async def _unexpired(self, user: str) -> Sequence[Token]:
        now = self._services.clock()
        return [each for each in await self._tokens.list(user) if each.expires_at is None or each.expires_at > now]

    async def _audit(self, request: Request, what: str, token: Token) -> None:
        action = f"{self._ecosystem} token {what}"
        await self._services.people.audit.done(request.view.actor, action, f"token {token.key}", token.name)

    def _shown(self, token: Token) -> Json:
        return {
            "id": _number(token),
            "name": token.name,
            "created_at": iso(token.created_at),
            "last_used_at": None if token.last_used_at is None else iso(token.last_used_at),
            "crate_scopes": crate_scopes_of(self._ecosystem, token.limits),
            "endpoint_scopes": endpoint_scopes_of(self._ecosystem, token.limits, read_only=token.read_only),
            "expired_at": None if token.expires_at is None else iso(token.expires_at),
        }


def _require_session(request: Request) -> Actor:
    """Return who asks from a page: a token that leaks must not tell of all the others."""
    actor = require_somebody(request)
    if actor.proof is None or actor.proof.kind != "session":
        raise NotPermitted("this action can only be performed on the website", "sign in there")
    return actor


def _number(token: Token) -> int:
    """Make a number of a token's key, which is random, that fits in 31 bits."""
    return int(token.key[:8], 16) & 0x7FFFFFFF


def _moment(at: datetime | None) -> Moment | None:
    if at is None:
        return None
    if at.tzinfo is None:
        raise Invalid("expired_at has no time zone", "write it as 2026-08-11T12:00:00Z")
    return Moment(int(at.timestamp() * 1000))


def _days(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and int(text) <= _MOST_DAYS):
        raise Invalid("expired_days is no number of days", f"count from 0 to {_MOST_DAYS}")
    return int(text)
