"""A server's data with advisories in it, from records or files, before it starts."""

import json
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import anyio

from packhouse.adapters.feeds.osv import read_feed
from packhouse.adapters.sql.store import SqlStore
from packhouse.app import load_ecosystems
from packhouse.services.advisory_import import AdvisoryImport
from packhouse.services.advisory_ports import Feed, FeedRecord


def import_records(data: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Import records that a test has written."""
    import_feed(data, [FeedRecord(str(each["id"]), json.dumps(each).encode()) for each in records])


def import_files(data: Path, *paths: Path) -> None:
    """Import files of advisories."""
    import_feed(data, read_feed(paths))


def import_feed(data: Path, feed: Feed) -> None:
    """Import into the database of a data directory, made where there is none."""
    data.mkdir(exist_ok=True)
    store = SqlStore.open(data / "packhouse.sqlite3")
    try:
        intake = AdvisoryImport(store, [each for each, _ in load_ecosystems().values()])
        report = anyio.run(partial(intake.add, "test", feed))
    finally:
        store.close()
    assert report.new
    assert not report.failed
