"""XML documents as Maven's upstreams write them: as elements, and as positions in their bytes.

A document type is refused, and with it every entity that a document could define: nothing is expanded or fetched.
"""

import re
from collections.abc import Callable, Iterator

from packhouse.domain.errors import UpstreamBad

MAX_DEPTH = 100
_MAX_ELEMENTS = 500_000
_has_named_entity = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+);)([A-Za-z][A-Za-z0-9]{1,9});")


class Element:
    """One element: its name without a prefix, its own text and the elements within."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.text = ""
        self.children: list[Element] = []

    def __iter__(self) -> "Iterator[Element]":
        return iter(self.children)

    def find(self, name: str) -> "Element | None":
        """Look up the first child of this name."""
        return next((child for child in self.children if child.name == name), None)

    def read(self, name: str) -> str | None:
        """Read the text of a child; None where there is no such child, empty where it is there and says nothing."""
        child = self.find(name)
        return child.text.strip() if child is not None else None


def parse_elements(body: bytes) -> Element:
    """Read a whole document; raise UpstreamBad if it is none."""
    root: list[Element] = []
    stack: list[Element] = []
    texts: list[list[str]] = []

    def start(name: str, attributes: dict[str, str], _: int) -> None:
        element = Element(name.rpartition(":")[2], attributes)
        (stack[-1].children if stack else root).append(element)
        stack.append(element)
        texts.append([])

    def end(_: str, __: int) -> None:
        stack.pop().text = "".join(texts.pop())

    def text(piece: str) -> None:
        texts[-1].append(piece)

    # Maven's own reader knows the entities of HTML, and old files use them for names.
    scan(_has_named_entity.sub(_character, body.lstrip()), start, end, text)
    return root[0]


Start = Callable[[str, dict[str, str], int], None]
End = Callable[[str, int], None]


def scan(body: bytes, start: Start, end: End, text: Callable[[str], None]) -> None:
    """Call back for every start, end and text, with where in the bytes a tag begins; raise UpstreamBad."""
    from pyexpat import ExpatError, ParserCreate  # noqa: PLC0415 (start-up time)

    if b"\0" in body:
        raise UpstreamBad("the upstream's document has a NUL in it, and is no XML")
    parser = ParserCreate()
    depth = count = 0

    def on_start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > MAX_DEPTH or count > _MAX_ELEMENTS:
            raise UpstreamBad("the upstream's document has too many elements")
        start(name, attributes, parser.CurrentByteIndex)

    def on_end(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name, parser.CurrentByteIndex)

    def refuse(*_: object) -> None:
        raise UpstreamBad("the upstream's document declares a document type", "no document of Maven has one")

    parser.StartElementHandler = on_start
    parser.EndElementHandler = on_end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)  # noqa: FBT003 (the parser's own signature)
    except ExpatError as error:
        raise UpstreamBad(f"the upstream's document is no XML: {error}") from error
    except (LookupError, ValueError) as error:  # an encoding that nobody knows
        raise UpstreamBad(f"the upstream's document cannot be read: {error}") from error


def _character(match: re.Match[bytes]) -> bytes:
    from html.entities import name2codepoint  # noqa: PLC0415 (start-up time)

    code = name2codepoint.get(match[1].decode("ascii"))
    return match[0] if code is None else b"&#%d;" % code
