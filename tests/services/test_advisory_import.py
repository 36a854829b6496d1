"""What an import of advisories does, and tells."""

from collections.abc import Iterable, Mapping
from itertools import chain, count
from typing import Any

import msgspec
import pytest

from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.errors import Invalid, TooLarge
from packhouse.services import advisory_import
from packhouse.services.advisory_import import AdvisoryImport, ImportReport
from packhouse.services.advisory_ports import FeedFault, FeedRecord
from tests.toy import TOY

pytestmark = pytest.mark.anyio


def _to_osv(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    if "fruit" not in raw:
        return None
    if raw["fruit"] == "rotten":
        raise Invalid("it is rotten")
    package = {"ecosystem": "Fruit", "name": raw["fruit"]}
    return {"id": f"FRUIT-{raw['fruit']}", "affected": [{"package": package, "versions": ["1"]}]}


FRUIT = msgspec.structs.replace(TOY, osv=("Fruit",), to_osv=_to_osv)


def _record(name: str, at: str = "2026-08-01T00:00:00Z", **more: object) -> FeedRecord:
    affected = [{"package": {"ecosystem": "Fruit", "name": "pear"}, "versions": ["1"]}]
    return FeedRecord(f"{name}.json", msgspec.json.encode({"id": name, "modified": at, "affected": affected, **more}))


def _counts(report: ImportReport) -> dict[str, int]:
    names = ("read", "new", "changed", "unchanged", "older", "withdrawn", "dropped")
    return {name: count for name in names if (count := getattr(report, name))}


class World:
    """A store and imports into it."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.imports = AdvisoryImport(self.store, [FRUIT])

    async def add(self, *records: FeedRecord | FeedFault, source: str = "farm") -> ImportReport:
        """Import a part of a source."""
        return await self.imports.add(source, records)

    async def ids(self, source: str = "farm") -> list[str]:
        """List what a source has."""
        return [state.id for state in await self.store.list_advisory_states(source)]


async def test_what_is_the_same_is_not_written_again() -> None:
    world = World()
    assert _counts(await world.add(_record("A-1"), _record("B-1"))) == {"read": 2, "new": 2}
    before = await world.store.read_advisory_generation()
    assert _counts(await world.add(_record("A-1"), _record("B-1"))) == {"read": 2, "unchanged": 2}
    assert await world.store.read_advisory_generation() == before


async def test_what_changed_is_replaced_even_if_its_date_did_not() -> None:
    world = World()
    await world.add(_record("A-1"))
    assert _counts(await world.add(_record("A-1", summary="more"))) == {"read": 1, "changed": 1}
    (found,) = await world.store.find_advisories("A-1")
    assert b"more" in found.body


async def test_what_is_unchanged_is_written_again_on_request() -> None:
    world = World()
    await world.add(_record("A-1"), _record("B-1"))
    before = await world.store.read_advisory_generation()
    report = await world.imports.renew("farm", [_record("A-1"), _record("C-1"), _record("C-1")])
    assert _counts(report) == {"read": 3, "new": 1, "changed": 1, "unchanged": 1}
    assert await world.store.read_advisory_generation() > before
    assert await world.ids() == ["A-1", "B-1", "C-1"]


async def test_an_older_record_does_not_replace_a_newer_one_of_its_source() -> None:
    world = World()
    await world.add(_record("A-1"))
    assert _counts(await world.add(_record("A-1", "2026-07-01T00:00:00Z"))) == {"read": 1, "older": 1}
    assert _counts(await world.add(_record("A-1", "2026-07-01T00:00:00Z"), source="mill")) == {"read": 1, "new": 1}
    (found,) = await world.store.find_advisories("A-1")
    assert found.state.source == "farm"


async def test_the_newest_of_several_in_one_import_is_kept() -> None:
    world = World()
    new, old = _record("A-1", "2026-08-02T00:00:00Z"), _record("A-1")
    await world.add(new, old)
    assert (await world.store.find_advisories("A-1"))[0].body == new.body


async def test_one_bad_record_stops_nothing_and_is_named() -> None:
    world = World()
    fault = FeedFault("c.xz", "it is no sound xz file")
    report = await world.add(
        _record("A-1"), FeedRecord("bad.json", b'{"id": "B-1", "affected": 7}'), fault, _record("C-1")
    )
    assert await world.ids() == ["A-1", "C-1"]
    bad, same = report.failed
    assert (bad.where, same) == ("bad.json", fault)
    assert "affected" in bad.reason
    assert report.read == 4


async def test_a_file_of_something_else_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advisory_import, "_MAX_FAULTS", 600)
    world = World()
    lines = (FeedRecord(f"log:{each}", b"GET / 200") for each in count())
    with pytest.raises(TooLarge, match="more than 600 records cannot be read, the last at log:600"):
        await world.imports.add("farm", chain([_record("A-1")], lines))
    assert await world.ids() == ["A-1"]


async def test_nothing_is_lost_without_a_word_whatever_is_in_a_feed() -> None:
    world = World()
    bodies = [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"id": "A-1"}',
        b'{"id": "A-1"}',
        b'{"fruit": "pear"}',
        b'{"fruit": "rotten"}',
    ]
    report = await world.add(*(FeedRecord(str(place), body) for place, body in enumerate(bodies)))
    assert report.read == len(bodies)
    assert report.read == report.new + report.changed + report.unchanged + report.older + len(report.failed)
    assert [each.where for each in report.failed] == ["0", "1", "2", "3", "7"]
    assert report.failed[-1].reason == "it is rotten"


async def test_advisories_in_another_form_are_converted_and_then_like_all_others() -> None:
    world = World()
    for counts in ({"read": 1, "new": 1}, {"read": 1, "unchanged": 1}):
        assert _counts(await world.add(FeedRecord("1", b'{"fruit": "pear"}'))) == counts
    (found,) = await world.store.find_advisories("FRUIT-pear")
    assert msgspec.json.decode(found.body)["affected"][0]["versions"] == ["1"]


async def test_what_cannot_be_matched_as_a_whole_is_kept_and_named() -> None:
    world = World()
    odd: list[dict[str, object]] = [
        {"package": {"ecosystem": "Fruit", "name": "not a name"}},
        {
            "package": {"ecosystem": "Fruit", "name": "pear"},
            "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}],
        },
        {"package": {"ecosystem": "Bread", "name": "rye bread"}},
    ]
    report = await world.add(_record("A-1", affected=odd))
    assert [each.reason for each in report.doubts] == ["'not a name' is no name of Fruit"]
    assert await world.ids() == ["A-1"]


async def test_a_record_that_is_taken_back_later_is_counted() -> None:
    world = World()
    await world.add(_record("A-1"))
    report = await world.add(_record("A-1", "2026-08-02T00:00:00Z", withdrawn="2026-08-02T00:00:00Z"))
    assert _counts(report) == {"read": 1, "changed": 1, "withdrawn": 1}


async def test_replacing_a_source_drops_what_it_no_longer_has_and_nothing_of_another() -> None:
    world = World()
    await world.add(_record("A-1"), _record("B-1"))
    await world.add(_record("C-1"), source="mill")
    report = await world.imports.replace("farm", [_record("B-1")])
    assert _counts(report) == {"read": 1, "unchanged": 1, "dropped": 1}
    assert (await world.ids(), await world.ids("mill")) == (["B-1"], ["C-1"])


async def test_nothing_is_dropped_if_something_could_not_be_read() -> None:
    world = World()
    await world.add(_record("A-1"), _record("B-1"))
    report = await world.imports.replace("farm", [_record("B-1"), FeedFault("A-1.json", "torn")])
    assert (report.dropped, await world.ids()) == (0, ["A-1", "B-1"])


async def test_an_import_of_many_batches_is_whole_and_can_be_watched() -> None:
    world = World()
    seen: list[int] = []

    def records() -> Iterable[FeedRecord]:
        yield from (_record(f"A-{each:04}") for each in range(1203))

    report = await world.imports.add("farm", records(), lambda so_far: seen.append(so_far.read))
    assert _counts(report) == {"read": 1203, "new": 1203}
    assert seen == [500, 1000, 1203, 1203]
    assert len(await world.ids()) == 1203
