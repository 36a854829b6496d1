"""A world of toys that need one another, from an upstream and published here, whose graphs are kept."""

import hashlib
from collections.abc import Callable, Mapping, Sequence

import msgspec

from packhouse.adapters.memory.blobs import MemoryBlobs
from packhouse.adapters.memory.keys import MemoryKeys
from packhouse.adapters.memory.poster import MemoryPoster
from packhouse.adapters.memory.store import MemoryStore
from packhouse.adapters.memory.upstream import MemoryUpstream
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.accounts import Ownership
from packhouse.domain.actor import ANYONE, Actor
from packhouse.domain.errors import NotFound
from packhouse.domain.events import Event, EventKind
from packhouse.domain.graph import Graph
from packhouse.domain.index import Fragment, Index
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.release import PackageRecord, Release, build_record
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.domain.view import View
from packhouse.policy.decision import Rule
from packhouse.services.access import AccessRules
from packhouse.services.advisories import Advisories
from packhouse.services.changes import changes_between
from packhouse.services.dependent_ports import DependentCount
from packhouse.services.dependents import Dependents
from packhouse.services.gathering import Gatherer
from packhouse.services.graph_following import GraphFollower, GraphPace, marker_of
from packhouse.services.issuer_keys import IssuerKeys
from packhouse.services.limits import LimitRules, Limits
from packhouse.services.many_documents import ManyDocuments
from packhouse.services.notices import Notices
from packhouse.services.people import people
from packhouse.services.ports import IndexState
from packhouse.services.publishing import Change, Hosted
from packhouse.services.recent import Recent
from packhouse.services.resolve import Resolver
from packhouse.services.signing import SigningKeys
from packhouse.services.trusting import Trust
from packhouse.services.usage import Usage
from packhouse.services.wiring import Foundation, wire
from tests.apis.universe import ORCHARD, needs
from tests.people import QUICK
from tests.toy import FORMAT

START = Moment(1_767_225_600_000)
UPSTREAM = UpstreamRegistry("orchard", "toy", "https://toy.example")
EAGER = GraphPace(look_s=0.01, share=1.0)
ROOT = Actor("root", administrator=True)

Needs = Mapping[str, Sequence[str]]
"""What each version needs, as `name pattern`; of a version that begins with `!`, which is yanked, without that."""


def key_of(name: str) -> PackageKey:
    """Make a key."""
    return PackageKey("toy", NormalName(name))


def document(releases: Needs) -> Index:
    """Write a document of releases."""
    lines = [(version.lstrip("!"), version.startswith("!"), wanted) for version, wanted in releases.items()]
    fragments = tuple(
        Fragment(version, f"{'yanked' if yanked else ''}|{';'.join(wanted)}".encode(), START)
        for version, yanked, wanted in sorted(lines)
    )
    body = b"\n".join(fragment.version.encode() + b" " + fragment.body for fragment in fragments)
    return Index(b"", fragments, hashlib.blake2b(body).hexdigest())


def _describe(key: PackageKey, index: Index) -> PackageRecord:
    releases = []
    for fragment in index.fragments:
        yanked, _, wanted = fragment.body.decode().partition("|")
        found = needs(*wanted.split(";")) if wanted else ()
        releases.append(Release(fragment.version, START, found, yanked="" if yanked else None))
    return build_record(key, releases)


def _default(record: PackageRecord) -> str:
    left = [version for at, version in enumerate(record.versions) if at not in record.yanked]
    return left[-1] if left else ""


TOYS = msgspec.structs.replace(
    ORCHARD,
    index=msgspec.structs.replace(FORMAT, describe=_describe, tags=lambda _: {}, summary=lambda *_: None),
    default_version=_default,
)


class GraphWorld:
    """Every service of the toys on a store, and what follows its log."""

    def __init__(
        self,
        store: MemoryStore | SqlStore | None = None,
        access: AccessRules = AccessRules(),  # noqa: B008 (frozen)
        rules: Sequence[Rule] = (),
        pace: GraphPace = EAGER,
        system: str = "TOY",
    ) -> None:
        self.ecosystem = msgspec.structs.replace(TOYS, system=system)
        self.now = START
        self.store = store or MemoryStore()
        self._access = access
        self._rules = rules
        self._pace = pace
        self.restart()

    def restart(self) -> None:
        """Build all services anew, as another process would on the same store."""
        store, clock = self.store, self.clock
        upstream = MemoryUpstream({})
        foundation = Foundation(
            store=store,
            blobs=MemoryBlobs(),
            upstream=upstream,
            gatherer=Gatherer(upstream, clock),
            recent=Recent(),
            notices=Notices(),
            usage=Usage(store, clock),
            people=people(store, b"the key of a test server, 32 b.", clock, registration=True, passwords=QUICK),
            signing=SigningKeys(store),
            poster=MemoryPoster(),
            limits=Limits(LimitRules(), lambda: self.now / 1000),
            trust=Trust(store, IssuerKeys((), MemoryKeys({}), lambda: self.now / 1000), ()),
            advisories=Advisories(store, [self.ecosystem]),
            access=self._access,
            clock=clock,
        )
        wired = wire(self.ecosystem, (UPSTREAM,), self._rules, foundation)
        assert wired.maker is not None
        assert wired.services.dependents is not None
        self.services = wired.services
        self.dependents: Dependents = wired.services.dependents
        marker = marker_of({"toy": ((UPSTREAM,), self._rules)})
        self.follower = GraphFollower(store, {"toy": wired.maker}, marker, clock, self._pace)
        documents = ManyDocuments(self.ecosystem, self.services.further, self.services.access)
        self.plain = Resolver(self.ecosystem, self.services.records, documents)
        """Resolves without any graph that is kept."""

    def clock(self) -> Moment:
        """Tell the time of this world."""
        return self.now

    async def fetch(self, name: str, releases: Needs) -> None:
        """Let the upstream's document of a package be this from now on."""
        key, index = key_of(name), document(releases)
        old = await self.store.find_state(UPSTREAM.origin, key)
        if old is None:
            events = [Event("package_seen", START, UPSTREAM.origin, key)]
        else:
            before = await self.store.read_index(UPSTREAM.origin, key)
            events = changes_between(before, index, old, START, lambda _: {})
        state = IndexState(UPSTREAM.origin, key, 0, index.digest, self.now, self.now)
        await self.store.write_index(state, index, events, None)

    async def vanish(self, name: str) -> None:
        """Let the upstream no longer have a package."""
        state = await self.store.find_state(UPSTREAM.origin, key_of(name))
        if state is not None and state.gone_at is None:
            gone = msgspec.structs.replace(state, gone_at=self.now)
            await self.store.write_state(gone, [Event("package_gone", START, UPSTREAM.origin, state.key)])

    async def publish(
        self, name: str, releases: Needs, owners: Sequence[str] = (), *, restricted: bool = False
    ) -> None:
        """Publish a package here, in place of what it was; `owners` alone see a restricted one."""
        ownership = Ownership(tuple(owners) or ("root",), restricted=restricted)
        await self._change(name, document(releases), "release_published", lambda _: ownership)

    async def remove(self, name: str) -> None:
        """Remove a package that was published here."""
        if await self.services.access.ownership(View(), key_of(name)) is not None:
            await self._change(name, document({}), "package_removed", lambda found: _removed(found, self.now))

    async def _change(
        self, name: str, index: Index, kind: EventKind, owned: Callable[[Hosted], Ownership | None]
    ) -> None:
        def edit(found: Hosted) -> Change:
            return Change(index, "publish", events=((kind, "", {}),), ownership=owned(found))

        await self.services.publishing.change(View(actor=ROOT), key_of(name), edit)

    async def count(self, name: str, version: str, actor: Actor = ANYONE) -> DependentCount:
        """Count dependents as somebody sees them."""
        return await self.dependents.count(View(actor=actor), key_of(name), version)

    async def list(self, name: str, version: str, actor: Actor = ANYONE, size: int = 100) -> list[tuple[str, str]]:
        """List dependents as somebody sees them, page by page: names, and whether they are direct."""
        found: list[tuple[str, str]] = []
        cursor = ""
        while True:
            page = await self.dependents.list(View(actor=actor), key_of(name), version, cursor, size)
            found += [(each.package.name, each.relation) for each in page.dependents]
            cursor = page.next
            if not cursor:
                return found

    async def graphs(self, names: Sequence[str], actor: Actor = ANYONE) -> dict[str, Graph]:
        """Resolve the default versions of packages that somebody sees, one by one, without what is kept."""
        view = View(actor=actor)
        found: dict[str, Graph] = {}
        for name in names:
            try:
                record = await self.services.records.get(view, key_of(name))
            except NotFound:
                continue
            if version := _default(record):
                found[name] = await self.plain.resolve(view, key_of(name), version)
        return found


def dependents_in(graphs: Mapping[str, Graph], name: str, version: str) -> set[tuple[str, str]]:
    """Look through all graphs for those that have a release."""
    found = set()
    for of, graph in graphs.items():
        places = [
            at for at, node in enumerate(graph.nodes) if at and (node.package.name, node.version) == (name, version)
        ]
        if (graph.nodes[0].package.name, graph.nodes[0].version) == (name, version) or not places:
            continue
        near = any(edge.from_node == 0 and edge.to_node in places for edge in graph.edges)
        found.add((of, "direct" if near else "indirect"))
    return found


def _removed(found: Hosted, now: Moment) -> Ownership | None:
    return None if found.ownership is None else msgspec.structs.replace(found.ownership, removed_at=now)
