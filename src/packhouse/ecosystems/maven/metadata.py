"""The index document, `maven-metadata.xml`: cut where releases begin, and put together again.

Each `<version>` in `metadata/versioning/versions` is a fragment, in the upstream's own bytes with the space before it.
The head is all the rest: what else stands there, known or not, stays as it is. Only `<latest>` and `<release>` are
written anew, where they would name a release that is left out. A document without versions (of a group, whose plugins
it lists) is a head and nothing more.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import msgspec
from msgspec import Struct

from packhouse.domain.errors import UpstreamBad
from packhouse.domain.index import Fragment, Index
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.maven.elements import scan
from packhouse.ecosystems.maven.layout import is_folder
from packhouse.ecosystems.maven.names import split_name
from packhouse.ecosystems.maven.tags import LATEST, RELEASE, retag

_VERSION = ("metadata", "versioning", "versions", "version")
_NAMED = frozenset(("metadata", "versioning", name) for name in (LATEST, RELEASE))
_MATTER = frozenset({"version", "artifactId", LATEST, RELEASE})
_BLANK = b" \t\r\n"


class Named(Struct, frozen=True):
    """An element that names a release: where it begins and ends, and its text."""

    tag: str
    start: int
    end: int
    version: str
    listed: bool = True
    """Whether that is one of the document's own versions."""


class Head(Struct, frozen=True):
    """All that is not of one release."""

    before: bytes
    """Up to the first version."""
    after: bytes
    """From behind the last version."""
    named: tuple[Named, ...]
    """In `before + after`, in the order of the bytes."""
    between: dict[str, bytes]
    """What stands before a version and is neither space nor a version, by that version."""
    count: int
    """How many versions the upstream lists."""


def split(key: PackageKey, body: bytes) -> Index:
    """Take a document apart; raise UpstreamBad if it is not this package's."""
    reader = _Reader(body)
    scan(body, reader.start, reader.end, reader.text)
    _check(key, reader, body)
    first, last = _cut(body, reader.versions)
    fragments, between = _fragments(body, first, reader.versions)
    named = []
    for each in reader.named:
        moved = last - first if each.start >= last else 0
        if moved or each.end <= first or not fragments:
            start, end, listed = each.start - moved, each.end - moved, each.version in fragments
            named.append(Named(each.tag, start, end, each.version, listed))
    head = Head(body[:first], body[last:], tuple(named), between, len(fragments))
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    return Index(msgspec.msgpack.encode(head), tuple(fragments.values()), digest)


def join(index: Index, fragments: Sequence[Fragment]) -> bytes:
    """Make the document of the fragments that are left."""
    head = read_head(index)
    kept = {fragment.version for fragment in fragments}
    before, after = _renamed(head, kept)
    parts = [before]
    for fragment in fragments:
        parts += [head.between.get(fragment.version, b""), fragment.body]
    parts += [text for version, text in head.between.items() if version not in kept]
    return b"".join([*parts, after])


def tags_of(index: Index) -> dict[str, str]:
    """Read which versions `<latest>` and `<release>` name."""
    return {named.tag: named.version for named in read_head(index).named if named.version}


def read_head(index: Index) -> Head:
    """Decode a head."""
    return _decode(index.head) if index.head else _NO_HEAD


_decode = lru_cache(maxsize=64)(msgspec.msgpack.Decoder(Head).decode)
_NO_HEAD = Head(b"", b"", (), {}, 0)


def _renamed(head: Head, kept: set[str]) -> tuple[bytes, bytes]:
    """Write `<latest>` and `<release>` anew where their version is left out; without versions they go."""
    tags = retag({named.tag: named.version for named in head.named if named.version}, kept)
    whole, cut = head.before + head.after, len(head.before)
    for named in reversed(head.named):
        version = tags.get(named.tag)
        if version == named.version or (not named.listed and len(kept) >= head.count):
            continue  # an upstream that names a version which it does not list is passed on as it is
        new = f"<{named.tag}>{_escaped(version)}</{named.tag}>".encode() if version else b""
        whole = whole[: named.start] + new + whole[named.end :]
        if named.end <= cut:
            cut += len(new) - (named.end - named.start)
    return whole[:cut], whole[cut:]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(body: bytes, versions: list[Named]) -> tuple[int, int]:
    """Find where the versions begin, with the space before the first, and where they end."""
    if not versions:
        return 0, 0
    return len(body[: versions[0].start].rstrip(_BLANK)), versions[-1].end


def _fragments(body: bytes, first: int, versions: list[Named]) -> tuple[dict[str, Fragment], dict[str, bytes]]:
    """Cut out the versions; what is listed twice is one release."""
    fragments: dict[str, Fragment] = {}
    between: dict[str, bytes] = {}
    at = first
    for each in versions:
        gap = body[at : each.start]
        other = gap.rstrip(_BLANK)
        if other:
            between[each.version] = between.get(each.version, b"") + other
        text = gap[len(other) :] + body[each.start : each.end]
        if each.version in fragments:
            text = fragments[each.version].body + text
        fragments[each.version] = Fragment(each.version, text)
        at = each.end
    return fragments, between


def _check(key: PackageKey, reader: "_Reader", body: bytes) -> None:
    declared = body[:200].partition(b"?>")[0].lower()
    if b"encoding" in declared and b"utf-8" not in declared:
        raise UpstreamBad(f"the upstream's document of {key} is not UTF-8")
    if reader.root != "metadata":
        raise UpstreamBad(f"the upstream's document of {key} is no Maven metadata", "its root is <metadata>")
    artifact = split_name(key.name)[1]
    if reader.artifact not in {"", artifact}:
        raise UpstreamBad(f"the upstream's document of {key} is that of {reader.artifact[:200]}")


class _Reader:
    """Notes where versions and the elements that name one stand."""

    def __init__(self, body: bytes) -> None:
        self.root = ""
        self.artifact = ""
        self.versions: list[Named] = []
        self.named: list[Named] = []
        self._body = body
        self._path: list[str] = []
        self._starts: list[int] = []
        self._text: list[str] = []

    def start(self, name: str, _: dict[str, str], at: int) -> None:
        """Note where an element begins."""
        if not self._path:
            self.root = name
        self._path.append(name)
        self._starts.append(at)
        self._text.clear()

    def text(self, text: str) -> None:
        """Note the text of an element."""
        self._text.append(text)

    def end(self, _: str, at: int) -> None:
        """Note an element, if it is one of those that matter."""
        path = tuple(self._path)
        start = self._starts.pop()
        if self._path.pop() in _MATTER:
            text = "".join(self._text).strip()
            # An end tag has no attributes: its first `>` is its end.
            end = self._body.index(b">", at) + 1
            if path == _VERSION and is_folder(text):
                self.versions.append(Named("version", start, end, text))
            elif path in _NAMED:
                self.named.append(Named(path[-1], start, end, text))
            elif path == ("metadata", "artifactId"):
                self.artifact = text
        self._text.clear()
