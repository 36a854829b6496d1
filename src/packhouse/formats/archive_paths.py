"""Paths within an archive: none may lead out of it, and no two may be one."""

import re
import unicodedata
from itertools import pairwise

from packhouse.formats.archive import BadArchive, Entry, Rules, TooMuch, shown

_is_plain = re.compile(r"(?:[A-Za-z0-9_@+=-][A-Za-z0-9_@+=.,-]*/)*[A-Za-z0-9_@+=-][A-Za-z0-9_@+=.,-]*").fullmatch
_has_control = re.compile("[\0-\x1f\x7f]").search
_is_drive = re.compile("[A-Za-z]:.*").fullmatch


def read_path(raw: bytes, rules: Rules) -> str:
    """Decode a path, without a slash at its end; raise BadArchive if it is not one below the archive's own folder."""
    if len(raw) > rules.path_bytes:
        raise TooMuch(f"the path {shown(raw)} is longer than {rules.path_bytes} bytes")
    try:
        path = raw.decode().removesuffix("/")
    except UnicodeDecodeError:
        raise BadArchive(f"the path {shown(raw)} is not UTF-8") from None
    if not _is_plain(path):
        fault = _fault(path)
        if fault:
            raise BadArchive(f"the path {shown(path)} {fault}")
    return path


def _fault(path: str) -> str:
    """Say what is wrong with a path; empty if nothing is."""
    parts = path.split("/")
    faults = {
        "is empty": not path,
        "is absolute": path.startswith("/"),
        "holds a backslash, which leads to another folder on some systems": "\\" in path,
        "holds a control character": _has_control(path),
        "leads out of its folder": ".." in parts,
        "has an empty part or a lone period": "" in parts or "." in parts,
        "names a drive": any(map(_is_drive, parts)),
    }
    return next((fault for fault, found in faults.items() if found), "")


class Paths:
    """All paths of an archive."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._bytes = 0
        self._folders: dict[str, str] = {}
        self._others: dict[str, str] = {}

    def add(self, entry: Entry) -> None:
        """Note a path; raise BadArchive if it stands for the same place as an earlier one."""
        place = entry.path if self._rules.twins else _fold(entry.path)
        earlier = self._others.get(place)
        if earlier is None and entry.kind != "folder":
            earlier = self._folders.get(place)
        if earlier is not None:
            if earlier == entry.path:
                raise BadArchive(f"the archive holds {shown(earlier)} twice")
            raise BadArchive(f"{shown(earlier)} and {shown(entry.path)} are one file on some disks")
        places = self._folders if entry.kind == "folder" else self._others
        places[place] = entry.path
        self._bytes += len(place)
        if self._bytes > self._rules.all_paths_bytes:
            raise TooMuch(f"the paths of the archive are longer than {self._rules.all_paths_bytes} bytes together")

    def check(self) -> None:
        """Raise BadArchive if something lies in what is no folder."""
        # Sorted so, what lies in a place follows it at once.
        places = sorted(place.replace("/", "\0") for place in (*self._others, *self._folders))
        for place, following in pairwise(places):
            if following.startswith(f"{place}\0") and (path := self._others.get(place.replace("\0", "/"))):
                raise BadArchive(f"{shown(path)} is no folder, and another entry lies in it")


def _fold(path: str) -> str:
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
