"""Which licences a text is, and which texts of an archive are licences."""

import zlib
from collections.abc import Callable, Sequence
from typing import IO

from msgspec import Struct

_TEXT_BYTES = 256 << 10
"""The longest of the known licences are 50 KB; what is longer is a collection of all that somebody else has used."""
_MOST_FILES = 16
_MOST_ENTRIES = 100_000


class LicenceText(Struct, frozen=True):
    """A file with a licence, and which it is: SPDX identifiers, empty where it is none that is known."""

    name: str
    ids: tuple[str, ...]


class BadZip(ValueError):
    """The bytes are no archive that can be read."""


def read_zip(file: IO[bytes], wanted: Callable[[str], bool]) -> Sequence[LicenceText]:
    """Identify the licences of an archive in the files that are wanted by their paths; raise BadZip."""
    from zipfile import BadZipFile, ZipFile  # noqa: PLC0415 (start-up time)

    try:
        with ZipFile(file) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST_ENTRIES:
                raise BadZip(f"it has more than {_MOST_ENTRIES:,} files")
            chosen = [each for each in entries if not each.is_dir() and wanted(each.filename)][:_MOST_FILES]
            found = []
            for each in chosen:
                with archive.open(each) as text:
                    # The size in the archive's list may be a lie; what is read is what counts.
                    body = text.read(_TEXT_BYTES + 1)
                found.append(LicenceText(each.filename.rpartition("/")[2], identify(body)))
            return found
    except (BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise BadZip(f"it is no sound zip archive: {error}") from error


def identify(body: bytes) -> tuple[str, ...]:
    """Tell which licences a text is, each once; nothing of one that hardly has more than their names."""
    if len(body) > _TEXT_BYTES:
        return ()
    from licenseclassifier import identify_license  # noqa: PLC0415 (start-up time)

    text = body.decode("utf-8", errors="replace")
    ids = dict.fromkeys(each.id for each in identify_license(text))
    # The GNU licences end with how to apply them, which is no licence beside themselves.
    return tuple(
        each for each in ids if each.removesuffix("-or-later") == each or each.removesuffix("-or-later") not in ids
    )
