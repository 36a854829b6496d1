"""One ecosystem's services on top of the ports."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.package import PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.policy.decision import Rule
from packhouse.services.access import Access, AccessRules, Namespaces
from packhouse.services.advisories import Advisories
from packhouse.services.advisory_ports import AdvisoryIntake, AdvisoryStore
from packhouse.services.assembly import Services
from packhouse.services.dates import Dates
from packhouse.services.dependent_ports import GraphStore
from packhouse.services.dependents import Dependents, KeptGraphs
from packhouse.services.documents import Documents
from packhouse.services.fact_ports import FactStore
from packhouse.services.feed import Feed, FeedStore
from packhouse.services.file_licences import FileLicences
from packhouse.services.further import FurtherDocuments
from packhouse.services.gathering import Gatherer
from packhouse.services.graph_making import GraphMaker, StoredDocuments
from packhouse.services.holdings import Holdings, HoldingsStore
from packhouse.services.hook_ports import HookStore, Poster
from packhouse.services.hooks import Hooks
from packhouse.services.insights import Insights
from packhouse.services.inviting import Inviting
from packhouse.services.limits import Limits
from packhouse.services.lookalikes import Lookalikes
from packhouse.services.many_documents import ManyDocuments
from packhouse.services.name_ports import NameStore
from packhouse.services.notices import Notices
from packhouse.services.people import People, PeopleStore
from packhouse.services.ports import (
    ArtifactStore,
    BlobStore,
    Clock,
    DownloadCounts,
    EventLog,
    FurtherStore,
    IndexStore,
    RecordStore,
    RenderedStore,
    SearchIndex,
    Stores,
    Upstream,
)
from packhouse.services.project_ports import RelationStore
from packhouse.services.provenance_ports import TrustRoot
from packhouse.services.provenances import Provenances
from packhouse.services.publishing import Places, Publishing, PublishingStore
from packhouse.services.recent import Recent
from packhouse.services.records import Records
from packhouse.services.resolve import Resolver
from packhouse.services.routing import Routing
from packhouse.services.search import Search
from packhouse.services.search_judge import SummaryJudge
from packhouse.services.search_scope import Scopes
from packhouse.services.signing import SigningKeys
from packhouse.services.similar_names import SimilarNames
from packhouse.services.sources.cached import Cached, Freshness
from packhouse.services.sources.chosen import Chosen
from packhouse.services.sources.counted import Counted
from packhouse.services.sources.divided import Divided
from packhouse.services.sources.filtered import Filtered
from packhouse.services.sources.guarded import Guarded
from packhouse.services.sources.hosted import Hosted
from packhouse.services.sources.known import KnownMalware
from packhouse.services.sources.remote import Coalesced, Remote
from packhouse.services.sources.source import Source
from packhouse.services.sources.stored import Stored
from packhouse.services.staging import Staging
from packhouse.services.summaries import Summaries
from packhouse.services.trusting import Trust, Trusting
from packhouse.services.usage import Usage

_RECORDS_BYTES = 64 << 20
"""Memory for records that were used a moment ago."""
_MAKING_BYTES = 16 << 20
"""Memory for those that graphs are made of in the background."""


class Store(
    PublishingStore,
    PeopleStore,
    HoldingsStore,
    HookStore,
    FeedStore,
    IndexStore,
    FurtherStore,
    RecordStore,
    ArtifactStore,
    RenderedStore,
    EventLog,
    SearchIndex,
    DownloadCounts,
    AdvisoryStore,
    AdvisoryIntake,
    NameStore,
    FactStore,
    RelationStore,
    GraphStore,
    Protocol,
):
    """Every port that a database implements for the services of an ecosystem."""


class Foundation(Struct, frozen=True):
    """What the services of all ecosystems stand on."""

    store: Store
    blobs: BlobStore
    upstream: Upstream
    gatherer: Gatherer
    recent: Recent
    notices: Notices
    usage: Usage
    people: People
    signing: SigningKeys
    poster: Poster
    limits: Limits
    trust: Trust
    advisories: Advisories
    clock: Clock
    freshness: Freshness = Freshness()
    access: AccessRules = AccessRules()
    invites: bool = True
    """Whether users are invited to own a package, rather than made owners at once."""
    archive_bytes: int = 100 << 20
    """The largest archive that may be published."""
    git_folder: Path | None = None
    """Where indexes are kept as git repositories."""
    categories: Path | None = None
    """A file of the categories that packages can be in; without one they are the usual ones."""
    publish_root: TrustRoot | None = None
    """A root of trust that provenance is checked against when it is published."""
    provenance_root: TrustRoot | None = None
    """A root of trust that statements about releases are checked against."""
    malware: Callable[[Ecosystem, PackageKey], bool] | None = lambda *_: False
    """Tells packages that may be installed although advisories call them malware; None where all may."""
    dependents: bool = True
    """Whether graphs are kept, so that dependents can be told."""
    documents_bytes: int = 32 << 20
    """Memory for index documents that are ready to send."""


class Wired(Struct, frozen=True):
    """The services and what has to be closed after them, in this order."""

    services: Services
    closing: Sequence[Callable[[], Awaitable[None]]]
    maker: GraphMaker | None = None
    """What makes the graphs that are kept; None where none are."""


def wire(
    ecosystem: Ecosystem, upstreams: Sequence[UpstreamRegistry], rules: Sequence[Rule], foundation: Foundation
) -> Wired:
    """Build one ecosystem's services.

    A request passes: Guarded (who may see what) -> Counted (downloads) -> Filtered (rules)
    -> Divided (what is hosted here or reserved is never asked elsewhere)
    -> Hosted | Chosen (the upstreams that may have the package) -> Cached -> Coalesced -> Remote.
    """
    store, clock = foundation.store, foundation.clock
    stores = Stores(store, store, foundation.blobs)
    routing = Routing(upstreams, ecosystem.identity)

    def cached(registry: UpstreamRegistry) -> Cached:
        remote = Remote(ecosystem, registry, foundation.upstream, foundation.gatherer)
        origin = Coalesced(remote)
        return Cached(ecosystem, origin, stores, foundation.recent, foundation.notices, clock, foundation.freshness)

    caches = {each.origin: cached(each) for each in upstreams}
    chosen = Chosen(routing, caches, merges=ecosystem.merges)
    dates = Dates(ecosystem, routing, foundation.gatherer, store, clock)
    access = Access(ecosystem, store, foundation.access, Namespaces(store))
    hosted = Hosted(ecosystem, stores, foundation.recent, clock)
    divided = Divided(hosted, chosen, access.is_ours)
    known = _known(ecosystem, foundation, access)
    source = Guarded(Counted(Filtered(divided, rules, clock, dates, known), foundation.usage), access)
    further = FurtherDocuments(ecosystem, routing, foundation.gatherer, store, access, clock)
    places = Places(store, foundation.blobs, foundation.recent)
    people = foundation.people
    summaries = Summaries(ecosystem, upstreams, store)
    publishing = Publishing(ecosystem, places, chosen, access, people.audit, foundation.notices, clock, summaries)
    origins = [each.origin for each in upstreams]
    scopes = Scopes(ecosystem.key, origins, store, foundation.access, ecosystem.identity)
    judge = SummaryJudge(summaries, access, store, foundation.recent, rules, clock, known)
    search = Search(store, scopes, judge.show, clock, judge)
    licences = FileLicences(ecosystem, origins, store, foundation.blobs, clock)
    records = Records(ecosystem, source, store, _RECORDS_BYTES, further, licences)
    documents = Documents(ecosystem, source, store, foundation.documents_bytes, clock)
    maker: GraphMaker | None = None
    if foundation.dependents and ecosystem.begin_resolution is not None:
        stored = {each.origin: Stored(each.origin, store, foundation.recent, clock) for each in upstreams}
        kept = Divided(hosted, Chosen(routing, stored, merges=ecosystem.merges), access.is_ours)
        quiet: Source = Guarded(Filtered(kept, rules, clock, dates, known), access)
        maker = GraphMaker(
            ecosystem,
            quiet,
            Records(ecosystem, quiet, store, _MAKING_BYTES, further),
            StoredDocuments(ecosystem, routing, store, access),
        )
    services = Services(
        ecosystem=ecosystem,
        upstreams=tuple(upstreams),
        source=source,
        documents=documents,
        records=records,
        further=further,
        insights=Insights(ecosystem, routing, foundation.gatherer, access, clock),
        resolver=Resolver(
            ecosystem,
            records,
            ManyDocuments(ecosystem, further, access),
            None if maker is None else KeptGraphs(store, source),
        ),
        dependents=None if maker is None else Dependents(ecosystem.key, store, access, maker),
        search=search,
        lookalikes=Lookalikes(ecosystem.key, search),
        similar=SimilarNames(ecosystem.key, store, search),
        feed=Feed(ecosystem.key, store, access, routing, rules, judge.show, clock, known),
        events=store,
        usage=foundation.usage,
        people=people,
        access=access,
        publishing=publishing,
        holdings=Holdings(ecosystem, store, access),
        signing=foundation.signing,
        staging=Staging(ecosystem.key, further, foundation.blobs, clock),
        hooks=Hooks(ecosystem.key, store, store, foundation.poster, clock),
        limits=foundation.limits,
        inviting=Inviting(ecosystem.key, publishing, people, invites=foundation.invites),
        trusting=Trusting(ecosystem, foundation.trust, access, people, clock),
        provenances=Provenances(ecosystem, routing, further, store, access, clock, foundation.provenance_root),
        advisories=foundation.advisories,
        clock=clock,
        freshness=foundation.freshness,
        archive_bytes=foundation.archive_bytes,
        git_folder=None if foundation.git_folder is None else foundation.git_folder / ecosystem.key,
        categories=foundation.categories,
        publish_root=foundation.publish_root,
    )
    closing = [*(cache.close for cache in caches.values()), further.close, documents.close]
    return Wired(services, closing, maker)


def _known(ecosystem: Ecosystem, foundation: Foundation, access: Access) -> KnownMalware | None:
    """Make what refuses malware; None where it is let through."""
    if foundation.malware is None:
        return None
    exempt = foundation.malware
    return KnownMalware(ecosystem, foundation.advisories, access.is_ours, lambda key: exempt(ecosystem, key))
