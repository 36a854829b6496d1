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


def find_sources(path: str, content: bytes) -> tuple[Source, ...]:
    """List the sources of a file, in its order."""
    return tuple(_Layout(path, content).sources)


def with_source(path: str, content: bytes, url: str) -> bytes:
    """Let the gallery's source lead to another address; add a source where there is none of the gallery."""
    if not content.strip():
        return with_source(path, _EMPTY, url)
    layout = _Layout(path, content)
    ours = [source for source in layout.sources if source.key == OURS]
    meant = ours or [each for each in layout.sources if _is_gallery(each.address) and each.key not in layout.disabled]
    if not meant:
        return _with_new(content, layout, url)
    for source in reversed(meant):
        closing = "/>" if content.startswith(b"/>", source.end - 2) else ">"
        tag = _written({**source.attributes, **_our_attributes(url)}, closing)
        content = content[: source.start] + tag + content[source.end :]
    return content


def without_source(path: str, content: bytes, url: str, original: bytes) -> bytes:
    """Take an address out of a file again: its sources lead where they led in the original, or go."""
    before = {source.key: source for source in find_sources(path, original)} if original.strip() else {}
    for source in reversed(_Layout(path, content).sources):
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


class _Layout:
    """Where things are in a file; raises ConfigError for one that NuGet itself could not read."""

    def __init__(self, path: str, content: bytes) -> None:
        self.sources: list[Source] = []
        self.disabled: set[str] = set()
        """Keys of sources that the user has switched off."""
        self.sources_end = -1
        """Where the section of sources ends: before its closing tag; -1 where there is none that has one."""
        self.empty_sources: tuple[int, int] | None = None
        """Where a section that is empty and closed by itself is."""
        self.root_end = -1
        self._path = path
        self._content = content
        self._names: list[str] = []
        self._starts: list[int] = []
        self._read(content.removeprefix(_BOM))
        if not content.startswith(b"</", max(self.root_end, 0)):
            raise ConfigError(f"{path} has no configuration in it", "correct it, or move it away")

    def _read(self, body: bytes) -> None:
        from pyexpat import ExpatError, ParserCreate  # noqa: PLC0415 (start-up time)

        offset = len(self._content) - len(body)
        parser = ParserCreate()
        parser.StartElementHandler = lambda name, found: self._start(name, found, parser.CurrentByteIndex + offset)
        parser.EndElementHandler = lambda _: self._end(parser.CurrentByteIndex + offset)
        parser.StartDoctypeDeclHandler = self._refuse
        try:
            body.decode()
            parser.Parse(body, True)  # noqa: FBT003 (the parser's own signature)
        except (ExpatError, ValueError) as error:
            raise ConfigError(f"{self._path} cannot be read: {error}", "correct it, or move it away") from error

    def _start(self, name: str, attributes: dict[str, str], at: int) -> None:
        self._names.append(name)
        self._starts.append(at)
        if self._names == ["configuration", "packageSources", "add"] and "key" in attributes:
            self.sources.append(Source(attributes["key"], attributes, at, self._tag_end(at)))
        if self._names == ["configuration", "disabledPackageSources", "add"]:
            self.disabled.add(attributes.get("key", ""))

    def _end(self, at: int) -> None:
        began = self._starts.pop()
        if self._names == ["configuration", "packageSources"]:
            end = self._tag_end(began)
            if self._content.startswith(b"/>", end - 2):
                self.empty_sources = (began, end)
            else:
                self.sources_end = at
        elif self._names == ["configuration"]:
            self.root_end = at
        self._names.pop()

    def _tag_end(self, at: int) -> int:
        tag = _tag(self._content, at)
        return at if tag is None else tag.end()

    def _refuse(self, *_: object) -> None:
        raise ConfigError(f"{self._path} declares a document type, which NuGet does not read")


def _our_attributes(url: str) -> dict[str, str]:
    attributes = {"value": url, "protocolVersion": "3"}
    if url.startswith("http:"):
        # Clients from 6.8 on refuse plain HTTP without it; older ones do not know it and take no notice.
        attributes["allowInsecureConnections"] = "true"
    return attributes


def _written(attributes: dict[str, str], closing: str = "/>") -> bytes:
    text = " ".join(f'{name}="{_escaped(value)}"' for name, value in attributes.items())
    return f"<add {text} {closing}".encode()


def _escaped(value: str) -> str:
    for letter, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        value = value.replace(letter, entity)
    return value


def _with_new(content: bytes, layout: _Layout, url: str) -> bytes:
    new = b"    " + _written({"key": OURS, **_our_attributes(url)}) + b"\n  "
    section = b"<packageSources>\n" + new + b"</packageSources>"
    if layout.sources_end >= 0:
        at = layout.sources_end
        return content[:at].rstrip(b" \t") + new + content[at:]
    if layout.empty_sources is not None:
        start, end = layout.empty_sources
        return content[:start] + section + content[end:]
    at = layout.root_end
    return content[:at] + b"  " + section + b"\n" + content[at:]
