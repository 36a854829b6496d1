"""All services of one ecosystem, as a door is handed them."""

from pathlib import Path

from msgspec import Struct

from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.services.access import Access
from packhouse.services.advisories import Advisories
from packhouse.services.dependents import Dependents
from packhouse.services.documents import Documents
from packhouse.services.feed import Feed
from packhouse.services.further import FurtherDocuments
from packhouse.services.holdings import Holdings
from packhouse.services.hooks import Hooks
from packhouse.services.insights import Insights
from packhouse.services.inviting import Inviting
from packhouse.services.limits import Limits
from packhouse.services.lookalikes import Lookalikes
from packhouse.services.people import People
from packhouse.services.ports import Clock, EventLog
from packhouse.services.provenance_ports import TrustRoot
from packhouse.services.provenances import Provenances
from packhouse.services.publishing import Publishing
from packhouse.services.records import Records
from packhouse.services.resolve import Resolver
from packhouse.services.search import Search
from packhouse.services.signing import SigningKeys
from packhouse.services.similar_names import SimilarNames
from packhouse.services.sources.cached import Freshness
from packhouse.services.sources.source import Source
from packhouse.services.staging import Staging
from packhouse.services.trusting import Trusting
from packhouse.services.usage import Usage


class Services(Struct, frozen=True):
    """One ecosystem and what can be asked of it."""

    ecosystem: Ecosystem
    upstreams: tuple[UpstreamRegistry, ...]
    """In the order in which they are asked."""
    source: Source
    documents: Documents
    records: Records
    further: FurtherDocuments
    insights: Insights
    resolver: Resolver
    search: Search
    lookalikes: Lookalikes
    similar: SimilarNames
    feed: Feed
    events: EventLog
    usage: Usage
    people: People
    access: Access
    publishing: Publishing
    holdings: Holdings
    signing: SigningKeys
    staging: Staging
    hooks: Hooks
    limits: Limits
    inviting: Inviting
    trusting: Trusting
    provenances: Provenances
    advisories: Advisories
    """Of all ecosystems, not of this one alone."""
    clock: Clock
    dependents: Dependents | None = None
    """None where graphs are not kept."""
    freshness: Freshness = Freshness()
    """How old documents may become."""
    archive_bytes: int = 100 << 20
    """The largest archive that may be published."""
    git_folder: Path | None = None
    """Where the index is kept as a git repository; None where it is none."""
    categories: Path | None = None
    """A file of the categories that packages can be in; without one they are the usual ones."""
    publish_root: TrustRoot | None = None
    """A root of trust that provenance is checked against when it is published; without one it is kept as given."""
