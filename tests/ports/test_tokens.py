"""What every store of tokens promises."""

import pytest

from packhouse.domain.errors import Conflict
from packhouse.domain.package import Moment
from tests.ports.conftest import Store
from tests.ports.people import token

pytestmark = pytest.mark.anyio


async def test_a_token_is_found_by_the_hash_of_its_secret_as_it_was_written(store: Store) -> None:
    assert await store.find_token("hash of one") is None
    await store.write_token(token("one"))
    assert await store.find_token("hash of one") == token("one")
    assert await store.find_token("one") is None


async def test_a_changed_token_replaces_the_one_with_its_key(store: Store) -> None:
    await store.write_token(token("one"))
    await store.write_token(token("one", hash="another", name="phone"))
    assert await store.find_token("hash of one") is None
    assert await store.find_token("another") == token("one", hash="another", name="phone")
    assert len(await store.list_tokens("ada")) == 1


async def test_no_two_tokens_have_one_secret(store: Store) -> None:
    await store.write_token(token("one"))
    with pytest.raises(Conflict):
        await store.write_token(token("two", hash="hash of one"))
    assert await store.find_token("hash of one") == token("one")


async def test_when_a_token_was_used_is_noted_and_nothing_else_changes(store: Store) -> None:
    await store.write_token(token("one", last_used_at=None))
    await store.write_token(token("two"))
    before = await store.accounts_generation()
    await store.touch_tokens({"one": Moment(70), "gone": Moment(71)})
    assert await store.find_token("hash of one") == token("one", last_used_at=Moment(70))
    assert await store.find_token("hash of two") == token("two")
    assert await store.find_token("hash of gone") is None
    assert await store.accounts_generation() == before


async def test_dropped_tokens_are_gone_and_missing_ones_are_no_error(store: Store) -> None:
    for name in ("one", "two", "three"):
        await store.write_token(token(name))
    await store.drop_tokens({"one", "three", "never"})
    assert await store.list_tokens("ada") == [token("two")]
    assert await store.find_token("hash of one") is None
    before = await store.accounts_generation()
    await store.drop_tokens(["one"])
    assert await store.accounts_generation() == before


async def test_the_tokens_of_a_user_are_listed_newest_first(store: Store) -> None:
    for name, at in (("b", 2), ("c", 9), ("a", 2), ("d", 1)):
        await store.write_token(token(name, at=at))
    await store.write_token(token("x", "bob", 5))
    assert [found.key for found in await store.list_tokens("ada")] == ["c", "b", "a", "d"]
    assert await store.list_tokens("bob") == [token("x", "bob", 5)]
