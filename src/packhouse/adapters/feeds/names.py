"""Lists of names: `name<TAB>downloads` a line, or JSON with the most used name first; also packed with xz or gzip."""

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from packhouse.adapters.feeds.streams import BadFile, read_lines, read_whole
from packhouse.domain.errors import ConfigError
from packhouse.services.advisory_ports import FeedFault
from packhouse.services.name_import import ListedName

_PACKED = (".xz", ".gz")
_MOST_DOWNLOADS = 1 << 60
_decode = msgspec.json.Decoder().decode

Names = Iterator[ListedName | FeedFault]


def read_names(paths: Iterable[Path]) -> Names:
    """Yield all names of some files; raise ConfigError for one that is not there."""
    for path in paths:
        if not path.is_file():
            raise ConfigError(f"there is no file {path}", "name lists of packages")
        try:
            yield from _read_json(path) if _suffix(path) == ".json" else _read_lines(path)
        except (BadFile, OSError) as error:
            yield FeedFault(path.name, str(error))


def _read_lines(path: Path) -> Names:
    for place, raw in enumerate(read_lines(path), 1):
        line = raw.strip()
        if not line or line.startswith(b"#"):
            continue
        where = f"{path.name}:{place}"
        try:
            name, _, count = line.decode().partition("\t")
        except UnicodeDecodeError:
            yield FeedFault(where, "it is no UTF-8")
            continue
        count = count.strip()
        if not count:
            yield ListedName(where, name.strip(), place=place)
        elif count.isascii() and count.isdigit() and len(count) <= len(str(_MOST_DOWNLOADS)):
            yield ListedName(where, name.strip(), min(int(count), _MOST_DOWNLOADS))
        else:
            yield FeedFault(where, f"{count[:40]!r} is no number of downloads")


def _read_json(path: Path) -> Names:
    try:
        document = _decode(read_whole(path))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        yield FeedFault(path.name, f"it is no JSON: {error}")
        return
    yield from _read_value(path.name, document, "")


def _read_value(where: str, value: Any, label: str) -> Names:  # noqa: ANN401 (whatever the file holds)
    """Read a list of names, an object that has one as `packages`, or an object of such by a word for the ecosystem."""
    if isinstance(value, list):
        for place, name in enumerate(value, 1):
            if isinstance(name, str):
                yield ListedName(f"{where}#{place - 1}", name, place=place, label=label)
            else:
                yield FeedFault(f"{where}#{place - 1}", "it is no name")
    elif isinstance(value, dict) and "packages" in value:
        yield from _read_value(where, value["packages"], label)
    elif isinstance(value, dict) and not label:
        for key, each in value.items():
            yield from _read_value(f"{where}/{key}", each, key)
    else:
        yield FeedFault(where, "it is no list of names")


def _suffix(path: Path) -> str:
    name = PurePosixPath(path.name.lower())
    return PurePosixPath(name.stem).suffix if name.suffix in _PACKED else name.suffix
