"""What every store of download counts promises."""

import pytest

from tests.ports.conftest import Store
from tests.ports.samples import SCOPE, key

pytestmark = pytest.mark.anyio


async def test_counts_of_a_day_add_up(store: Store) -> None:
    assert await store.list_downloads("default", key("a")) == {}
    await store.add_downloads("2026-01-02", {("default", key("a"), ""): 3, ("default", key("b"), ""): 1})
    await store.add_downloads("2026-01-02", {("default", key("a"), ""): 4})
    await store.add_downloads("2026-01-01", {("default", key("a"), ""): 2})
    days = await store.list_downloads("default", key("a"))
    assert list(days.items()) == [("2026-01-01", 2), ("2026-01-02", 7)]
    assert await store.list_downloads("default", key("b")) == {"2026-01-02": 1}


async def test_registries_and_ecosystems_are_counted_apart(store: Store) -> None:
    await store.add_downloads("2026-01-02", {("default", key("a"), ""): 1, ("team", key("a"), ""): 5})
    await store.add_downloads("2026-01-02", {("default", key("a", "other"), ""): 7})
    assert await store.list_downloads("default", key("a")) == {"2026-01-02": 1}
    assert await store.list_downloads("team", key("a")) == {"2026-01-02": 5}
    assert await store.list_downloads("default", key("a", "other")) == {"2026-01-02": 7}


async def test_a_package_that_is_only_counted_is_no_package_that_is_known(store: Store) -> None:
    await store.add_downloads("2026-01-02", {("default", key("a"), ""): 1})
    assert await store.count_packages("plain", SCOPE) == 0
    assert await store.check(deep=True) == []


async def test_no_counts_are_no_error(store: Store) -> None:
    await store.add_downloads("2026-01-02", {})
    assert await store.list_downloads("default", key("a")) == {}


async def test_versions_are_counted_apart(store: Store) -> None:
    for day, version, count in (("2026-01-01", "1.0", 2), ("2026-01-02", "1.0", 3), ("2026-01-02", "2.0", 5)):
        await store.add_downloads(day, {("default", key("a"), version): count})
    await store.add_downloads("2026-01-02", {("default", key("a"), ""): 1, ("team", key("a"), "1.0"): 9})
    assert await store.list_downloads("default", key("a")) == {"2026-01-01": 2, "2026-01-02": 9}
    assert await store.sum_downloads("default", key("a")) == {"": 1, "1.0": 5, "2.0": 5}
    assert await store.list_version_downloads("default", key("a"), "2026-01-02") == [
        ("", "2026-01-02", 1),
        ("1.0", "2026-01-02", 3),
        ("2.0", "2026-01-02", 5),
    ]
    assert await store.list_version_downloads("default", key("b"), "2026-01-02") == []
