"""What every store of hooks and their deliveries promises."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.errors import Conflict
from packhouse.domain.hooks import Attempt, Delivery, Hook
from packhouse.domain.package import Moment
from tests.ports.conftest import Store

pytestmark = pytest.mark.anyio


def hook(id: str, owner: str = "ada", at: int = 1) -> Hook:  # noqa: A002 (the field's name)
    """Make a hook."""
    return Hook(
        id=id,
        owner=owner,
        registry="default",
        ecosystem="plain",
        kind="package",
        name="left",
        endpoint="https://ci.example/",
        secret="sésame",
        base="https://packhouse.example/plain",
        created_at=Moment(at),
        updated_at=Moment(at),
        since=7,
    )


def delivery(id: str, sequence: int, next_at: int = 10) -> Delivery:  # noqa: A002 (the field's name)
    """Make a delivery."""
    return Delivery(id, sequence, Moment(next_at))


async def claim(store: Store, now: int, until: int = 1000, limit: int = 100) -> set[tuple[str, int]]:
    """Claim, and tell what."""
    return {(each.hook, each.sequence) for each in await store.claim_due(Moment(now), Moment(until), limit)}


async def test_a_hook_is_found_as_it_was_written(store: Store) -> None:
    await store.write_hook(hook("a"))
    assert await store.find_hook("a") == hook("a")
    assert await store.find_hook("b") is None


async def test_hooks_are_listed_by_owner_and_oldest_first(store: Store) -> None:
    for each in (hook("c", at=3), hook("a", at=2), hook("b", "bob", at=1), hook("d", at=2)):
        await store.write_hook(each)
    assert [each.id for each in await store.list_hooks("ada")] == ["a", "d", "c"]
    assert [each.id for each in await store.list_hooks("bob")] == ["b"]
    assert [each.id for each in await store.list_hooks(None)] == ["b", "a", "d", "c"]
    assert list(await store.list_hooks("eve")) == []


async def test_what_an_owner_changes_leaves_what_became_of_deliveries(store: Store) -> None:
    await store.write_hook(hook("a"))
    await store.enqueue(0, 1, [delivery("a", 1)])
    await store.settle(delivery("a", 1), Attempt(Moment(20), 204), None)
    await store.write_hook(replace(hook("a"), endpoint="https://other.example/", updated_at=Moment(30)))
    found = await store.find_hook("a")
    assert found is not None
    assert (found.endpoint, found.updated_at) == ("https://other.example/", 30)
    assert (found.delivered, found.last_delivery_at, found.response_code) == (1, 20, 204)


async def test_a_hook_is_disabled_unless_its_owner_was_faster(store: Store) -> None:
    await store.write_hook(hook("a"))
    changed = replace(hook("a"), updated_at=Moment(30))
    await store.write_hook(changed)
    await store.disable_hook(hook("a"), "gone")
    assert await store.find_hook("a") == changed
    await store.disable_hook(changed, "gone")
    assert await store.find_hook("a") == replace(changed, disabled="gone")
    await store.write_hook(replace(changed, updated_at=Moment(40)))
    assert await store.find_hook("a") == replace(changed, updated_at=Moment(40))


async def test_a_dropped_hook_takes_its_deliveries_with_it(store: Store) -> None:
    await store.write_hook(hook("a"))
    await store.write_hook(hook("b"))
    await store.enqueue(0, 2, [delivery("a", 1), delivery("b", 1)])
    await store.drop_hook("a")
    await store.drop_hook("a")
    assert await store.find_hook("a") is None
    assert await claim(store, 10) == {("b", 1)}


async def test_the_position_moves_together_with_what_is_queued_and_for_one_process_only(store: Store) -> None:
    await store.write_hook(hook("a"))
    assert await store.read_position() == 0
    await store.enqueue(0, 5, [delivery("a", 4)])
    assert await store.read_position() == 5
    with pytest.raises(Conflict):
        await store.enqueue(0, 9, [delivery("a", 8)])
    assert await store.read_position() == 5
    assert await store.count_waiting() == {"a": 1}
    await store.enqueue(5, 9, [])
    assert await store.read_position() == 9


async def test_nothing_is_queued_twice_or_for_a_hook_that_is_gone(store: Store) -> None:
    await store.write_hook(hook("a"))
    await store.enqueue(0, 1, [delivery("a", 1), delivery("gone", 1)])
    await store.enqueue(1, 2, [delivery("a", 1, 99), delivery("a", 2)])
    assert await store.count_waiting() == {"a": 2}
    assert await claim(store, 10) == {("a", 1), ("a", 2)}


async def test_what_is_due_is_claimed_oldest_first_and_once(store: Store) -> None:
    await store.write_hook(hook("a"))
    assert await store.next_due() is None
    await store.enqueue(0, 4, [delivery("a", 1, 30), delivery("a", 2, 10), delivery("a", 3, 20), delivery("a", 4, 20)])
    assert await store.next_due() == 10
    assert await claim(store, 9) == set()
    assert await claim(store, 25, limit=2) == {("a", 2), ("a", 3)}
    assert await claim(store, 25) == {("a", 4)}
    assert await claim(store, 25) == set()
    assert await store.next_due() == 30
    assert await claim(store, 1000) == {("a", 1), ("a", 2), ("a", 3), ("a", 4)}


async def test_what_was_put_off_is_due_again_and_knows_its_attempts(store: Store) -> None:
    await store.write_hook(hook("a"))
    await store.enqueue(0, 1, [delivery("a", 1)])
    (claimed,) = await store.claim_due(Moment(10), Moment(1000), 9)
    assert (claimed.attempts, claimed.next_at) == (0, 1000)
    await store.settle(replace(claimed, attempts=3), Attempt(Moment(11), 500), Moment(50))
    assert await claim(store, 49) == set()
    (again,) = await store.claim_due(Moment(50), Moment(1000), 9)
    assert again == Delivery("a", 1, Moment(1000), 3)
    found = await store.find_hook("a")
    assert found is not None
    assert (found.delivered, found.last_delivery_at, found.response_code) == (0, 11, 500)


async def test_what_was_settled_does_not_come_back(store: Store) -> None:
    await store.write_hook(hook("a"))
    await store.enqueue(0, 1, [delivery("a", 1)])
    (claimed,) = await store.claim_due(Moment(10), Moment(1000), 9)
    await store.settle(claimed, None, None)
    await store.settle(claimed, Attempt(Moment(12), 500), Moment(20))
    assert await store.count_waiting() == {}
    assert await store.next_due() is None


async def test_two_who_claim_at_once_share_nothing(store: Store) -> None:
    await store.write_hook(hook("a"))
    await store.enqueue(0, 40, [delivery("a", number) for number in range(1, 41)])
    claimed = await asyncio.gather(*(claim(store, 10, limit=10) for _ in range(6)))
    assert sum(len(each) for each in claimed) == 40
    assert len(set().union(*claimed)) == 40


async def test_hooks_and_what_waits_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "packhouse.sqlite3"
    first = SqlStore.open(path)
    await first.write_hook(hook("a"))
    await first.enqueue(0, 3, [delivery("a", 3)])
    first.close()
    second = SqlStore.open(path)
    assert await second.find_hook("a") == hook("a")
    assert await second.read_position() == 3
    assert await second.count_waiting() == {"a": 1}
    second.close()
