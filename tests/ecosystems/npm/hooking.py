"""A registry in memory with hooks: their door, what delivers, and packages that are published and changed."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from packhouse.adapters.memory.hooks import MemoryHooks
from packhouse.adapters.memory.poster import MemoryPoster
from packhouse.domain.accounts import Ownership
from packhouse.domain.events import EventKind
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems.npm import ECOSYSTEM
from packhouse.ecosystems.npm.hook_payload import HookPayloads
from packhouse.ecosystems.npm.hook_routes import HookRoutes
from packhouse.ecosystems.npm.routes import join_scopes, npm_problem
from packhouse.http.router import RoutedDoor
from packhouse.http.site import Mount
from packhouse.policy.decision import Rule
from packhouse.services.assembly import Services
from packhouse.services.hook_deliveries import Deliveries
from packhouse.services.hook_ports import Poster
from packhouse.services.hook_views import HookViews
from packhouse.services.hooks import Hooks
from packhouse.services.publishing import Change
from tests.asgi import Reply
from tests.assembled import Assembled
from tests.ecosystems.npm.packuments import key_of, packument

FARM = UpstreamRegistry("farm", "npm", "https://farm.example")
ENDPOINT = "https://ci.example/hook"
HOOK = "/npm/-/npm/v1/hooks/hook"
HOOKS = "/npm/-/npm/v1/hooks"


class Hooked:
    """The registry; ada, bob and eve have accounts."""

    def __init__(
        self, upstream: Mapping[str, Any] | None = None, rules: Sequence[Rule] = (), sender: Poster | None = None
    ) -> None:
        self.queue = MemoryHooks()
        self.poster = MemoryPoster()
        """What is sent where no other sender is given."""
        self._sender = sender or self.poster
        answers = {f"{FARM.url}/{name}": json.dumps(document).encode() for name, document in (upstream or {}).items()}
        self.server = server = Assembled(ECOSYSTEM, self._mount, answers, [FARM], rules)
        views = HookViews(server.store, server.people.identification, {"npm": server.services.access})
        tellers = {"npm": HookPayloads(server.services).tell}
        self.deliveries = Deliveries(
            self.queue, server.store, server.store, tellers, views.find, self._sender, server.clock
        )

    async def ask(self, method: str, path: str, body: object = None, by: str = "ada") -> Reply:
        """Send a request by somebody who has an account, or by nobody."""
        token = await self.server.token(by) if by else ""
        return await self.server.send(method, path, body, token)

    async def hook(self, name: str, kind: str = "package", by: str = "ada", endpoint: str = ENDPOINT) -> dict[str, Any]:
        """Make a hook."""
        body = {"type": kind, "name": name, "endpoint": endpoint, "secret": "sesame"}
        reply = await self.ask("POST", HOOK, body, by)
        assert reply.status == 201, reply.text
        made: dict[str, Any] = json.loads(reply.body)
        return made

    async def change(
        self,
        document: Mapping[str, Any],
        *events: tuple[EventKind, str, dict[str, str]],
        owner: str = "ada",
        restricted: bool = False,
        removed: bool = False,
    ) -> PackageKey:
        """Publish a document, with what the log is to say of that."""
        await self.server.token(owner)
        key = key_of(document["name"])
        index = ECOSYSTEM.index.split(key, json.dumps(document).encode())
        removed_at = self.server.now if removed else None
        ownership = Ownership((owner,), restricted=restricted, removed_at=removed_at)
        change = Change(index, "publish", events=events, ownership=ownership)
        self.server.now = Moment(self.server.now + 1)
        await self.server.services.publishing.change(View(), key, lambda _: change)
        return key

    async def publish(self, name: str, *versions: str, restricted: bool = False, owner: str = "ada") -> PackageKey:
        """Publish a package whose last version is new."""
        document = packument(name, *versions)
        new = next(reversed(document["versions"]))
        moved = {"tag": "latest", "from": "", "to": new}
        events: tuple[tuple[EventKind, str, dict[str, str]], ...] = (
            ("release_published", new, {}),
            ("tag_moved", new, moved),
        )
        return await self.change(document, *events, restricted=restricted, owner=owner)

    async def told(self) -> list[dict[str, Any]]:
        """Deliver what is due, and return it."""
        before = len(self.poster.sent)
        while await self.deliveries.look() or await self.deliveries.send():
            pass
        return [json.loads(body) for _, body, _ in self.poster.sent[before:]]

    def _mount(self, services: Services) -> Mount:
        hooks = Hooks("npm", self.queue, services.events, self._sender, services.clock)
        routes = HookRoutes(hooks, services.access, services.people.audit).routes()
        return Mount(RoutedDoor(routes, join_scopes), npm_problem)
