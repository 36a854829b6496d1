"""Projects are asked for seldom, and nobody waits for long."""

import asyncio

import pytest

from packhouse.adapters.memory.forges import MemoryForges, Told
from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.errors import UpstreamDown
from packhouse.domain.package import Moment
from packhouse.domain.project import FactKind, Project, Repository, Scorecard
from packhouse.services.project_ports import StoredFact
from packhouse.services.projects import ProjectPace, Projects

pytestmark = pytest.mark.anyio

CRATE = "github.com/orchard/crate"
PACE = ProjectPace(fresh_ms=1000, missing_ms=100, failed_ms=10, wait_s=0.05)
DOWN = UpstreamDown("the forge is down")


class World:
    """Projects over forges that are given, with a clock that stands still."""

    def __init__(self, *told: tuple[str, Told]) -> None:
        self.now = Moment(1_000_000)
        self.store = MemoryStore()
        self.forges = MemoryForges(told, lambda: self.now)
        self.projects = Projects(self.store, self.forges, lambda: self.now, PACE)

    def count(self, kind: FactKind = "repository") -> int:
        return [asked for _, asked in self.forges.asked].count(kind)

    def pass_ms(self, count: int) -> None:
        self.now = Moment(self.now + count)

    async def stars(self, project: str = CRATE) -> int | None:
        found = await self.projects.find(project)
        assert found is not None
        assert found.repository is not None
        return found.repository.stars

    async def settle(self) -> None:
        """Let what goes on in the background come to its end."""
        for _ in range(10):
            await asyncio.sleep(0)


class SlowForges(MemoryForges):
    """Forges that answer when they are let."""

    def __init__(self) -> None:
        super().__init__([(CRATE, Repository(CRATE, stars=5))], lambda: Moment(0))
        self.gate = asyncio.Event()

    async def fetch_fact(self, project: str, kind: FactKind, known: StoredFact | None) -> StoredFact | None:
        await self.gate.wait()
        return await super().fetch_fact(project, kind, known)


async def test_a_forge_is_asked_once_and_then_the_store_answers() -> None:
    world = World((CRATE, Repository(CRATE, stars=5)), (CRATE, Scorecard(Moment(0), 7.5)))
    for _ in range(3):
        found = await world.projects.find(CRATE)
        assert found == Project(CRATE, Repository(CRATE, stars=5), Scorecard(Moment(0), 7.5), None, Moment(1_000_000))
    assert (world.count(), world.count("scorecard")) == (1, 1)


async def test_who_asks_at_the_same_time_shares_one_question() -> None:
    world = World((CRATE, Repository(CRATE, stars=5)))
    assert await asyncio.gather(*(world.stars() for _ in range(20))) == [5] * 20
    assert world.count() == 1


async def test_an_old_answer_is_given_at_once_and_asked_for_anew() -> None:
    world = World((CRATE, Repository(CRATE, stars=5)))
    assert await world.stars() == 5
    world.forges.tell(CRATE, Repository(CRATE, stars=6))
    world.pass_ms(999)
    assert await world.stars() == 5
    await world.settle()
    assert world.count() == 1
    world.pass_ms(1)
    assert await world.stars() == 5
    await world.settle()
    assert await world.stars() == 6
    assert world.count() == 2


async def test_an_old_answer_stands_while_the_forge_is_down() -> None:
    world = World((CRATE, Repository(CRATE, stars=5)))
    assert await world.stars() == 5
    world.forges.tell(CRATE, DOWN)
    for _ in range(3):
        world.pass_ms(2000)
        assert await world.stars() == 5
        await world.settle()


async def test_of_what_is_not_known_and_cannot_be_asked_that_is_said_and_soon_tried_again() -> None:
    world = World((CRATE, DOWN))
    for _ in range(2):
        with pytest.raises(UpstreamDown):
            await world.projects.find(CRATE)
    assert world.count() == 1
    world.pass_ms(10)
    world.forges.tell(CRATE, Repository(CRATE, stars=5))
    assert await world.stars() == 5


async def test_a_repository_that_is_not_there_is_not_looked_for_again_for_a_while() -> None:
    world = World()
    for _ in range(3):
        assert await world.projects.find(CRATE) is None
    assert world.count() == 1
    assert not await world.store.find_project_facts(CRATE), "no row for what anybody makes up"
    world.pass_ms(100)
    world.forges.tell(CRATE, Repository(CRATE, stars=5))
    assert await world.stars() == 5


async def test_a_repository_that_has_gone_is_gone() -> None:
    world = World((CRATE, Repository(CRATE, stars=5)))
    assert await world.stars() == 5
    world.forges.forget(CRATE)
    world.pass_ms(1000)
    assert await world.stars() == 5
    await world.settle()
    assert await world.projects.find(CRATE) is None


async def test_nobody_waits_longer_than_agreed_and_the_answer_is_kept() -> None:
    forges = SlowForges()
    projects = Projects(MemoryStore(), forges, lambda: Moment(0), PACE)
    with pytest.raises(UpstreamDown, match="takes long"):
        await projects.find(CRATE)
    forges.gate.set()
    await asyncio.sleep(0.01)
    found = await projects.find(CRATE)
    assert found is not None
    assert forges.asked.count((CRATE, "repository")) == 1


async def test_what_is_under_way_ends_with_the_server() -> None:
    projects = Projects(MemoryStore(), SlowForges(), lambda: Moment(0), PACE)
    with pytest.raises(UpstreamDown):
        await projects.find(CRATE)
    await projects.close()


async def test_scorecard_is_not_asked_about_what_not_everybody_may_see() -> None:
    world = World((CRATE, Repository(CRATE, private=True)), (CRATE, Scorecard(Moment(0), 7.5)))
    found = await world.projects.find(CRATE)
    assert found is not None
    assert found.scorecard is None
    assert world.count("scorecard") == 0


async def test_others_are_asked_about_the_new_name_of_a_repository_that_has_moved() -> None:
    moved = "github.com/grove/crate"
    world = World((CRATE, Repository(moved, stars=5)), (moved, Scorecard(Moment(0), 7.5)))
    found = await world.projects.find(CRATE)
    assert found is not None
    assert found.moved
    assert found.scorecard == Scorecard(Moment(0), 7.5)


async def test_an_imported_scorecard_stands_until_a_later_one_is_told() -> None:
    world = World((CRATE, Repository(CRATE)), (CRATE, Scorecard(Moment(1), 1.0)))
    imported = StoredFact(CRATE, "scorecard", Moment(5), Scorecard(Moment(2), 2.0))
    await world.store.write_project_facts([imported])
    for date, score in ((1, 2.0), (3, 3.0)):
        world.forges.tell(CRATE, Scorecard(Moment(date), float(date)))
        found = await world.projects.refresh(CRATE)
        assert found is not None
        assert found.scorecard is not None
        assert found.scorecard.score == score


async def test_all_that_is_known_is_refreshed_and_failures_are_counted() -> None:
    names = [f"github.com/orchard/r{number:03}" for number in range(250)]
    world = World(*((name, Repository(name, stars=1)) for name in names[1:]), (names[0], DOWN))
    old = [StoredFact(name, "repository", Moment(0), Repository(name)) for name in (*names, "git.example/a/b")]
    await world.store.write_project_facts(old)
    assert await world.projects.refresh_all() == (249, 1)
    assert await world.stars(names[249]) == 1
    assert world.count() == 250


async def test_of_a_host_that_nobody_asks_only_what_was_imported_is_known() -> None:
    world = World()
    other = "git.example/orchard/crate"
    assert await world.projects.find(other) is None
    await world.store.write_project_facts([StoredFact(other, "scorecard", Moment(5), Scorecard(Moment(2), 2.0))])
    found = await world.projects.find(other)
    assert found is not None
    assert not world.forges.asked
