"""A NuGet.Config, changed in place: every byte stays but those of the source that is meant."""

import re

from msgspec import Struct

from packhouse.domain.errors import ConfigError

OURS = "packhouse"
"""The key of a source that we add."""
_EMPTY = b'<?xml version="1.0" encoding="utf-8"?>\n<configuration>\n</configuration>\n'
_BOM = b"\xef\xbb\xbf"
# The public gallery under any of its addresses, as NuGet itself writes it into a new file.
_is_gallery = re.compile(r"https?://(?:[a-z0-9-]+\.)*nuget\.[a-z]{2,}/.*", re.IGNORECASE).fullmatch
_tag = re.compile(rb"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>").match
_ADDED = ("protocolVersion", "allowInsecureConnections")


class Source(Struct, frozen=True):
    """One `<add>` of the package sources, and where in the file its tag is."""

    key: str
    attributes: dict[str, str]
    start: int
    end: int

    @property
    def address(self) -> str:
        """Where its packages are."""
        return self.attributes.get("value", "")


class Layout(Struct):
    """Where things are in a file."""

    sources: list[Source] = []
    sources_end: int = -1
    """Where the section of sources ends: before its closing tag; -1 where there is none that has one."""
    empty_sources: tuple[int, int] | None = None
    """Where a section that is empty and closed by itself is."""
    root_end: int = -1


def find_sources(path: str, content: bytes) -> tuple[Source, ...]:
    """List the sources of a file, in its order."""
    return tuple(_layout(path, content).sources)


def with_source(path: str, content: bytes, url: str) -> bytes:
    """Let the gallery's source lead to another address; add a source where there is none of the gallery."""
    if not content.strip():
        return with_source(path, _EMPTY, url)
    layout = _layout(path, content)
    ours = [source for source in layout.sources if source.key == OURS]
    meant = ours or [source for source in layout.sources if _is_gallery(source.address)]
    if not meant:
        return _with_new(path, content, layout, url)
    for source in reversed(meant):
        content = content[: source.start] + _written(source, _attributes(source, url)) + content[source.end :]
    return content


def without_source(path: str, content: bytes, url: str, original: bytes) -> bytes:
    """Take an address out of a file again: its sources lead where they led in the original, or go."""
    before = {source.key: source for source in find_sources(path, original)} if original.strip() else {}
    for source in reversed(_layout(path, content).sources):
        if source.address != url:
            continue
        old = before.get(source.key)
        start, end = source.start, source.end
        if old is None:
            line = re.compile(rb"[ \t]*\Z").search(content[:start])
            start = line.start() if line is not None else start
            end += len(content[end:]) - len(content[end:].removeprefix(b"\r").removeprefix(b"\n"))
            content = content[:start] + content[end:]
        else:
            content = content[:start] + original[old.start : old.end] + content[end:]
    return content


def _layout(path: str, content: bytes) -> Layout:
    from pyexpat import ExpatError, ParserCreate  # noqa: PLC0415 (start-up time)

    layout = Layout()
    names: list[str] = []
    starts: list[int] = []
    body = content.removeprefix(_BOM)
    offset = len(content) - len(body)
    parser = ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        at = parser.CurrentByteIndex + offset
        names.append(name)
        starts.append(at)
        if names == ["configuration", "packageSources", "add"] and "key" in attributes:
            tag = _tag(content, at)
            if tag is not None:
                layout.sources.append(Source(attributes["key"], attributes, at, tag.end()))

    def end(_: str) -> None:
        at = parser.CurrentByteIndex + offset
        began = starts.pop()
        if names == ["configuration", "packageSources"]:
            tag = _tag(content, began)
            if tag is not None and tag[0].endswith(b"/>"):
                layout.empty_sources = (began, tag.end())
            else:
                layout.sources_end = at
        elif names == ["configuration"]:
            layout.root_end = at
        names.pop()

    def refuse(*_: object) -> None:
        raise ConfigError(f"{path} declares a document type, which NuGet does not read")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    try:
        body.decode()
        parser.Parse(body, True)  # noqa: FBT003 (the parser's own signature)
    except (ExpatError, UnicodeDecodeError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", "correct it, or move it away") from error
    if layout.root_end < 0 or not content[layout.root_end :].startswith(b"</"):
        raise ConfigError(f"{path} has no configuration in it", "correct it, or move it away")
    return layout


def _attributes(source: Source, url: str) -> dict[str, str]:
    return {**source.attributes, **_our_attributes(url)}


def _our_attributes(url: str) -> dict[str, str]:
    attributes = {"value": url, "protocolVersion": "3"}
    if url.startswith("http:"):
        # Clients from 6.8 on refuse plain HTTP without it; older ones do not know it and take no notice.
        attributes["allowInsecureConnections"] = "true"
    return attributes


def _written(source: Source | None, attributes: dict[str, str]) -> bytes:
    named = attributes if source is not None else {"key": OURS, **attributes}
    text = " ".join(f'{name}="{_escaped(value)}"' for name, value in named.items())
    return f"<add {text} />".encode()


def _escaped(value: str) -> str:
    for letter, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        value = value.replace(letter, entity)
    return value


def _with_new(path: str, content: bytes, layout: Layout, url: str) -> bytes:
    new = b"    " + _written(None, _our_attributes(url)) + b"\n  "
    section = b"<packageSources>\n" + new + b"</packageSources>"
    if layout.sources_end >= 0:
        at = layout.sources_end
        return content[:at].rstrip(b" \t") + new + content[at:]
    if layout.empty_sources is not None:
        start, end = layout.empty_sources
        return content[:start] + section + content[end:]
    at = layout.root_end
    return content[:at] + b"  " + section + b"\n" + content[at:]
