"""Paths within an archive: none may lead out of it, and no two may be one."""

import re
import unicodedata

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
    if not path:
        return "is empty"
    if path.startswith("/"):
        return "is absolute"
    if "\\" in path:
        return "holds a backslash, which is another folder on some systems"
    if _has_control(path):
        return "holds a control character"
    for part in path.split("/"):
        if part == "..":
            return "leads out of its folder"
        if part in {"", "."}:
            return "has an empty part or a lone period"
        if _is_drive(part):
            return "names a drive"
    return ""


class Paths:
    """All paths of an archive."""

    def __init__(self, rules: Rules) -> None:
        self._twins = rules.twins
        self._folders: dict[str, str] = {"": ""}
        self._others: dict[str, str] = {}

    def add(self, entry: Entry) -> None:
        """Note a path; raise BadArchive if it stands for the same place as an earlier one."""
        place = entry.path if self._twins else _fold(entry.path)
        if place in self._others or (entry.kind != "folder" and place in self._folders):
            earlier = self._others.get(place) or self._folders[place]
            if earlier == entry.path:
                raise BadArchive(f"the archive holds {shown(entry.path)} twice")
            raise BadArchive(f"{shown(earlier)} and {shown(entry.path)} are one file on some disks")
        if entry.kind == "folder":
            self._folders.setdefault(place, entry.path)
        else:
            self._others[place] = entry.path
        self._add_parents(place, entry.path)

    def _add_parents(self, place: str, path: str) -> None:
        parent, _, _ = place.rpartition("/")
        while parent not in self._folders:
            if parent in self._others:
                raise BadArchive(f"{shown(self._others[parent])} is a file, and {shown(path)} lies in it")
            self._folders[parent] = parent
            parent, _, _ = parent.rpartition("/")


def _fold(path: str) -> str:
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())
