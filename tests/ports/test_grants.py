"""What every store of grants promises."""

import msgspec
import pytest

from tests.ports.conftest import Store
from tests.ports.people import grant

pytestmark = pytest.mark.anyio


async def test_grants_are_listed_oldest_first_as_they_were_written(store: Store) -> None:
    for id, at in (("c", 2), ("a", 9), ("b", 2)):  # noqa: A001 (the field's name)
        await store.write_grant(grant(id, at))
    assert await store.list_grants() == [grant("b", 2), grant("c", 2), grant("a", 9)]


async def test_a_grant_under_a_known_id_replaces_it(store: Store) -> None:
    await store.write_grant(grant("a"))
    await store.write_grant(msgspec.structs.replace(grant("a"), role="reader"))
    assert [found.role for found in await store.list_grants()] == ["reader"]


async def test_dropping_a_grant_tells_whether_it_was_there(store: Store) -> None:
    await store.write_grant(grant("a"))
    assert await store.drop_grant("a") is True
    before = await store.accounts_generation()
    assert await store.drop_grant("a") is False
    assert await store.accounts_generation() == before
    assert await store.list_grants() == []
