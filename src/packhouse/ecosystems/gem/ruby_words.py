"""Plain calls of Ruby: a name, then values and options that are written out: `gem "rack", "~> 3", require: false`."""

import re

from msgspec import Struct

_name = re.compile(r"([a-z_]\w*[?!]?)(?=[\s(]|$)").match
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>"(?:[^"\\#]|\\.|\#(?!\{))*"|'(?:[^'\\]|\\.)*')
    |(?P<key>[a-zA-Z_]\w*)\s*:(?!:)\s*
    |:(?P<symbol>[a-zA-Z_]\w*|"[^"]*")
    |(?P<word>true|false|nil|-?\d[\d._]*|[A-Z][A-Z_]*)(?!\w)
    |%[wi](?P<list>\[[^\]]*\])
    |(?P<mark>=>|[\[\](),{}])
    |(?P<do>do)(?!\w)
    )""",
    re.VERBOSE,
)


class Call(Struct, frozen=True):
    """A call whose values are all written out."""

    name: str
    values: tuple[str, ...] = ()
    options: dict[str, tuple[str, ...]] = {}
    opens: bool = False
    """True where a block follows."""


def read_call(line: str) -> Call | None:
    """Read a line; None for anything but a plain call."""
    match = _name(line)
    if match is None:
        return None
    reading = _Reading()
    position = match.end()
    while line[position:].strip():
        token = _TOKEN.match(line, position)
        if token is None:
            return None
        reading.take(token)
        position = token.end()
    return Call(
        match[1], tuple(reading.values), {key: tuple(each) for key, each in reading.options.items()}, reading.opens
    )


class _Reading:
    def __init__(self) -> None:
        self.values: list[str] = []
        self.options: dict[str, list[str]] = {}
        self.opens = False
        self._key = ""
        self._depth = 0

    def take(self, token: "re.Match[str]") -> None:
        """Learn what a word says."""
        kind = token.lastgroup
        text = token[kind] if kind else ""
        match kind:
            case "key":
                self._key = text
                self.options.setdefault(text, [])
            case "mark":
                self._mark(text)
            case "do":
                self.opens = True
            case "list":
                for word in text.strip("[]").split():
                    self._value(word)
            case _:
                self._value(text.strip("\"'"))

    def _mark(self, text: str) -> None:
        if text in "[{(":
            self._depth += text != "("
        elif text in "]}":
            self._depth -= 1
        elif text == "=>":
            listed = self.options[self._key] if self._key else self.values
            self._key = listed.pop() if listed else ""
            self.options.setdefault(self._key, [])
        elif text == "," and not self._depth:
            self._key = ""

    def _value(self, text: str) -> None:
        (self.options[self._key] if self._key else self.values).append(text)
