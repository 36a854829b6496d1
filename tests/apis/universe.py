"""A few packages that need one another, with every service on top of them."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from packhouse.adapters.memory.blobs import MemoryBlobs
from packhouse.adapters.memory.keys import MemoryKeys
from packhouse.adapters.memory.poster import MemoryPoster
from packhouse.adapters.memory.store import MemoryStore
from packhouse.adapters.memory.upstream import MemoryAnswer, MemoryUpstream
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import Invalid, NotFound, UpstreamDown
from packhouse.domain.graph import Edge, Graph, Node
from packhouse.domain.index import Index, Located, Summary
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.release import PackageRecord, Release, encode_release
from packhouse.domain.requirement import Requirement
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.domain.view import View
from packhouse.policy.similarity import KnownName
from packhouse.services.access import AccessRules
from packhouse.services.advisories import Advisories
from packhouse.services.assembly import Services
from packhouse.services.documents import Documents
from packhouse.services.feed import Feed
from packhouse.services.further import FurtherDocuments
from packhouse.services.gathering import Gatherer
from packhouse.services.holdings import Holdings
from packhouse.services.hooks import Hooks
from packhouse.services.insights import Insights
from packhouse.services.inviting import Inviting
from packhouse.services.issuer_keys import IssuerKeys
from packhouse.services.limits import Limits
from packhouse.services.lookalikes import Lookalikes
from packhouse.services.many_documents import ManyDocuments
from packhouse.services.name_ports import NameEntry
from packhouse.services.notices import Notices
from packhouse.services.ports import IndexState
from packhouse.services.provenances import Provenances
from packhouse.services.publishing import Places, Publishing
from packhouse.services.recent import Recent
from packhouse.services.records import Records
from packhouse.services.resolve import Resolver
from packhouse.services.routing import Routing
from packhouse.services.search import Search
from packhouse.services.search_judge import SummaryJudge
from packhouse.services.search_scope import Scopes
from packhouse.services.signing import SigningKeys
from packhouse.services.similar_names import SimilarNames
from packhouse.services.snapshot import Need, Snapshot
from packhouse.services.sources.source import Download
from packhouse.services.staging import Staging
from packhouse.services.summaries import Summaries
from packhouse.services.trusting import Trust, Trusting
from packhouse.services.usage import Usage
from tests.people import open_access, some_people
from tests.toy import TOY

NOW = Moment(1_767_225_600_000)
"""2026-01-01T00:00:00Z."""
UPSTREAM = UpstreamRegistry("orchard", "toy", "https://toy.example")


def clock() -> Moment:
    """Stand still."""
    return NOW


def record(name: str, releases: Sequence[Release], latest: str = "", ecosystem: str = "toy") -> PackageRecord:
    """Make a record of releases in ascending order; the last one is the default if none is named."""
    return PackageRecord(
        key=PackageKey(ecosystem, NormalName(name)),
        versions=tuple(release.version for release in releases),
        releases=tuple(encode_release(release) for release in releases),
        published_at=tuple(release.published_at for release in releases),
        deprecated=frozenset(at for at, release in enumerate(releases) if release.deprecated is not None),
        yanked=frozenset(at for at, release in enumerate(releases) if release.yanked is not None),
        tags={"latest": latest or releases[-1].version} if releases else {},
    )


def needs(*texts: str) -> tuple[Requirement, ...]:
    """Write requirements as `name pattern`."""
    return tuple(Requirement(name, pattern) for name, pattern in (text.split(" ") for text in texts))


class Shelf:
    """A source of records that are given; some packages may be out of reach."""

    def __init__(self, records: Iterable[PackageRecord], down: Iterable[str], origin: str) -> None:
        self._names = {record.key.name for record in records}
        self._down = frozenset(down)
        self._origin = origin
        self.asked = 0

    async def snapshot(self, view: View, key: PackageKey, need: Need = "usual") -> Snapshot:
        """Answer for what is on the shelf."""
        del view, need
        self.asked += 1
        if key.name in self._down:
            raise UpstreamDown("toy.example does not answer")
        if key.name not in self._names:
            raise NotFound(f"{key} does not exist")
        return Snapshot(self._origin, key, 1, str(key), NOW, Moment(NOW + 60_000))

    async def index(self, view: View, snapshot: Snapshot) -> Index:
        """Have no documents."""
        raise NotFound(f"{snapshot.key} has no document in {view.registry}")

    async def locate(self, view: View, key: PackageKey, filename: str) -> Located:
        """Have no files."""
        raise NotFound(f"{key} has no file {filename} in {view.registry}")

    async def download(self, view: View, key: PackageKey, located: Located) -> Download:
        """Have no files."""
        raise NotFound(f"{key} has no file {located.artifact.filename} in {view.registry}")


async def services_of(
    records: Sequence[PackageRecord],
    ecosystem: Ecosystem | None = None,
    down: Iterable[str] = (),
    answers: Mapping[str, MemoryAnswer] | None = None,
    names: Sequence[NameEntry] = (),
) -> Services:
    """Put every service on top of these records, and of the upstream's answers to what is not one of them."""
    chosen = ecosystem or ORCHARD
    store = MemoryStore()
    for each in records:
        await store.write_record(UPSTREAM.origin, 1, each)
        await store.write_names([NameEntry(each.key.ecosystem, KnownName(each.key.name))])
        newest = each.release(len(each.versions) - 1) if each.versions else Release("")
        summary = Summary(each.key, newest.version, newest.description or "", published_at=newest.published_at)
        await store.write_index(
            IndexState(UPSTREAM.origin, each.key, 0, "d", NOW, NOW), Index(b"", (), "d"), (), summary
        )
    await store.write_names(names)
    source = Shelf(records, down, UPSTREAM.origin)
    routing = Routing((UPSTREAM,))
    gatherer = Gatherer(MemoryUpstream(answers or {}), clock)
    access = open_access(chosen, store)
    someone = some_people(store, clock)
    places = Places(store, MemoryBlobs(), Recent())
    summaries = Summaries(chosen, (UPSTREAM,), store)
    publishing = Publishing(chosen, places, source, access, someone.audit, Notices(), clock, summaries)
    further = FurtherDocuments(chosen, routing, gatherer, store, access, clock)
    kept = Records(chosen, source, store, 1 << 20, further)
    scopes = Scopes(chosen.key, (UPSTREAM.origin,), store, AccessRules())
    judge = SummaryJudge(summaries, access, store, Recent(), (), clock)
    return Services(
        ecosystem=chosen,
        upstreams=(UPSTREAM,),
        source=source,
        documents=Documents(chosen, source, store, 1 << 20, clock),
        records=kept,
        further=further,
        insights=Insights(chosen, routing, gatherer, access, clock),
        resolver=Resolver(chosen, kept, ManyDocuments(chosen, further, access)),
        search=Search(store, scopes, judge.show, clock),
        feed=Feed(chosen.key, store, access, routing, (), judge.show, clock),
        lookalikes=Lookalikes(chosen.key, Search(store, scopes, judge.show, clock)),
        similar=SimilarNames(chosen.key, store, Search(store, scopes, judge.show, clock)),
        events=store,
        usage=Usage(store, clock),
        people=someone,
        access=access,
        signing=SigningKeys(store),
        staging=Staging(chosen.key, further, MemoryBlobs(), clock),
        hooks=Hooks(chosen.key, store, store, MemoryPoster(), clock),
        holdings=Holdings(chosen, store, access),
        publishing=publishing,
        inviting=Inviting(chosen.key, publishing, someone, invites=True),
        limits=Limits(),
        trusting=Trusting(chosen, Trust(store, IssuerKeys((), MemoryKeys({}))), access, someone, clock),
        provenances=Provenances(chosen, routing, further, store, access, clock, None),
        advisories=Advisories(store, [chosen]),
        clock=clock,
    )


_Loaded = Mapping[PackageKey, PackageRecord | None]


class ToyRun:
    """A resolution of the toy ecosystem under way."""

    def __init__(self, key: PackageKey, version: str, environment: Mapping[str, str]) -> None:
        del environment
        self._asked = (key, version)
        self._loaded: dict[PackageKey, PackageRecord | None] = {}

    def needed(self) -> frozenset[PackageKey]:
        """Name what the walk comes across and does not know."""
        return frozenset(_walk(*self._asked, self._loaded)[1])

    def load(self, records: _Loaded) -> None:
        """Take records."""
        self._loaded.update(records)

    def cancel(self) -> None:
        """Do nothing."""

    def resolve(self) -> Graph:
        """Return the walk."""
        return _walk(*self._asked, self._loaded)[0]


def _walk(key: PackageKey, version: str, loaded: _Loaded) -> tuple[Graph, set[PackageKey]]:
    """Take the last release that matches; one place for each package, found breadth first from the last requirement."""
    nodes = [Node(key, version)]
    errors: dict[int, list[str]] = {}
    edges: list[Edge] = []
    unknown: set[PackageKey] = set()
    at = {key: 0}
    queue = deque([0])
    while queue:
        here = queue.popleft()
        found = loaded.get(nodes[here].package)
        release = found.find(nodes[here].version) if found is not None else None
        for wanted in reversed(release.requirements if release is not None else ()):
            target = PackageKey(key.ecosystem, NormalName(wanted.name))
            if target not in loaded:
                unknown.add(target)
                continue
            candidates = loaded[target]
            versions = [each for each in candidates.versions if fnmatchcase(each, wanted.range)] if candidates else []
            if not versions:
                errors.setdefault(here, []).append(f"nothing meets {wanted.name} {wanted.range}")
                continue
            if target not in at:
                at[target] = len(nodes)
                nodes.append(Node(target, versions[-1]))
                queue.append(at[target])
            edges.append(Edge(here, at[target], wanted.range))
    marked = (
        msgspec.structs.replace(node, errors=tuple(errors.get(position, ()))) for position, node in enumerate(nodes)
    )
    return Graph(tuple(marked), tuple(edges)), unknown


def _parse_name(raw: str) -> NormalName:
    if not raw or raw.startswith("_") or len(raw) > 100:
        raise Invalid("this is not the name of a toy")
    return NormalName(raw.lower())


def _requirements_wire(release: Release) -> dict[str, Any]:
    return {"dependencies": [{"name": each.name, "requirement": each.range} for each in release.requirements]}


ORCHARD = msgspec.structs.replace(
    TOY,
    aliases=("plaything", "toys.example"),
    parse_name=_parse_name,
    purl=lambda name, version: f"pkg:toy/{name}" + (f"@{version}" if version else ""),
    requirements_wire=_requirements_wire,
    begin_resolution=ToyRun,
)
"""Toys whose names may hold anything and whose requirements are patterns."""
