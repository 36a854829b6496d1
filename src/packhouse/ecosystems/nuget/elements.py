"""XML documents of NuGet as elements.

A document type is refused, and with it every entity that a document could define: nothing is expanded or fetched.
"""

from packhouse.domain.errors import UpstreamBad

_MAX_DEPTH = 50
_MAX_ELEMENTS = 50_000


class Element:
    """One element: its name without a prefix, its own text and the elements within."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Element] = []
        self.text = ""

    def find(self, name: str) -> "Element | None":
        """Look up the first child of this name."""
        return next((child for child in self.children if child.name == name), None)

    def list(self, name: str) -> "list[Element]":
        """List the children of this name."""
        return [child for child in self.children if child.name == name]

    def read(self, name: str) -> str:
        """Read the text of a child; empty where there is none."""
        child = self.find(name)
        return child.text.strip() if child is not None else ""


def parse_elements(body: bytes) -> Element:
    """Read a whole document; raise UpstreamBad if it is none."""
    from pyexpat import ExpatError, ParserCreate  # noqa: PLC0415 (start-up time)

    roots: list[Element] = []
    open_elements: list[Element] = []
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > _MAX_ELEMENTS or len(open_elements) >= _MAX_DEPTH:
            raise UpstreamBad("the document has too many elements")
        element = Element(name.rpartition(":")[2], attributes)
        (open_elements[-1].children if open_elements else roots).append(element)
        open_elements.append(element)

    def end(_: str) -> None:
        open_elements.pop()

    def add(piece: str) -> None:
        open_elements[-1].text += piece

    def refuse(*_: object) -> None:
        raise UpstreamBad("the document declares a document type")

    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = add
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body.lstrip(), True)  # noqa: FBT003 (the parser's own signature)
    except ExpatError as error:
        raise UpstreamBad(f"the document is no XML: {error}") from error
    except (LookupError, ValueError) as error:  # an encoding that nobody knows
        raise UpstreamBad(f"the document cannot be read: {error}") from error
    return roots[0]
