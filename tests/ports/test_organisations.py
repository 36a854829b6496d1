"""What every store of organisations promises."""

import pytest

from packhouse.domain.errors import Conflict
from tests.ports.conftest import Store
from tests.ports.people import organisation

pytestmark = pytest.mark.anyio


async def test_an_organisation_is_read_as_it_was_written(store: Store) -> None:
    assert await store.find_organisation("acme") is None
    await store.write_organisation(organisation("acme"), 0)
    assert await store.find_organisation("acme") == organisation("acme")
    await store.write_organisation(organisation("acme", members={}), 1)
    assert await store.find_organisation("acme") == organisation("acme", members={}, revision=2)


@pytest.mark.parametrize("expected", [0, 1, 3])
async def test_a_change_of_another_revision_is_a_conflict(store: Store, expected: int) -> None:
    await store.write_organisation(organisation("acme"), 0)
    await store.write_organisation(organisation("acme"), 1)
    before = await store.accounts_generation()
    with pytest.raises(Conflict):
        await store.write_organisation(organisation("acme", members={}), expected)
    assert await store.find_organisation("acme") == organisation("acme", revision=2)
    assert await store.accounts_generation() == before


async def test_organisations_are_listed_by_name_until_they_are_dropped(store: Store) -> None:
    for name in ("zoo", "acme", "mill"):
        await store.write_organisation(organisation(name), 0)
    await store.drop_organisation("mill")
    await store.drop_organisation("never")
    assert await store.list_organisations() == [organisation("acme"), organisation("zoo")]
    assert await store.find_organisation("mill") is None
    await store.write_organisation(organisation("mill"), 0)
    assert len(await store.list_organisations()) == 3
