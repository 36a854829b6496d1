"""The HTML form of an index page, for upstreams that have no other (PEP 503, PEP 592, PEP 629, PEP 658, PEP 714)."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

_MAX_LINKS = 200_000


class _Page(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = base
        self.files: list[dict[str, Any]] = []
        self.meta: dict[str, str] = {}
        self._attributes: dict[str, str | None] | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link, the base address, and what the page says of itself."""
        attributes = dict(attrs)
        if tag == "a":
            self._attributes, self._text = attributes, ""
        elif tag == "base" and attributes.get("href"):
            self.base = urljoin(self.base, attributes["href"] or "")
        elif tag == "meta" and (name := attributes.get("name") or "").startswith("pypi:"):
            self.meta[name.removeprefix("pypi:")] = attributes.get("content") or ""

    def handle_data(self, data: str) -> None:
        """Collect the text of a link."""
        if self._attributes is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        """Make a file of a link."""
        if tag == "a" and self._attributes is not None and len(self.files) < _MAX_LINKS:
            found = _file(self.base, self._attributes, self._text.strip())
            if found is not None:
                self.files.append(found)
            self._attributes = None


def read_page(body: bytes, address: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Read a page at an address: its files in the shape of the JSON form, and its `pypi:` metadata."""
    page = _Page(address)
    page.feed(body.decode("utf-8", "replace"))
    page.close()
    return page.files, page.meta


def _file(base: str, attributes: dict[str, str | None], text: str) -> dict[str, Any] | None:
    href = attributes.get("href")
    if not href:
        return None
    try:
        url, fragment = urldefrag(urljoin(base, href.strip()))
    except ValueError:
        return None
    algorithm, _, value = fragment.partition("=")
    found: dict[str, Any] = {
        "filename": text or unquote(url.rpartition("/")[2]),
        "url": url,
        "hashes": {algorithm: value} if value and algorithm.isalnum() else {},
    }
    if "data-requires-python" in attributes:
        found["requires-python"] = attributes["data-requires-python"]
    if "data-yanked" in attributes:
        found["yanked"] = attributes["data-yanked"] or True
    if "data-gpg-sig" in attributes:
        found["gpg-sig"] = attributes["data-gpg-sig"] == "true"
    metadata = attributes.get("data-core-metadata") or attributes.get("data-dist-info-metadata")
    if metadata and metadata.lower() != "false":
        kind, _, digest = metadata.partition("=")
        found["core-metadata"] = {kind: digest} if digest else True
    if attributes.get("data-provenance"):
        found["provenance"] = attributes["data-provenance"]
    return found
