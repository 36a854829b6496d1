"""The index file of a crate that is published here: begun, added to, changed.

It has the very form that `split` makes of an upstream's, so that whatever reads one reads the other. Our own lines
are as `index_line` writes them; of a line, yanking may change the one word and nothing else.
"""

import hashlib

import msgspec

from packhouse.domain.errors import Conflict, Invalid, NotFound
from packhouse.domain.index import Fragment, Index
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.cargo.head import pack_head
from packhouse.ecosystems.cargo.index import join
from packhouse.ecosystems.cargo.index_line import with_yanked
from packhouse.ecosystems.cargo.lines import parse_moment, read_entry
from packhouse.ecosystems.cargo.publish_rules import without_build

# A hosted file is found by its name, and is fetched from nowhere.
_HEAD = pack_head("", ended=True)
EMPTY = Index(_HEAD, (), hashlib.blake2b(b"", digest_size=16).hexdigest())
"""A crate that has no release, or none any more."""


def add_line(key: PackageKey, index: Index, line: bytes) -> Index:
    """Add a release's line at the end; raise Conflict where its version is there, with whatever build metadata."""
    entry = read_entry(line)
    if entry is None or entry.name.lower() != key.name or b"\n" in line:
        raise Invalid(f"this is no line of the index file of {key}")
    plain = without_build(entry.vers)
    if any(without_build(each.version) == plain for each in index.fragments):
        raise Conflict(f"crate version `{plain}` is already uploaded", "choose another version")
    return _with_fragments((*index.fragments, Fragment(entry.vers, line, parse_moment(entry.pubtime))))


def with_yank(index: Index, version: str, *, yanked: bool) -> Index:
    """Yank a release or take that back; the same index where it is so already. Raise NotFound if it is not there."""
    found = _find(index, version)
    line = with_yanked(found.body, yanked=yanked)
    if line == found.body:
        return index
    changed = msgspec.structs.replace(found, body=line)
    return _with_fragments(tuple(changed if each is found else each for each in index.fragments))


def without_release(index: Index, version: str) -> Index:
    """Remove a release; raise NotFound if it is not there."""
    found = _find(index, version)
    return _with_fragments(tuple(each for each in index.fragments if each is not found))


def spelt_name(index: Index) -> str | None:
    """Read how the crate's first release spells its name; None where there is no release."""
    entry = read_entry(index.fragments[0].body) if index.fragments else None
    return entry.name if entry else None


def is_yanked(index: Index, version: str) -> bool:
    """Tell whether a release is yanked; raise NotFound if it is not there."""
    entry = read_entry(_find(index, version).body)
    return bool(entry and entry.yanked)


def _find(index: Index, version: str) -> Fragment:
    found = next((each for each in index.fragments if each.version == version), None)
    if found is None:
        raise NotFound(f"there is no version `{version[:100]}`")
    return found


def _with_fragments(fragments: tuple[Fragment, ...]) -> Index:
    lines = join(Index(_HEAD, fragments, ""), fragments)
    return Index(_HEAD, fragments, hashlib.blake2b(lines, digest_size=16).hexdigest())
