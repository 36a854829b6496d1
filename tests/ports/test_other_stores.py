"""What every store of records, files, answers, events and switches promises."""

import msgspec
import pytest

from packhouse.domain.package import Moment
from packhouse.services.ports import Rendered
from tests.ports.conftest import Store
from tests.ports.samples import ORIGIN, OTHER_ORIGIN, artifact, key, record

pytestmark = pytest.mark.anyio

PAGE = Rendered(b"\x00body\xff" * 9000, "gzip", '"tag"', Moment(3))


async def test_a_record_is_read_as_it_was_written(store: Store) -> None:
    assert await store.find_record(ORIGIN, key("a")) is None
    await store.write_record(ORIGIN, 5, record("a", 40))
    found = await store.find_record(ORIGIN, key("a"))
    assert found is not None
    assert found[0] == 5
    assert found[1] == record("a", 40)
    assert found[1].release(7).description == "a 7.0.0"
    assert await store.find_record(OTHER_ORIGIN, key("a")) is None


async def test_a_newer_record_replaces_an_older_one_and_never_the_other_way_round(store: Store) -> None:
    await store.write_record(ORIGIN, 5, record("a", 1))
    await store.write_record(ORIGIN, 6, record("a", 2))
    await store.write_record(ORIGIN, 5, record("a", 1))
    assert await store.find_record(ORIGIN, key("a")) == (6, record("a", 2))
    await store.write_record(ORIGIN, 6, record("a", 3))
    assert await store.find_record(ORIGIN, key("a")) == (6, record("a", 3))


@pytest.mark.parametrize("count", [0, 1, 4, 5, 300])
async def test_many_records_are_found_at_once_and_the_missing_are_left_out(store: Store, count: int) -> None:
    keys = [key(f"package-{number}") for number in range(count)]
    for number, wanted in enumerate(keys):
        if number % 3:
            await store.write_record(ORIGIN, number, record(str(wanted.name), number % 5))
    found = await store.find_records(ORIGIN, keys)
    assert found == {
        wanted: (number, record(str(wanted.name), number % 5)) for number, wanted in enumerate(keys) if number % 3
    }
    assert await store.find_records(OTHER_ORIGIN, keys) == {}


async def test_a_stored_file_is_found_by_its_package_and_name(store: Store) -> None:
    assert await store.find_artifact(ORIGIN, key("a"), "a-1.tgz") is None
    await store.write_artifact(ORIGIN, key("a"), artifact("a-1.tgz"))
    assert await store.find_artifact(ORIGIN, key("a"), "a-1.tgz") == artifact("a-1.tgz")
    assert await store.find_artifact(ORIGIN, key("a"), "a-2.tgz") is None
    assert await store.find_artifact(ORIGIN, key("b"), "a-1.tgz") is None
    assert await store.find_artifact(OTHER_ORIGIN, key("a"), "a-1.tgz") is None


async def test_a_file_stored_again_replaces_its_entry_and_keeps_its_number(store: Store) -> None:
    await store.write_artifact(ORIGIN, key("a"), artifact("a-1.tgz"))
    ((number, _),) = await store.list_artifacts(0, 5)
    await store.write_artifact(ORIGIN, key("a"), artifact("a-1.tgz", b"others"))
    assert list(await store.list_artifacts(0, 5)) == [(number, artifact("a-1.tgz", b"others"))]


async def test_stored_files_are_listed_page_by_page(store: Store) -> None:
    for name in "bca":
        await store.write_artifact(ORIGIN, key(name), artifact(f"{name}.tgz"))
    first = await store.list_artifacts(0, 2)
    rest = await store.list_artifacts(first[-1][0], 2)
    assert [entry.filename for _, entry in (*first, *rest)] == ["b.tgz", "c.tgz", "a.tgz"]


async def test_a_blob_is_in_use_while_a_stored_file_is_it(store: Store) -> None:
    ours, others = artifact("a-1.tgz").blob, artifact("a-1.tgz", b"others").blob
    assert not await store.uses_blob(ours)
    await store.write_artifact(ORIGIN, key("a"), artifact("a-1.tgz"))
    assert await store.uses_blob(ours)
    await store.write_artifact(ORIGIN, key("a"), artifact("a-1.tgz", b"others"))
    assert not await store.uses_blob(ours)
    assert await store.uses_blob(others)


async def test_storing_a_file_is_an_event(store: Store) -> None:
    await store.write_artifact(ORIGIN, key("a"), artifact("a-1.tgz"))
    (entry,) = await store.list_events(0, 5)
    assert (entry.kind, entry.origin, entry.key, entry.version) == ("artifact_stored", ORIGIN, key("a"), "1.0.0")
    assert entry.detail == {"filename": "a-1.tgz", "sha256": artifact("a-1.tgz").blob.value}
    assert 0 < entry.sequence <= await store.last_sequence()


async def test_a_rendered_answer_is_read_as_it_was_written(store: Store) -> None:
    assert await store.find_rendered(ORIGIN, key("a"), "v1-gzip") is None
    await store.write_rendered(ORIGIN, key("a"), 1, "v1-gzip", PAGE)
    assert await store.find_rendered(ORIGIN, key("a"), "v1-gzip") == PAGE
    assert await store.find_rendered(ORIGIN, key("a"), "v1-br") is None
    assert await store.find_rendered(ORIGIN, key("b"), "v1-gzip") is None
    changed = msgspec.structs.replace(PAGE, body=b"")
    await store.write_rendered(ORIGIN, key("a"), 1, "v1-gzip", changed)
    assert await store.find_rendered(ORIGIN, key("a"), "v1-gzip") == changed


async def test_answers_of_older_generations_are_dropped_with_the_next_one(store: Store) -> None:
    await store.write_rendered(ORIGIN, key("a"), 1, "old", PAGE)
    await store.write_rendered(ORIGIN, key("b"), 1, "old", PAGE)
    await store.write_rendered(ORIGIN, key("a"), 2, "new", PAGE)
    await store.write_rendered(ORIGIN, key("a"), 2, "newer", PAGE)
    assert await store.find_rendered(ORIGIN, key("a"), "old") is None
    assert await store.find_rendered(ORIGIN, key("b"), "old") == PAGE
    assert await store.find_rendered(ORIGIN, key("a"), "new") == PAGE
    assert await store.find_rendered(ORIGIN, key("a"), "newer") == PAGE


async def test_switches_are_remembered(store: Store) -> None:
    assert await store.read_switches() == {}
    await store.write_switch("first", enabled=False)
    await store.write_switch("second", enabled=True)
    await store.write_switch("first", enabled=True)
    await store.write_switch("second", enabled=False)
    assert await store.read_switches() == {"first": True, "second": False}
