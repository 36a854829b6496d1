"""Ruby's Marshal format 4.8, as far as lists of releases use it: arrays of name, version and platform.

Read from the description in Ruby's own documentation (doc/marshal.rdoc).
"""

from collections.abc import Iterable, Iterator
from typing import Any

Entry = tuple[str, str, str]
"""Name, version and platform."""

_HEADER = b"\x04\x08"
_VERSION = "Gem::Version"
_NESTED = 20


def read_specs(data: bytes) -> Iterator[Entry]:
    """Yield the releases of a list; raise ValueError where it is none."""
    if data[:2] != _HEADER:
        message = "not a Marshal document of version 4.8"
        raise ValueError(message)
    try:
        entries = _Reader(data, 2).read()
    except (IndexError, RecursionError, UnicodeDecodeError) as error:
        message = "the Marshal document is damaged"
        raise ValueError(message) from error
    if not isinstance(entries, list):
        message = "the Marshal document is no list"
        raise ValueError(message)  # noqa: TRY004 (what is read is data, no argument)
    for entry in entries:
        match entry:
            case [str() as name, str() as version, *rest]:
                yield name, version, rest[0] if rest and isinstance(rest[0], str) else "ruby"
            case _:
                message = "an entry of the Marshal document is no release"
                raise ValueError(message)


def write_specs(entries: Iterable[Entry]) -> bytes:
    """Write a list of releases, as RubyGems reads it."""
    listed = list(entries)
    parts = [_HEADER, b"[", write_number(len(listed))]
    # Symbols are written out once: E, which says that a text is UTF-8, then the class.
    first, word = b":\x06E", b":\x11Gem::Version"
    for name, version, platform in listed:
        parts += (b"[\x08", _text(name, first))
        first = b";\x00"
        parts += (b"U", word, b"[\x06", _text(version, first), _text(platform, first))
        word = b";\x06"
    return b"".join(parts)


def write_number(number: int) -> bytes:
    """Write a number that is not negative, as lengths are written."""
    if number == 0:
        return b"\x00"
    if number < 123:
        return bytes((number + 5,))
    raw = number.to_bytes((number.bit_length() + 7) // 8, "little")
    return bytes((len(raw),)) + raw


def _text(text: str, encoding: bytes) -> bytes:
    raw = text.encode()
    return b'I"%b%b\x06%bT' % (write_number(len(raw)), raw, encoding)


class _Symbol(str):
    """A word that stands for itself."""

    __slots__ = ()


class _Reader:
    """Reads one value after another; a version becomes its text, since nothing else is in it."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._at = position
        self._symbols: list[_Symbol] = []
        self._objects: list[Any] = []
        self._depth = 0

    def read(self) -> Any:  # noqa: ANN401 (a value of any type)
        kind = self._data[self._at]
        self._at += 1
        read = _KINDS.get(kind)
        if read is None:
            message = f"the Marshal document has a value of kind {kind:#x}"
            raise ValueError(message)
        return read(self)

    def text(self) -> str:
        value = self._bytes().decode("utf-8")
        self._objects.append(value)
        return value

    def link(self) -> Any:  # noqa: ANN401
        return self._objects[self.number()]

    def nothing(self) -> None:
        return None

    def with_encoding(self) -> Any:  # noqa: ANN401
        value = self.read()
        for _ in range(self.number()):
            self.symbol()
            self.read()
        return value

    def array(self) -> list[Any]:
        self._depth += 1
        if self._depth > _NESTED:
            message = "the Marshal document is nested too deep"
            raise ValueError(message)
        values: list[Any] = []
        self._objects.append(values)
        values.extend(self.read() for _ in range(self._length()))
        self._depth -= 1
        return values

    def version(self) -> str:
        if self.symbol() != _VERSION:
            message = "the Marshal document has an object that is no version"
            raise ValueError(message)
        position = len(self._objects)
        self._objects.append("")
        fields = self.read()
        version = fields[0] if isinstance(fields, list) and fields and isinstance(fields[0], str) else ""
        self._objects[position] = version
        return version

    def symbol(self) -> str:
        value = self.read()
        if not isinstance(value, _Symbol):
            message = "the Marshal document has no symbol where one must be"
            raise ValueError(message)  # noqa: TRY004 (what is read is data, no argument)
        return value

    def new_symbol(self) -> str:
        symbol = _Symbol(self._bytes().decode("utf-8"))
        self._symbols.append(symbol)
        return symbol

    def old_symbol(self) -> str:
        return self._symbols[self.number()]

    def _bytes(self) -> bytes:
        length = self._length()
        raw = self._data[self._at : self._at + length]
        self._at += length
        return raw

    def _length(self) -> int:
        length = self.number()
        if not 0 <= length <= len(self._data) - self._at:
            message = "the Marshal document ends too early"
            raise ValueError(message)
        return length

    def number(self) -> int:
        first = self._data[self._at]
        self._at += 1
        signed = first - 256 if first > 127 else first
        if signed == 0:
            return 0
        if signed >= 5:
            return signed - 5
        if signed <= -5:
            return signed + 5
        count = abs(signed)
        raw = self._data[self._at : self._at + count]
        self._at += count
        number = int.from_bytes(raw, "little")
        return number if signed > 0 else number - (1 << (8 * count))


_KINDS = {
    ord("I"): _Reader.with_encoding,
    ord('"'): _Reader.text,
    ord("@"): _Reader.link,
    ord("["): _Reader.array,
    ord("U"): _Reader.version,
    ord(":"): _Reader.new_symbol,
    ord(";"): _Reader.old_symbol,
    ord("0"): _Reader.nothing,
    ord("T"): _Reader.nothing,
    ord("F"): _Reader.nothing,
    ord("i"): _Reader.number,
}
"""How a value of each kind is read; `U` is an object that was made an array."""
