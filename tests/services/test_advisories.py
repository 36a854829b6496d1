"""What is asked about releases, and answered from imported advisories."""

from pathlib import Path

import msgspec
import pytest

from packhouse.adapters.memory.store import MemoryStore
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.errors import NotFound
from packhouse.domain.package import NormalName, PackageKey
from packhouse.services import advisories as service
from packhouse.services.advisories import Advisories
from packhouse.services.advisory_import import AdvisoryImport
from packhouse.services.advisory_ports import FeedRecord
from tests.toy import TOY

pytestmark = pytest.mark.anyio

FRUIT = msgspec.structs.replace(TOY, osv=("Fruit",), identity=lambda name: name.replace("x", "y"))
PEAR = PackageKey("toy", NormalName("pear"))
PLUM = PackageKey("toy", NormalName("plum"))


def _record(name: str, package: str = "pear", fixed: str = "3", **more: object) -> FeedRecord:
    affected = {
        "package": {"ecosystem": "Fruit", "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
    }
    record = {"id": name, "modified": "2026-08-01T00:00:00Z", "affected": [affected], **more}
    return FeedRecord(name, msgspec.json.encode(record))


class World:
    """A store, what fills it and what answers from it."""

    def __init__(self) -> None:
        store = MemoryStore()
        self.advisories = Advisories(store, [FRUIT])
        self._import = AdvisoryImport(store, [FRUIT])

    async def add(self, *records: FeedRecord) -> None:
        """Import some records."""
        report = await self._import.add("farm", records)
        assert not report.failed


async def test_many_releases_are_judged_in_the_order_of_the_question() -> None:
    world = World()
    await world.add(
        _record("A-1"), _record("B-1", "plum", aliases=["CVE-1"]), _record("C-1", "plum", aliases=["CVE-1"])
    )
    asked = [(PLUM, "1"), (PEAR, "3"), (PEAR, "2"), (PackageKey("toy", NormalName("fig")), "1"), (PLUM, "1")]
    found = await world.advisories.find_many(asked)
    assert [[each.ids for each in every] for every in found] == [
        [("B-1", "C-1")],
        [],
        [("A-1",)],
        [],
        [("B-1", "C-1")],
    ]
    records = await world.advisories.match_many([*asked[:3], (PEAR, "")])
    assert [[each.id for each in every] for every in records] == [["B-1", "C-1"], [], ["A-1"], ["A-1"]]
    assert await world.advisories.find_many([]) == []


async def test_an_import_is_seen_by_the_next_question() -> None:
    world = World()
    assert await world.advisories.find(PEAR, "1") == ()
    await world.add(_record("A-1"))
    assert [each.id for each in await world.advisories.find(PEAR, "1")] == ["A-1"]
    await world.add(_record("A-1", fixed="1", modified="2026-08-02T00:00:00Z"))
    assert await world.advisories.find(PEAR, "1") == ()


async def test_what_another_process_imports_is_seen_by_the_next_question(tmp_path: Path) -> None:
    serving, importing = (SqlStore.open(tmp_path / "packhouse.sqlite3") for _ in range(2))
    try:
        advisories = Advisories(serving, [FRUIT])
        assert await advisories.find(PEAR, "1") == ()
        await AdvisoryImport(importing, [FRUIT]).add("farm", [_record("A-1")])
        assert [each.id for each in await advisories.find(PEAR, "1")] == ["A-1"]
        await AdvisoryImport(importing, [FRUIT]).replace("farm", [])
        assert await advisories.find(PEAR, "1") == ()
    finally:
        serving.close()
        importing.close()


async def test_what_was_taken_back_matches_nothing_and_can_still_be_read() -> None:
    world = World()
    await world.add(_record("A-1", withdrawn="2026-08-02T00:00:00Z"))
    assert await world.advisories.find(PEAR, "1") == ()
    assert (await world.advisories.get("A-1")).withdrawn_at is not None


async def test_every_spelling_of_a_name_finds_what_is_said_of_the_package() -> None:
    world = World()
    await world.add(_record("A-1", "lyx"))
    for name in ("lyx", "lyy"):
        (found,) = await world.advisories.find(PackageKey("toy", NormalName(name)), "1")
        assert found.package.name == name


async def test_a_record_comes_back_byte_for_byte_by_its_id_alone() -> None:
    world = World()
    record = _record("A-1", aliases=["CVE-1"], unknown={"kept": [1.50, None]})
    await world.add(record)
    assert (await world.advisories.get("A-1")).body == record.body
    with pytest.raises(NotFound):
        await world.advisories.get("CVE-1")
    assert [each.id for each in await world.advisories.list_named("CVE-1")] == ["A-1"]


async def test_what_is_kept_prepared_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_KEPT_VERSIONS", 50)
    world = World()
    await world.add(*(_record(f"A-{each}", f"pear{each}") for each in range(40)))
    for _ in range(2):
        found = await world.advisories.find_many(
            [(PackageKey("toy", NormalName(f"pear{each}")), "1") for each in range(40)]
        )
        assert [each.id for (each,) in found] == [f"A-{each}" for each in range(40)]
    assert world.advisories.kept_weight <= 50
