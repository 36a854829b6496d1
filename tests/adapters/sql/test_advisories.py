"""What only a database can do wrong with advisories."""

import sqlite3
from pathlib import Path

import pytest

from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.errors import StorageDamaged
from packhouse.services.advisory_import import AdvisoryImport
from packhouse.services.advisory_ports import FeedRecord
from tests.toy import TOY

pytestmark = pytest.mark.anyio


async def _stored(path: Path) -> SqlStore:
    store = SqlStore.open(path)
    feed = [FeedRecord(name, b'{"id": "%s", "summary": "about %s"}' % (name.encode(), name.encode())) for name in "AB"]
    assert (await AdvisoryImport(store, [TOY]).add("farm", feed)).new == 2
    return store


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE advisory_body SET body = CAST(substr(body, 1, 12) || x'00' || substr(body, 14) AS BLOB)",
        "UPDATE advisory_body SET body = x''",
        "UPDATE advisory_body SET body = (SELECT other.body FROM advisory_body AS other WHERE other.advisory_id = 2)",
    ],
)
async def test_a_record_that_is_not_the_one_that_was_written_is_never_served(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "packhouse.sqlite3"
    store = await _stored(path)
    try:
        with sqlite3.connect(path) as connection:
            connection.execute(damage)
        with pytest.raises(StorageDamaged):
            await store.find_advisories("A")
    finally:
        store.close()


async def test_advisories_are_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "packhouse.sqlite3"
    (await _stored(path)).close()
    store = SqlStore.open(path)
    try:
        assert [each.records for each in await store.count_advisories()] == [2]
        assert await store.read_advisory_generation() > 0
        assert (await store.find_advisories("A"))[0].body == b'{"id": "A", "summary": "about A"}'
    finally:
        store.close()
