"""Files that were known before digests had an index are found after."""

import hashlib
import sqlite3
from pathlib import Path

import msgspec
import pytest
import zstandard

from packhouse.adapters.sql.migrating import upgrade
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.digest import Digest
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import Artifact, Release, build_record
from packhouse.services.hashes import DigestPlace

pytestmark = pytest.mark.anyio

KEY = PackageKey("plain", NormalName("press"))
PLACE = DigestPlace("upstream:first", KEY, "1.0.0")


def _digest(algorithm: str, text: str) -> Digest:
    return Digest(algorithm, hashlib.new(algorithm, text.encode()).hexdigest())


def _write_old(path: Path) -> None:
    """Write a file and a record as revision 0020 did, and a record that is damaged."""
    upgrade(path, None, "0020")
    record = build_record(KEY, [Release("1.0.0", artifacts=(Artifact("a.tgz", "", (_digest("sha1", "record"),)),))])
    body = zstandard.ZstdCompressor().compress(msgspec.msgpack.encode(record))
    digests = msgspec.msgpack.encode((_digest("md5", "file"), _digest("sha256", "file")))
    with sqlite3.connect(path) as connection:
        rows = [(1, "upstream:first", "plain", "press"), (2, "upstream:first", "plain", "damaged")]
        connection.executemany("INSERT INTO package (id, origin, ecosystem, name) VALUES (?, ?, ?, ?)", rows)
        connection.executemany("INSERT INTO record VALUES (?, 1, ?)", [(1, body), (2, b"no record")])
        connection.execute(
            "INSERT INTO artifact (id, package_id, filename, version, sha256, size_bytes, digests, stored_at)"
            " VALUES (1, 1, 'a.tgz', '1.0.0', ?, 4, ?, 1)",
            (_digest("sha256", "file").value, digests),
        )
    connection.close()


async def test_what_was_known_before_is_found_after(tmp_path: Path) -> None:
    path = tmp_path / "packhouse.sqlite3"
    _write_old(path)
    store = SqlStore.open(path)
    try:
        for digest in (_digest("md5", "file"), _digest("sha256", "file"), _digest("sha1", "record")):
            assert list(await store.find_digest(digest, 9)) == [PLACE]
        assert not await store.find_digest(_digest("sha1", "file"), 9)
        found = await store.find_record("upstream:first", KEY)
        assert found is not None
    finally:
        store.close()
