"""What every store of users promises."""

import asyncio

import msgspec
import pytest

from packhouse.domain.errors import Conflict
from tests.ports.conftest import Store
from tests.ports.people import grant, organisation, token, user

pytestmark = pytest.mark.anyio


async def test_a_user_is_read_as_they_were_written(store: Store) -> None:
    assert await store.find_user("ada") is None
    await store.write_user(user("ada"), 0)
    assert await store.find_user("ada") == user("ada")


async def test_a_change_counts_the_revision_up(store: Store) -> None:
    await store.write_user(user("ada"), 0)
    await store.write_user(user("ada", email="new@mail.example"), 1)
    assert await store.find_user("ada") == user("ada", email="new@mail.example", revision=2)


@pytest.mark.parametrize("expected", [0, 1, 3])
async def test_a_change_of_another_revision_is_a_conflict_and_changes_nothing(store: Store, expected: int) -> None:
    await store.write_user(user("ada"), 0)
    await store.write_user(user("ada"), 1)
    before = await store.accounts_generation()
    with pytest.raises(Conflict):
        await store.write_user(user("ada", email="late@mail.example"), expected)
    assert await store.find_user("ada") == user("ada", revision=2)
    assert await store.accounts_generation() == before


async def test_a_change_of_nobody_is_a_conflict(store: Store) -> None:
    with pytest.raises(Conflict):
        await store.write_user(user("ada"), 1)
    assert await store.find_user("ada") is None


@pytest.mark.parametrize(("first", "second"), [("ada", "Ada"), ("STRASSE", "straße")])
async def test_two_names_never_differ_by_case_alone(store: Store, first: str, second: str) -> None:
    await store.write_user(user(first), 0)
    with pytest.raises(Conflict):
        await store.write_user(user(second), 0)
    assert await store.find_user(second) is None


async def test_users_are_listed_by_name_in_pages(store: Store) -> None:
    for name in ("eve", "ada", "bob", "dan"):
        await store.write_user(user(name), 0)
    assert [found.name for found in await store.list_users("", 2)] == ["ada", "bob"]
    assert [found.name for found in await store.list_users("bob", 9)] == ["dan", "eve"]


async def test_of_many_changes_of_one_revision_one_wins(store: Store) -> None:
    await store.write_user(user("ada"), 0)
    tries = [store.write_user(user("ada", email=f"{number}@mail.example"), 1) for number in range(64)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    winners = [number for number, outcome in enumerate(outcomes) if outcome is None]
    assert len(winners) == 1
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [Conflict] * 63
    found = await store.find_user("ada")
    assert found == user("ada", email=f"{winners[0]}@mail.example", revision=2)


async def test_the_generation_grows_with_every_change_of_who_may_do_what(store: Store) -> None:
    last = await store.accounts_generation()

    async def grows() -> bool:
        nonlocal last
        last, before = await store.accounts_generation(), last
        return last > before

    await store.write_user(user("ada"), 0)
    assert await grows()
    await store.write_token(token("one"))
    assert await grows()
    await store.drop_tokens(["one"])
    assert await grows()
    await store.write_organisation(organisation("acme"), 0)
    assert await grows()
    await store.drop_organisation("acme")
    assert await grows()
    await store.write_grant(grant("one"))
    assert await grows()
    await store.drop_grant("one")
    assert await grows()


async def test_what_a_user_was_read_as_does_not_change_under_the_reader(store: Store) -> None:
    await store.write_user(user("ada"), 0)
    first = await store.find_user("ada")
    assert first is not None
    await store.write_user(msgspec.structs.replace(first, profile={}), first.revision)
    assert first.profile == user("ada").profile
