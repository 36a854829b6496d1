"""What Bundler has answered, and the info files that it answered from."""

import lzma
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.gem.bundle import package_key
from packhouse.ecosystems.gem.index import INDEX
from tests.agreement.gem.client import Answer, Project, Setting, World

FOLDER = Path(__file__).parent / "recorded"
REAL = FOLDER / "real.json.xz"
UNIVERSES = FOLDER / "universes.json.xz"


class Asked(Struct, frozen=True):
    """One project and the real answer to it."""

    name: str
    project: Project
    answer: Answer
    world: int = 0
    """Which of the worlds it lives in."""


class Recording(Struct, frozen=True):
    """Answers of one client on one day."""

    setting: Setting
    date: str
    asked: Sequence[Asked]
    worlds: Sequence[dict[str, list[str]]]


class Records:
    """The records of one world, made when they are first asked for."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._records: dict[PackageKey, PackageRecord] = {}

    def find(self, key: PackageKey) -> PackageRecord | None:
        """Return a record, or None for a gem that the world has not."""
        record = self._records.get(key)
        if record is None and key.name in self._world:
            record = self._records[key] = make_record(key.name, self._world[key.name])
        return record


def make_record(name: str, lines: Sequence[str]) -> PackageRecord:
    """Derive a record as a server does."""
    key = package_key(name)
    body = "".join(f"{line}\n" for line in ("---", *lines)).encode()
    return INDEX.describe(key, INDEX.split(key, body))


@lru_cache(maxsize=2)
def read(path: Path) -> Recording:
    """Read a recording."""
    return msgspec.json.decode(lzma.decompress(path.read_bytes()), type=Recording)


def write(path: Path, recording: Recording) -> None:
    """Write a recording, as small as can be."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(lzma.compress(msgspec.json.encode(recording), preset=7))
