"""What an archive holds, and what is asked of one before anybody unpacks it."""

from typing import Literal

from msgspec import Struct

Kind = Literal["file", "folder", "symlink", "hardlink", "device", "fifo"]

MIB = 1 << 20
_SHOWN = 120


class BadArchive(ValueError):
    """The bytes are no archive that every program would unpack alike and within its folder."""


class TooMuch(BadArchive):
    """The archive is over a limit."""


class Entry(Struct, frozen=True):
    """One member of an archive."""

    path: str
    """Relative, with slashes, without one at its end."""
    kind: Kind
    size: int
    mode: int
    link: str = ""
    """Where a symlink or hardlink points, as it is written."""


class Rules(Struct, frozen=True):
    """What an archive may be."""

    kinds: frozenset[Kind] = frozenset({"file", "folder"})
    unpacked_bytes: int = 512 * MIB
    """Of the whole archive, headers included."""
    ratio: int = 200
    """How many times its compressed size an archive may be; deflate itself reaches 1,032."""
    ratio_from_bytes: int = 16 * MIB
    """Smaller archives may have any ratio: they do no harm."""
    entries: int = 100_000
    path_bytes: int = 1024
    all_paths_bytes: int = 16 * MIB
    twins: bool = False
    """Whether two paths may differ by case or Unicode composition alone: on many disks they are one file."""


class Archive(Struct, frozen=True):
    """An archive that was read to its end and is sound."""

    entries: tuple[Entry, ...]
    bodies: dict[str, bytes]
    """The beginnings of the files that were asked for, by path."""
    unpacked_bytes: int
    """The sizes of all files together."""


def shown(text: str | bytes) -> str:
    """Quote a name from an archive in a message, cut where it is long."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN])
