"""What cargo has answered, and the index files that it answered from."""

import lzma
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.cargo.catalogue import package_key
from packhouse.ecosystems.cargo.index import INDEX, with_places
from packhouse.ecosystems.cargo.places import Places
from tests.agreement.cargo.client import Answer, Project

FOLDER = Path(__file__).parent / "recorded"
REAL = FOLDER / "real.json.xz"
UNIVERSES = FOLDER / "universes.json.xz"
Line = dict[str, Any]
World = dict[str, list[Line]]
"""Lines of index files by name, without what says nothing of dependencies."""
_LEFT_OUT = ("cksum", "pubtime")
_DIGEST = "0" * 64


class Asked(Struct, frozen=True):
    """One project and the real answer to it."""

    name: str
    project: Project
    answer: Answer
    world: int = 0
    """Which of the worlds it lives in."""


class Recording(Struct, frozen=True):
    """Answers of one client on one day."""

    client: str
    date: str
    target: str
    asked: Sequence[Asked]
    worlds: Sequence[World]


class Records:
    """The records of one world, made when they are first asked for."""

    def __init__(self, world: World) -> None:
        self._lines = {name.lower(): lines for name, lines in world.items()}
        self._records: dict[PackageKey, PackageRecord] = {}

    def find(self, key: PackageKey) -> PackageRecord | None:
        """Return a record, or None for a crate that the world has not."""
        record = self._records.get(key)
        if record is None and key.name in self._lines:
            record = self._records[key] = make_record(key.name, self._lines[key.name])
        return record


def make_record(name: str, lines: Sequence[Line]) -> PackageRecord:
    """Derive a record as a server does."""
    key = package_key(name)
    body = with_places(Places("https://crates.example/dl"), b"".join(index_line(line) for line in lines))
    return INDEX.describe(key, INDEX.split(key, body))


def index_line(line: Line) -> bytes:
    """Write a line as an index has it."""
    return msgspec.json.encode({"cksum": _DIGEST, **line}) + b"\n"


def kept(line: Line) -> Line:
    """Keep of a line what matters: of what development needs no more than the names, which features may have."""
    found = {name: value for name, value in line.items() if name not in _LEFT_OUT and value not in (None, [], {})}
    found["deps"] = [_kept_dependency(each) for each in line.get("deps", ())]
    return found


def _kept_dependency(each: Line) -> Line:
    if each.get("kind") == "dev":
        return {"name": each["name"], "req": "*", "kind": "dev"}
    return {name: value for name, value in each.items() if value not in (None, [], {})}


@lru_cache(maxsize=2)
def read(path: Path) -> Recording:
    """Read a recording."""
    return msgspec.json.decode(lzma.decompress(path.read_bytes()), type=Recording)


def write(path: Path, recording: Recording) -> None:
    """Write a recording, as small as can be."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(lzma.compress(msgspec.json.encode(recording), preset=7))


def names(world: Mapping[str, object]) -> set[str]:
    """Name the crates of a world as keys do."""
    return {name.lower() for name in world}
