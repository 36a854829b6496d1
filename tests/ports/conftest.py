"""The adapters that every port suite runs on: a further one is a further line here."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from packhouse.adapters.blobs.disk import DiskBlobs
from packhouse.adapters.memory.blobs import MemoryBlobs
from packhouse.adapters.memory.store import MemoryStore
from packhouse.adapters.sql.store import SqlStore

Store = SqlStore | MemoryStore
Blobs = DiskBlobs | MemoryBlobs

STORES: dict[str, Callable[[Path], Store]] = {
    "sqlite": lambda folder: SqlStore.open(folder / "packhouse.sqlite3"),
    "memory": lambda _: MemoryStore(),
}
BLOBS: dict[str, Callable[[Path], Blobs]] = {
    "disk": lambda folder: DiskBlobs(folder / "blobs"),
    "memory": lambda _: MemoryBlobs(),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Open an empty store of each kind."""
    opened = STORES[request.param](tmp_path)
    yield opened
    opened.close()


@pytest.fixture(params=BLOBS)
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Blobs]:
    """Open an empty blob store of each kind."""
    opened = BLOBS[request.param](tmp_path)
    yield opened
    opened.close()
