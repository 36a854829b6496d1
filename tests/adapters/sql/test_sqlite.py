"""The executor: grouping writes, telling errors apart, finding damage."""

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.sqlite import Sqlite
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.errors import NotFound, StorageDamaged, StorageError, StorageFull
from packhouse.services.advisory_import import AdvisoryImport
from packhouse.services.advisory_ports import FeedRecord
from packhouse.services.ports import Rendered
from tests.ports.samples import ORIGIN, SCOPE, artifact, event, index, key, record, state, summary

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name the database file."""
    return tmp_path / "packhouse.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    """Open an empty store."""
    opened = SqlStore.open(path)
    yield opened
    opened.close()


def tamper(path: Path, sql: str, *parameters: object) -> None:
    """Change the database behind the store's back."""
    with sqlite3.connect(path) as connection:
        connection.execute(sql, parameters)
    connection.close()


def overwrite_pages(path: Path) -> None:
    """Write nonsense over every third page."""
    content = bytearray(path.read_bytes())
    for start in range(8 * 4096, len(content) - 4096, 3 * 4096):
        content[start : start + 4096] = b"\x5a" * 4096
    path.write_bytes(content)


def limit_pages(store: SqlStore, pages: int) -> None:
    """Let the database grow no further, as on a full disk."""
    database = store._database
    assert isinstance(database, Sqlite)
    database._writer._connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()


async def test_a_write_that_fails_does_not_fail_those_that_wait_beside_it(store: SqlStore) -> None:
    def broken(number: int) -> Work[None]:
        yield store._database.text.write_switch, {"name": f"broken-{number}", "enabled": 1}
        yield "INSERT INTO no_such_table VALUES (1)", {}

    def refusing() -> Work[None]:
        yield store._database.text.write_switch, {"name": "refused", "enabled": 1}
        raise NotFound("not today")

    outcomes = await asyncio.gather(
        *(store.write_switch(f"good-{number}", enabled=True) for number in range(20)),
        *(store._database.write(lambda number=number: broken(number)) for number in range(3)),  # type: ignore[misc]
        store._database.write(refusing),
        *(store.write_switch(f"late-{number}", enabled=True) for number in range(20)),
        return_exceptions=True,
    )
    failures = [type(outcome) for outcome in outcomes if outcome is not None]
    assert failures == [StorageError, StorageError, StorageError, NotFound]
    names = {f"{kind}-{number}" for kind in ("good", "late") for number in range(20)}
    assert (await store.read_switches()).keys() == names


async def test_writes_keep_their_order(store: SqlStore) -> None:
    await asyncio.gather(*(store.write_switch("one", enabled=number % 2 == 0) for number in range(100)))
    assert await store.read_switches() == {"one": False}


async def test_a_write_whose_caller_has_gone_still_takes_place(store: SqlStore) -> None:
    task = asyncio.create_task(store.write_switch("first", enabled=True))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.write_switch("second", enabled=True)
    assert await store.read_switches() == {"first": True, "second": True}


async def test_closing_finishes_what_waits_and_takes_nothing_more(path: Path) -> None:
    store = SqlStore.open(path)
    waiting = [asyncio.create_task(store.write_switch(str(number), enabled=True)) for number in range(50)]
    await asyncio.sleep(0)
    store.close()
    await asyncio.gather(*waiting)
    with pytest.raises(StorageError, match="closed"):
        await store.write_switch("late", enabled=True)
    again = SqlStore.open(path)
    assert len(await again.read_switches()) == 50
    again.close()


async def test_a_full_disk_is_told_as_such_and_loses_nothing(store: SqlStore) -> None:
    await store.write_index(state("a"), index("a"), [event("package_seen", "a")], summary("a"))
    limit_pages(store, 80)
    large = index("large", 3, "x" * 400_000)
    # The bytes must not shrink to nothing when they are compressed.
    noise = Rendered(os.urandom(900_000), "gzip", '"e"', state("a").checked_at)
    with pytest.raises(StorageFull, match="no space left"):
        await store.write_rendered(ORIGIN, key("a"), 1, "v", noise)
    assert await store.read_index(ORIGIN, key("a")) == index("a")
    assert await store.check(deep=True) == []
    limit_pages(store, 100_000)
    await store.write_index(state("large"), large, [], summary("large"))
    assert await store.read_index(ORIGIN, key("large")) == large
    assert len(await store.list_events(0, 9)) == 1


async def test_one_write_that_finds_no_room_does_not_fail_the_small_ones_beside_it(store: SqlStore) -> None:
    await store.write_artifact(ORIGIN, key("a"), artifact("a.tgz"))
    limit_pages(store, 80)
    noise = Rendered(os.urandom(900_000), "gzip", '"e"', state("a").checked_at)
    outcomes = await asyncio.gather(
        store.write_switch("one", enabled=True),
        store.write_rendered(ORIGIN, key("a"), 1, "v", noise),
        store.write_switch("two", enabled=True),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), StorageFull, type(None)]
    assert await store.read_switches() == {"one": True, "two": True}


@pytest.mark.parametrize("position", [0.1, 0.5, 0.95])
async def test_a_flipped_bit_in_a_document_is_found(store: SqlStore, path: Path, position: float) -> None:
    await store.write_index(state("a"), index("a", 30), [], summary("a"))
    ((body,),) = await store._database.scan("SELECT body FROM index_body", {})
    place = int(len(body) * position)
    tamper(path, "UPDATE index_body SET body = ?", body[:place] + bytes([body[place] ^ 0x10]) + body[place + 1 :])
    with pytest.raises(StorageDamaged, match="plain/a"):
        await store.read_index(ORIGIN, key("a"))
    (sentence,) = await store.check(deep=True)
    assert "the index document of plain/a of upstream:first is damaged" in sentence
    assert await store.check() == []


async def test_a_flipped_bit_in_an_advisory_is_found(store: SqlStore, path: Path) -> None:
    body = b'{"id": "GHSA-1", "modified": "2026-01-01T00:00:00Z", "affected": []}'
    report = await AdvisoryImport(store, []).add("tests", [FeedRecord("1", body)])
    assert report.new == 1
    assert await store.check(deep=True) == []
    ((stored,),) = await store._database.scan("SELECT body FROM advisory_body", {})
    tamper(path, "UPDATE advisory_body SET body = ?", stored[:-3] + bytes([stored[-3] ^ 0x10]) + stored[-2:])
    (sentence,) = await store.check(deep=True)
    assert "GHSA-1" in sentence
    assert "import its database again" in sentence


async def test_a_document_under_the_digest_of_another_is_damage(store: SqlStore, path: Path) -> None:
    await store.write_index(state("a"), index("a"), [], summary("a"))
    tamper(path, "UPDATE index_document SET digest = 'of another'")
    with pytest.raises(StorageDamaged):
        await store.read_index(ORIGIN, key("a"))


async def test_a_record_that_cannot_be_read_counts_as_missing_and_is_reported(store: SqlStore, path: Path) -> None:
    for name in "abcdef":
        await store.write_record(ORIGIN, 1, record(name))
    tamper(path, "UPDATE record SET body = x'00' WHERE package_id = 2")
    keys = [key(name) for name in "abcdef"]
    assert await store.find_record(ORIGIN, key("b")) is None
    assert set(await store.find_records(ORIGIN, keys)) == {*keys} - {key("b")}
    (sentence,) = await store.check(deep=True)
    assert "the record of plain/b of upstream:first" in sentence
    await store.write_record(ORIGIN, 1, record("b"))
    assert await store.find_record(ORIGIN, key("b")) == (1, record("b"))


async def test_dangling_rows_are_reported(store: SqlStore, path: Path) -> None:
    for name in "ab":
        await store.write_index(state(name), index(name), [], summary(name))
    tamper(path, "DELETE FROM index_body WHERE package_id = 1")
    tamper(path, "DELETE FROM search_document WHERE package_id = 2")
    found = await store.check()
    assert found == [
        "the index document of plain/a of upstream:first has lost its body",
        "plain/b of upstream:first cannot be found by the search",
    ]
    tamper(path, "DELETE FROM package WHERE id = 1")
    assert any("refers to a missing package" in sentence for sentence in await store.check())


async def test_overwritten_pages_are_reported_and_never_served(path: Path) -> None:
    store = SqlStore.open(path)
    for number in range(300):
        await store.write_index(state(f"p{number}"), index(f"p{number}", 9), [], summary(f"p{number}"))
    store.close()
    overwrite_pages(path)
    try:
        store = SqlStore.open(path)
    except StorageDamaged:
        return  # as good: it says so at once
    assert await store.check(deep=True)
    wrong = 0
    for number in range(300):
        try:
            assert await store.read_index(ORIGIN, key(f"p{number}")) == index(f"p{number}", 9)
        except (StorageDamaged, NotFound):
            wrong += 1
    assert wrong
    store.close()


async def test_two_stores_on_one_file_see_each_other_at_once(store: SqlStore, path: Path) -> None:
    other = SqlStore.open(path)
    for number in range(20):
        one, two = (store, other) if number % 2 else (other, store)
        known = await one.write_index(state("a", at=number), index("a", salt=str(number)), [], summary("a"))
        assert await two.find_state(ORIGIN, key("a")) == known
        assert await two.read_index(ORIGIN, key("a")) == index("a", salt=str(number))
    await asyncio.gather(
        *(
            each.write_index(
                state(f"{name}{number}"), index("x"), [event("package_seen", "x")], summary(f"{name}{number}")
            )
            for number in range(100)
            for name, each in (("one", store), ("two", other), ("both", store), ("both", other))
        )
    )
    events = await other.list_events(0, 1000)
    assert len({entry.sequence for entry in events}) == 400
    assert await store.count_packages("plain", SCOPE) == 301
    assert await store.check(deep=True) == []
    other.close()


async def test_a_package_keeps_a_bounded_number_of_answers(store: SqlStore) -> None:
    page = Rendered(b"body", "gzip", '"e"', state("a").checked_at)
    for number in range(120):
        await store.write_rendered(ORIGIN, key("a"), 1, f"v{number}", page)
    ((count,),) = await store._database.scan("SELECT count(*) FROM rendered", {})
    assert count == 48
    assert await store.find_rendered(ORIGIN, key("a"), "v119") == page
