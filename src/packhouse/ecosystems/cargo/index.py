"""cargo's index document, a file of the sparse index: a line for each release.

The upstream's lines are kept as they are. Before them, in what is split, stands a line of our own with the parts of
the registry's configuration that are needed to find files.
"""

import hashlib
import logging
from collections.abc import Collection, Sequence

import msgspec

from packhouse.domain.errors import UpstreamBad
from packhouse.domain.index import BASE, Form, Fragment, Index, IndexFormat, Located
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.cargo.head import FILE, artifact_of, pack_head, read_head
from packhouse.ecosystems.cargo.lines import parse_moment, read_entry
from packhouse.ecosystems.cargo.places import Places, read_places
from packhouse.ecosystems.cargo.record import describe, summarize

log = logging.getLogger(__name__)

SPARSE = "sparse"
"""The one form in which an index file is served."""


def with_places(places: Places, lines: bytes) -> bytes:
    """Put what `split` reads together."""
    return b"%b\n%b" % (msgspec.json.encode(places), lines)


def split(key: PackageKey, body: bytes) -> Index:
    """Take an index file apart; raise UpstreamBad if it is not this crate's."""
    config, _, lines = body.partition(b"\n")
    places = read_places(config)
    if BASE in lines:
        raise UpstreamBad(f"the index file of {key} has a NUL in it")
    # Where a version stands twice, the later line counts.
    fragments: dict[str, Fragment] = {}
    for line in lines.split(b"\n"):
        if line.strip():
            fragment = _fragment(key, line)
            if fragment is not None:
                fragments[fragment.version] = fragment
    if not fragments:
        raise UpstreamBad(f"the index file of {key} has no release in it")
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    return Index(pack_head(places.dl, ended=lines.endswith(b"\n")), tuple(fragments.values()), digest)


def join(index: Index, fragments: Sequence[Fragment]) -> bytes:
    """Make an index file of the lines that are left."""
    lines = b"\n".join([fragment.body for fragment in fragments])
    return lines + b"\n" if fragments and read_head(index).ended else lines


def locate(key: PackageKey, index: Index, filename: str) -> Located | None:
    """Find the release that owns a file `name-version.crate`; capitals of the name do not matter."""
    start = len(key.name) + 1
    if filename[:start].lower() != f"{key.name}-" or not filename.endswith(FILE):
        return None
    version = filename[start : -len(FILE)]
    fragment = next((each for each in index.fragments if each.version == version), None)
    artifact = fragment and artifact_of(read_head(index).dl, fragment)
    return Located(fragment, artifact) if fragment and artifact else None


def _fragment(key: PackageKey, line: bytes) -> Fragment | None:
    try:
        entry = read_entry(line)
    except ValueError as error:
        raise UpstreamBad(f"the index file of {key} is damaged: {error}") from error
    if entry is None:
        log.info("left out a line of the index file of %s that is no release", key)
        return None
    if not entry.name.isascii() or entry.name.lower() != key.name:
        raise UpstreamBad(f"the index file of {key} has a line of another crate, {entry.name[:80]!r}")
    return Fragment(entry.vers, line, parse_moment(entry.pubtime))


def _no_tags(index: Index) -> dict[str, str]:
    del index
    return {}


def _retag(tags: dict[str, str], versions: Collection[str]) -> dict[str, str]:
    return {tag: version for tag, version in tags.items() if version in versions}


INDEX = IndexFormat(
    forms={SPARSE: Form(SPARSE, "text/plain; charset=utf-8", join)},
    split=split,
    describe=describe,
    locate=locate,
    tags=_no_tags,
    retag=_retag,
    summary=summarize,
)
