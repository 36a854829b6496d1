"""What registries tell: once for all who ask, kept a while, and not told where they tell nothing."""

import asyncio

import msgspec
import pytest

from packhouse.adapters.memory.upstream import MemoryUpstream
from packhouse.domain.ecosystem import Insight
from packhouse.domain.errors import NotFound, NotTold, UpstreamDown
from packhouse.domain.insight import Downloads
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.upstream import Gathering, UpstreamRegistry, UpstreamRequest
from packhouse.domain.view import View
from packhouse.services.gathering import Gatherer
from packhouse.services.insights import Insights
from packhouse.services.routing import Routing
from tests.people import open_access
from tests.toy import TOY, toy_key

pytestmark = pytest.mark.anyio

URL = "https://one.example/downloads/thing"
THING = toy_key("thing")


def _downloads(registry: UpstreamRegistry, key: PackageKey, period: str) -> Gathering[Downloads]:
    (answer,) = yield (UpstreamRequest(f"{registry.url}/downloads/{key.name}"),)
    if answer.status == 404:
        raise NotFound("not counted")
    return Downloads({period or "total": int(answer.body)})


ECOSYSTEM = msgspec.structs.replace(TOY, insight=Insight(downloads=_downloads))


class Scene:
    """Insights over two upstreams, with a clock that is put forward by hand."""

    def __init__(self) -> None:
        self.now = Moment(0)
        self.upstream = MemoryUpstream({URL: b"7"})
        registries = [UpstreamRegistry(name, "toy", f"https://{name}.example") for name in ("one", "two")]
        self.insights = Insights(
            ECOSYSTEM, Routing(registries), Gatherer(self.upstream, self.clock), open_access(ECOSYSTEM), self.clock
        )

    def clock(self) -> Moment:
        """Tell the time."""
        return self.now


async def test_many_who_ask_are_told_once_and_again_only_when_it_is_old() -> None:
    scene = Scene()
    await asyncio.gather(*(scene.insights.downloads(View(), THING) for _ in range(9)))
    scene.now = Moment(3_599_999)
    told = await scene.insights.downloads(View(), THING)
    assert (told.value.counts, told.upstream, told.at, told.stale) == ({"total": 7}, "one", 0, False)
    assert len(scene.upstream.requests) == 1
    scene.now = Moment(3_600_000)
    await scene.insights.downloads(View(), THING)
    assert len(scene.upstream.requests) == 2


async def test_what_was_told_before_is_told_again_as_old_while_the_registry_is_down() -> None:
    scene = Scene()
    await scene.insights.downloads(View(), THING)
    scene.upstream.answers[URL] = UpstreamDown("one.example does not answer")
    scene.now = Moment(4_000_000)
    told = await scene.insights.downloads(View(), THING)
    assert (told.value.counts, told.stale) == ({"total": 7}, True)
    with pytest.raises(UpstreamDown):
        await scene.insights.downloads(View(), THING, "another")


async def test_the_next_registry_is_asked_for_what_the_first_does_not_know() -> None:
    scene = Scene()
    scene.upstream.answers = {"https://two.example/downloads/thing": b"3"}
    assert (await scene.insights.downloads(View(), THING)).upstream == "two"
    with pytest.raises(NotFound):
        await scene.insights.downloads(View(), toy_key("absent"))


async def test_what_a_registry_does_not_tell_is_said_so() -> None:
    insights = Scene().insights
    for asked in (
        insights.owners(View(), THING),
        insights.packages_of(View(), "ann", 0, 10),
        insights.search(View(), "text", 0, 10),
    ):
        with pytest.raises(NotTold, match="Toy"):
            await asked
