"""A whole server in memory: an ecosystem's door on every service, over upstreams that answer by address."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from packhouse.adapters.memory.blobs import MemoryBlobs
from packhouse.adapters.memory.keys import MemoryKeys
from packhouse.adapters.memory.poster import MemoryPoster
from packhouse.adapters.memory.store import MemoryStore
from packhouse.adapters.memory.upstream import MemoryAnswer, MemoryUpstream
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.package import Moment
from packhouse.domain.trust import Issuer
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.http.callers import Callers
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.site import Mount, Site
from packhouse.policy.decision import Rule
from packhouse.services.access import AccessRules
from packhouse.services.advisories import Advisories
from packhouse.services.assembly import Services
from packhouse.services.gathering import Gatherer
from packhouse.services.issuer_keys import IssuerKeys
from packhouse.services.limits import LimitRules, Limits
from packhouse.services.notices import Notices
from packhouse.services.provenance_ports import TrustRoot
from packhouse.services.recent import Recent
from packhouse.services.signing import SigningKeys
from packhouse.services.trust_ports import KeySource
from packhouse.services.trusting import Trust
from packhouse.services.usage import Usage
from packhouse.services.wiring import Foundation, wire
from tests.asgi import Reply, call
from tests.people import some_people

PASSWORD = "correct horse battery"
START = Moment(1_767_225_600_000)
"""2026-01-01T00:00:00Z."""


class Issuers(NamedTuple):
    """Whose identities count, and where their keys are."""

    issuers: Sequence[Issuer] = ()
    keys: KeySource = MemoryKeys({})


class Assembled:
    """One ecosystem's server; its clock stands still until `now` is changed, its upstreams are up until switched off.

    `await server.get("/go/…")` sends a request as a client would, through the site.
    """

    def __init__(
        self,
        ecosystem: Ecosystem,
        build_mount: Callable[[Services], Mount],
        answers: Mapping[str, MemoryAnswer],
        upstreams: Sequence[UpstreamRegistry],
        rules: Sequence[Rule] = (),
        access: AccessRules = AccessRules(),  # noqa: B008 (frozen)
        limits: LimitRules = LimitRules(),  # noqa: B008 (frozen)
        issuers: Issuers = Issuers(),  # noqa: B008 (frozen)
        *,
        provenance_root: TrustRoot | None = None,
    ) -> None:
        self.now = START
        self.off: set[str] = set()
        """Names of the upstreams that are switched off."""
        self.upstream = MemoryUpstream(answers, lambda name: name not in self.off)
        self.store = MemoryStore()
        self.blobs = MemoryBlobs()
        self.people = some_people(self.store, self.clock)
        notices = Notices()
        foundation = Foundation(
            store=self.store,
            blobs=self.blobs,
            upstream=self.upstream,
            gatherer=Gatherer(self.upstream, self.clock),
            recent=Recent(),
            notices=notices,
            usage=Usage(self.store, self.clock),
            people=self.people,
            signing=SigningKeys(self.store),
            poster=MemoryPoster(),
            limits=Limits(limits, lambda: self.now / 1000),
            trust=Trust(
                self.store,
                IssuerKeys(issuers.issuers, issuers.keys, lambda: self.now / 1000),
                ("https://packhouse.example",),
            ),
            advisories=Advisories(self.store, [ecosystem]),
            access=access,
            clock=self.clock,
            provenance_root=provenance_root,
        )
        self.services = wire(ecosystem, upstreams, rules, foundation).services
        ready = Ready(0)
        notices.subscribe(lambda key: ready.forget(str(key)))
        mount = build_mount(self.services)
        address = PublicAddress(None, ())
        callers = Callers(self.people.identification, self.people.audit, address)
        self._site = Site({ecosystem.mount: mount}, mount, address, ("default",), ready, callers)

    def clock(self) -> Moment:
        """Tell the time of this server."""
        return self.now

    def asked(self) -> list[str]:
        """List the addresses that were asked of upstreams."""
        return [request.url for _, request in self.upstream.requests]

    async def token(self, user: str, **fields: Any) -> str:  # noqa: ANN401 (those of `Tokens.create`)
        """Make a token, and its user where there is none of that name."""
        found = await self.people.accounts.find(user)
        if found is None:
            found = await self.people.accounts.add(user, f"{user}@team.example", PASSWORD)
        secret, _ = await self.people.tokens.create(found, **fields)
        return secret

    async def send(
        self, method: str, path: str, body: object = None, token: str = "", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send a request with a JSON body (bytes are sent as they are), as the owner of a token."""
        sent = dict(headers or {}) | ({"authorization": f"Bearer {token}"} if token else {})
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if raw:
            sent = {"content-type": "application/json", "content-length": str(len(raw))} | sent
        return await call(self._site, path, method, sent, raw)

    async def get(self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Reply:
        """Send a request."""
        return await call(self._site, path, method, headers)
