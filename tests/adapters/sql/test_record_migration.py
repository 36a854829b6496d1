"""Records that were derived before files could be attested are derived anew."""

import sqlite3
from pathlib import Path

import pytest

from packhouse.adapters.sql.migrating import upgrade
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import Artifact, Release, build_record

pytestmark = pytest.mark.anyio

KEY = PackageKey("plain", NormalName("press"))


async def test_an_older_record_is_found_until_a_new_one_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "packhouse.sqlite3"
    upgrade(path, None, "0022")
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO package (id, origin, ecosystem, name) VALUES (1, 'upstream', 'plain', 'press')")
    connection.close()
    store = SqlStore.open(path)
    try:
        assert await store.find_record("upstream", KEY) is None
        await store.write_record("upstream", 7, build_record(KEY, [Release("1.0.0")]))
    finally:
        store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0022'")
    connection.close()
    store = SqlStore.open(path)
    try:
        found = await store.find_record("upstream", KEY)
        assert found is not None
        assert found[0] != 7
        attested = build_record(KEY, [Release("1.0.0", artifacts=(Artifact("a.tgz", "", attestations="a"),))])
        await store.write_record("upstream", 7, attested)
        assert await store.find_record("upstream", KEY) == (7, attested)
    finally:
        store.close()
