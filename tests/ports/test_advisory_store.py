"""What every store of advisories promises."""

from hashlib import sha256

import pytest
from msgspec.structs import replace

from packhouse.domain.advisory import AffectedRange, Mention, RangeEvent
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.services.advisory_ports import AdvisoryCount, AdvisoryEntry, AdvisoryState
from tests.ports.conftest import Store

pytestmark = pytest.mark.anyio

PEAR = PackageKey("plain", NormalName("pear"))
PLUM = PackageKey("plain", NormalName("plum"))
OTHER_PEAR = PackageKey("other", NormalName("pear"))


def _entry(
    name: str,
    *packages: PackageKey,
    source: str = "farm",
    modified_at: int = 1000,
    aliases: tuple[str, ...] = (),
    withdrawn: bool = False,
) -> AdvisoryEntry:
    body = f'{{"id": "{name}", "of": "{source}", "at": {modified_at}}}'.encode()
    state = AdvisoryState(
        id=name,
        source=source,
        modified_at=Moment(modified_at),
        digest=sha256(body).hexdigest(),
        withdrawn_at=Moment(5) if withdrawn else None,
        malicious=name.startswith("MAL-"),
    )
    mention = Mention(
        id=name,
        source=source,
        modified_at=Moment(modified_at),
        aliases=aliases,
        score=7.5,
        ranges=(AffectedRange("semver", (RangeEvent("introduced", "0"), RangeEvent("fixed", "1.2.0"))),),
        versions=("1.0.0", "1.1.0"),
    )
    return AdvisoryEntry(state, body, aliases, {key: mention for key in packages if not withdrawn})


async def test_a_record_is_found_by_its_id_as_it_was_written(store: Store) -> None:
    entry = _entry("A-1", PEAR)
    await store.write_advisories([entry])
    (found,) = await store.find_advisories("A-1")
    assert found.body == entry.body
    assert replace(found.state, generation=0) == entry.state
    assert await store.find_advisories("a-1") == []


async def test_records_are_found_by_an_alias_unless_one_has_it_as_its_id(store: Store) -> None:
    await store.write_advisories([_entry("B-1", aliases=("C-1", "D-1")), _entry("A-1", aliases=("C-1",))])
    assert [each.state.id for each in await store.find_advisories("C-1")] == ["A-1", "B-1"]
    await store.write_advisories([_entry("C-1")])
    assert [each.state.id for each in await store.find_advisories("C-1")] == ["C-1"]
    assert [each.state.id for each in await store.find_advisories("D-1")] == ["B-1"]


async def test_what_is_said_of_packages_is_told_in_the_order_of_the_question(store: Store) -> None:
    second, first = _entry("B-1", PEAR, PLUM), _entry("A-1", PEAR)
    await store.write_advisories([second, first])
    pear, other, plum = await store.list_mentions([PEAR, OTHER_PEAR, PLUM])
    assert list(pear) == [first.mentions[PEAR], second.mentions[PEAR]]
    assert list(other) == []
    assert list(plum) == [second.mentions[PLUM]]
    assert await store.list_mentions([]) == []


async def test_a_question_of_many_packages_is_answered_whole(store: Store) -> None:
    keys = [PackageKey("plain", NormalName(f"fruit{each}")) for each in range(300)]
    await store.write_advisories([_entry(f"A-{each}", key) for each, key in enumerate(keys)])
    found = await store.list_mentions(keys)
    assert [[mention.id for mention in each] for each in found] == [[f"A-{each}"] for each in range(300)]


async def test_a_record_that_is_written_again_leaves_nothing_of_the_old_one(store: Store) -> None:
    await store.write_advisories([_entry("A-1", PEAR, PLUM, aliases=("B-1", "C-1"))])
    await store.write_advisories([_entry("A-1", PLUM, modified_at=2000, aliases=("C-1",))])
    pear, plum = await store.list_mentions([PEAR, PLUM])
    assert (list(pear), [each.modified_at for each in plum]) == ([], [2000])
    assert await store.find_advisories("B-1") == []
    assert len(await store.find_advisories("C-1")) == 1
    assert [each.records for each in await store.count_advisories()] == [1]


async def test_an_alias_that_is_named_twice_is_one(store: Store) -> None:
    await store.write_advisories([_entry("A-1", aliases=("B-1", "B-1"))])
    assert len(await store.find_advisories("B-1")) == 1


async def test_of_records_with_one_id_the_newest_stands_whatever_it_says(store: Store) -> None:
    old, new = _entry("A-1", PEAR, aliases=("B-1",)), _entry("A-1", PLUM, source="zoo", modified_at=2000)
    await store.write_advisories([new, old])
    pear, plum = await store.list_mentions([PEAR, PLUM])
    assert (list(pear), [each.source for each in plum]) == ([], ["zoo"])
    assert [each.state.source for each in await store.find_advisories("A-1")] == ["zoo"]
    assert await store.find_advisories("B-1") == []
    assert await store.drop_advisories("zoo", ["A-1"]) == 1
    pear, plum = await store.list_mentions([PEAR, PLUM])
    assert ([each.source for each in pear], list(plum)) == (["farm"], [])


async def test_of_equally_new_records_that_of_the_first_source_stands(store: Store) -> None:
    await store.write_advisories([_entry("A-1", PEAR, source=source) for source in ("zoo", "farm", "mill")])
    ((mention,),) = await store.list_mentions([PEAR])
    assert mention.source == "farm"


async def test_a_newer_record_that_was_taken_back_takes_the_older_one_back(store: Store) -> None:
    await store.write_advisories([_entry("A-1", PEAR)])
    await store.write_advisories([_entry("A-1", PEAR, source="zoo", modified_at=2000, withdrawn=True)])
    assert await store.list_mentions([PEAR]) == [[]]
    assert len(await store.find_advisories("A-1")) == 1


async def test_dropped_records_are_gone_and_counted(store: Store) -> None:
    await store.write_advisories([_entry("A-1", PEAR, aliases=("B-1",)), _entry("A-2", PEAR)])
    assert await store.drop_advisories("farm", ["A-1", "A-9"]) == 1
    assert await store.drop_advisories("mill", ["A-2"]) == 0
    assert await store.drop_advisories("farm", []) == 0
    ((mention,),) = await store.list_mentions([PEAR])
    assert mention.id == "A-2"
    assert await store.find_advisories("A-1") == await store.find_advisories("B-1") == []


async def test_what_changed_is_listed_once_in_its_order(store: Store) -> None:
    await store.write_advisories([_entry("B-1"), _entry("A-1")])
    await store.write_advisories([_entry("C-1", source="mill")])
    await store.write_advisories([_entry("B-1", modified_at=2000)])
    changed = await store.list_changed_advisories(0, 10)
    assert [each.id for each in changed] == ["A-1", "C-1", "B-1"]
    assert [each.id for each in await store.list_changed_advisories(changed[0].generation, 1)] == ["C-1"]
    assert await store.list_changed_advisories(changed[-1].generation, 10) == []


async def test_every_change_has_a_higher_number(store: Store) -> None:
    numbers = [await store.read_advisory_generation()]
    await store.write_advisories([_entry("A-1")])
    numbers.append(await store.read_advisory_generation())
    await store.write_advisories([_entry("A-1", modified_at=2000)])
    numbers.append(await store.read_advisory_generation())
    assert (await store.list_changed_advisories(0, 10))[-1].generation == numbers[-1]
    await store.drop_advisories("farm", ["A-1"])
    numbers.append(await store.read_advisory_generation())
    assert numbers[0] == 0
    assert sorted(set(numbers)) == numbers


async def test_what_changes_nothing_has_no_number(store: Store) -> None:
    await store.write_advisories([_entry("A-1")])
    before = await store.read_advisory_generation()
    await store.write_advisories([])
    await store.drop_advisories("farm", ["A-9"])
    assert await store.read_advisory_generation() == before


async def test_sources_are_counted_and_listed_apart(store: Store) -> None:
    of_farm = [_entry("B-1", PEAR), _entry("A-1", withdrawn=True), _entry("MAL-1", PEAR)]
    await store.write_advisories([*of_farm, _entry("A-1", source="mill")])
    assert list(await store.count_advisories()) == [
        AdvisoryCount("farm", 3, 1, 1),
        AdvisoryCount("mill", 1, 0, 0),
    ]
    states = [replace(each, generation=0) for each in await store.list_advisory_states("farm")]
    assert states == [of_farm[1].state, of_farm[0].state, of_farm[2].state]
    assert await store.list_advisory_states("none") == []
