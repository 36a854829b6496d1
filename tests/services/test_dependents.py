"""Dependents: exact whatever happens, and nothing told of what is hidden."""

from collections.abc import Sequence
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.actor import ANYONE, Actor
from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.package import Moment
from packhouse.domain.view import View
from packhouse.services.access import AccessRules
from packhouse.services.dependent_ports import DependentCount
from packhouse.services.graph_following import GraphPace
from tests.services.graph_world import ROOT, GraphWorld, dependents_in, key_of

pytestmark = pytest.mark.anyio

ADA, BOB = Actor("ada"), Actor("bob")
NAMES = ("a", "b", "c", "d", "e")
VERSIONS = ("1.0", "1.1", "2.0")


async def test_direct_and_indirect_dependents_are_told_apart() -> None:
    world = GraphWorld()
    await world.fetch("seed", {"1.0": ()})
    await world.fetch("apple", {"1.0": ("seed *",)})
    await world.fetch("pie", {"1.0": ("apple *",)})
    await world.follower.catch_up()
    assert await world.count("seed", "1.0") == DependentCount(1, 1)
    assert await world.list("seed", "1.0") == [("apple", "direct"), ("pie", "indirect")]
    assert await world.count("pie", "1.0") == DependentCount()


async def test_the_path_leads_from_the_dependent_to_the_release() -> None:
    world = GraphWorld()
    await world.fetch("seed", {"1.0": ()})
    await world.fetch("apple", {"1.0": ("seed 1.*",)})
    await world.fetch("pie", {"2.0": ("apple *",)})
    await world.follower.catch_up()
    page = await world.dependents.list(View(), key_of("seed"), "1.0", "", 10)
    steps = [(step.package.name, step.version, step.requirement) for step in page.dependents[-1].path]
    assert steps == [("pie", "2.0", ""), ("apple", "1.0", "*"), ("seed", "1.0", "1.*")]


async def test_only_the_default_version_counts_and_only_the_release_that_it_gets() -> None:
    world = GraphWorld()
    await world.fetch("seed", {"1.0": (), "2.0": ()})
    await world.fetch("apple", {"1.0": ("seed 1.*",), "2.0": ("seed 2.*",)})
    await world.follower.catch_up()
    assert await world.count("seed", "1.0") == DependentCount()
    assert await world.count("seed", "2.0") == DependentCount(1, 0)
    await world.fetch("apple", {"1.0": ("seed 1.*",), "!2.0": ("seed 2.*",)})
    await world.follower.catch_up()
    assert await world.count("seed", "1.0") == DependentCount(1, 0)


async def test_a_new_release_is_followed_and_so_is_what_was_missing() -> None:
    world = GraphWorld()
    await world.fetch("apple", {"1.0": ("seed *",)})
    await world.follower.catch_up()
    await world.fetch("seed", {"1.0": ()})
    await world.follower.catch_up()
    assert await world.count("seed", "1.0") == DependentCount(1, 0)
    await world.fetch("seed", {"1.0": (), "1.1": ()})
    await world.follower.catch_up()
    assert await world.count("seed", "1.0") == DependentCount()
    assert await world.count("seed", "1.1") == DependentCount(1, 0)


async def test_a_hidden_package_is_neither_counted_nor_listed() -> None:
    world = GraphWorld()
    await world.fetch("seed", {"1.0": ()})
    await world.publish("secret", {"1.0": ("seed *",)}, ["ada"], restricted=True)
    await world.follower.catch_up()
    for stranger in (ANYONE, BOB):
        assert await world.count("seed", "1.0", stranger) == DependentCount()
        assert await world.list("seed", "1.0", stranger) == []
    assert await world.count("seed", "1.0", ADA) == DependentCount(1, 0)
    with pytest.raises(NotFound):
        await world.count("secret", "1.0", BOB)


async def test_what_depends_by_way_of_a_hidden_package_alone_does_not_depend_for_who_cannot_see_it() -> None:
    world = GraphWorld()
    await world.fetch("seed", {"1.0": ()})
    await world.publish("secret", {"1.0": ("seed *",)}, ["ada"], restricted=True)
    await world.publish("open", {"1.0": ("secret *",)})
    await world.publish("both", {"1.0": ("secret *", "seed *")})
    await world.follower.catch_up()
    assert dict(await world.list("seed", "1.0", ADA)) == {"both": "direct", "secret": "direct", "open": "indirect"}
    assert await world.list("seed", "1.0", BOB) == [("both", "direct")]
    assert await world.count("seed", "1.0", BOB) == DependentCount(1, 0)


async def test_pages_put_together_are_the_whole_list() -> None:
    world = GraphWorld()
    await world.fetch("seed", {"1.0": ()})
    await world.publish("secret", {"1.0": ()}, ["ada"], restricted=True)
    for number in range(7):
        await world.fetch(f"d{number}", {"1.0": ("seed *",)})
        await world.fetch(f"i{number}", {"1.0": (f"d{number} *",)})
        await world.fetch(f"o{number}", {"1.0": ("seed *", "secret *")})
    await world.follower.catch_up()
    whole = await world.list("seed", "1.0")
    assert len(whole) == len(set(whole)) == 21
    for size in (1, 2, 3, 7, 14, 20, 21):
        assert await world.list("seed", "1.0", size=size) == whole


async def test_a_cursor_that_is_none_is_refused() -> None:
    world = GraphWorld()
    await world.fetch("seed", {"1.0": ()})
    for cursor in ("x", "0.a", "1", "1.", "9.seed", "\0"):
        with pytest.raises(Invalid):
            await world.dependents.list(View(), key_of("seed"), "1.0", cursor, 10)


async def test_of_the_past_nothing_is_known() -> None:
    world = GraphWorld()
    await world.fetch("seed", {"1.0": ()})
    with pytest.raises(NotFound):
        await world.dependents.count(View(as_of=Moment(1)), key_of("seed"), "1.0")


async def test_where_everybody_needs_a_grant_each_sees_what_they_were_granted() -> None:
    world = GraphWorld(access=AccessRules(hosted="granted"))
    await world.fetch("seed", {"1.0": ()})
    await world.publish("mine", {"1.0": ("seed *",)}, ["ada"])
    await world.publish("theirs", {"1.0": ("seed *", "mine *")}, ["bob"])
    await world.follower.catch_up()
    assert await world.list("seed", "1.0", ADA) == [("mine", "direct")]
    assert await world.list("seed", "1.0", BOB) == [("theirs", "direct")]
    assert await world.count("seed", "1.0", ROOT) == DependentCount(2, 0)
    assert await world.count("seed", "1.0") == DependentCount()


async def test_another_process_goes_on_where_the_first_was_stopped(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "packhouse.sqlite3")
    world = GraphWorld(store)
    for number in range(30):
        await world.fetch(f"p{number}", {"1.0": ("seed *",)})
    await world.fetch("seed", {"1.0": ()})
    for _ in range(2):
        await world.follower.step()
    store.close()
    world.store = SqlStore.open(tmp_path / "packhouse.sqlite3")
    world.restart()
    made = await world.store.count_due_graphs(world.now)
    assert 0 < made < 31
    await world.follower.catch_up()
    assert await world.count("seed", "1.0") == DependentCount(30, 0)
    world.store.close()


async def test_what_happens_while_a_graph_is_made_is_not_lost() -> None:
    world = GraphWorld()
    for number in range(20):
        await world.fetch(f"p{number}", {"1.0": ("seed *",)})
    async with anyio.create_task_group() as group:
        group.start_soon(world.follower.run)
        for version in range(1, 15):
            await world.fetch("seed", {f"{each}.0": () for each in range(1, version)})
            await anyio.sleep(0.003)
        with anyio.fail_after(10):
            while await world.count("seed", "9.0") != DependentCount(20, 0):  # noqa: ASYNC110 (the store tells nobody)
                await anyio.sleep(0.01)
        group.cancel_scope.cancel()


async def test_two_processes_that_follow_the_same_log_agree(tmp_path: Path) -> None:
    path = tmp_path / "packhouse.sqlite3"
    worlds = [GraphWorld(SqlStore.open(path)) for _ in range(2)]
    async with anyio.create_task_group() as group:
        for world in worlds:
            group.start_soon(world.follower.run)
        for number in range(1, 13):
            await worlds[number % 2].fetch("seed", {f"{each:02}": () for each in range(1, number + 1)})
            await worlds[number % 2].fetch(f"p{number}", {"1.0": ("seed *",)})
            await anyio.sleep(0.002)
        with anyio.fail_after(20):
            for world in worlds:
                while await world.count("seed", "12") != DependentCount(12, 0):  # noqa: ASYNC110 (the store tells nobody)
                    await anyio.sleep(0.01)
        assert await worlds[0].count("seed", "11") == DependentCount()
        group.cancel_scope.cancel()
    for world in worlds:
        world.store.close()


async def test_a_kept_graph_is_answered_only_while_it_is_what_resolving_would_make() -> None:
    world = GraphWorld()
    await world.fetch("seed", {"1.0": ()})
    await world.fetch("apple", {"1.0": ("seed *",)})
    await world.follower.catch_up()
    apple = key_of("apple")
    for releases in ({"1.0": ()}, {"1.0": (), "1.1": ()}):
        await world.fetch("seed", releases)
        found = await world.services.resolver.resolve(View(), apple, "1.0")
        assert found == await world.plain.resolve(View(), apple, "1.0")


_needs = st.lists(st.builds("{} {}".format, st.sampled_from(NAMES), st.sampled_from(("*", "1.*", "2.*"))), max_size=3)
_releases = st.dictionaries(
    st.builds(lambda yanked, version: f"!{version}" if yanked else version, st.booleans(), st.sampled_from(VERSIONS)),
    _needs.map(tuple),
    max_size=3,
).filter(lambda found: len({each.lstrip("!") for each in found}) == len(found))
_steps = st.one_of(
    st.tuples(st.just("fetch"), st.sampled_from(NAMES), _releases),
    st.tuples(st.just("publish"), st.sampled_from(NAMES), _releases),
    st.tuples(st.just("hide"), st.sampled_from(NAMES), _releases),
    st.tuples(st.just("remove"), st.sampled_from(NAMES)),
    st.tuples(st.just("vanish"), st.sampled_from(NAMES)),
    st.tuples(st.just("step")),
    st.tuples(st.just("restart")),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_steps, min_size=1, max_size=14))
def test_counts_and_lists_are_what_looking_through_all_graphs_finds(steps: Sequence[tuple[object, ...]]) -> None:
    anyio.run(_live, steps)


async def _live(steps: Sequence[tuple[object, ...]]) -> None:
    world = GraphWorld()
    for step in steps:
        await _do(world, step)
    await world.follower.catch_up()
    for actor in (ANYONE, ADA, BOB, ROOT):
        graphs = await world.graphs(NAMES, actor)
        for name in NAMES:
            for version in VERSIONS:
                try:
                    found = await world.list(name, version, actor, size=2)
                except NotFound:
                    continue
                expected = dependents_in(graphs, name, version)
                assert sorted(found) == sorted(expected)
                direct = sum(relation == "direct" for _, relation in expected)
                assert await world.count(name, version, actor) == DependentCount(direct, len(expected) - direct)


async def _do(world: GraphWorld, step: Sequence[object]) -> None:
    what, *rest = step
    if what == "step":
        await world.follower.step()
    elif what == "restart":
        world.restart()
    elif what == "fetch":
        await world.fetch(*rest)  # type: ignore[arg-type]
    elif what == "publish":
        await world.publish(*rest)  # type: ignore[arg-type]
    elif what == "hide":
        await world.publish(*rest, ["ada"], restricted=True)  # type: ignore[arg-type, misc]
    elif what == "remove":
        await world.remove(*rest)  # type: ignore[arg-type]
    else:
        await world.vanish(*rest)  # type: ignore[arg-type]


async def test_graphs_wait_while_packages_come_in() -> None:
    world = GraphWorld(pace=GraphPace(look_s=0.1, share=1.0))
    await world.fetch("seed", {"1.0": ()})
    await world.fetch("apple", {"1.0": ("seed *",)})
    async with anyio.create_task_group() as group:
        group.start_soon(world.follower.run)
        for number in range(60):
            await world.fetch(f"more-{number}", {"1.0": ()})
            await anyio.sleep(0.01)
        assert await world.count("seed", "1.0") == DependentCount()
        with anyio.fail_after(20):
            while await world.count("seed", "1.0") != DependentCount(1, 0):  # noqa: ASYNC110 (the store tells nobody)
                await anyio.sleep(0.02)
        group.cancel_scope.cancel()


async def test_graphs_do_not_wait_for_ever() -> None:
    world = GraphWorld(pace=GraphPace(look_s=0.02, share=1.0, longest_wait_s=0.05))
    await world.fetch("seed", {"1.0": ()})
    await world.fetch("apple", {"1.0": ("seed *",)})
    async with anyio.create_task_group() as group:
        group.start_soon(world.follower.run)
        for number in range(3000):
            await world.fetch(f"more-{number % 7}", {f"1.{number}": ()})
            await anyio.sleep(0.005)
            if await world.count("seed", "1.0") == DependentCount(1, 0):
                break
        assert await world.count("seed", "1.0") == DependentCount(1, 0)
        group.cancel_scope.cancel()
