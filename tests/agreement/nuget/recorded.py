"""What NuGet has answered, and the feeds that it answered from."""

import lzma
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.agreement.nuget.client import Answer, Offer, Project

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

    client: str
    date: str
    asked: Sequence[Asked]
    worlds: Sequence[tuple[Offer, ...]]


def read(path: Path) -> Recording:
    """Read a recording."""
    return msgspec.json.decode(lzma.decompress(path.read_bytes()), type=Recording)


def write(path: Path, recording: Recording) -> None:
    """Write a recording, as small as can be."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(lzma.compress(msgspec.json.encode(recording), preset=9 | lzma.PRESET_EXTREME))
