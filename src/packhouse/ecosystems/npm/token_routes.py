"""The door of tokens: `npm token`, in its old form and in that of tokens that are limited to some packages."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from packhouse.domain.accounts import Token
from packhouse.domain.actor import ACTIONS, Action, Limit
from packhouse.domain.errors import Invalid
from packhouse.domain.package import Moment
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.proving import prove_password, require_otp
from packhouse.ecosystems.npm.small_bodies import read_small
from packhouse.ecosystems.npm.user_routes import iso
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.access import require_user
from packhouse.services.people import People
from packhouse.services.ports import Clock

Permission = Literal["no-access", "read-only", "read-write"]

_ACTIONS: dict[Permission, tuple[Action, ...]] = {"no-access": (), "read-only": ("read",), "read-write": ACTIONS}
_DAY_MS = 86_400_000
_PAGE = 100
_LARGEST_PAGE = 1000


class _NewToken(Struct):
    name: str | None = None
    password: str | None = None
    description: str | None = None
    readonly: bool | None = None
    cidr_whitelist: list[str] | None = None
    expires: Annotated[int, Meta(ge=1, le=36_500)] | None = None
    """In days."""
    bypass_2fa: bool | None = None
    packages: list[str] | None = None
    packages_all: bool | None = None
    scopes: list[str] | None = None
    orgs: list[str] | None = None
    packages_and_scopes_permission: Permission | None = None
    orgs_permission: Permission | None = None

    def limits(self, ecosystem: str) -> tuple[Limit, ...]:
        """Turn what was asked for into limits; none for a token that may do all that its user may."""
        if self.orgs_permission == "read-write":
            hint = "leave --orgs-permission out, or take a token without limits"
            raise Invalid("a token that is limited cannot change organisations", hint)
        patterns = ["*"] if self.packages_all else []
        patterns += [parse_name(name) for name in self.packages or ()]
        patterns += [_scope_pattern(scope) for scope in self.scopes or ()]
        permission = self.packages_and_scopes_permission
        if not patterns and permission not in (None, "no-access"):
            raise Invalid("the token is to be limited to no packages", "name packages, scopes or all of them")
        if not patterns and (permission == "no-access" or self.orgs or self.orgs_permission):
            return (Limit((), ecosystem),)
        # Who names packages and says no more has not asked for writing.
        return tuple(Limit(_ACTIONS[permission or "read-only"], ecosystem, pattern) for pattern in patterns)


class TokenRoutes:
    """The handlers."""

    def __init__(self, people: People, ecosystem: str, clock: Clock) -> None:
        self._people = people
        self._ecosystem = ecosystem
        self._clock = clock

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of packages."""
        return [
            route("-/npm/v1/tokens", GET=self.tokens, POST=self.create),
            route("-/npm/v1/tokens/token/{token}", GET=self.token, DELETE=self.end),
        ]

    async def tokens(self, request: Request) -> Answer:
        """List a page of the tokens of who asks."""
        actor = require_user(request.view.actor, write=False)
        page, per_page = _number(request, "page", 0), min(_number(request, "perPage", _PAGE), _LARGEST_PAGE) or _PAGE
        every = await self._people.tokens.list(actor.user)
        shown = every[page * per_page : (page + 1) * per_page]
        more = len(every) > (page + 1) * per_page
        following = {"next": f"/-/npm/v1/tokens?page={page + 1}&perPage={per_page}"} if more else {}
        return json_answer({"objects": [_shown(token) for token in shown], "total": len(every), "urls": following})

    async def token(self, request: Request, token: str) -> Answer:
        """Show one of them, by its key or its secret."""
        actor = require_user(request.view.actor, write=False)
        return json_answer(_shown(await self._people.tokens.get(actor.user, token)))

    async def create(self, request: Request) -> Answer:
        """Make a token; its secret is told once."""
        actor = require_user(request.view.actor)
        asked = await read_small(request, _NewToken)
        limits = asked.limits(self._ecosystem)
        user = await prove_password(self._people, request, asked.password)
        secret, token = await self._people.tokens.create(
            user,
            asked.name or "",
            read_only=bool(asked.readonly),
            networks=asked.cidr_whitelist or (),
            expires_at=None if asked.expires is None else Moment(self._clock() + asked.expires * _DAY_MS),
            limits=limits,
            bypass_otp=bool(asked.bypass_2fa),
            description=asked.description or "",
        )
        await self._people.audit.done(actor, "npm token create", f"token {token.key}", token.name)
        return json_answer(_shown(token) | {"token": secret}, 201)

    async def end(self, request: Request, token: str) -> Answer:
        """End a token of who asks, by its key or its secret."""
        actor = require_user(request.view.actor)
        require_otp(request)
        ended = await self._people.tokens.end(actor.user, token)
        await self._people.audit.done(actor, "npm token revoke", f"token {ended.key}", ended.name)
        return Answer(status=204)


def _shown(token: Token) -> dict[str, object]:
    shown: dict[str, object] = {
        "key": token.key,
        "token": token.prefix,
        "name": token.name,
        "readonly": token.read_only,
        "cidr_whitelist": list(token.networks) or None,
        "created": iso(token.created_at),
        "updated": iso(token.created_at),
        "bypass_2fa": token.bypass_otp,
    }
    if token.description:
        shown["description"] = token.description
    if token.expires_at is not None:
        shown["expires"] = iso(token.expires_at)
    if token.last_used_at is not None:
        shown["last_used"] = iso(token.last_used_at)
    if token.limits:
        shown["permissions"] = msgspec.to_builtins(token.limits)
    return shown


def _scope_pattern(scope: str) -> str:
    bare = scope.removeprefix("@").removesuffix("/*")
    parse_name(f"@{bare}/name")
    return f"@{bare}/*"


def _number(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise Invalid(f"{name} is not a number", "count from 0")
    return int(text)
