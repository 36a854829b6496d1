"""An archive of documentation pages, as rustdoc leaves them in `target/doc`: a zip or a `.tar.gz`.

It is read twice. At first everything in it is held against the rules for archives; then its files are read, and only
such as were found sound.
"""

import io
import stat
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from packhouse.domain.errors import Invalid, TooLarge
from packhouse.formats.archive import BadArchive, Entry, Kind, Rules, TooMuch, shown
from packhouse.formats.archive_paths import Paths, read_path
from packhouse.formats.tarball import TarballReader

if TYPE_CHECKING:
    import zipfile

RULES = Rules()
MAX_PAGE_BYTES = 64 << 20
"""Of one file."""

_HINT = "pack it with `tar -czf docs.tar.gz -C target doc`"
_PIECE_BYTES = 1 << 20
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_IN_DIRECTORY = b"PK\x01\x02"
_METHODS = (0, 8)
_ENCRYPTED = 0x1
# Files that rustdoc writes beside the folders of crates, whatever is documented.
_MARKS = ("crates.js", "help.html", "settings.html", "search-index.js")


class DocsArchive(Struct, frozen=True):
    """An archive that was found sound."""

    body: bytes | bytearray
    root: str
    """The folder that everything lies in, with a slash at its end; empty where there is none."""
    files: dict[str, int]
    """Sizes by path below the root."""
    start: str
    """The page to begin with."""


def open_docs(body: bytes | bytearray, crate: str, rules: Rules = RULES) -> DocsArchive:
    """Hold an archive against the rules; raise Invalid or TooLarge."""
    try:
        entries = _entries(body, rules)
        files = {each.path: each.size for each in entries if each.kind == "file"}
        root = _root(files)
        # What begins with a period is of the tools that have made the pages.
        below = {
            path[len(root) :]: size
            for path, size in files.items()
            if path.startswith(root) and "/." not in f"/{path[len(root) :]}"
        }
        _check_sizes(below)
        return DocsArchive(body, root, below, _start(below, crate))
    except TooMuch as error:
        raise TooLarge(f"the documentation is too large: {error}") from error
    except BadArchive as error:
        raise Invalid(f"the archive of the documentation is malformed: {error}", _HINT) from error


def read_files(archive: DocsArchive) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of every file; raise Invalid where the archive is not what it was found to be."""
    try:
        yield from _checked(archive)
    except BadArchive as error:
        raise Invalid(f"the archive of the documentation is malformed: {error}", _HINT) from error


def _checked(archive: DocsArchive) -> Iterator[tuple[str, bytes]]:
    """Hand on what is as the first reading has found it."""
    bodies = _zip_files(archive) if archive.body[:4] == _ZIP else _tar_files(archive)
    left = dict(archive.files)
    for path, body in bodies:
        below = path[len(archive.root) :]
        if path.startswith(archive.root) and below in left:
            if left.pop(below) != len(body):
                raise BadArchive(f"{shown(path)} has another size than its header says")
            yield below, body
    if left:
        raise BadArchive(f"{shown(min(left))} cannot be read")


def _check_sizes(files: dict[str, int]) -> None:
    for path, size in files.items():
        if size > MAX_PAGE_BYTES:
            raise TooMuch(f"{shown(path)} is larger than {MAX_PAGE_BYTES} bytes")


def _entries(body: bytes | bytearray, rules: Rules) -> Iterable[Entry]:
    if body[:2] == _GZIP:
        reader = TarballReader(rules, lambda _: 0)
        for start in range(0, len(body), _PIECE_BYTES):
            reader.feed(bytes(body[start : start + _PIECE_BYTES]))
        return reader.finish().entries
    if body[:4] == _ZIP:
        return _zip_entries(body, rules)
    raise BadArchive("it is neither a zip nor a .tar.gz")


def _zip_entries(body: bytes | bytearray, rules: Rules) -> list[Entry]:
    # All of the directory becomes objects before any of it can be looked at.
    if body.count(_IN_DIRECTORY) > rules.entries:
        raise TooMuch(f"the archive has more than {rules.entries} entries")
    paths = Paths(rules)
    entries = []
    unpacked = 0
    for info in _open_zip(body).infolist():
        entry = _zip_entry(info, rules)
        paths.add(entry)
        entries.append(entry)
        unpacked += entry.size
        if unpacked > rules.unpacked_bytes:
            raise TooMuch(f"the archive unpacks to more than {rules.unpacked_bytes} bytes")
    if unpacked > max(rules.ratio_from_bytes, rules.ratio * len(body)):
        raise TooMuch(f"the archive unpacks to more than {rules.ratio} times its size")
    paths.check()
    return entries


def _zip_entry(info: "zipfile.ZipInfo", rules: Rules) -> Entry:
    name = info.orig_filename
    path = read_path(name.removeprefix("./").encode(errors="surrogateescape"), rules)
    mode = info.external_attr >> 16
    kind: Kind = "folder" if name.endswith("/") else "file"
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        kind = "symlink" if stat.S_ISLNK(mode) else "device"
    if kind not in rules.kinds:
        raise BadArchive(f"{shown(path)} is a {kind}, which documentation may not hold")
    if info.flag_bits & _ENCRYPTED or info.compress_type not in _METHODS:
        raise BadArchive(f"{shown(path)} is encrypted, or compressed in a rare way")
    if kind == "folder" and info.file_size:
        raise BadArchive(f"{shown(path)} is a folder with a size")
    return Entry(path, kind, info.file_size, mode)


def _open_zip(body: bytes | bytearray) -> "zipfile.ZipFile":
    import zipfile  # noqa: PLC0415 (start-up time)

    try:
        return zipfile.ZipFile(io.BytesIO(body))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise BadArchive(f"the zip cannot be read: {error}") from error


def _zip_files(archive: DocsArchive) -> Iterator[tuple[str, bytes]]:
    import zipfile  # noqa: PLC0415 (start-up time)
    import zlib  # noqa: PLC0415 (start-up time)

    opened = _open_zip(archive.body)
    for info in opened.infolist():
        path = info.orig_filename.removeprefix("./")
        if path.endswith("/") or path[len(archive.root) :] not in archive.files:
            continue
        try:
            with opened.open(info) as file:
                # No more than the directory says is ever made; that the sum of it is right, its end shows.
                body = file.read()
        except (zipfile.BadZipFile, ValueError, OSError, EOFError, RuntimeError, zlib.error) as error:
            raise BadArchive(f"{shown(path)} cannot be read: {error}") from error
        yield path, body


def _tar_files(archive: DocsArchive) -> Iterator[tuple[str, bytes]]:
    import tarfile  # noqa: PLC0415 (start-up time)
    import zlib  # noqa: PLC0415 (start-up time)

    try:
        with tarfile.open(fileobj=io.BytesIO(archive.body), mode="r|gz") as opened:
            for member in opened:
                below = member.name[len(archive.root) :]
                # Only what was found above is ever made, and no more of it than was found.
                if not member.isfile() or archive.files.get(below) != member.size:
                    continue
                file = opened.extractfile(member)
                if file is not None:
                    yield member.name, file.read()
    except (tarfile.TarError, ValueError, OSError, EOFError, zlib.error) as error:
        raise BadArchive(f"the tar cannot be read: {error}") from error


def _root(files: Iterable[str]) -> str:
    """Find the folder that rustdoc has written to: its own files lie in it."""
    found = {path[: -len(mark)] for path in files for mark in _MARKS if f"/{path}".endswith(f"/{mark}")}
    if not found:
        raise BadArchive("it has neither crates.js nor help.html: these are no pages of rustdoc")
    return min(found, key=lambda folder: (folder.count("/"), folder))


def _start(files: Iterable[str], crate: str) -> str:
    """Find the first page: that of the library of the crate's name, or else of whatever is documented."""
    starts = sorted(path for path in files if path.count("/") == 1 and path.endswith("/index.html"))
    wanted = f"{crate.replace('-', '_')}/index.html"
    starts = [path for path in starts if not path.startswith(("src/", "static.files/"))]
    if not starts:
        raise BadArchive("no crate is documented in it: there is no folder with an index.html")
    return wanted if wanted in starts else starts[0]
