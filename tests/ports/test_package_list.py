"""What every list of packages promises, and what its numbers tell."""

import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.package import Moment
from packhouse.services.ports import Listed
from tests.ports.conftest import Store
from tests.ports.samples import OTHER_ORIGIN, event, index, key, state, summary

pytestmark = pytest.mark.anyio

ECOSYSTEM = key("a").ecosystem


async def fill(store: Store, names: str = "cabd") -> None:
    """Store some packages, one of them of two origins."""
    for name in names:
        await store.write_index(state(name), index(name), [event("package_seen", name)], summary(name))
    other = msgspec.structs.replace(state("b"), origin=OTHER_ORIGIN)
    await store.write_index(other, index("b", salt="other"), [], summary("b"))


def names(listed: Sequence[Listed]) -> str:
    """Write the names as one word."""
    return "".join(each.state.key.name for each in listed)


async def test_packages_are_listed_by_name_from_a_name_on_and_back_from_one(store: Store) -> None:
    await fill(store)
    assert names(await store.list_named(ECOSYSTEM, "", 9)) == "abbcd"
    assert names(await store.list_named(ECOSYSTEM, "b", 3)) == "bbc"
    assert names(await store.list_named(ECOSYSTEM, "b\0", 3)) == "cd"
    assert names(await store.list_named_back(ECOSYSTEM, "\U0010ffff", 9)) == "dcbba"
    assert names(await store.list_named_back(ECOSYSTEM, "c", 9)) == "bba"
    assert names(await store.list_named_back(ECOSYSTEM, "c\0", 2)) == "cb"
    assert await store.list_named("other", "", 9) == []
    both = [each.state.origin for each in await store.list_named(ECOSYSTEM, "b", 2)]
    assert both == sorted(both) == [each.state.origin for each in await store.list_named_back(ECOSYSTEM, "c", 2)]


async def test_packages_are_listed_by_their_last_change_and_being_gone_is_one(store: Store) -> None:
    await fill(store, "cab")
    first = await store.list_changed(ECOSYSTEM, 0, 9)
    assert names(list(first)) == "cabb"
    gone = msgspec.structs.replace(first[0].state, gone_at=Moment(9))
    await store.write_state(gone, [event("package_gone", "c")])
    (change,) = await store.list_changed(ECOSYSTEM, first[-1].state.generation, 9)
    assert (change.state.key, change.state.gone_at) == (key("c"), Moment(9))
    assert names(await store.list_newest(ECOSYSTEM, change.state.generation, 2)) == "bb"
    confirmed = msgspec.structs.replace(change.state, checked_at=Moment(99))
    await store.write_state(confirmed)
    assert await store.list_changed(ECOSYSTEM, change.state.generation, 9) == []


async def test_numbers_tell_when_something_changed_and_not_how_much_did_before(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "packhouse.sqlite3")
    for number in range(40):
        await store.write_index(state("hidden"), index("hidden", salt=str(number)), [event("release_seen", "a")], None)
    before = time.time_ns() // 1000
    known = await store.write_index(state("a"), index("a"), [event("package_seen", "a")], summary("a"))
    assert before <= known.generation <= time.time_ns() // 1000 + 1
    assert known.generation < 2**53, "a number that JavaScript cannot count"
    store.close()
