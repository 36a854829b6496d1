"""Packages that were known before projects had an index are found after."""

import sqlite3
from pathlib import Path

import msgspec
import pytest
import zstandard

from packhouse.adapters.sql.migrating import upgrade
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import Link, Release, build_record
from packhouse.services.project_ports import PackagePlace

pytestmark = pytest.mark.anyio

KEY = PackageKey("plain", NormalName("press"))


async def test_what_was_known_before_is_found_after(tmp_path: Path) -> None:
    path = tmp_path / "packhouse.sqlite3"
    upgrade(path, None, "0025")
    links = (Link("repository", "git://github.com/Orchard/Press.git"), Link("homepage", "https://github.com/a/b"))
    body = zstandard.ZstdCompressor().compress(
        msgspec.msgpack.encode(build_record(KEY, [Release("1.0.0", links=links)]))
    )
    with sqlite3.connect(path) as connection:
        rows = [(1, "upstream:first", "plain", "press"), (2, "upstream:first", "plain", "damaged")]
        connection.executemany("INSERT INTO package (id, origin, ecosystem, name) VALUES (?, ?, ?, ?)", rows)
        connection.executemany("INSERT INTO record VALUES (?, 1, ?)", [(1, body), (2, b"no record")])
    connection.close()
    store = SqlStore.open(path)
    try:
        found = await store.list_project_packages("github.com/orchard/press", 9)
        assert list(found) == [PackagePlace("upstream:first", KEY)]
        assert not await store.list_project_packages("github.com/a/b", 9)
    finally:
        store.close()
