"""What every audit log promises."""

import asyncio

import msgspec
import pytest

from tests.ports.conftest import Store
from tests.ports.people import entry

pytestmark = pytest.mark.anyio


async def test_entries_are_listed_newest_first_as_they_were_written(store: Store) -> None:
    for subject in "abc":
        await store.append_audit(entry(subject))
    found = await store.list_audit(0, 9, None, None)
    assert [each.subject for each in found] == ["c", "b", "a"]
    assert found[0].sequence > found[1].sequence > found[2].sequence > 0
    assert [msgspec.structs.replace(each, sequence=0) for each in found] == [entry("c"), entry("b"), entry("a")]


async def test_pages_go_back_from_a_known_entry_and_miss_none(store: Store) -> None:
    for number in range(10):
        await store.append_audit(entry(str(number)))
    seen: list[str] = []
    before = 0
    while page := await store.list_audit(before, 3, None, None):
        seen += [each.subject for each in page]
        before = page[-1].sequence
    assert seen == [str(number) for number in reversed(range(10))]


async def test_entries_can_be_asked_for_by_user_and_subject(store: Store) -> None:
    for subject, who in (("a", "ada"), ("b", "ada"), ("a", ""), ("a", "ada")):
        await store.append_audit(entry(subject, who))
    assert [each.subject for each in await store.list_audit(0, 9, "ada", None)] == ["a", "b", "a"]
    assert [each.user for each in await store.list_audit(0, 9, None, "a")] == ["ada", "", "ada"]
    both = await store.list_audit(0, 9, "ada", "a")
    assert len(both) == 2
    assert await store.list_audit(both[0].sequence, 9, "ada", "a") == both[1:]
    assert [each.user for each in await store.list_audit(0, 9, "", None)] == [""]
    assert await store.list_audit(0, 9, "bob", None) == []


async def test_entries_written_at_once_are_all_there_with_a_number_each(store: Store) -> None:
    await asyncio.gather(*(store.append_audit(entry(str(number))) for number in range(64)))
    found = await store.list_audit(0, 99, None, None)
    assert len({each.sequence for each in found}) == 64
    assert {each.subject for each in found} == {str(number) for number in range(64)}
