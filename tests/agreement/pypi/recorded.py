"""What pip and uv have answered, and what of an index they answered from."""

import lzma
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.pypi.catalogue import package_key
from packhouse.ecosystems.pypi.index import INDEX

FOLDER = Path(__file__).parent / "recorded"
REAL = FOLDER / "real.json.xz"
UNIVERSES = FOLDER / "universes.json.xz"
ADDRESS = "http://files.example"
"""Where the files of a recorded index are."""


class File(Struct, omit_defaults=True, array_like=True):
    """One file of a page."""

    filename: str
    python: str = ""
    yanked: bool = False
    moment: str = ""
    """When it was uploaded."""


class World(Struct):
    """An index, as far as it was asked for."""

    pages: dict[str, list[File]] = {}
    metadata: dict[str, str] = {}
    """The lines of METADATA that matter, by the name of the wheel, or of the source that is built."""


class Answer(Struct, frozen=True, omit_defaults=True):
    """What a client says of a project."""

    chosen: Sequence[str] = ()
    """`name==version` of all that would be installed."""
    error: str = ""


class Asked(Struct, frozen=True, omit_defaults=True):
    """Requirements, and the real answers to them."""

    name: str
    requirements: Sequence[str]
    answers: Mapping[str, Answer]
    """By client."""
    constraints: Sequence[str] = ()
    world: int = 0
    newest: str = ""
    """The moment of an index's files from which on they are left out."""


class Recording(Struct, frozen=True):
    """Answers of some clients on one day."""

    clients: Mapping[str, str]
    """The version of each."""
    python: str
    date: str
    asked: Sequence[Asked]
    worlds: Sequence[World]


def read(path: Path) -> Recording:
    """Read a recording."""
    return msgspec.json.decode(lzma.decompress(path.read_bytes()), type=Recording)


def write(path: Path, recording: Recording) -> None:
    """Write a recording, as small as can be."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(lzma.compress(msgspec.json.encode(recording), preset=9 | lzma.PRESET_EXTREME))


def make_page(name: str, files: Sequence[File], address: str = ADDRESS) -> bytes:
    """Write a page in its JSON form."""
    return msgspec.json.encode(
        {
            "meta": {"api-version": "1.1"},
            "name": name,
            "versions": [],
            "files": [
                {
                    "filename": file.filename,
                    "url": f"{address}/{file.filename}",
                    "hashes": {},
                    **({"requires-python": file.python} if file.python else {}),
                    **({"yanked": True} if file.yanked else {}),
                    **({"upload-time": file.moment} if file.moment else {}),
                    **({"core-metadata": True} if file.filename.endswith(".whl") else {}),
                }
                for file in files
            ],
        }
    )


def make_record(name: str, files: Sequence[File]) -> PackageRecord:
    """Make a record as a server does of a page."""
    key = package_key(name)
    return INDEX.describe(key, INDEX.split(key, f"{ADDRESS}/{name}/\n".encode() + make_page(name, files)))
