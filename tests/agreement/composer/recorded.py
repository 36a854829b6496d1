"""What composer has answered, and the documents that it answered from."""

import lzma
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from tests.agreement.composer.client import Answer, Project

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
    """Answers of one client on one day, on one platform."""

    client: str
    date: str
    platform: dict[str, str]
    """Versions of what was there, in composer's order."""
    asked: Sequence[Asked]
    worlds: Sequence[dict[str, list[dict[str, Any]]]]


def read(path: Path) -> Recording:
    """Read a recording."""
    return msgspec.json.decode(lzma.decompress(path.read_bytes()), type=Recording)


def write(path: Path, recording: Recording) -> None:
    """Write a recording, as small as can be."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(lzma.compress(msgspec.json.encode(recording), preset=9 | lzma.PRESET_EXTREME))
