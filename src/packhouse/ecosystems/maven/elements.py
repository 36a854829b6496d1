"""XML documents as Maven's upstreams write them: as elements, and as positions in their bytes.

A document type is refused, and with it every entity that a document could define: nothing is expanded or fetched.
"""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from packhouse.domain.errors import UpstreamBad

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element as Node

MAX_DEPTH = 100
_MAX_ELEMENTS = 500_000
_has_named_entity = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+);)([A-Za-z][A-Za-z0-9]{1,9});")
# Taken off before a POM is read, so that its thousands of names need not be cut one by one.
_namespace = re.compile(rb"(<project\b[^<>]*?)\sxmlns=\"http://maven\.apache\.org/POM/4\.0\.0\"")


class Element:
    """One element: its name without a prefix, its own text and the elements within."""

    __slots__ = ("_node",)

    def __init__(self, node: "Node") -> None:
        self._node = node

    def __iter__(self) -> "Iterator[Element]":
        return map(Element, self._node)

    @property
    def name(self) -> str:
        """Its name without a prefix."""
        return self._node.tag

    @property
    def attributes(self) -> "dict[str, str]":
        """Its attributes; only the names of those without a prefix are as they are written."""
        return self._node.attrib

    @property
    def text(self) -> str:
        """Its own text, less that of the elements within."""
        return _text(self._node)

    @property
    def children(self) -> "list[Element]":
        """The elements within."""
        return list(self)

    def find(self, name: str) -> "Element | None":
        """Look up the first child of this name."""
        node = self._node.find(name)
        return None if node is None else Element(node)

    def read(self, name: str) -> str | None:
        """Read the text of a child; None where there is no such child, empty where it is there and says nothing."""
        node = self._node.find(name)
        return None if node is None else _text(node).strip()

    def all(self, name: str) -> "list[Element]":
        """List the children of this name."""
        return [Element(node) for node in self._node.findall(name)]

    def texts(self) -> dict[str, str]:
        """Read the texts of all children, of several with one name the first."""
        return {node.tag: _text(node).strip() for node in reversed(self._node)}


def _text(node: "Node") -> str:
    if not len(node):
        return node.text or ""
    return "".join(filter(None, (node.text, *(child.tail for child in node))))


def parse_elements(body: bytes) -> Element:
    """Read a whole document; raise UpstreamBad if it is none."""
    # Maven's own reader knows the entities of HTML, and old files use them for names.
    whole = _has_named_entity.sub(_character, body.lstrip())
    root = _parse_plain(whole)
    return Element(_parse_strictly(whole) if root is None else root)


def _parse_plain(body: bytes) -> "Node | None":
    """Read a document that is beyond doubt, which nearly all are, in C; None for any other."""
    from xml.etree.ElementTree import ParseError, XMLParser  # noqa: PLC0415 (start-up time; no document type)

    if b"<!DOCTYPE" in body or b"\0" in body or body.count(b"<") > _MAX_ELEMENTS:
        return None
    body = _namespace.sub(rb"\1", body, count=1)
    parser = XMLParser()  # noqa: S314 (see above)
    try:
        parser.feed(body)
        root: Node = parser.close()
    except (ParseError, LookupError, ValueError):
        return None
    if body.count(b"xmlns") != body.count(b"xmlns:xsi=") or b"<xsi:" in body:
        for node in root.iter():
            node.tag = node.tag.rpartition("}")[2]
    level, depth = [root], 0
    while level and body.count(b"</") >= MAX_DEPTH:
        depth += 1
        level = [child for node in level for child in node]
    return root if depth <= MAX_DEPTH else None


def _parse_strictly(body: bytes) -> "Node":
    from xml.etree.ElementTree import TreeBuilder  # noqa: PLC0415 (start-up time; nothing is parsed by it)

    builder = TreeBuilder()

    def start(name: str, attributes: dict[str, str], _: int) -> None:
        builder.start(name.rpartition(":")[2], attributes)

    def end(name: str, _: int) -> None:
        builder.end(name.rpartition(":")[2])

    scan(body, start, end, builder.data)
    return builder.close()


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
