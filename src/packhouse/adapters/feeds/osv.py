"""Advisories in files: folders, zip archives, JSON Lines and single records, packed or not.

Nothing is unpacked to the disk, links are not followed, and whatever cannot be read is named and left out. Records in
YAML come out as JSON, with the `path` of their file, by which some databases name them.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from packhouse.adapters.feeds.streams import MAX_BYTES, MAX_RECORD_BYTES, BadFile, read_lines, read_whole
from packhouse.adapters.feeds.yaml_records import yaml_as_json
from packhouse.domain.errors import ConfigError
from packhouse.services.advisory_ports import Feed, FeedFault, FeedRecord

if TYPE_CHECKING:
    import zipfile

_PACKED = (".xz", ".gz")
_YAML = (".yaml", ".yml")
_LINES = (".jsonl", ".ndjson")
_KNOWN = (".json", *_YAML, *_LINES)
_MAX_ENTRIES = 5_000_000
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode


def read_feed(paths: Iterable[Path]) -> Feed:
    """Yield all records below some paths; raise ConfigError for one that is not there."""
    for path in paths:
        if not path.exists():
            raise ConfigError(f"there is no file or folder {path}", "name files or folders of advisories")
        if path.is_dir():
            yield from _read_folder(path)
        else:
            yield from _read_file(path, path.name, path.name)


def _read_folder(folder: Path) -> Iterator[FeedRecord | FeedFault]:
    for parent, folders, files in os.walk(folder):
        # What begins with a dot is of version control and the like.
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in sorted(files):
            path = Path(parent, name)
            if _kind(name) and not name.startswith(".") and not path.is_symlink():
                below = path.relative_to(folder).as_posix()
                yield from _read_file(path, below, below)


def _read_file(path: Path, where: str, name: str) -> Iterator[FeedRecord | FeedFault]:
    kind = _kind(name)
    try:
        if kind in _LINES:
            for number, line in enumerate(read_lines(path), 1):
                if line.strip():
                    yield FeedRecord(f"{where}:{number}", line.strip())
        elif kind == ".zip":
            yield from _read_zip(path, where)
        elif kind:
            yield from _read_record(where, name, kind, read_whole(path))
        else:
            yield FeedFault(where, f"its name ends with none of {', '.join((*_KNOWN, '.zip'))}")
    except (BadFile, OSError) as error:
        yield FeedFault(where, str(error))


def _read_zip(path: Path, where: str) -> Iterator[FeedRecord | FeedFault]:
    from zipfile import BadZipFile, ZipFile  # noqa: PLC0415 (start-up time)

    try:
        with ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > _MAX_ENTRIES or sum(each.file_size for each in entries) > MAX_BYTES:
                raise BadFile("the archive is larger than any database of advisories")
            for entry in entries:
                kind = _kind(entry.filename)
                if not entry.is_dir() and kind in (".json", *_YAML):
                    yield from _read_entry(archive, entry, f"{where}/{entry.filename}", kind)
    except (BadZipFile, NotImplementedError) as error:
        raise BadFile(f"it is no sound zip archive: {error}") from error


def _read_entry(
    archive: "zipfile.ZipFile", entry: "zipfile.ZipInfo", where: str, kind: str
) -> Iterator[FeedRecord | FeedFault]:
    from zipfile import BadZipFile  # noqa: PLC0415
    from zlib import error as ZlibError  # noqa: N812, PLC0415

    try:
        with archive.open(entry) as file:
            # The size in the archive's list may be a lie; what is read is what counts.
            body = file.read(MAX_RECORD_BYTES + 1)
    except (BadZipFile, ZlibError, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        yield FeedFault(where, f"it cannot be unpacked: {error}")
        return
    if len(body) > MAX_RECORD_BYTES:
        yield FeedFault(where, f"a record is larger than {MAX_RECORD_BYTES >> 20} MiB")
    else:
        yield from _read_record(where, entry.filename, kind, body)


def _read_record(where: str, name: str, kind: str, body: bytes) -> Iterator[FeedRecord | FeedFault]:
    """Yield what one file holds: a record, or a list of them."""
    body = body.strip()
    if kind in _YAML:
        try:
            yield FeedRecord(where, yaml_as_json(body, str(PurePosixPath(name))))
        except BadFile as error:
            yield FeedFault(where, str(error))
    elif body.startswith(b"["):
        try:
            records = _decode_list(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            yield FeedFault(where, f"it is no JSON: {error}")
        else:
            yield from (FeedRecord(f"{where}#{place}", bytes(each)) for place, each in enumerate(records))
    else:
        yield FeedRecord(where, body)


def _kind(name: str) -> str:
    """Tell what a file holds by its name, without the suffix of a packed one; empty for what is none of ours."""
    path = PurePosixPath(name.lower())
    if path.suffix == ".zip":
        return ".zip"
    suffix = PurePosixPath(path.stem).suffix if path.suffix in _PACKED else path.suffix
    return suffix if suffix in _KNOWN else ""
