"""A small registry with hooks: a log that things are written to, owners, a clock, and endpoints that answer."""

import json
from collections.abc import Mapping, Sequence

from packhouse.adapters.memory.hooks import MemoryHooks
from packhouse.adapters.memory.poster import MemoryPoster
from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.accounts import Ownership
from packhouse.domain.actor import Actor
from packhouse.domain.errors import UpstreamDown
from packhouse.domain.events import Event, EventKind
from packhouse.domain.hooks import Hook, HookKind
from packhouse.domain.index import Index
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.services.account_ports import HostedChange
from packhouse.services.hook_deliveries import Deliveries, HookQueue, Pace
from packhouse.services.hook_ports import Message
from packhouse.services.hooks import Hooks
from packhouse.services.ports import IndexState

ECOSYSTEM = "plain"
ENDPOINT = "https://ci.example/hook"
ORIGIN = "hosted:default"


def view(user: str = "ada") -> View:
    """Look with somebody's eyes."""
    return View(actor=Actor(user=user))


def key(name: str) -> PackageKey:
    """Name a package."""
    return PackageKey(ECOSYSTEM, NormalName(name))


class World:
    """The registry; a name that begins with `secret` is for ada alone, a release that is `refused` for nobody."""

    def __init__(
        self,
        answers: Mapping[str, Sequence[int]] | None = None,
        pace: Pace = Pace(),  # noqa: B008 (frozen)
        queue: HookQueue | None = None,
    ) -> None:
        self.now = Moment(1_000_000)
        self.store = MemoryStore()
        self.queue = queue or MemoryHooks()
        self.poster = MemoryPoster(answers)
        self.gone: set[str] = set()
        """Users who are no more."""
        self.hooks = Hooks(ECOSYSTEM, self.queue, self.store, self.poster, self.clock)
        self.pace = pace
        self.deliveries = self.started()

    def started(self) -> Deliveries:
        """Start what delivers, as a new process does."""
        tellers = {ECOSYSTEM: self._tell}
        return Deliveries(
            self.queue, self.store, self.store, tellers, self._view_of, self.poster, self.clock, self.pace
        )

    def clock(self) -> Moment:
        """Tell the time."""
        return self.now

    async def hook(
        self,
        name: str,
        kind: HookKind = "package",
        owner: str = "ada",
        endpoint: str = ENDPOINT,
        secret: str = "sesame",  # noqa: S107 (of a test)
    ) -> Hook:
        """Make a hook."""
        return await self.hooks.create(view(owner), kind, name, endpoint, secret, "https://packhouse.example/plain")

    async def happens(
        self, name: str, *events: tuple[EventKind, str], owner: str = "ada", origin: str = ORIGIN, **detail: str
    ) -> None:
        """Change a package, in one transaction."""
        self.now = Moment(self.now + 1)
        before = await self.store.find_state(origin, key(name))
        state = IndexState(
            origin=origin, key=key(name), generation=0, digest="", checked_at=self.now, changed_at=self.now
        )
        change = HostedChange(
            state=state,
            expected=0 if before is None else before.generation,
            index=Index(b"", (), f"{self.now}"),
            summary=None,
            events=tuple(Event(kind, self.now, origin, key(name), version, detail) for kind, version in events),
            ownership=Ownership((owner,)),
        )
        await self.store.commit(change)

    async def runs(self) -> list[dict[str, str]]:
        """Look and send until nothing is left to do now; return what was sent meanwhile."""
        before = len(self.poster.sent)
        while await self.deliveries.look() or await self.deliveries.send():
            pass
        return [json.loads(body) for _, body, _ in self.poster.sent[before:]]

    async def passes(self, minutes: float) -> list[dict[str, str]]:
        """Let time pass and run."""
        self.now = Moment(self.now + int(minutes * 60_000))
        return await self.runs()

    async def _view_of(self, hook: Hook, event: Event) -> View | None:
        if hook.owner in self.gone or (event.key.name.startswith("secret") and hook.owner != "ada"):
            return None
        return view(hook.owner)

    async def _tell(self, hook: Hook, event: Event, view: View) -> Message | None:
        assert view.actor.user == hook.owner
        if event.version == "refused":
            return None
        if event.version == "unreachable":
            raise UpstreamDown("its document cannot be fetched")
        if event.version == "unspeakable":
            raise KeyError(event.version)
        told = {"event": event.kind, "name": event.key.name, "version": event.version}
        return Message(json.dumps(told).encode(), "x-plain-signature")
