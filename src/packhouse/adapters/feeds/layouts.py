"""OCI image layouts, as folders or archives: only their small documents are read, never a layer."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import tarfile

_MOST_BYTES = 4 << 20
"""Registries refuse larger manifests."""
_MOST_MEMBERS = 100_000


class BadLayout(ValueError):
    """It is no image layout, or something of it is missing."""


class Layout(Protocol):
    """Where the documents are."""

    def read(self, name: str) -> bytes:
        """Read a document by its path; raise BadLayout."""


@contextlib.contextmanager
def open_layout(path: Path) -> Iterator[Layout]:
    """Open a folder or an archive; raise BadLayout."""
    if path.is_dir():
        yield _Folder(path)
        return
    import lzma  # noqa: PLC0415 (start-up time)
    import tarfile  # noqa: PLC0415
    import zlib  # noqa: PLC0415

    try:
        with tarfile.open(path) as archive:
            members = {}
            for number, member in enumerate(archive):
                if number >= _MOST_MEMBERS:
                    raise BadLayout(f"it has more than {_MOST_MEMBERS:,} members")
                if member.isreg():
                    members[member.name.removeprefix("./")] = member
            yield _Archive(members, archive.extractfile)
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise BadLayout(f"it is no sound archive: {error}") from error


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> bytes:
        """Read a file; links are not followed out of it, since names are digests."""
        try:
            with (self._folder / name).open("rb") as file:
                return _bounded(name, file)
        except OSError as error:
            raise BadLayout(f"{name} cannot be read: {error.strerror}") from error


class _Archive:
    def __init__(
        self, members: "Mapping[str, tarfile.TarInfo]", extract: "Callable[[tarfile.TarInfo], IO[bytes] | None]"
    ) -> None:
        self._members = members
        self._extract = extract

    def read(self, name: str) -> bytes:
        """Read a member."""
        member = self._members.get(name)
        file = None if member is None else self._extract(member)
        if file is None:
            raise BadLayout(f"it has no {name}")
        return _bounded(name, file)


def _bounded(name: str, file: IO[bytes]) -> bytes:
    body = file.read(_MOST_BYTES + 1)
    if len(body) > _MOST_BYTES:
        raise BadLayout(f"{name} is larger than {_MOST_BYTES >> 20} MiB")
    return body
