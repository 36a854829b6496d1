"""Hooks are told of what they watch: at least once, signed, again after a failure, and nothing they may not know."""

import asyncio
import hashlib
import hmac
import logging
from itertools import pairwise
from pathlib import Path

import pytest

from packhouse.adapters.memory.hooks import MemoryHooks
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.errors import StorageError
from packhouse.domain.events import EventKind
from packhouse.domain.hooks import TOLD, Attempt, Delivery
from packhouse.domain.package import Moment
from packhouse.services.hook_deliveries import Pace
from tests.services.hook_world import ENDPOINT, World, view

pytestmark = pytest.mark.anyio

PUBLISHED: EventKind = "release_published"


async def test_a_hook_is_told_of_its_package_and_of_no_other() -> None:
    world = World()
    await world.hook("left")
    await world.happens("left", (PUBLISHED, "1.0.0"))
    await world.happens("right", (PUBLISHED, "1.0.0"))
    assert await world.runs() == [{"event": PUBLISHED, "name": "left", "version": "1.0.0"}]
    assert await world.runs() == []


async def test_a_hook_on_a_scope_is_told_of_all_in_it_and_of_none_that_only_begins_alike() -> None:
    world = World()
    await world.hook("@acme", "scope")
    for name in ("@acme/a", "@acme/b", "@acmeish/c", "acme", "@acme"):
        await world.happens(name, (PUBLISHED, "1.0.0"))
    assert [told["name"] for told in await world.runs()] == ["@acme/a", "@acme/b"]


async def test_a_hook_on_a_user_is_told_of_what_they_own() -> None:
    world = World()
    await world.hook("bob", "owner")
    await world.happens("left", (PUBLISHED, "1.0.0"), owner="bob")
    await world.happens("right", (PUBLISHED, "1.0.0"), owner="eve")
    assert [told["name"] for told in await world.runs()] == ["left"]


async def test_who_was_just_removed_as_an_owner_is_told_of_that() -> None:
    world = World()
    await world.hook("bob", "owner")
    await world.happens("left", ("owner_removed", ""), owner="eve", user="bob")
    assert [told["event"] for told in await world.runs()] == ["owner_removed"]


@pytest.mark.parametrize("kind", sorted(TOLD))
async def test_every_kind_of_change_is_told(kind: EventKind) -> None:
    world = World()
    await world.hook("left")
    await world.happens("left", (kind, "1.0.0"))
    assert [told["event"] for told in await world.runs()] == [kind]


async def test_the_tag_that_a_release_brings_with_it_is_not_told_apart_from_it() -> None:
    world = World(pace=Pace(batch=2))
    await world.hook("left")
    await world.happens("left", ("owner_added", ""))
    await world.happens("left", (PUBLISHED, "1.0.0"), ("tag_moved", "1.0.0"))
    await world.happens("left", ("tag_moved", "1.0.0"))
    assert [told["event"] for told in await world.runs()] == ["owner_added", PUBLISHED, "tag_moved"]


async def test_what_happened_before_a_hook_was_made_is_not_told() -> None:
    world = World()
    await world.happens("left", (PUBLISHED, "1.0.0"))
    await world.hook("left")
    await world.happens("left", (PUBLISHED, "2.0.0"))
    assert [told["version"] for told in await world.runs()] == ["2.0.0"]


async def test_a_registrys_own_packages_are_told_to_its_own_hooks_only() -> None:
    world = World()
    await world.hook("left")
    await world.happens("left", (PUBLISHED, "1.0.0"), origin="hosted:team")
    await world.happens("left", ("release_seen", "2.0.0"), origin="upstream:first")
    assert [told["version"] for told in await world.runs()] == ["2.0.0"]


async def test_the_body_is_signed_with_the_secret() -> None:
    world = World()
    await world.hook("left", secret="sésame")
    await world.happens("left", (PUBLISHED, "1.0.0"))
    await world.runs()
    ((endpoint, body, headers),) = world.poster.sent
    assert endpoint == ENDPOINT
    digest = hmac.new("sésame".encode(), body, hashlib.sha256).hexdigest()
    assert headers == {"Content-Type": "application/json", "x-plain-signature": f"sha256={digest}"}


async def test_what_the_owner_may_not_read_is_not_told_to_them() -> None:
    world = World()
    await world.hook("secret-sauce", owner="eve")
    await world.hook("ada", "owner", owner="eve")
    await world.hook("secret-sauce", owner="ada", endpoint="https://ada.example/")
    await world.happens("secret-sauce", (PUBLISHED, "1.0.0"))
    await world.runs()
    assert [endpoint for endpoint, *_ in world.poster.sent] == ["https://ada.example/"]
    await world.passes(60 * 24 * 9)
    assert len(world.poster.sent) == 1


async def test_who_has_lost_access_while_a_message_waited_is_not_told() -> None:
    world = World({ENDPOINT: [500, 200]})
    await world.hook("left", owner="bob")
    await world.happens("left", (PUBLISHED, "1.0.0"))
    assert len(await world.runs()) == 1
    world.gone.add("bob")
    assert await world.passes(60 * 24 * 9) == []


async def test_a_release_that_was_refused_is_not_told() -> None:
    world = World()
    await world.hook("left")
    await world.happens("left", (PUBLISHED, "refused"))
    assert await world.runs() == []
    assert await world.queue.next_due() is None


async def test_the_owner_sees_what_became_of_the_last_delivery() -> None:
    world = World({ENDPOINT: [503, 202]})
    hook = await world.hook("left")
    assert (hook.delivered, hook.last_delivery_at, hook.response_code) == (0, None, 0)
    await world.happens("left", (PUBLISHED, "1.0.0"))
    await world.runs()
    failed = await world.hooks.get(view(), hook.id)
    assert (failed.delivered, failed.last_delivery_at, failed.response_code) == (0, world.now, 503)
    await world.passes(1)
    taken = await world.hooks.get(view(), hook.id)
    assert (taken.delivered, taken.last_delivery_at, taken.response_code) == (1, world.now, 202)


@pytest.mark.parametrize("status", [0, 199, 301, 307, 400, 404, 429, 500, 503])
async def test_a_failed_delivery_is_tried_again_with_growing_pauses_and_then_given_up(status: int) -> None:
    world = World({ENDPOINT: [status]})
    await world.hook("left")
    await world.happens("left", (PUBLISHED, "1.0.0"))
    tried: list[Moment] = [world.now] * len(await world.runs())
    while (due_at := await world.queue.next_due()) is not None:
        assert await world.passes((due_at - world.now) / 60_000 - 0.001) == []
        world.now = due_at
        tried += [world.now] * len(await world.runs())
    minutes = [(after - before) / 60_000 for before, after in pairwise(tried)]
    assert minutes == [1, 5, 30, 120, 360, 720, 1440]


async def test_an_endpoint_that_is_gone_is_not_asked_again_until_its_owner_changes_the_hook() -> None:
    world = World({ENDPOINT: [410, 200]})
    hook = await world.hook("left")
    await world.happens("left", (PUBLISHED, "1.0.0"))
    await world.runs()
    assert (await world.hooks.get(view(), hook.id)).disabled
    await world.happens("left", (PUBLISHED, "2.0.0"))
    assert await world.passes(60 * 24 * 9) == []
    await world.hooks.update(view(), hook.id, ENDPOINT, "sesame")
    await world.happens("left", (PUBLISHED, "3.0.0"))
    assert [told["version"] for told in await world.runs()] == ["3.0.0"]


async def test_what_waits_is_sent_after_a_restart_and_nothing_twice() -> None:
    world = World({ENDPOINT: [500, 200]})
    await world.hook("left")
    await world.happens("left", (PUBLISHED, "1.0.0"))
    await world.runs()
    await world.happens("left", (PUBLISHED, "2.0.0"))
    world.deliveries = world.started()
    assert [told["version"] for told in await world.runs()] == ["2.0.0"]
    assert [told["version"] for told in await world.passes(1)] == ["1.0.0"]
    world.deliveries = world.started()
    assert await world.passes(60 * 24 * 9) == []


async def test_what_was_claimed_by_a_process_that_ended_is_sent_by_the_next() -> None:
    world = World()
    await world.hook("left")
    await world.happens("left", (PUBLISHED, "1.0.0"))
    await world.deliveries.look()
    assert len(await world.queue.claim_due(world.now, Moment(world.now + world.pace.lease_ms), 10)) == 1
    world.deliveries = world.started()
    assert await world.runs() == []
    assert len(await world.passes(world.pace.lease_ms / 60_000)) == 1


async def test_two_processes_tell_a_hook_once() -> None:
    world = World()
    await world.hook("left")
    await world.happens("left", (PUBLISHED, "1.0.0"))
    other = world.started()
    await world.deliveries.look()
    await other.look()
    await other.send()
    await world.deliveries.send()
    assert len(world.poster.sent) == 1


async def test_an_endpoint_that_fails_is_left_alone_for_a_while_and_then_told_in_order() -> None:
    world = World({ENDPOINT: [500, 200]})
    await world.hook("left")
    await world.hook("left", owner="bob", endpoint="https://well.example/")
    for number in range(5):
        await world.happens("left", (PUBLISHED, f"{number}.0.0"))
    await world.runs()
    endpoints = [endpoint for endpoint, *_ in world.poster.sent]
    assert (endpoints.count(ENDPOINT), endpoints.count("https://well.example/")) == (1, 5)
    told = await world.passes(1)
    assert [each["version"] for each in told] == [f"{number}.0.0" for number in range(5)]


async def test_one_hook_gets_one_message_at_a_time_and_only_some_hooks_at_once() -> None:
    world = World(pace=Pace(at_once=3))
    for number in range(10):
        await world.hook("left", endpoint=f"https://ci{number}.example/")
    for number in range(3):
        await world.happens("left", (PUBLISHED, f"{number}.0.0"))
    assert len(await world.runs()) == 30
    assert world.poster.most_at_once == 3


async def test_a_hook_cannot_fill_the_queue(caplog: pytest.LogCaptureFixture) -> None:
    world = World({ENDPOINT: [500]}, pace=Pace(most_waiting=3))
    hook = await world.hook("left")
    for number in range(6):
        await world.happens("left", (PUBLISHED, f"{number}.0.0"))
    with caplog.at_level(logging.INFO):
        await world.runs()
    assert await world.queue.count_waiting() == {hook.id: 3}
    assert "too much waiting" in caplog.text
    assert "sesame" not in caplog.text
    assert ENDPOINT not in caplog.text


async def test_a_dropped_hook_is_not_told_of_what_waited_for_it() -> None:
    world = World({ENDPOINT: [500, 200]})
    hook = await world.hook("left")
    await world.happens("left", (PUBLISHED, "1.0.0"))
    await world.runs()
    await world.hooks.delete(view(), hook.id)
    assert await world.passes(60 * 24 * 9) == []


async def test_a_log_of_many_events_is_read_in_batches() -> None:
    world = World(pace=Pace(batch=7, claim=4))
    await world.hook("p1")
    for number in range(50):
        await world.happens(f"p{number % 5}", (PUBLISHED, f"{number}.0.0"), ("owner_added", ""))
    told = await world.runs()
    assert [each["version"] for each in told if each["event"] == PUBLISHED] == [f"{n}.0.0" for n in range(1, 50, 5)]


async def test_what_cannot_be_read_now_is_told_later_without_a_word_to_the_endpoint() -> None:
    world = World()
    hook = await world.hook("left")
    await world.happens("left", (PUBLISHED, "unreachable"))
    assert await world.runs() == []
    assert await world.queue.count_waiting() == {hook.id: 1}
    assert (await world.hooks.get(view(), hook.id)).last_delivery_at is None
    for _ in range(9):
        await world.passes(60 * 24)
    assert await world.queue.count_waiting() == {}


async def test_what_waits_for_an_endpoint_that_is_gone_is_forgotten() -> None:
    world = World({ENDPOINT: [410]})
    await world.hook("left")
    for number in range(3):
        await world.happens("left", (PUBLISHED, f"{number}.0.0"))
    assert len(await world.runs()) == 1
    assert await world.queue.next_due() is None


async def test_a_hook_whose_turn_is_over_goes_on_in_the_next() -> None:
    world = World(pace=Pace(turn_s=0.0))
    await world.hook("left")
    await world.hook("left", endpoint="https://other.example/")
    for number in range(3):
        await world.happens("left", (PUBLISHED, f"{number}.0.0"))
    told = await world.runs()
    assert sorted(each["version"] for each in told) == [f"{number}.0.0" for number in range(3) for _ in range(2)]
    # Nobody is told of a second event before everybody was told of one.
    assert len({endpoint for endpoint, *_ in world.poster.sent[:2]}) == 2


async def test_several_processes_at_once_tell_a_hook_once(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "packhouse.sqlite3")
    world = World(queue=store)
    await world.hook("left")
    for number in range(5):
        await world.happens("left", (PUBLISHED, f"{number}.0.0"))
        others = [world.started() for _ in range(4)]
        await asyncio.gather(*(each.look() for each in others))
        await asyncio.gather(*(each.send() for each in others))
    assert len(world.poster.sent) == 5
    assert await store.count_waiting() == {}
    store.close()


async def test_a_store_that_fails_for_a_while_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(MemoryHooks):
        """Fails once at each question."""

        def __init__(self) -> None:
            super().__init__()
            self.failed: set[str] = set()

        def fail(self, what: str) -> None:
            if what not in self.failed:
                self.failed.add(what)
                raise StorageError("the disk is busy")

        async def read_position(self) -> int:
            self.fail("position")
            return await super().read_position()

        async def settle(self, delivery: Delivery, attempt: Attempt | None, again_at: Moment | None) -> None:
            self.fail("settle")
            await super().settle(delivery, attempt, again_at)

    world = World(pace=Pace(look_s=0.01, lease_ms=0), queue=Failing())
    await world.hook("left")
    await world.happens("left", (PUBLISHED, "1.0.0"))
    running = asyncio.create_task(world.deliveries.run())
    async with asyncio.timeout(5):
        await world.poster.arrived.wait()
        while await world.queue.next_due() is not None:  # noqa: ASYNC110 (what a queue holds is not announced)
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(world.poster.sent) == 2  # it was told, and that was not written down
    assert "have to wait" in caplog.text
    assert "left for later" in caplog.text


async def test_an_event_that_cannot_be_worded_keeps_nobody_from_being_told() -> None:
    world = World()
    await world.hook("left")
    await world.happens("left", (PUBLISHED, "unspeakable"))
    await world.happens("left", (PUBLISHED, "1.0.0"))
    assert [told["version"] for told in await world.runs()] == ["1.0.0"]
    assert await world.passes(1) == []
    for _ in range(9):
        await world.passes(60 * 24)
    assert await world.queue.next_due() is None


async def test_a_server_that_runs_tells_without_being_asked_and_ends_when_it_is_told_to() -> None:
    world = World(pace=Pace(look_s=0.01))
    await world.hook("left")
    running = asyncio.create_task(world.deliveries.run())
    await world.happens("left", (PUBLISHED, "1.0.0"))
    async with asyncio.timeout(5):
        await world.poster.arrived.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(world.poster.sent) == 1
