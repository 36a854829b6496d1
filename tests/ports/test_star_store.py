"""Stars, on every adapter."""

import pytest

from packhouse.domain.package import NormalName, PackageKey
from tests.ports.conftest import Store

pytestmark = pytest.mark.anyio

STARRED, NOT = True, False
OURS = "hosted:default"
APPLE, PEAR = PackageKey("npm", NormalName("apple")), PackageKey("npm", NormalName("@farm/pear"))


async def test_a_star_is_kept_for_a_package_that_is_not_published_here(store: Store) -> None:
    await store.write_star(OURS, PEAR, "ada", STARRED)
    await store.write_star(OURS, APPLE, "ada", STARRED)
    await store.write_star(OURS, APPLE, "ada", STARRED)
    await store.write_star(OURS, APPLE, "bob", STARRED)
    assert list(await store.list_starred(OURS, "npm", "ada")) == [PEAR, APPLE]
    assert list(await store.list_starred(OURS, "cargo", "ada")) == []
    assert list(await store.list_starred("hosted:team", "npm", "ada")) == []
    assert await store.find_ownership(OURS, APPLE) is None
    assert await store.find_state(OURS, APPLE) is None


async def test_a_star_is_taken_back_by_its_owner_alone(store: Store) -> None:
    await store.write_star(OURS, APPLE, "ada", STARRED)
    await store.write_star(OURS, APPLE, "bob", STARRED)
    await store.write_star(OURS, APPLE, "bob", NOT)
    await store.write_star(OURS, PEAR, "bob", NOT)
    assert list(await store.list_starred(OURS, "npm", "ada")) == [APPLE]
    assert list(await store.list_starred(OURS, "npm", "bob")) == []
