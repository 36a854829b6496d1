"""The door at which libnpmhook knocks."""

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from packhouse.domain.actor import Actor
from packhouse.domain.errors import Invalid
from packhouse.domain.hooks import Hook, HookKind
from packhouse.domain.package import Moment
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.small_bodies import read_small
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.access import Access, require_user
from packhouse.services.audit import Audit
from packhouse.services.hooks import Hooks


class _NewHook(Struct):
    type: HookKind
    name: str
    endpoint: str
    secret: str


class _Changed(Struct):
    endpoint: str
    secret: str


class HookRoutes:
    """The handlers; the secret is told to the owner, who gave it."""

    def __init__(self, hooks: Hooks, access: Access, audit: Audit) -> None:
        self._hooks = hooks
        self._access = access
        self._audit = audit

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of packages."""
        return [
            route("-/npm/v1/hooks", GET=self.list),
            route("-/npm/v1/hooks/hook", POST=self.create),
            route("-/npm/v1/hooks/hook/{id}", GET=self.get, PUT=self.update, DELETE=self.delete),
        ]

    async def create(self, request: Request) -> Answer:
        """Make a hook."""
        actor = self._writer(request)
        asked = await read_small(request, _NewHook)
        name = watched(asked.type, asked.name)
        view = request.view
        hook = await self._hooks.create(view, asked.type, name, asked.endpoint, asked.secret, request.base)
        await self._audit.done(actor, "npm hook add", hook.id, f"{hook.kind} {hook.name}")
        return json_answer(shown(hook), 201)

    async def list(self, request: Request) -> Answer:
        """List the hooks of who asks, one package's or all, a page or all of them."""
        query = request.query
        hooks = await self._hooks.list(request.view)
        if package := query.get("package", ""):
            hooks = [hook for hook in hooks if hook.name == package]
        offset = _number(query, "offset", 0)
        end = offset + _number(query, "limit", len(hooks))
        return json_answer({"objects": [shown(hook) for hook in hooks[offset:end]]})

    async def get(self, request: Request, id: str) -> Answer:  # noqa: A002 (libnpmhook's word)
        """Show one hook."""
        return json_answer(shown(await self._hooks.get(request.view, id)))

    async def update(self, request: Request, id: str) -> Answer:  # noqa: A002
        """Change where a hook sends and how it signs."""
        actor = self._writer(request)
        asked = await read_small(request, _Changed)
        hook = await self._hooks.update(request.view, id, asked.endpoint, asked.secret)
        await self._audit.done(actor, "npm hook update", hook.id, f"{hook.kind} {hook.name}")
        return json_answer(shown(hook))

    async def delete(self, request: Request, id: str) -> Answer:  # noqa: A002
        """Drop a hook."""
        actor = self._writer(request)
        hook = await self._hooks.delete(request.view, id)
        await self._audit.done(actor, "npm hook rm", hook.id, f"{hook.kind} {hook.name}")
        return json_answer(shown(hook, deleted=True))

    def _writer(self, request: Request) -> Actor:
        # Asked before the body is read.
        actor = require_user(request.view.actor)
        self._access.require_otp(actor)
        return actor


def watched(kind: HookKind, name: str) -> str:
    """Read what a hook is to watch; raise Invalid."""
    match kind:
        case "package":
            return parse_name(name)
        case "scope":
            scope = name if name.startswith("@") else f"@{name}"
            parse_name(f"{scope}/a")
            return scope
        case "owner":
            if not (user := name.removeprefix("~")) or not user.isprintable() or "/" in user:
                raise Invalid("that is no user's name", "e.g. ~ada")
            return user


def shown(hook: Hook, *, deleted: bool = False) -> dict[str, Any]:
    """Make the object that clients print."""
    return {
        "id": hook.id,
        "username": hook.owner,
        "name": hook.name,
        "endpoint": hook.endpoint,
        "secret": hook.secret,
        "type": hook.kind,
        "created": _iso(hook.created_at),
        "updated": _iso(hook.updated_at),
        "deleted": deleted,
        "delivered": hook.delivered > 0,
        "last_delivery": None if hook.last_delivery_at is None else _iso(hook.last_delivery_at),
        "response_code": hook.response_code,
        "status": "disabled" if hook.disabled else "active",
    }


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        raise Invalid(f"{name} must be a whole number", f"e.g. {name}=10")
    return int(text[:9])


def _iso(moment: Moment) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
