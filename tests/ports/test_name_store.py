"""The store of names, whoever keeps it."""

import pytest

from packhouse.policy.similar_forms import forms, questions
from packhouse.policy.similarity import KnownName, weight_of
from packhouse.services.name_ports import NameCount, NameEntry
from tests.ports.conftest import Store

pytestmark = pytest.mark.anyio


def _listed(name: str, downloads: int, ecosystem: str = "plain") -> NameEntry:
    return NameEntry(ecosystem, KnownName(name, downloads, weight_of(downloads), listed=True))


def _seen(name: str, ecosystem: str = "plain") -> NameEntry:
    return NameEntry(ecosystem, KnownName(name))


async def _alike(store: Store, name: str, limit: int = 10) -> list[str]:
    found = await store.list_named_alike("plain", questions("plain", name), limit)
    return sorted(each.name for each in found)


async def test_a_name_is_found_by_what_may_be_taken_for_it(store: Store) -> None:
    assert await store.write_names([_listed("orchard", 1000), _seen("pear-tree"), _seen("orchard", "other")]) == 3
    assert await _alike(store, "orchrad") == ["orchard"]
    assert await _alike(store, "treepear") == []
    assert await _alike(store, "tree-pear") == ["pear-tree"]
    assert await store.find_name("plain", "orchard") == KnownName("orchard", 1000, 10, listed=True)
    assert await store.find_name("plain", "orchrad") is None
    assert await store.count_names() == [NameCount("other", 1, 0), NameCount("plain", 2, 1)]


async def test_what_a_list_says_stays_and_what_a_later_one_says_replaces_it(store: Store) -> None:
    await store.write_names([_seen("orchard")])
    assert await store.write_names([_listed("orchard", 10)]) == 1
    assert await store.write_names([_seen("orchard"), _listed("orchard", 10)]) == 0
    assert await store.write_names([_seen("orchard")]) == 0
    placed = NameEntry("plain", KnownName("orchard", 0, 29, listed=True))
    assert await store.write_names([placed]) == 0
    assert await store.write_names([_listed("orchard", 10**6)]) == 1
    assert await store.find_name("plain", "orchard") == KnownName("orchard", 10**6, 20, listed=True)
    assert await _alike(store, "orchards") == ["orchard"]


async def test_of_many_names_with_one_form_the_most_used_are_listed(store: Store) -> None:
    names = [f"orchard{chr(97 + at)}" for at in range(26)]
    await store.write_names([_listed(name, 2**at) for at, name in enumerate(names)])
    (form,) = forms("plain", "orcharda") & forms("plain", "orchardb")
    found = await store.list_named_alike("plain", [form], 3)
    assert {each.name for each in found} == {"orchardz", "orchardy", "orchardx"}
    await store.write_names([_listed("orchardz", 1)])
    assert "orchardz" not in [each.name for each in await store.list_named_alike("plain", [form], 3)]


async def test_how_far_the_log_was_read_is_written_with_the_names(store: Store) -> None:
    assert await store.read_named_to() == 0
    await store.write_names([_seen("orchard")], 17)
    await store.write_names([], 18)
    await store.write_names([_seen("pear")])
    assert await store.read_named_to() == 18
