"""Hooks as their owners make, change and drop them."""

import secrets
from collections.abc import Sequence

import msgspec

from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.hooks import Hook, HookKind
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.policy.permission import token_allows
from packhouse.services.access import require_user
from packhouse.services.hook_ports import HookStore, Poster
from packhouse.services.ports import Clock, EventLog

MOST_HOOKS = 100
"""Of one user."""

_ID_BYTES = 9
_SECRET = 1024
_ENDPOINT = 2048
_NAME = 256


class Hooks:
    """Keeps the hooks of one ecosystem; nobody learns of anybody else's."""

    def __init__(self, ecosystem: str, store: HookStore, events: EventLog, poster: Poster, clock: Clock) -> None:
        self._ecosystem = ecosystem
        self._store = store
        self._events = events
        self._poster = poster
        self._clock = clock

    async def create(self, view: View, kind: HookKind, name: str, endpoint: str, secret: str, base: str) -> Hook:
        """Make a hook of who asks; raise Invalid, NotSignedIn or NotPermitted."""
        owner = require_user(view.actor).user
        self._check(endpoint, secret)
        if not 0 < len(name) <= _NAME:
            raise Invalid("a hook watches something that has a name", "name a package, a scope or a user")
        if len(await self._store.list_hooks(owner)) >= MOST_HOOKS:
            raise Invalid(f"a user can have {MOST_HOOKS} hooks", "remove some that are not used any more")
        now = self._clock()
        hook = Hook(
            id=secrets.token_urlsafe(_ID_BYTES),
            owner=owner,
            registry=view.registry,
            ecosystem=self._ecosystem,
            kind=kind,
            name=name,
            endpoint=endpoint,
            secret=secret,
            base=base,
            created_at=now,
            updated_at=now,
            since=await self._events.last_sequence(),
        )
        await self._store.write_hook(hook)
        return hook

    async def get(self, view: View, id: str) -> Hook:  # noqa: A002 (the field's name)
        """Return a hook of who asks; raise NotFound for anybody else's, NotSignedIn."""
        owner = require_user(view.actor, write=False).user
        hook = await self._store.find_hook(id)
        if hook is None or hook.owner != owner or not self._is_shown(view, hook):
            raise NotFound("you have no such hook", "list them to see their ids")
        return hook

    async def list(self, view: View) -> Sequence[Hook]:
        """List the hooks of who asks, oldest first; raise NotSignedIn."""
        owner = require_user(view.actor, write=False).user
        return [each for each in await self._store.list_hooks(owner) if self._is_shown(view, each)]

    async def update(self, view: View, id: str, endpoint: str, secret: str) -> Hook:  # noqa: A002
        """Change where a hook sends and how it signs, which also switches it on again; raise as `create` does."""
        require_user(view.actor)
        hook = await self.get(view, id)
        self._check(endpoint, secret)
        # The moment tells one version of a hook from the next.
        now = Moment(max(self._clock(), hook.updated_at + 1))
        # What happened while it was switched off is not told afterwards.
        since = await self._events.last_sequence() if hook.disabled else hook.since
        changed = msgspec.structs.replace(
            hook, endpoint=endpoint, secret=secret, updated_at=now, since=since, disabled=""
        )
        await self._store.write_hook(changed)
        return changed

    async def delete(self, view: View, id: str) -> Hook:  # noqa: A002
        """Drop a hook and return what it was; raise as `get` does, or NotPermitted."""
        require_user(view.actor)
        hook = await self.get(view, id)
        await self._store.drop_hook(hook.id)
        return hook

    def _is_shown(self, view: View, hook: Hook) -> bool:
        """Tell whether the token in use goes as far as a hook of its user: their secrets are told with them."""
        if (hook.ecosystem, hook.registry) != (self._ecosystem, view.registry):
            return False
        proof = view.actor.proof
        if proof is None or not proof.limits:
            return True
        return hook.kind == "package" and token_allows(
            view.actor, "read", PackageKey(hook.ecosystem, NormalName(hook.name))
        )

    def _check(self, endpoint: str, secret: str) -> None:
        if not 0 < len(secret) <= _SECRET:
            raise Invalid(f"a hook has a secret of up to {_SECRET} characters", "it proves that a message is ours")
        if len(endpoint) > _ENDPOINT:
            raise Invalid(f"an endpoint has up to {_ENDPOINT} characters")
        self._poster.check(endpoint)
