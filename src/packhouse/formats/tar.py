"""Reading a tar archive that comes in pieces, without unpacking it."""

from collections.abc import Callable

from packhouse.formats.archive import Archive, BadArchive, Entry, Kind, Rules, TooMuch, shown
from packhouse.formats.archive_paths import Paths, read_path
from packhouse.formats.tar_header import BLOCK, Header, parse_header, parse_pax

Wanted = Callable[[Entry], int]
"""How many bytes of a file's body to keep, from its beginning."""

_KINDS: dict[bytes, Kind] = {
    b"0": "file",
    b"\0": "file",
    b"1": "hardlink",
    b"2": "symlink",
    b"3": "device",
    b"4": "device",
    b"5": "folder",
    b"6": "fifo",
}
_FURTHER = {b"x": "extended header", b"g": "global header", b"L": "long name", b"K": "long link"}
_FURTHER_BYTES = 64 * 1024
_ZEROS = bytes(BLOCK)
_UTF8 = b"ISO-IR 10646 2000 UTF-8"
# What a header for all entries that follow may not change, since not every program takes notice of it.
_OF_ONE_ENTRY = ("path", "linkpath", "size", "hdrcharset")


class TarReader:
    """Reads one archive; every method raises BadArchive or TooMuch."""

    def __init__(self, rules: Rules, wanted: Wanted) -> None:
        self._rules = rules
        self._wanted = wanted
        self._paths = Paths(rules)
        self._entries: list[Entry] = []
        self._bodies: dict[str, bytes] = {}
        self._unpacked_bytes = 0
        self._rest = b""
        self._zeros = 0
        self._skip_bytes = 0
        """What is left of the current body and its padding."""
        self._keep_bytes = 0
        """How much of that is to be kept."""
        self._kept = bytearray()
        self._keeper: Callable[[bytes], None] | None = None
        self._further: dict[bytes, bytes] = {}
        """The bodies of the headers that stand before their entry, by type."""

    def feed(self, piece: bytes) -> None:
        """Read more."""
        data = self._rest + piece if self._rest else piece
        at, end = 0, len(data)
        while True:
            if self._skip_bytes:
                at = self._skip(data, at)
                if self._skip_bytes:
                    break
            if end - at < BLOCK:
                break
            self._block(data[at : at + BLOCK])
            at += BLOCK
        self._rest = data[at:]

    def finish(self) -> Archive:
        """Give what was read, when the archive has come to its end."""
        if self._skip_bytes or self._rest or self._further:
            raise BadArchive("the archive is cut off")
        if not self._zeros:
            raise BadArchive("the archive does not end with a block of zeros, so that it may be cut off")
        self._paths.check()
        return Archive(tuple(self._entries), self._bodies, self._unpacked_bytes)

    def _skip(self, data: bytes, at: int) -> int:
        there = min(self._skip_bytes, len(data) - at)
        if self._keeper:
            taken = min(self._keep_bytes, there)
            self._kept += memoryview(data)[at : at + taken]
            self._keep_bytes -= taken
        self._skip_bytes -= there
        if not self._skip_bytes:
            self._end_body()
        return at + there

    def _end_body(self) -> None:
        if self._keeper:
            self._keeper(bytes(self._kept))
            self._keeper = None
            self._kept.clear()

    def _block(self, block: bytes) -> None:
        if block == _ZEROS:
            if self._further:
                raise BadArchive("the archive ends behind the header of an entry that is missing")
            self._zeros += 1
            return
        if self._zeros:
            # Some programs stop at the first block of zeros, and some go on.
            raise BadArchive("there are bytes behind the end of the archive's entries")
        header = parse_header(block)
        if header.type in _FURTHER:
            self._begin_further(header)
        else:
            self._begin_entry(header)

    def _begin_further(self, header: Header) -> None:
        what = _FURTHER[header.type]
        if header.size > _FURTHER_BYTES:
            raise TooMuch(f"the {what} {shown(header.name)} is longer than {_FURTHER_BYTES} bytes")
        if header.type in self._further:
            raise BadArchive(f"the {what} {shown(header.name)} is the second for one entry")
        kind = header.type

        def keep(body: bytes) -> None:
            if kind == b"g":
                _check_global(body)
            else:
                self._further[kind] = body

        self._begin_body(header.size, header.size, keep)

    def _begin_entry(self, header: Header) -> None:
        entry = self._complete(header)
        rules = self._rules
        if entry.kind not in rules.kinds:
            raise BadArchive(f"{shown(entry.path)} is a {entry.kind}, which a package may not hold")
        if entry.size and entry.kind != "file":
            # Programs disagree whether a body follows.
            raise BadArchive(f"{shown(entry.path)} is a {entry.kind} with a size")
        self._paths.add(entry)
        self._entries.append(entry)
        if len(self._entries) > rules.entries:
            raise TooMuch(f"the archive has more than {rules.entries} entries")
        self._unpacked_bytes += entry.size
        if self._unpacked_bytes > rules.unpacked_bytes:
            raise TooMuch(f"the archive unpacks to more than {rules.unpacked_bytes} bytes")
        keep_bytes = self._wanted(entry) if entry.kind == "file" else 0
        if not keep_bytes:
            self._begin_body(entry.size, 0, None)
            return

        def keep(body: bytes) -> None:
            self._bodies[entry.path] = body

        self._begin_body(entry.size, min(keep_bytes, entry.size), keep)

    def _begin_body(self, size: int, keep_bytes: int, keeper: Callable[[bytes], None] | None) -> None:
        self._skip_bytes = -(-size // BLOCK) * BLOCK
        self._keep_bytes = keep_bytes
        self._keeper = keeper
        if not size:
            self._end_body()

    def _complete(self, header: Header) -> Entry:
        """Put together what the header and those before it say."""
        name, link = header.name, header.link
        kind = _KINDS.get(header.type)
        if self._further:
            name, link = self._apply_further(header)
        path = read_path(name, self._rules)
        if kind is None:
            what = "sparse" if header.type == b"S" else f"of the unknown type {shown(header.type)}"
            raise BadArchive(f"{shown(path)} is {what}, which a package may not hold")
        if kind == "file" and name.endswith(b"/"):
            if header.type != b"\0":
                raise BadArchive(f"{shown(path)} is a file by its type and a folder by its name")
            # How folders were written before they had a type.
            kind = "folder"
        return Entry(path, kind, header.size, header.mode, _read_link(path, link))

    def _apply_further(self, header: Header) -> tuple[bytes, bytes]:
        further, self._further = self._further, {}
        pax = parse_pax(further[b"x"], header.name.decode(errors="replace")) if b"x" in further else {}
        _check_pax(pax, header)
        names = [text for text in (_gnu_text(further, b"L"), pax.get("path")) if text is not None]
        links = [text for text in (_gnu_text(further, b"K"), pax.get("linkpath")) if text is not None]
        if len(names) > 1 or len(links) > 1:
            raise BadArchive(f"the entry {shown(header.name)} has two long names")
        return names[0] if names else header.name, links[0] if links else header.link


def _check_global(body: bytes) -> None:
    pax = parse_pax(body, "for all entries")
    for key in pax:
        if key in _OF_ONE_ENTRY or key.startswith("GNU.sparse"):
            raise BadArchive(f"the archive says the {key} of all its entries at once")


def _check_pax(pax: dict[str, bytes], header: Header) -> None:
    name = shown(header.name)
    size = pax.get("size")
    # Who reads only the one or the other would take a part of the body for the next header.
    if size is not None and (not size.isdigit() or len(size) > 20 or int(size) != header.size):
        raise BadArchive(f"the entry {name} has one size in its header and another in its extended header")
    if pax.get("hdrcharset", _UTF8) != _UTF8:
        raise BadArchive(f"the extended header of {name} is not UTF-8")
    if any(key.startswith("GNU.sparse") for key in pax):
        raise BadArchive(f"{name} is sparse, which a package may not hold")
    for key in ("path", "linkpath"):
        if not pax.get(key, b"-") or b"\0" in pax.get(key, b""):
            raise BadArchive(f"the extended header of {name} has an empty {key} or one with a NUL")


def _gnu_text(further: dict[bytes, bytes], kind: bytes) -> bytes | None:
    body = further.get(kind)
    if body is None:
        return None
    text, nul, rest = body.partition(b"\0")
    if not text or not nul or rest.strip(b"\0"):
        raise BadArchive(f"the {_FURTHER[kind]} {shown(body)} is not one text with a NUL at its end")
    return text


def _read_link(path: str, link: bytes) -> str:
    try:
        return link.decode()
    except UnicodeDecodeError:
        raise BadArchive(f"the link {shown(path)} points to what is not UTF-8") from None
