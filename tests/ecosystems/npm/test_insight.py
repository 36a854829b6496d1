"""Downloads, owners and search, as the registry's API words them."""

import msgspec
import pytest

from packhouse.adapters.memory.upstream import MemoryUpstream
from packhouse.domain.errors import Invalid, NotFound, UpstreamBad
from packhouse.domain.insight import Owner
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.release import Person
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems.npm import ECOSYSTEM
from packhouse.services.gathering import Gatherer
from packhouse.services.insights import Insights
from packhouse.services.routing import Routing
from tests.people import open_access

pytestmark = pytest.mark.anyio

NPM = UpstreamRegistry("npm", "npm", "https://npm.example", urls={"downloads": "https://counts.example"})
EXPRESS = PackageKey("npm", NormalName("express"))
SCOPED = PackageKey("npm", NormalName("@types/node"))


def _insights(**answers: object) -> tuple[Insights, MemoryUpstream]:
    urls = {
        "month": "https://counts.example/downloads/range/last-month/express",
        "scoped": "https://counts.example/downloads/range/last-day/@types/node",
        "packument": "https://npm.example/express",
        "search": "https://npm.example/-/v1/search?text=router&from=20&size=10",
        "mine": "https://npm.example/-/v1/search?text=maintainer%3Aann&from=0&size=250",
    }
    upstream = MemoryUpstream(
        {urls[name]: each if isinstance(each, bytes) else msgspec.json.encode(each) for name, each in answers.items()}
    )

    def clock() -> Moment:
        return Moment(0)

    return Insights(ECOSYSTEM, Routing((NPM,)), Gatherer(upstream, clock), open_access(ECOSYSTEM), clock), upstream


async def test_the_days_of_a_period_are_added_up() -> None:
    days = [{"day": "2026-01-01", "downloads": 3}, {"day": "2026-01-02", "downloads": 4}]
    answer = {"start": "2026-01-01", "end": "2026-01-02", "package": "express", "downloads": days}
    insights, upstream = _insights(month=answer, scoped=answer)
    told = await insights.downloads(View(), EXPRESS)
    assert (told.value.counts, told.value.until, told.upstream) == ({"last-month": 7}, "2026-01-02", "npm")
    assert told.value.daily == {"2026-01-01": 3, "2026-01-02": 4}
    assert (await insights.downloads(View(), SCOPED, "last-day")).value.counts == {"last-day": 7}
    await insights.downloads(View(), EXPRESS)
    assert len(upstream.requests) == 2


async def test_another_period_is_refused_by_name() -> None:
    insights, upstream = _insights()
    with pytest.raises(Invalid, match="last-decade"):
        await insights.downloads(View(), EXPRESS, "last-decade")
    assert upstream.requests == []


async def test_a_package_that_is_not_counted_is_not_found() -> None:
    with pytest.raises(NotFound):
        await _insights()[0].downloads(View(), EXPRESS)


async def test_owners_are_the_maintainers_of_the_packument() -> None:
    people = [{"name": "ann", "email": "ann@acme.example"}, "bob <bob@acme.example>", {"username": "eve"}]
    insights, _ = _insights(packument={"name": "express", "maintainers": people})
    assert (await insights.owners(View(), EXPRESS)).value == (
        Owner("ann", Person(email="ann@acme.example")),
        Owner("bob", Person(email="bob@acme.example")),
        Owner("eve", Person()),
    )


async def test_a_search_keeps_page_order_dates_and_downloads_and_leaves_out_impossible_names() -> None:
    found = {
        "package": {
            "name": "express",
            "version": "5.0.0",
            "description": "Fast",
            "date": "2026-01-01T00:00:00.000Z",
            "links": {"homepage": "https://express.example", "npm": "https://npm.example/express"},
        },
        "downloads": {"monthly": 10.0, "weekly": 2},
        "searchScore": 1.5,
    }
    answer = {"objects": [found, {"package": {"name": "../../x"}}, {"package": {"name": "a"}}], "total": 3, "time": "x"}
    insights, _ = _insights(search=answer, mine=answer)
    hits = (await insights.search(View(), "router", 20, 10)).value
    assert [(hit.name, hit.version, hit.downloads) for hit in hits.hits] == [("express", "5.0.0", 10), ("a", "", None)]
    assert (hits.total, hits.hits[0].published_at) == (3, 1_767_225_600_000)
    assert hits.hits[0].links == {"homepage": "https://express.example"}
    assert len((await insights.packages_of(View(), "ann", 0, 1000)).value.hits) == 2


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"objects":[{"package":{}}]}', b"[" * 100_000])
async def test_nonsense_is_the_upstreams_fault(body: bytes) -> None:
    with pytest.raises(UpstreamBad):
        await _insights(search=body)[0].search(View(), "router", 20, 10)
